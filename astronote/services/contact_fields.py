"""What a contact's fields may hold, whoever fills them in."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, TypedDict, cast

from astronote.errors import Invalid
from astronote.models.contacts import GENDERS
from astronote.services import credentials, phones
from astronote.words import say

LONGEST_NAME: Final = 100
MOST_TAGS: Final = 50
LONGEST_TAG: Final = 50
EARLIEST_BIRTHDAY: Final = date(1900, 1, 1)

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class ContactValues(TypedDict, total=False):
    """Fields of a contact; what is left out stays as it is, None clears."""

    phone: object
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: str | None
    birthday: date | str | None
    locale: str | None
    tags: Sequence[str] | None
    attributes: dict[str, object] | None
    is_subscribed: bool


def check(values: ContactValues, *, country: str, today: date) -> dict[str, Any]:
    """The values as they are stored, phones read in ``country``; consent is left out.

    Raises:
        Invalid: ``invalid_phone``, ``invalid_email``, ``invalid_birthday`` or ``invalid``;
            with every refused field in ``errors``, the first one's code.
    """
    checks: dict[str, Any] = {
        "phone": lambda raw: phones.parse(raw, country),
        "email": check_email,
        "first_name": lambda raw: check_name(raw, "firstName"),
        "last_name": lambda raw: check_name(raw, "lastName"),
        "gender": check_gender,
        "birthday": lambda raw: check_birthday(raw, today),
        "locale": _check_locale,
        "tags": check_tags,
        "attributes": lambda raw: raw or {},
    }
    given = cast("Mapping[str, Any]", values)
    clean: dict[str, Any] = {}
    refused: list[Invalid] = []
    for name in checks.keys() & given.keys():
        try:
            clean[name] = checks[name](given[name])
        except Invalid as error:
            refused.append(error)
    if refused:
        refused.sort(key=lambda error: list(_ORDER).index(error.field or ""))
        first = refused[0]
        raise Invalid(
            first.detail,
            code=first.code,
            field=first.field,
            errors=[item for error in refused for item in error.errors],
        )
    return clean


_ORDER: Final = (
    "phone",
    "email",
    "firstName",
    "lastName",
    "gender",
    "birthday",
    "locale",
    "tags",
    "",
)


def check_email(raw: str | None) -> str | None:
    """An address in lower case; None for an empty one.

    Raises:
        Invalid: ``invalid_email``.
    """
    return credentials.check_email(raw) if raw and raw.strip() else None


def check_name(raw: str | None, field: str) -> str | None:
    """A name on one line; None for an empty one.

    Raises:
        Invalid: over :data:`LONGEST_NAME` characters.
    """
    name = " ".join(_CONTROL.sub(" ", raw or "").split())
    if len(name) > LONGEST_NAME:
        raise Invalid(say("A name has at most {n} characters.", n=LONGEST_NAME), field=field)
    return name or None


def check_gender(raw: str | None) -> str | None:
    """One of ``male``, ``female``, ``other``; None for an empty one.

    Raises:
        Invalid: anything else.
    """
    if not raw:
        return None
    if raw not in GENDERS:
        raise Invalid("The gender is male, female or other.", field="gender")
    return raw


def check_birthday(raw: date | str | None, today: date) -> date | None:
    """A day of birth (ISO 8601 where it is text) between 1900 and today; None for none.

    Raises:
        Invalid: ``invalid_birthday``.
    """
    if not raw:
        return None
    if isinstance(raw, str):
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw.strip(), re.ASCII):
            raise _birthday("Write a birthday as YYYY-MM-DD.")
        try:
            raw = date.fromisoformat(raw.strip())
        except ValueError:
            raise _birthday("There is no such day in the calendar.") from None
    if raw > today:
        raise _birthday("This birthday is in the future.")
    if raw < EARLIEST_BIRTHDAY:
        raise _birthday("This birthday is too long ago.")
    return raw


def check_tags(raw: Sequence[str] | None) -> list[str]:
    """Labels without repetition, in the order given.

    Raises:
        Invalid: too many of them, or one too long.
    """
    tags = [" ".join(_CONTROL.sub(" ", tag).split()) for tag in raw or ()]
    tags = list(dict.fromkeys(tag for tag in tags if tag))
    if len(tags) > MOST_TAGS:
        raise Invalid(say("A contact has at most {n} tags.", n=MOST_TAGS), field="tags")
    if any(len(tag) > LONGEST_TAG for tag in tags):
        raise Invalid(say("A tag has at most {n} characters.", n=LONGEST_TAG), field="tags")
    return tags


def _check_locale(raw: str | None) -> str | None:
    if not raw:
        return None
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?", raw):
        raise Invalid("A language is written like el or en-GB.", field="locale")
    return raw


def _birthday(sentence: str) -> Invalid:
    return Invalid(sentence, code="invalid_birthday", field="birthday")
