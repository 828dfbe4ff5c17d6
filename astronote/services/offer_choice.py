"""The offer as a merchant gives it, checked; ``offer_terms`` reads what is stored."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from astronote.errors import FieldError, Invalid


class OfferChoice(BaseModel):
    """What a message promises; left out means on, once for each message."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        str_strip_whitespace=True,
    )

    enabled: bool = True
    title: Annotated[str, Field(max_length=120)] = ""
    description: Annotated[str, Field(max_length=1000)] = ""
    code: Annotated[str | None, Field(max_length=60)] = None
    expires_at: datetime | None = None
    max_redemptions: Annotated[int, Field(ge=1, le=1000)] = 1
    max_total: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    valid_days: Annotated[int | None, Field(ge=1, le=1000)] = None

    def document(self) -> dict[str, object]:
        """As it is stored: the API's names, times in UTC."""
        stored = self.model_dump(mode="json", by_alias=True, exclude={"expires_at"})
        if self.expires_at is not None:
            moment = self.expires_at
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            stored["expiresAt"] = aware.astimezone(UTC).isoformat()
        return stored


def parse(document: object) -> OfferChoice:
    """Read an offer that was sent.

    Raises:
        Invalid: it has unknown parts or impossible values.
    """
    try:
        return OfferChoice.model_validate(document)
    except ValidationError as error:
        found: list[FieldError] = [
            {"field": ".".join(["offer", *map(str, e["loc"])]), "message": e["msg"]}
            for e in error.errors()
        ]
        raise Invalid("This offer cannot be read.", field="offer", errors=found) from error
