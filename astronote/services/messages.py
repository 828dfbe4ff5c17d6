"""Single messages: a welcome, an answer, a test, each in a batch of its own.

Runs to many people are in ``runs``; the log of all of them in ``message_log``.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from astronote import clock
from astronote.errors import Conflict, NotFound
from astronote.jobs import enqueue
from astronote.models import Message, MessageBatch
from astronote.security import phone_hmac
from astronote.services import billing, links, wallet
from astronote.services.composing import Composer
from astronote.settings import settings

FIRST: Final = 1
"""Priority of single messages: somebody is waiting for them."""

LATER: Final = 5
"""Priority of runs."""

ATTEMPTS: Final = 5
"""How often taken codes are drawn again; more than two would be a broken generator."""

_SERVICE: Final = frozenset({"confirmation", "help"})
_RUN_LETTERS, _OWN_LETTERS = 5, 17


def credits_of(parts: int, messages: int = 1) -> int:
    """What ``messages`` of ``parts`` segments in all cost."""
    return parts if settings().credit_unit == "part" else messages


def queue_single(
    session: Session,
    shop_id: int,
    *,
    kind: str,
    phone: str,
    composer: Composer,
    first_name: str | None = None,
    last_name: str | None = None,
    contact_id: int | None = None,
    automation_id: int | None = None,
    occasion: str | None = None,
    created_by: int | None = None,
    not_before: datetime | None = None,
) -> int:
    """Queue one message in a batch of its own, ahead of campaigns, and ring for it.

    A ``test`` shows stand-in links, which lead to nobody's offer.

    Returns:
        The message's id.

    Raises:
        PaymentRequired: ``subscription_inactive``, ``insufficient_credits``.
        Conflict: ``already_sent`` where the automation has written to this phone on this
            occasion.
        NotFound: the contact has been deleted meanwhile.
    """
    billing.require_sending_allowed(session, shop_id)
    now = clock.now()
    batch = MessageBatch(
        shop_id=shop_id, priority=FIRST, size=1, not_before=not_before, created_at=now
    )
    session.add(batch)
    session.flush()
    tracking_id, code = tracking_ids(1)[0], links.new_codes(1)[0]
    shown = composer.final(first_name, last_name, links.stand_in() if kind == "test" else code)
    message = Message(
        shop_id=shop_id,
        batch_id=batch.id or 0,
        kind=kind,
        purpose="service" if kind in _SERVICE else "marketing",
        automation_id=automation_id,
        occasion=occasion,
        contact_id=contact_id,
        phone=phone,
        phone_hash=phone_hmac(phone),
        text=shown.text,
        encoding=shown.encoding,
        parts=shown.parts,
        credits=credits_of(shown.parts),
        tracking_id=tracking_id,
        short_code=code,
        created_by=created_by,
        created_at=now,
    )
    message_id = _add_single(session, message)
    wallet.reserve(session, shop_id, message.credits, batch_id=batch.id)
    enqueue(session, "sending.send_batch", None)
    return message_id


def tracking_ids(count: int) -> list[str]:
    """Unguessable ids (96 random bits); a run's share their beginning, so that they stand
    together in the index and a large run does not touch all of it."""
    run = links.random_words(1, _RUN_LETTERS)[0]
    return [run + word for word in links.random_words(count, _OWN_LETTERS)]


def _add_single(session: Session, message: Message) -> int:
    for _ in range(ATTEMPTS):
        try:
            with session.begin_nested():
                session.add(message)
            return message.id or 0
        except IntegrityError as error:
            name = _constraint(error)
            if name == _HAD:
                raise Conflict(
                    "This person has had this message already.", code="already_sent"
                ) from error
            if name == _GONE:
                raise NotFound("There is no such contact.") from error
            if name not in _CODES:
                raise
            renewed = links.new_codes(1)[0]
            message.text = message.text.replace(message.short_code, renewed)
            message.short_code, message.tracking_id = renewed, tracking_ids(1)[0]
    raise RuntimeError("no free short code was found")


def is_of_the_moment(error: IntegrityError) -> bool:
    """Whether messages could not be inserted because of what is otherwise when one asks again:
    a drawn code belongs to another, a contact was deleted, an automation has just written."""
    return _constraint(error) in _CODES | {_GONE, _HAD}


def _constraint(error: IntegrityError) -> str | None:
    name: str | None = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return name


_GONE: Final = "fk_message_shop_id_contact_id"
_HAD: Final = "uq_message_automation_phone"
_CODES: Final = frozenset({"uq_message_short_code", "uq_message_tracking_id"})
