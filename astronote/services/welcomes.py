"""The welcome: one message, once for each phone and shop, to whoever has just joined.

"Once" is the unique index on automation, phone HMAC and occasion, so neither deleting a
contact and joining again nor a job that runs twice earns a second one. Quiet hours are
the claim's to keep: it lets a welcome pass to somebody who stands at the till.
"""

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.errors import Conflict, NotFound, PaymentRequired
from astronote.jobs import enqueue
from astronote.models import Automation, Contact, ImportJob, Message, Shop, Subscription, Wallet
from astronote.services import audience, automations, launching, messages, runs, shops
from astronote.services.audience import EVERYBODY
from astronote.services.automations import WELCOME, AutomationRow
from astronote.services.quiet_hours import quiet_until
from astronote.services.runs import Queued
from astronote.services.shops import ShopRow

OCCASION: Final = "welcome"

LOOK_BACK: Final = timedelta(days=1)
"""How long a welcome whose ring was lost, or that had no credits, is still sent."""

RING_TAKES: Final = timedelta(minutes=1)
"""How long a ring may be on its way before it is taken for lost."""


def send_welcome(session: Session, shop_id: int, contact_id: int) -> str:
    """Queue the contact's welcome, where one is due; asking again does nothing.

    Returns:
        ``queued``; or why not: ``inactive`` (the automation is off), ``not_due`` (no such
        contact, not subscribed, suppressed, too young, of unknown age where the shop asks
        for it, or welcomed before), or the code of the gate that is closed:
        ``subscription_inactive``, ``insufficient_credits``, ``sender_not_approved``.
    """
    automation = automations.active(session, shop_id, WELCOME)
    if automation is None:
        return "inactive"
    shop = shops.get(session, shop_id)
    due = _due(session, shop, automation).where(col(Contact.id) == contact_id)
    person = session.execute(due).one_or_none()
    if person is None:
        return "not_due"
    try:
        # A refusal after the batch was made must leave nothing of it.
        with session.begin_nested():
            launching.require_may_send(session, shop)
            _queue(session, shop, automation, person)
    except NotFound:
        return "not_due"
    except (PaymentRequired, Conflict) as refusal:
        return "not_due" if refusal.code == "already_sent" else refusal.code
    return "queued"


def welcome_imported(session: Session, shop_id: int, job_id: int) -> Queued:
    """Queue the welcome of everybody whom an import has made, where the merchant ticked it.

    Raises:
        PaymentRequired: ``subscription_inactive``, ``insufficient_credits``.
        Conflict: ``sender_not_approved``.
    """
    automation = automations.active(session, shop_id, WELCOME, alone=True)
    if automation is None:
        return Queued(0, 0, 0)
    shop = shops.get(session, shop_id)
    launching.require_may_send(session, shop)
    began = sa.select(col(ImportJob.created_at)).where(
        col(ImportJob.shop_id) == shop_id, col(ImportJob.id) == job_id
    )
    people = _due(session, shop, automation).where(
        col(Contact.import_job_id) == job_id, col(Contact.created_at) >= began.scalar_subquery()
    )
    queued = runs.queue_bulk(
        session,
        shop_id,
        people,
        automations.composer(session, shop, automation),
        kind="welcome",
        automation_id=automation.id,
        occasion=OCCASION,
        not_before=quiet_until(shop.quiet_hours, shop.timezone, clock.now()),
    )
    if queued.messages:
        enqueue(session, "sending.send_batch", None)
    return queued


def shops_at_work(session: Session) -> list[int]:
    """Shops whose welcome is on and that may send; a system transaction."""
    return list(
        session.execute(
            sa.select(col(Automation.shop_id))
            .join(Shop, col(Shop.id) == col(Automation.shop_id))
            .join(Subscription, col(Subscription.shop_id) == col(Automation.shop_id))
            .join(Wallet, col(Wallet.shop_id) == col(Automation.shop_id))
            .where(
                col(Automation.type) == WELCOME,
                col(Automation.is_active),
                col(Shop.on_hold_at).is_(None),
                col(Subscription.status) == "active",
                col(Wallet.posted) > col(Wallet.reserved),
            )
            .order_by(col(Automation.shop_id))
        ).scalars()
    )


def forgotten(session: Session, shop_id: int, at_most: int = 100) -> list[int]:
    """Contacts made in the last day whose welcome is due and was not sent.

    Only those that agreed after the automation was last changed: switching it on, or
    writing it anew, is no reason to write to people who were there before. Imported ones
    are welcomed by their import or not at all.
    """
    automation = automations.active(session, shop_id, WELCOME)
    if automation is None or automation.updated_at is None:
        return []
    shop, now = shops.get(session, shop_id), clock.now()
    since: datetime = max(now - LOOK_BACK, automation.updated_at)
    due = _due(session, shop, automation).where(
        col(Contact.created_at) > now - LOOK_BACK,
        col(Contact.sms_consent_at) > since,
        col(Contact.sms_consent_at) < now - RING_TAKES,
        col(Contact.import_job_id).is_(None),
    )
    return [row.id for row in session.execute(due.order_by(col(Contact.id)).limit(at_most))]


def _due(session: Session, shop: ShopRow, automation: AutomationRow) -> sa.Select[*tuple[Any, ...]]:
    """Everybody who may be messaged and has had no welcome."""
    had = sa.exists().where(
        col(Message.shop_id) == shop.id,
        col(Message.automation_id) == automation.id,
        col(Message.phone_hash) == col(Contact.phone_hash),
        col(Message.occasion) == OCCASION,
    )
    return audience.recipients(session, shop, EVERYBODY).where(~had)


def _queue(session: Session, shop: ShopRow, automation: AutomationRow, person: sa.Row[Any]) -> None:
    messages.queue_single(
        session,
        shop.id,
        kind="welcome",
        phone=person.phone,
        composer=automations.composer(session, shop, automation),
        first_name=person.first_name,
        last_name=person.last_name,
        contact_id=person.id,
        automation_id=automation.id,
        occasion=OCCASION,
    )
