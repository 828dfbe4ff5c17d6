"""The choice of an audience as it is sent and stored."""

from typing import Annotated, Final, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from sqlmodel import Session, col

from astronote.errors import FieldError, Invalid
from astronote.models import ContactList
from astronote.services import segments

_Age = Annotated[int, Field(ge=0, le=130)]
_Label = Annotated[str, Field(min_length=1, max_length=100)]
_List = Annotated[int, Field(ge=1)] | Annotated[str, Field(min_length=1, max_length=40)]


class Audience(BaseModel):
    """A choice of recipients; the empty one is everybody who may be messaged.

    ``include_lists`` and ``tags`` take contacts that are in any of them. Lists are ids of
    own lists or keys of system lists. Ages are whole years, both ends included.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )

    genders: tuple[Literal["male", "female", "other"], ...] = ()
    age_min: _Age | None = None
    age_max: _Age | None = None
    include_lists: Annotated[tuple[_List, ...], Field(max_length=200)] = ()
    exclude_lists: Annotated[tuple[_List, ...], Field(max_length=200)] = ()
    tags: Annotated[tuple[_Label, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _ages_in_order(self) -> "Audience":
        if self.age_min is not None and self.age_max is not None and self.age_min > self.age_max:
            raise ValueError("The lowest age is above the highest.")
        return self

    def document(self) -> dict[str, object]:
        """As it is stored: the API's names, what was left out left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


EVERYBODY: Final = Audience()


def parse(document: object, field: str = "audience") -> Audience:
    """Read a stored or sent audience.

    Raises:
        Invalid: it has unknown parts or impossible values.
    """
    try:
        return Audience.model_validate(document)
    except ValidationError as error:
        found: list[FieldError] = [
            {"field": ".".join([field, *map(str, e["loc"])]), "message": e["msg"]}
            for e in error.errors()
        ]
        raise Invalid("This audience cannot be read.", field=field, errors=found) from error


def check_lists(session: Session, shop_id: int, audience: Audience) -> None:
    """Make sure that every list it names is the shop's own or a system list.

    Raises:
        Invalid: ``unknown_list``.
    """
    for field in ("include_lists", "exclude_lists"):
        named = getattr(audience, field)
        own = {n for n in map(own_id, named) if n is not None}
        known = set(
            session.execute(
                sa.select(col(ContactList.id)).where(
                    col(ContactList.shop_id) == shop_id, col(ContactList.id).in_(own)
                )
            ).scalars()
        )
        strange = [n for n in named if own_id(n) is None and n not in segments.KEYS]
        if strange or own - known:
            raise Invalid(
                "There is no such list.", code="unknown_list", field=f"audience.{to_camel(field)}"
            )


def own_id(named: int | str) -> int | None:
    """The id of an own list; None for what can only be a key."""
    if isinstance(named, int):
        return named
    return int(named) if named.isascii() and named.isdigit() and len(named) < 19 else None
