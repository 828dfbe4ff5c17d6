"""What a phone network makes of a text: encoding and number of parts (3GPP TS 23.038)."""

from __future__ import annotations

import re

_GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENDED = "\f^{}\\[~]|€"
_fits_gsm7 = re.compile(f"[{re.escape(_GSM7 + _GSM7_EXTENDED)}]*").fullmatch
_extended = re.compile(f"[{re.escape(_GSM7_EXTENDED)}]")


def parts_of(text: str) -> int:
    """How many SMS parts ``text`` takes: GSM-7 where it fits, else UCS-2."""
    if _fits_gsm7(text):
        units, alone, each = len(text) + len(_extended.findall(text)), 160, 153
    else:
        units, alone, each = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= alone else -(-units // each)
