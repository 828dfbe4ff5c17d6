"""A country's mobile numbers as one regular expression, from libphonenumber's metadata.

The expression follows what ``phonenumbers.parse`` and ``number_type`` do with a number,
and matches only where the outcome is certain; ``phones.parse`` decides the rest.
"""

import re
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

# number_type() looks at these before mobile, in whatever order: each of them wins.
_STRONGER: Final = (
    "premium_rate",
    "toll_free",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)
_NEVER: Final = r"(?!)"


@lru_cache(maxsize=256)
def national_pattern(country: str) -> re.Pattern[str] | None:
    """Return an expression whose group ``national`` is a mobile number of ``country``.

    It is made for whole strings of digits: national (with and without the trunk
    prefix), or international with ``+``, ``00`` or nothing before the calling code.
    None where the country is unknown or its rules rewrite numbers.
    """
    rules = PhoneMetadata.metadata_for_region(country.upper(), None)
    if rules is None or rules.general_desc is None or rules.national_prefix_transform_rule:
        return None
    code = str(rules.country_code)
    trunk = rules.national_prefix_for_parsing
    # A number that seems to begin with a trunk prefix may be shortened by the library.
    plain = f"(?!{trunk})" if trunk else ""
    national = f"{plain}(?P<national>{_mobile(rules)})"
    abroad = rules.international_prefix or _NEVER
    general = rules.general_desc.national_number_pattern or _NEVER
    without_plus = f"(?!(?:{general})$)(?!{abroad}){code}"
    starts = [rf"\+{code}", f"00{code}", f"(?!{abroad})", without_plus]
    if trunk and re.compile(trunk).groups == 0:
        # Atomic, because the library tries the prefix once and does not come back.
        starts.append(f"(?!{abroad})(?!{code})(?>{trunk})")
    return re.compile(f"(?:{'|'.join(starts)}){national}", re.ASCII)


def _mobile(rules: PhoneMetadata) -> str:
    """Return an expression for what ``number_type`` calls mobile, or perhaps mobile."""
    refused = [_desc(getattr(rules, name)) for name in _STRONGER]
    refused += [_claims(region) for region in _asked_before(rules)]
    conditions = "".join(f"(?!{pattern})" for pattern in refused if pattern != _NEVER)
    return f"(?!0){conditions}(?={_desc(rules.general_desc)}){_desc(rules.mobile)}"


def _desc(desc: PhoneNumberDesc | None) -> str:
    """Return an expression for a whole number of this kind, to its last digit."""
    if desc is None or not desc.national_number_pattern:
        return _NEVER
    lengths = "|".join(rf"\d{{{length}}}" for length in desc.possible_length if length > 0)
    right_length = f"(?=(?:{lengths})$)" if lengths else ""
    return f"{right_length}(?:{desc.national_number_pattern})$"


def _asked_before(rules: PhoneMetadata) -> list[PhoneMetadata]:
    """Return the countries that share the calling code and are asked before this one."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[rules.country_code or 0]
    earlier = regions[: regions.index(rules.id)]
    return [other for r in earlier if (other := PhoneMetadata.metadata_for_region(r, None))]


def _claims(rules: PhoneMetadata) -> str:
    """Return an expression for the numbers that a country claims as its own."""
    if rules.leading_digits:
        return f"(?:{rules.leading_digits})"
    kinds = (*_STRONGER, "fixed_line", "mobile")
    return "|".join(f"(?:{_desc(getattr(rules, kind))})" for kind in kinds)
