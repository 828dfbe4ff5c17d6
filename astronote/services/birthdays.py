"""Birthday wishes: once in a shop's day, at its hour, to everybody whose birthday it is.

A shop's day is one transaction: its mark (a row of ``job_fire``) and its messages are
there together or not at all, so a run that died is made again and one that succeeded is
not. Whoever had the wish of this local year is left out besides.
"""

from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote import clock
from astronote.db import rows_changed
from astronote.jobs import enqueue
from astronote.models import Contact, Message
from astronote.services import audience, automations, launching, runs, shops
from astronote.services.audience import EVERYBODY
from astronote.services.automations import BIRTHDAY
from astronote.services.quiet_hours import quiet_until


def due(session: Session) -> list[int]:
    """Shops whose hour has come today and whose wishes are not queued yet.

    In a system transaction; greet each in one of its own.
    """
    return list(session.execute(_DUE, {"now": clock.now()}).scalars())


def greet(session: Session, shop_id: int) -> int:
    """Queue today's wishes of one shop; how many. Asking again does nothing.

    A day on which the shop may not send is left unmarked: its wishes go out later in the
    day where the gate opens, or not at all.

    Raises:
        PaymentRequired: ``subscription_inactive``, ``insufficient_credits``.
        Conflict: ``sender_not_approved``.
    """
    automation = automations.active(session, shop_id, BIRTHDAY, alone=True)
    if automation is None or automation.send_hour is None:
        return 0
    shop, now = shops.get(session, shop_id), clock.now()
    local = now.astimezone(ZoneInfo(shop.timezone))
    if local.hour < automation.send_hour:
        return 0
    if not _mark(session, shop_id, local.date(), automation.send_hour):
        return 0
    launching.require_may_send(session, shop)
    occasion = str(local.year)
    had = sa.exists().where(
        col(Message.shop_id) == shop_id,
        col(Message.automation_id) == automation.id,
        col(Message.phone_hash) == col(Contact.phone_hash),
        col(Message.occasion) == occasion,
    )
    people = audience.recipients(session, shop, EVERYBODY).where(born_on(local.date()), ~had)
    queued = runs.queue_bulk(
        session,
        shop_id,
        people,
        automations.composer(session, shop, automation),
        kind="birthday",
        automation_id=automation.id,
        occasion=occasion,
        not_before=quiet_until(shop.quiet_hours, shop.timezone, now),
    )
    if queued.messages:
        enqueue(session, "sending.send_batch", None)
    return queued.messages


def pass_over(session: Session) -> int:
    """Take the wishes of all that are due for sent; of how many shops. A system transaction."""
    return rows_changed(session.execute(_PASS_OVER, {"now": clock.now()}))


def coming(session: Session, shop_id: int, days: int = 30) -> int:
    """How many people who may be messaged have their birthday within ``days``, from today."""
    shop = shops.get(session, shop_id)
    today = clock.today(shop.timezone)
    soon = sa.or_(*[born_on(today + timedelta(days=n)) for n in range(days)])
    people = audience.recipients(session, shop, EVERYBODY).where(soon).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(people)).scalar_one())


def born_on(day: date) -> sa.ColumnElement[bool]:
    """Whether ``day`` is a contact's birthday; one of 29 February is kept on the 28th in
    years without it."""
    days = [(day.month, day.day)]
    if days == [(2, 28)] and not isleap(day.year):
        days.append((2, 29))
    born = col(Contact.birthday)
    return sa.and_(
        born.is_not(None),
        sa.tuple_(sa.extract("month", born), sa.extract("day", born)).in_(days),
    )


def _mark(session: Session, shop_id: int, day: date, hour: int) -> bool:
    """Note that the shop's day is done; False where it was. The moment is the local one,
    written as if it were UTC: it is a name, not a time."""
    at = datetime.combine(day, time(hour), tzinfo=UTC)
    named = {"job": f"birthdays:{shop_id}", "at": at, "now": clock.now()}
    return rows_changed(session.execute(_MARK, named)) == 1


_MARK: Final = sa.text("""
    INSERT INTO job_fire (job, scheduled_for, fired_at) VALUES (:job, :at, :now)
    ON CONFLICT DO NOTHING
""")

_OF_DUE: Final = """
    FROM automation a JOIN shop s ON s.id = a.shop_id
    CROSS JOIN LATERAL (SELECT timezone(s.timezone, CAST(:now AS timestamptz)) AS at) local
    WHERE a.type = 'birthday_message' AND a.is_active
      AND extract(hour FROM local.at) >= a.send_hour
      AND NOT EXISTS (
          SELECT FROM job_fire f
          WHERE f.job = 'birthdays:' || a.shop_id
            AND f.scheduled_for = timezone(
                'UTC', date_trunc('day', local.at) + make_interval(hours => a.send_hour)))
"""

_DUE: Final = sa.text(f"SELECT a.shop_id {_OF_DUE} ORDER BY a.shop_id")

_PASS_OVER: Final = sa.text(f"""
    INSERT INTO job_fire (job, scheduled_for, fired_at)
    SELECT 'birthdays:' || a.shop_id,
           timezone('UTC', date_trunc('day', local.at) + make_interval(hours => a.send_hour)), :now
    {_OF_DUE}
    ON CONFLICT DO NOTHING
""")
