"""Encoding and parts, against a slow reading of the two standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astronote.services import gsm
from astronote.services.sms_text import Offender, analyse, measure, parts

GREEK_IN_GSM = "ΓΔΘΛΞΠΣΦΨΩ"
FAMILY = "👨‍👩‍👧"


def slow_parts(text: str) -> int:
    """Fill one part after the other, character by character."""
    if all(c in gsm.ALPHABET for c in text):
        sizes = [2 if c in gsm.EXTENSION else 1 for c in text]
        single, part = 160, 153
    else:
        sizes = [2 if ord(c) > 0xFFFF else 1 for c in text]
        single, part = 70, 67
    if sum(sizes) <= single:
        return 1 if text else 0
    count, room = 1, part
    for size in sizes:
        if size > room:
            count, room = count + 1, part
        room -= size
    return count


def test_the_alphabet_has_128_septets_and_ten_extensions() -> None:
    # 127 characters and the escape; form feed, caret, braces, brackets, tilde, bar, euro.
    assert len(set(gsm.BASIC)) == len(gsm.BASIC) == 127
    assert len(set(gsm.EXTENSION)) == len(gsm.EXTENSION) == 10
    assert not set(gsm.BASIC) & set(gsm.EXTENSION)


@pytest.mark.parametrize("char", sorted(set(gsm.BASIC)))
def test_a_basic_character_counts_one_septet(char: str) -> None:
    assert measure(char) == ("GSM-7", 1)
    assert analyse(char).characters == 1
    assert measure(char * 160) == ("GSM-7", 1)
    assert measure(char * 161) == ("GSM-7", 2)


@pytest.mark.parametrize("char", sorted(set(gsm.EXTENSION)))
def test_an_extension_character_counts_two_septets(char: str) -> None:
    assert analyse(char).characters == 2
    assert measure(char * 80) == ("GSM-7", 1)
    assert measure(char * 81) == ("GSM-7", 2)
    # 153 is odd: one septet of every part stays empty.
    assert measure(char * 152) == ("GSM-7", 2)
    assert measure(char * 153) == ("GSM-7", 3)


@pytest.mark.parametrize("char", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰΆΈΉΊΌΎΏ")
def test_every_other_greek_letter_forces_ucs2(char: str) -> None:
    found = analyse(f"ok {char}")
    assert found.encoding == "UCS-2"
    assert found.offending == (Offender(char, 3),)
    assert found.gsm_rewrite is not None
    assert gsm.fits(found.gsm_rewrite)


@pytest.mark.parametrize("char", GREEK_IN_GSM)
def test_the_ten_greek_capitals_fit(char: str) -> None:
    assert measure(char * 160) == ("GSM-7", 1)


@pytest.mark.parametrize("char", "çÈÀÒáíóúêâëïÿœßőşž–—’‘“”…«»•©®™°²½×\t\u00a0\u200b`´")
def test_what_looks_familiar_but_does_not_fit(char: str) -> None:
    expected = "GSM-7" if char in "ß" else "UCS-2"
    assert measure(char)[0] == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, 0),
        (1, 1),
        (159, 1),
        (160, 1),
        (161, 2),
        (305, 2),
        (306, 2),
        (307, 3),
        (459, 3),
        (460, 4),
    ],
)
def test_gsm_lengths(length: int, expected: int) -> None:
    assert parts("a" * length) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [(1, 1), (69, 1), (70, 1), (71, 2), (133, 2), (134, 2), (135, 3), (201, 3), (202, 4)],
)
def test_ucs2_lengths(length: int, expected: int) -> None:
    assert parts("ά" * length) == expected


@pytest.mark.parametrize("char", ["€", "{", "}", "[", "\\", "~", "|", "^"])
@pytest.mark.parametrize("before", [151, 152, 153, 304, 305, 306])
@pytest.mark.parametrize("after", [8, 152, 153, 154])
def test_an_extension_character_never_straddles_a_border(
    char: str, before: int, after: int
) -> None:
    text = "a" * before + char + "b" * after
    assert parts(text) == slow_parts(text)


def test_the_euro_sign_at_the_border_pushes_a_part_over() -> None:
    # 306 septets would be two full parts, but the euro sign cannot be halved.
    assert parts("a" * 152 + "€" + "b" * 152) == 3
    assert parts("a" * 151 + "€" + "b" * 153) == 2


@pytest.mark.parametrize("emoji", ["😀", "👍🏽", FAMILY, "🇬🇷", "❤️"])
@pytest.mark.parametrize("before", [*range(60, 72), *range(128, 136)])
def test_a_surrogate_pair_never_straddles_a_border(emoji: str, before: int) -> None:
    text = "ά" * before + emoji + "έ" * 70
    assert parts(text) == slow_parts(text)


def test_emoji_count_in_utf16_units() -> None:
    assert analyse("😀").characters == 2
    assert analyse("👍🏽").characters == 4
    assert analyse(FAMILY).characters == 8
    assert parts("😀" * 35) == 1
    assert parts("😀" * 36) == 2
    assert parts("😀" * 66) == 2  # 33 pairs a part; the 67th unit stays empty
    assert parts("😀" * 67) == 3


def test_characters_fill_per_part() -> None:
    assert (analyse("a" * 160).per_part, analyse("a" * 161).per_part) == (160, 153)
    assert (analyse("ά" * 70).per_part, analyse("ά" * 71).per_part) == (70, 67)
    assert analyse("").parts == 0


def test_each_offender_is_named_with_its_place() -> None:
    found = analyse("Sale – 20% «now»")
    assert found.offending == (Offender("–", 5), Offender("«", 11), Offender("»", 15))
    assert found.gsm_rewrite == 'Sale - 20% "now"'


def test_no_rewrite_is_offered_where_it_saves_nothing() -> None:
    assert analyse("plain").gsm_rewrite is None
    assert analyse("καλημέρα 😀").gsm_rewrite is None


def test_a_lone_surrogate_is_counted_and_shown_as_replaced() -> None:
    found = analyse("x\ud800")
    assert (found.encoding, found.characters, found.offending[0].char) == ("UCS-2", 2, "\ufffd")


@given(st.text(st.sampled_from("aZ09 €{}ΓΩ\n"), max_size=500))
def test_gsm_counting_agrees_with_the_slow_reading(text: str) -> None:
    assert measure(text) == ("GSM-7", slow_parts(text))
    assert analyse(text).parts == slow_parts(text)


@given(st.text(st.sampled_from("aά€😀\u200d🏽Ω"), max_size=300))
def test_any_counting_agrees_with_the_slow_reading(text: str) -> None:
    assert parts(text) == analyse(text).parts == slow_parts(text)
