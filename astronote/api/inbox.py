"""One-to-one messages."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from astronote.api.deps import DEFAULT, Cursor, Limit, ObjectId, ShopSession, SignedIn
from astronote.api.schemas import Answer, Body, Listing, Moment
from astronote.services import external_links, inbox, replies, shops
from astronote.services.inbox import Conversation, Thread

router = APIRouter(prefix="/api/inbox", tags=["inbox"])


class ReplyBody(Body):
    text: str


class ConversationAnswer(Answer):
    contact_id: int | None
    phone: str
    name: str
    is_subscribed: bool
    last_text: str
    last_direction: str
    last_at: Moment
    unread: int
    marked: bool


class InboxAnswer(Listing[ConversationAnswer]):
    unread: int
    sender: str
    can_receive: bool


class EntryAnswer(Answer):
    id: int
    direction: str
    kind: str
    text: str
    at: Moment
    marked: bool
    is_read: bool
    message_id: int | None
    status: str | None
    failure_reason: str | None


class ThreadAnswer(Answer):
    contact_id: int | None
    phone: str
    name: str
    is_subscribed: bool
    unread: int
    items: list[EntryAnswer]


class ReplyAnswer(Answer):
    message_id: int
    text: str
    credits: int


@router.get("")
def find(
    who: SignedIn, session: ShopSession, limit: Limit = DEFAULT, cursor: Cursor = None
) -> InboxAnswer:
    """The shop's conversations, the newest first, and whether its sender can be answered."""
    page = inbox.listing(session, who.shop_id, limit=limit, cursor=cursor)
    shop = shops.get(session, who.shop_id)
    return InboxAnswer(
        items=[_conversation(row) for row in page.items],
        next_cursor=page.next_cursor,
        total=page.total,
        total_is_exact=page.total_is_exact,
        unread=inbox.pulse(session, who.shop_id).unread,
        sender=replies.sender_of(shop),
        can_receive=replies.can_receive(shop),
    )


@router.get("/{contact_id}")
def read(contact_id: ObjectId, who: SignedIn, session: ShopSession) -> ThreadAnswer:
    """What was said with one contact, the oldest first; reading it here marks nothing."""
    return _thread(inbox.thread(session, who.shop_id, contact_id))


def linked(body: ReplyBody, who: SignedIn) -> ReplyBody:
    """The body, once another shortener was asked for its links; before any transaction."""
    external_links.fetch_for_reply(who.shop_id, body.text)
    return body


# The body stands before the session: dependencies are met in this order.
@router.post("/{contact_id}", status_code=202)
def reply(
    contact_id: ObjectId,
    body: Annotated[ReplyBody, Depends(linked)],
    who: SignedIn,
    session: ShopSession,
) -> ReplyAnswer:
    """Write to one contact."""
    sent = replies.reply(session, who.shop_id, contact_id, body.text, created_by=who.user_id)
    return ReplyAnswer.model_validate(sent)


@router.post("/{contact_id}/read", status_code=204)
def mark_read(contact_id: ObjectId, who: SignedIn, session: ShopSession) -> Response:
    """Note that the conversation, as it is now, was read."""
    inbox.mark_read(session, who.shop_id, inbox.thread(session, who.shop_id, contact_id))
    return Response(status_code=204)


def _conversation(row: Conversation) -> ConversationAnswer:
    return ConversationAnswer.model_validate(row)


def _thread(found: Thread) -> ThreadAnswer:
    return ThreadAnswer(
        contact_id=found.conversation.contact_id,
        phone=found.conversation.phone,
        name=found.conversation.name,
        is_subscribed=found.conversation.is_subscribed,
        unread=found.conversation.unread,
        items=[EntryAnswer.model_validate(entry) for entry in found.entries],
    )
