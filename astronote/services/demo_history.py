"""What came of the demo shop's past campaigns, played through the services.

The clock of this process is moved to when it happened. The provider's part is played
here: messages are accepted and receipts stored as its own would be.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from astronote import clock
from astronote.db import system_transaction, transaction
from astronote.integrations.mitto_results import Accepted
from astronote.security import Identity
from astronote.services import (
    claiming,
    delivery,
    offers,
    openings,
    sending,
    unsubscribe_tokens,
    unsubscribing,
    webhook_events,
)
from astronote.services.claiming import Claimed, Passed
from astronote.services.openings import Opening
from astronote.services.unsubscribing import Visit
from astronote.statements import within

_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15"
_FAILURES = ("Absent subscriber", "Unknown subscriber", "Handset memory full")


@dataclass(frozen=True)
class Taste:
    """How a campaign was liked; shares of the delivered, 0 to 1."""

    viewed: float
    redeemed: float
    left: float
    failed: float = 0.021
    silent: float = 0.008


@dataclass(frozen=True)
class Sent:
    """A message that the provider took."""

    id: int
    provider_id: str
    tracking_id: str
    code: str


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the clock of this process say ``moment``, for a while."""
    clock.shift(timedelta())
    clock.shift(moment - clock.now())
    try:
        yield
    finally:
        clock.shift(timedelta())


def play(who: Identity, campaign_id: int, started: datetime, taste: Taste, seed: int) -> None:
    """Send a campaign that was enqueued at ``started``, and let people react to it."""
    with at(started + timedelta(seconds=4)):
        sent = send_waiting(who.shop_id)
        with transaction(who.shop_id) as session:
            sending.finish_campaign(session, who.shop_id, campaign_id)
    react_to(who, sent, started, taste, seed)


def react_to(
    who: Identity, sent: Sequence[Sent], started: datetime, taste: Taste, seed: int
) -> None:
    """Deliver what was sent at ``started``, and let people react to it."""
    rng = random.Random(seed)  # noqa: S311
    delivered = _receipts(rng, sent, started, taste)
    for moment, reactions in sorted(_reactions(rng, delivered, started, taste).items()):
        if moment > datetime.now(moment.tzinfo):
            break
        with at(moment):
            _react(who, reactions)


def send_waiting(shop_id: int) -> list[Sent]:
    """Let the provider accept all that waits; what it took."""
    taken: list[int] = []
    while True:
        with system_transaction() as session:
            found = claiming.claim(session, after_shop=shop_id - 1, at_most=1000)
            if isinstance(found, Claimed) and found.shop_id != shop_id:
                # Another shop's messages are for its own provider.
                raise RuntimeError("the demo must not send for other shops")
        if not isinstance(found, Claimed):
            assert found is None or isinstance(found, Passed)
            break
        with transaction(shop_id) as session:
            sending.dispatch(session, found)
        taken += [message.id for message in found.messages]
        ids = tuple(f"demo-{shop_id}-{message.id}" for message in found.messages)
        with transaction(shop_id) as session:
            sending.record(session, found, Accepted(ids))
    return _sent(shop_id, taken)


def _sent(shop_id: int, ids: list[int]) -> list[Sent]:
    with transaction(shop_id) as session:
        rows = session.execute(
            sa.text("""
                SELECT id, provider_message_id, tracking_id, short_code FROM message
                WHERE shop_id = :shop AND id = ANY(:ids)
                  AND provider_message_id IS NOT NULL ORDER BY id
            """),
            {"shop": shop_id, "ids": ids},
        )
        return [Sent(*row) for row in rows]


def _receipts(
    rng: random.Random, sent: Sequence[Sent], started: datetime, taste: Taste
) -> list[Sent]:
    """Store and apply what the provider reported; the messages that arrived."""
    arrived, waves = [], defaultdict(list)
    for message in sent:
        chance = rng.random()
        if chance < taste.silent:
            continue
        failed = chance < taste.silent + taste.failed
        wave = started + timedelta(seconds=rng.choice((9, 14, 20, 35, 80, 300)))
        body = {
            "messageId": message.provider_id,
            "deliveryStatus": "Failure" if failed else "Delivered",
            "description": rng.choice(_FAILURES) if failed else "",
            "updatedAt": wave.isoformat(),
        }
        waves[wave].append(body)
        if not failed:
            arrived.append(message)
    for wave, bodies in sorted(waves.items()):
        with at(wave), system_transaction() as session:
            within(session, webhook_events.store_receipts([bodies]))
            delivery.apply_stored(session, len(bodies))
    return arrived


def _reactions(
    rng: random.Random, delivered: Sequence[Sent], started: datetime, taste: Taste
) -> dict[datetime, list[tuple[str, Sent]]]:
    """Who does what when, gathered into a few dozen moments of the following days."""
    found: dict[datetime, list[tuple[str, Sent]]] = defaultdict(list)

    def later(hours: float) -> datetime:
        # Most people look soon: an exponential tail over two days, in steps of an hour.
        return started + timedelta(hours=int(min(hours, 60.0)), minutes=25)

    for message in delivered:
        if rng.random() < taste.viewed:
            seen = rng.expovariate(1 / 5)
            found[later(seen)].append(("view", message))
            if rng.random() < taste.redeemed / taste.viewed:
                found[later(seen + rng.expovariate(1 / 14))].append(("redeem", message))
        elif rng.random() < taste.left:
            found[later(rng.expovariate(1 / 3))].append(("leave", message))
    return found


def _react(who: Identity, reactions: Sequence[tuple[str, Sent]]) -> None:
    doors = {"view": "o", "leave": "s"}
    clicks = [Opening(doors[act], m.code) for act, m in reactions if act in doors]  # type: ignore[arg-type]
    with system_transaction() as session:
        places = iter(within(session, openings.open_links(clicks)))
        for act, message in reactions:
            place = next(places, None) if act in doors else None
            if act == "view":
                offers.view(session, message.tracking_id, is_program=False, user_agent=_AGENT)
            elif act == "leave" and place is not None:
                holder = unsubscribe_tokens.read(place.location.rpartition("/")[2])
                unsubscribing.unsubscribe(session, holder, Visit(None, _AGENT))
    with transaction(who.shop_id) as session:
        for act, message in reactions:
            if act == "redeem":
                offers.redeem(session, who.shop_id, who, tracking_id=message.tracking_id)
