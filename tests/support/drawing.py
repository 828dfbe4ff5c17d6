"""The QR codes that we write as SVG, as the picture that a camera sees."""

import re

from PIL import Image, ImageDraw


def picture(svg: str, scale: int = 6) -> Image.Image:
    """The modules of an SVG from ``services.qr``, ``scale`` pixels each."""
    size = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert size is not None
    pixels = int(size[1]) * scale
    drawn = Image.new("L", (pixels, pixels), 255)
    draw = ImageDraw.Draw(drawn)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1H\d+z", svg):
        left, top = int(x) * scale, int(y) * scale
        draw.rectangle((left, top, left + int(width) * scale - 1, top + scale - 1), fill=0)
    return drawn
