"""What the list of contacts can be narrowed by, and what the choices mean."""

from collections.abc import Mapping
from typing import Final, get_args
from urllib.parse import urlencode

from astronote.errors import NotFound
from astronote.services import contact_search
from astronote.services.contact_search import ContactFilter, Sort

FILTERS: Final = ("q", "list", "gender", "subscribed", "tag", "age", "sort")
"""Their names in the page's address."""

AGES: Final = {
    "": (None, None),
    "18-24": (18, 24),
    "25-39": (25, 39),
    "40-59": (40, 59),
    "60+": (60, None),
}
"""The age choices: as kept in the address, and the years they mean (both included)."""

_SUBSCRIBED: Final = {"": None, "true": True, "false": False}
_GENDERS: Final = ("", "male", "female", "other")


def wanted(filters: Mapping[str, str]) -> ContactFilter:
    """The filter that the choices of the page mean.

    Raises:
        Invalid, NotFound: the address names something that does not exist.
    """
    get = filters.get
    if get("subscribed", "") not in _SUBSCRIBED or get("gender", "") not in _GENDERS:
        raise NotFound("This address names a filter that does not exist.")
    if get("age", "") not in AGES:
        raise NotFound("This address names an age that does not exist.")
    low, high = AGES[get("age", "")]
    return ContactFilter(
        q=get("q", ""),
        list=contact_search.list_key(get("list", "")) if get("list") else None,
        gender=get("gender") or None,
        subscribed=_SUBSCRIBED[get("subscribed", "")],
        tag=get("tag") or None,
        age_min=low,
        age_max=high,
    )


def order(filters: Mapping[str, str]) -> Sort:
    """The order that the address names, else the newest first."""
    for known in get_args(Sort):
        if known == filters.get("sort"):
            return known  # type: ignore[no-any-return]
    return "-createdAt"


def narrowing(filters: Mapping[str, str]) -> dict[str, str]:
    """Those of the filters that leave somebody out."""
    return {name: value for name, value in filters.items() if value and name != "sort"}


def for_api(filters: Mapping[str, str]) -> str:
    """The same filter as ``GET /api/contacts/export`` takes it."""
    asked = narrowing(filters)
    named = {name: value for name, value in asked.items() if name != "age"}
    low, high = AGES.get(asked.get("age", ""), (None, None))
    if low is not None:
        named["ageMin"] = str(low)
    if high is not None:
        named["ageMax"] = str(high)
    return urlencode(named)
