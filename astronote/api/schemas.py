"""What travels: camelCase JSON, nothing unknown accepted, times in UTC with ``Z``."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

from astronote import clock
from astronote.paging import Page

T = TypeVar("T")
Row = TypeVar("Row")


Moment = Annotated[datetime, PlainSerializer(clock.written, return_type=str)]
"""A time: ISO 8601, UTC, with ``Z``."""


class Body(BaseModel):
    """A request's body: camelCase, unknown fields refused, no NUL characters."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=False, validate_by_alias=True, extra="forbid"
    )

    def given(self) -> dict[str, Any]:
        """Only the fields that were sent, in snake case."""
        return self.model_dump(exclude_unset=True)


class Answer(BaseModel):
    """A response's body: camelCase, read from a service's frozen row."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        serialize_by_alias=True,
        from_attributes=True,
        validate_by_name=True,
    )


class Listing(Answer, Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    next_cursor: str | None
    total: int
    total_is_exact: bool


def listing(page: Page[Row], convert: Callable[[Row], T]) -> Listing[T]:
    """A service's page as it travels."""
    return Listing(
        items=[convert(row) for row in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
        total_is_exact=page.total_is_exact,
    )
