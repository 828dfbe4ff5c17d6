"""What a text costs as SMS."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from astronote.api.deps import SignedIn
from astronote.api.schemas import Answer, Body
from astronote.services import sms_text

router = APIRouter(prefix="/api/text", tags=["text"])


class TextBody(Body):
    text: Annotated[str, Field(max_length=10_000)]


class OffenderAnswer(Answer):
    char: str
    index: int


class TextAnswer(Answer):
    encoding: str
    characters: int
    parts: int
    per_part: int
    offending: list[OffenderAnswer]
    gsm_rewrite: str | None


@router.post("/analyse")
def analyse(body: TextBody, _who: SignedIn) -> TextAnswer:
    """Encoding, characters and parts; what keeps it out of GSM-7, and how it would fit."""
    return TextAnswer.model_validate(sms_text.analyse(body.text))
