"""QR codes as inline SVG: one path, no styles, so that any page policy allows it."""

from functools import lru_cache
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M

_QUIET: Final = 4
"""Modules of white around the code, as ISO/IEC 18004 asks."""


def matrix(content: str) -> list[list[bool]]:
    """The modules of the code, True for dark, without the quiet zone."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    made.add_data(content)
    made.make(fit=True)
    return [[bool(module) for module in row] for row in made.get_matrix()]


@lru_cache(maxsize=2000)
def svg(content: str, label: str) -> str:
    """An ``<svg>`` element named ``label`` for screen readers; black on white in any theme.

    Making one takes about 15 ms, so they are kept by content.
    """
    rows = matrix(content)
    size = len(rows) + 2 * _QUIET
    runs = "".join(_runs(y + _QUIET, row) for y, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img" '
        f'aria-label="{_escaped(label)}" shape-rendering="crispEdges">'
        f'<rect width="{size}" height="{size}" fill="#fff"/>'
        f'<path d="{runs}" fill="#000"/></svg>'
    )


def _runs(y: int, row: list[bool]) -> str:
    """One sub-path for each unbroken run of dark modules in a row."""
    path, start = [], None
    for x, dark in enumerate([*row, False]):
        if dark and start is None:
            start = x
        elif not dark and start is not None:
            path.append(f"M{start + _QUIET} {y}h{x - start}v1H{start + _QUIET}z")
            start = None
    return "".join(path)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
