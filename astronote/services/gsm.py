"""The GSM 7-bit alphabet: 3GPP TS 23.038 (GSM 03.38), section 6.2.1.

``BASIC`` holds the characters of one septet, ``EXTENSION`` those of two (an escape
and a second septet). Greek has only the ten capitals that Latin lacks.
"""

import re
from typing import Final

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = "\f^{}\\[~]|€"

ALPHABET: Final = frozenset(BASIC + EXTENSION)

NOT_BASIC: Final = re.compile(f"[^{re.escape(BASIC)}]")
NOT_GSM: Final = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
EXTENDED: Final = re.compile(f"([{re.escape(EXTENSION)}])")


def fits(text: str) -> bool:
    """Tell whether every character of ``text`` is in the GSM 7-bit alphabet."""
    return NOT_GSM.search(text) is None
