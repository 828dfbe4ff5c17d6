"""Lists of contacts: the system's, and the shop's own."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from astronote.api.contacts import Age, Gender
from astronote.api.deps import DEFAULT, Cursor, Limit, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Listing, listing
from astronote.services import lists
from astronote.services.contact_search import LONGEST_QUERY, ContactFilter, Selection

router = APIRouter(prefix="/api/lists", tags=["lists"])

MOST_IDS = 10_000


class ListAnswer(Answer):
    id: int | None
    key: str | None
    name: str
    kind: str
    count: int


class ListBody(Body):
    name: Annotated[str, Field(max_length=200)]


class FilterBody(Body):
    q: Annotated[str, Field(max_length=LONGEST_QUERY)] = ""
    list: Annotated[int | Annotated[str, Field(max_length=40)] | None, Field()] = None
    gender: Gender | None = None
    subscribed: bool | None = None
    tag: Annotated[str | None, Field(max_length=200)] = None
    age_min: Age | None = None
    age_max: Age | None = None


class SelectionBody(Body):
    contact_ids: Annotated[list[int] | None, Field(max_length=MOST_IDS)] = None
    filter: FilterBody | None = None

    def selection(self) -> Selection:
        """The contacts that the body names."""
        named = ContactFilter(**self.filter.model_dump()) if self.filter else None
        ids = None if self.contact_ids is None else tuple(self.contact_ids)
        return Selection(ids=ids, filter=named)


class ChangedAnswer(Answer):
    changed: int


@router.get("")
def read_page(
    who: SignedIn, session: ShopSession, limit: Limit = DEFAULT, cursor: Cursor = None
) -> Listing[ListAnswer]:
    """The system lists, then the shop's own, with how many contacts each has now."""
    page = lists.page(session, who.shop_id, limit=limit, cursor=cursor)
    return listing(page, ListAnswer.model_validate)


@router.post("", status_code=201)
def create(body: ListBody, who: SignedIn, session: ShopSession) -> ListAnswer:
    """Make an own list, empty."""
    return ListAnswer.model_validate(lists.create(session, who.shop_id, body.name))


@router.get("/{list_id}")
def read(list_id: str, who: SignedIn, session: ShopSession) -> ListAnswer:
    """One list, by id or by a system list's key."""
    return ListAnswer.model_validate(lists.get(session, who.shop_id, list_id))


@router.put("/{list_id}")
def rename(list_id: str, body: ListBody, who: SignedIn, session: ShopSession) -> ListAnswer:
    """Give an own list another name."""
    return ListAnswer.model_validate(lists.rename(session, who.shop_id, list_id, body.name))


@router.delete("/{list_id}", status_code=204)
def delete(list_id: str, who: SignedIn, session: ShopSession) -> Response:
    """Remove an own list; its contacts stay."""
    lists.delete(session, who.shop_id, list_id)
    return Response(status_code=204)


@router.post("/{list_id}/contacts")
def add(list_id: str, body: SelectionBody, who: SignedIn, session: ShopSession) -> ChangedAnswer:
    """Put contacts into an own list; counts those that were not yet in it."""
    return ChangedAnswer(changed=lists.add(session, who.shop_id, list_id, body.selection()))


@router.delete("/{list_id}/contacts")
def remove(list_id: str, body: SelectionBody, who: SignedIn, session: ShopSession) -> ChangedAnswer:
    """Take contacts out of an own list; counts those that were in it."""
    return ChangedAnswer(changed=lists.remove(session, who.shop_id, list_id, body.selection()))
