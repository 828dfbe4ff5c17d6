"""Keys for integrators, made and ended by owners."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, Owner, ShopSession
from astronote.api.schemas import Answer, Body, Listing, Moment, listing
from astronote.paging import cut
from astronote.services import api_keys
from astronote.services.api_keys import KeyRow

router = APIRouter(prefix="/api/api-keys", tags=["API keys"])


class KeyBody(Body):
    name: Annotated[str, Field(max_length=500)]


class KeyAnswer(Answer):
    id: int
    name: str
    prefix: str
    created_at: Moment
    last_used_at: Moment | None


class NewKeyAnswer(KeyAnswer):
    key: str


@router.get("")
def read_all(
    who: Owner, session: ShopSession, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Listing[KeyAnswer]:
    """The shop's keys by their first characters."""
    found = cut(api_keys.listing(session, who.shop_id), limit, cursor)
    return listing(found, KeyAnswer.model_validate)


@router.post("", status_code=201)
def create(body: KeyBody, who: Owner, session: ShopSession, response: Response) -> NewKeyAnswer:
    """Make a key. ``key`` is shown here and never again; send it as a bearer token."""
    made = api_keys.create(session, who.shop_id, who, body.name)
    response.headers["Cache-Control"] = "no-store"
    return _with_token(made.row, made.token)


@router.delete("/{key_id}", status_code=204)
def delete(key_id: ObjectId, who: Owner, session: ShopSession) -> Response:
    """End a key at once."""
    api_keys.delete(session, who.shop_id, who, key_id)
    return Response(status_code=204)


def _with_token(row: KeyRow, token: str) -> NewKeyAnswer:
    return NewKeyAnswer(**KeyAnswer.model_validate(row).model_dump(by_alias=False), key=token)
