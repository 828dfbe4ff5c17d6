"""Phone numbers as people and spreadsheets write them."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from astronote.errors import Invalid
from astronote.services.phones import fast_parser, mask, parse, search_digits

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)


def outcome(raw: object, country: str) -> str | None:
    try:
        return parse(raw, country)
    except Invalid:
        return None


def example(country: str, kind: int) -> phonenumbers.PhoneNumber | None:
    return phonenumbers.example_number_for_type(country, kind)


@pytest.mark.parametrize(
    "raw",
    [
        "6912345678",
        " 691 234 5678 ",
        "691-234-5678",
        "691.234.5678",
        "(691) 2345678",
        "+306912345678",
        "+30 691 2345678",
        "00306912345678",
        "0030 691 234 56 78",
        "306912345678",
        6912345678,
        6912345678.0,
        306912345678.0,
        "6912345678.0",
        "'+306912345678",
        "\u202a+30\u00a0691\u2009234\u202f5678\u202c",
        "６９１２３４５６７８",
    ],
)
def test_the_many_ways_to_write_a_greek_mobile(raw: object) -> None:
    assert parse(raw, "GR") == "+306912345678"
    if isinstance(raw, str):
        assert fast_parser("GR")(raw) in (None, "+306912345678")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("+44 7911 123456", "+447911123456"),
        ("0044 7911 123456", "+447911123456"),
        ("+44 (0) 7911 123456", "+447911123456"),
        ("+1 415 555 2671", "+14155552671"),
        ("+49 1511 2345678", "+4915112345678"),
        ("+357 96123456", "+35796123456"),
    ],
)
def test_other_countries_are_taken_with_their_calling_code(raw: str, expected: str) -> None:
    assert parse(raw, "GR") == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        ("   ", "missing"),
        ("691234", "too short"),
        ("69", "too short"),
        ("6912345678901234", "too long"),
        ("6" * 100, "too long"),
        ("2101234567", "landline"),
        ("+442079460018", "landline"),
        ("8001234567", "service number"),
        ("6712345678", "No mobile number"),
        ("+999123456789", "calling code"),
        ("69123A5678", "letters"),
        ("τηλ 6912345678", "letters"),
        ("6912345678,6987654321", "one phone number"),
        ("+306912345678 +306987654321", "one phone number"),
        ("6912345678#", "characters"),
        ("6,91235E+09", "rounded"),
        ("6.91235E+09", "rounded"),
        (-6912345678, "not a phone"),
        (691.5, "not a phone"),
        (float("nan"), "not a phone"),
        (True, "not a phone"),
        ([], "not a phone"),
    ],
)
def test_a_refusal_says_why(raw: object, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(raw, "GR")
    assert refused.value.code == "invalid_phone"
    assert refused.value.field == "phone"
    assert reason in refused.value.detail


def test_an_unknown_country_asks_for_the_international_form() -> None:
    assert parse("+306912345678", "XX") == "+306912345678"
    assert fast_parser("XX")("6912345678") is None
    with pytest.raises(Invalid, match="with \\+ in front"):
        parse("6912345678", "XX")


@pytest.mark.parametrize("country", COUNTRIES)
def test_fast_and_slow_agree_on_examples_of_every_type(country: str) -> None:
    fast = fast_parser(country)
    examples = filter(None, (example(country, kind) for kind in range(11)))
    for number in examples:
        international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
        national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
        plain = phonenumbers.format_number(number, PhoneNumberFormat.E164)
        for raw in (international, national, plain, "00" + plain[1:], plain[1:]):
            assert fast(raw) in (None, outcome(raw, country))


@pytest.mark.parametrize("country", ["GR", "CY", "DE", "IT", "GB", "US", "FR", "BG", "RO"])
def test_the_fast_way_knows_the_usual_forms(country: str) -> None:
    number = example(country, PhoneNumberType.MOBILE)
    assert number
    plain = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    for raw in (plain, "00" + plain[1:], national):
        assert fast_parser(country)(raw) == plain


@st.composite
def mutated_number(draw: st.DrawFn) -> tuple[str, str]:
    country = draw(st.sampled_from(COUNTRIES))
    kinds = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE)
    number = example(country, draw(st.sampled_from(kinds))) or phonenumbers.example_number(country)
    assert number
    style = draw(st.sampled_from([0, 1, 2]))
    digits = list(phonenumbers.format_number(number, style))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(digits) - 1))
        digits[place] = draw(st.sampled_from([*"0123456789 -+.", "", "00"]))
    prefix = draw(st.sampled_from(["", "", "+", "00", "0", "1", "8", " "]))
    return country, prefix + "".join(digits)


@given(mutated_number())
def test_fast_and_slow_agree_on_mutated_numbers(case: tuple[str, str]) -> None:
    country, raw = case
    assert fast_parser(country)(raw) in (None, outcome(raw, country))


@given(st.sampled_from(COUNTRIES), st.text(st.sampled_from("0123456789+ "), max_size=16))
def test_fast_and_slow_agree_on_any_digits(country: str, raw: str) -> None:
    assert fast_parser(country)(raw) in (None, outcome(raw, country))


@given(st.text(max_size=30))
def test_any_text_is_parsed_or_refused(raw: str) -> None:
    outcome(raw, "GR")
    mask(raw)
    search_digits(raw)


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+306912345612", "+30 69•• ••• •12"),
        ("+14155552671", "+1 41•• ••• •71"),
        ("+35796123456", "+357 96 ••• •56"),
        ("+4915112345678", "+49 15 ••• ••• •78"),
        ("+3012345", "•••"),
        ("6912345678", "•••"),
        ("", "•••"),
    ],
)
def test_masks_show_four_digits_at_most(phone: str, shown: str) -> None:
    assert mask(phone) == shown


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("69 12", "6912"),
        ("+30 69-1", "+30691"),
        ("0030 69", "+3069"),
        ("691.234", "691234"),
        ("Μαρία", ""),
        ("69a", ""),
        ("", ""),
    ],
)
def test_searching_by_digits(query: str, digits: str) -> None:
    assert search_digits(query) == digits
