"""Phone numbers: parsing to E.164, masking, searching.

``parse`` decides with libphonenumber's rules (`phonenumbers`). ``fast_parser`` gives the
same answers an order of magnitude faster for the plain forms that make up most of a
file, by a regular expression made from the same metadata.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType, ValidationResult

from astronote.errors import Invalid
from astronote.services.phone_patterns import national_pattern
from astronote.words import say

_MOBILE: Final = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_SEPARATORS: Final = str.maketrans("", "", " \u00a0\u202f\u2009-‐‑‒–—−()/\u200b\u2060\ufeff")
# A full stop separates too, but not where a spreadsheet wrote a whole number as 69.0.
_WHOLE_NUMBER: Final = re.compile(r"(\+?\d{6,15})[.,]0+")
_SCIENTIFIC: Final = re.compile(r"\d+(?:[.,]\d+)?[eE]\+?\d+")
_LONGEST_INPUT: Final = 60


def parse(raw: object, country: str) -> str:
    """Return ``raw`` as E.164, read in ``country`` (ISO 3166, two letters).

    Numbers of other countries are taken with ``+`` or ``00`` in front. Numbers from
    spreadsheets may be ``int`` or ``float``. Raises ``Invalid`` (``invalid_phone`` on
    field ``phone``) with a sentence saying why for all that is not a mobile number.
    """
    digits, country = _digits(raw), country.upper()
    readings = ["+" + digits[2:], digits] if digits.startswith("00") else [digits]
    refusal = None
    for reading in readings:
        try:
            return _mobile(reading, country)
        except Invalid as invalid:
            refusal = refusal or invalid
    raise refusal or _invalid("This is not a phone number.")


def fast_parser(country: str) -> Callable[[str], str | None]:
    """Return a function for the plain forms of ``country``'s own mobile numbers.

    It answers as ``parse`` would, or None where ``parse`` has to decide: other
    countries, landlines, anything unusual or wrong.
    """
    pattern = national_pattern(country)
    if pattern is None:
        return lambda raw: None
    prefix = f"+{phonenumbers.country_code_for_region(country)}"
    fullmatch = pattern.fullmatch

    def read(raw: str) -> str | None:
        match = fullmatch(raw) or fullmatch(raw.translate(_SEPARATORS))
        return prefix + match.group("national") if match else None

    return read


def mask(phone: str) -> str:
    """Hide the middle of an E.164 number: ``+30 69•• ••• •12``."""
    code = _country_code(phone)
    national = phone[1 + len(code) :]
    if not code or len(national) < 6:
        return "•••"
    hidden = national[:2] + "•" * (len(national) - 4) + national[-2:]
    # Threes from the end; the first group takes what is left, four rather than one.
    return f"+{code} " + " ".join(re.findall(r".{1,4}(?=(?:.{3})*$)", hidden))


def search_digits(q: str) -> str:
    """Return the part of a phone number that a search asks for, or an empty string.

    ``+`` and ``00`` mean the beginning of the number and come back as ``+``; otherwise
    the digits alone. A query with anything but digits and separators asks for no phone.
    """
    digits = unicodedata.normalize("NFKC", q).translate(_SEPARATORS).replace(".", "")
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    bare = digits.removeprefix("+")
    return digits if bare.isascii() and bare.isdigit() else ""


def _digits(raw: object) -> str:
    """Reduce ``raw`` to digits with an optional plus sign in front."""
    text = _text(raw)
    if not text:
        raise _invalid("The phone number is missing.")
    if len(text) > _LONGEST_INPUT:
        raise _invalid("This is too long for a phone number.")
    if _SCIENTIFIC.fullmatch(text):
        raise _invalid(
            "The spreadsheet has rounded this number; format the column as text and enter it again."
        )
    whole = _WHOLE_NUMBER.fullmatch(text)
    digits = whole.group(1) if whole else text.translate(_SEPARATORS).replace(".", "")
    if re.fullmatch(r"\+?[0-9]+", digits):
        return digits
    if any(char.isalpha() for char in digits):
        raise _invalid("A phone number has no letters.")
    if re.search(r"[,;|&]", digits) or digits.count("+") > 1:
        raise _invalid("Enter one phone number only.")
    raise _invalid("This contains characters that do not belong in a phone number.")


def _text(raw: object) -> str:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0:
        return str(raw)
    if not isinstance(raw, str):
        if raw is None:
            return ""
        raise _invalid("This is not a phone number.")
    text = unicodedata.normalize("NFKC", raw)
    visible = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc"))
    # A leading apostrophe marks text in spreadsheets and in this product's own exports.
    return visible.strip().lstrip("'").strip()


def _mobile(digits: str, country: str) -> str:
    try:
        number = phonenumbers.parse(digits, country)
    except NumberParseException as error:
        raise _unreadable(error, digits, country) from None
    kind = phonenumbers.number_type(number)
    if kind in _MOBILE:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise _not_mobile(number, kind)


def _unreadable(error: NumberParseException, digits: str, country: str) -> Invalid:
    if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
        if digits.startswith("+"):
            return _invalid("No country has the calling code this number begins with.")
        return _invalid(
            say("The country {code} is unknown; enter the number with + in front.", code=country)
        )
    if error.error_type == NumberParseException.TOO_LONG:
        return _invalid("This number is too long.")
    return _invalid("This number is too short.")


def _not_mobile(number: PhoneNumber, kind: int) -> Invalid:
    code = f"+{number.country_code}"
    if kind == PhoneNumberType.FIXED_LINE:
        return _invalid("This is a landline, which cannot receive messages; enter a mobile number.")
    if kind != PhoneNumberType.UNKNOWN:
        return _invalid("This is a service number; enter a mobile number.")
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == ValidationResult.TOO_LONG:
        return _invalid(
            say("This is too long for a number with the calling code {code}.", code=code)
        )
    if possible in (ValidationResult.TOO_SHORT, ValidationResult.IS_POSSIBLE_LOCAL_ONLY):
        return _invalid(
            say("This is too short for a number with the calling code {code}.", code=code)
        )
    if possible == ValidationResult.INVALID_LENGTH:
        return _invalid(
            say("This has the wrong length for a number with the calling code {code}.", code=code)
        )
    return _invalid(say("No mobile number is like this with the calling code {code}.", code=code))


def _country_code(phone: str) -> str:
    if not re.fullmatch(r"\+[0-9]{6,15}", phone):
        return ""
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((phone[1:n] for n in (2, 3, 4) if int(phone[1:n]) in known), "")


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_phone", field="phone")
