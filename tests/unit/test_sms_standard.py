"""Counting and splitting, case by case from the standards, with the numbers written out.

3GPP TS 23.038 (GSM 03.38) 6.2.1: the default alphabet and its extension table, here by
Unicode code points, septet after septet. 3GPP TS 23.040 9.2.3.24.1: a user data header of six
octets leaves 153 septets or 67 units of every part of a longer text.
"""

import pytest

from astronote.services import gsm
from astronote.services.sms_text import analyse, measure, split

# Septets 0x00 to 0x7F; 0x1B is the escape to the extension table.
DEFAULT = """
    0040 00A3 0024 00A5 00E8 00E9 00F9 00EC 00F2 00C7 000A 00D8 00F8 000D 00C5 00E5
    0394 005F 03A6 0393 039B 03A9 03A0 03A8 03A3 0398 039E 001B 00C6 00E6 00DF 00C9
    0020 0021 0022 0023 00A4 0025 0026 0027 0028 0029 002A 002B 002C 002D 002E 002F
    0030 0031 0032 0033 0034 0035 0036 0037 0038 0039 003A 003B 003C 003D 003E 003F
    00A1 0041 0042 0043 0044 0045 0046 0047 0048 0049 004A 004B 004C 004D 004E 004F
    0050 0051 0052 0053 0054 0055 0056 0057 0058 0059 005A 00C4 00D6 00D1 00DC 00A7
    00BF 0061 0062 0063 0064 0065 0066 0067 0068 0069 006A 006B 006C 006D 006E 006F
    0070 0071 0072 0073 0074 0075 0076 0077 0078 0079 007A 00E4 00F6 00F1 00FC 00E0
"""
EXTENSION = {
    0x0A: "\x0c", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip

CAPITALS = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ"
IN_GSM = "ΓΔΘΛΞΠΣΦΨΩ"
SMALL = "αβγδεζηθικλμνξοπρσςτυφχψω"
MARKED = "άέήίόύώϊϋΐΰΆΈΉΊΌΎΏΪΫ"
THUMB = "👍🏽"  # with a modifier of the skin: two surrogate pairs
FAMILY = "👩‍👩‍👧‍👦"  # four pairs and three joiners
HEART = "❤️"  # one unit and a variation selector
FLAG = "🇬🇷"  # two pairs


def test_the_alphabet_is_the_standards() -> None:
    table = [chr(int(code, 16)) for code in DEFAULT.split()]
    assert len(table) == 128 and table[0x1B] == "\x1b"
    assert "".join(table).replace("\x1b", "") == gsm.BASIC
    assert sorted(gsm.EXTENSION) == sorted(EXTENSION.values())


@pytest.mark.parametrize("letter", CAPITALS)
def test_greek_capitals(letter: str) -> None:
    if letter in IN_GSM:
        assert measure(letter * 160) == ("GSM-7", 1) and measure(letter * 161) == ("GSM-7", 2)
    else:
        assert measure(letter * 70) == ("UCS-2", 1) and measure(letter * 71) == ("UCS-2", 2)


@pytest.mark.parametrize("letter", SMALL + MARKED)
def test_small_final_and_accented_greek_letters_are_ucs2(letter: str) -> None:
    assert measure(letter) == ("UCS-2", 1)
    assert measure(letter + "a" * 69) == ("UCS-2", 1)
    assert measure(letter + "a" * 70) == ("UCS-2", 2)
    assert [offender.char for offender in analyse(f"Ω{letter}Ω").offending] == [letter]


CASES = [
    # Text, encoding, characters, lengths of its parts in characters of the text.
    ("", "GSM-7", 0, []),
    ("a", "GSM-7", 1, [1]),
    ("a" * 159, "GSM-7", 159, [159]),
    ("a" * 160, "GSM-7", 160, [160]),
    ("a" * 161, "GSM-7", 161, [153, 8]),
    ("a" * 305, "GSM-7", 305, [153, 152]),
    ("a" * 306, "GSM-7", 306, [153, 153]),
    ("a" * 307, "GSM-7", 307, [153, 153, 1]),
    ("a" * 459, "GSM-7", 459, [153, 153, 153]),
    ("a" * 460, "GSM-7", 460, [153, 153, 153, 1]),
    ("Ω" * 160, "GSM-7", 160, [160]),
    ("ω", "UCS-2", 1, [1]),
    ("ω" * 69, "UCS-2", 69, [69]),
    ("ω" * 70, "UCS-2", 70, [70]),
    ("ω" * 71, "UCS-2", 71, [67, 4]),
    ("ω" * 133, "UCS-2", 133, [67, 66]),
    ("ω" * 134, "UCS-2", 134, [67, 67]),
    ("ω" * 135, "UCS-2", 135, [67, 67, 1]),
    ("ω" * 201, "UCS-2", 201, [67, 67, 67]),
    ("ω" * 202, "UCS-2", 202, [67, 67, 67, 1]),
    # One letter makes a whole text UCS-2.
    ("a" * 69 + "ή", "UCS-2", 70, [70]),
    ("a" * 70 + "ή", "UCS-2", 71, [67, 4]),
    ("a" * 134 + "ς", "UCS-2", 135, [67, 67, 1]),
    # The euro sign takes two septets, alone and at a border.
    ("€", "GSM-7", 2, [1]),
    ("a" * 158 + "€", "GSM-7", 160, [159]),
    ("a" * 159 + "€", "GSM-7", 161, [153, 7]),
    ("€" * 80, "GSM-7", 160, [80]),
    ("€" * 81, "GSM-7", 162, [76, 5]),
    ("a" * 151 + "€" + "b" * 153, "GSM-7", 306, [152, 153]),
    ("a" * 152 + "€" + "b" * 151, "GSM-7", 305, [152, 152]),
    ("a" * 152 + "€" + "b" * 152, "GSM-7", 306, [152, 152, 1]),
    ("a" * 153 + "€" + "b" * 151, "GSM-7", 306, [153, 152]),
    ("€" + "a" * 158, "GSM-7", 160, [159]),
    # In UCS-2 it is one unit as everything else.
    ("€" * 35 + "ω" * 35, "UCS-2", 70, [70]),
    ("€" * 36 + "ω" * 35, "UCS-2", 71, [67, 4]),
    # Braces, brackets and the others at borders of parts.
    ("a" * 152 + "{" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "}" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "[" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "]" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "~" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "|" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "\\" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 152 + "^" + "b" * 8, "GSM-7", 162, [152, 9]),
    ("a" * 151 + "{" + "b" * 8, "GSM-7", 161, [152, 8]),
    ("a" * 153 + "{" + "b" * 6, "GSM-7", 161, [153, 7]),
    ("a" * 152 + "{}" + "b" * 151, "GSM-7", 307, [152, 151, 2]),
    ("a" * 151 + "{}" + "b" * 151, "GSM-7", 306, [152, 152]),
    ("{" * 76 + "a" + "}" * 76, "GSM-7", 305, [77, 76]),
    ("{" * 76 + "}" * 77, "GSM-7", 306, [76, 76, 1]),
    # Emoji are pairs of units that no border parts; modifiers and joiners add theirs.
    ("😀", "UCS-2", 2, [1]),
    ("😀" * 35, "UCS-2", 70, [35]),
    ("😀" * 36, "UCS-2", 72, [33, 3]),
    ("😀" * 66, "UCS-2", 132, [33, 33]),
    ("😀" * 67, "UCS-2", 134, [33, 33, 1]),
    ("a" * 68 + "😀", "UCS-2", 70, [69]),
    ("a" * 69 + "😀", "UCS-2", 71, [67, 3]),
    ("a" * 66 + "😀" + "b" * 3, "UCS-2", 71, [66, 4]),
    ("a" * 65 + "😀" + "b" * 67, "UCS-2", 134, [66, 67]),
    ("a" * 66 + "😀" + "b" * 66, "UCS-2", 134, [66, 66, 1]),
    (THUMB, "UCS-2", 4, [2]),
    ("a" * 66 + THUMB, "UCS-2", 70, [68]),
    ("a" * 67 + THUMB, "UCS-2", 71, [67, 2]),
    ("a" * 64 + THUMB + "b" * 3, "UCS-2", 71, [65, 4]),
    (FAMILY, "UCS-2", 11, [7]),
    ("a" * 59 + FAMILY, "UCS-2", 70, [66]),
    ("a" * 60 + FAMILY, "UCS-2", 71, [64, 3]),
    (HEART, "UCS-2", 2, [2]),
    (HEART * 35, "UCS-2", 70, [70]),
    (HEART * 36, "UCS-2", 72, [67, 5]),
    (FLAG, "UCS-2", 4, [2]),
    (FLAG * 17, "UCS-2", 68, [34]),
    (FLAG * 18, "UCS-2", 72, [33, 3]),
    # Line ends are septets like any other; what looks like ASCII may not be.
    ("a\n" * 80, "GSM-7", 160, [160]),
    ("a\r\n" * 53 + "b", "GSM-7", 160, [160]),
    ("it’s", "UCS-2", 4, [4]),
    ("it's", "GSM-7", 4, [4]),
    ("20°", "UCS-2", 3, [3]),
    ("½", "UCS-2", 1, [1]),
    ("ç", "UCS-2", 1, [1]),
    ("Ç", "GSM-7", 1, [1]),
    ("`", "UCS-2", 1, [1]),
    ("\u00a0", "UCS-2", 1, [1]),
]


@pytest.mark.parametrize(("text", "encoding", "characters", "lengths"), CASES)
def test_encoding_characters_and_parts(
    text: str, encoding: str, characters: int, lengths: list[int]
) -> None:
    found = analyse(text)
    assert (found.encoding, found.characters) == (encoding, characters)
    assert found.parts == len(lengths) and measure(text) == (encoding, len(lengths))
    parts = split(text)
    assert "".join(parts) == text
    assert [len(part) for part in parts] == lengths
