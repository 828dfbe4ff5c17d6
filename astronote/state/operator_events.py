"""The operator's page: events that could not be applied, and short codes nobody has."""

import dataclasses
from collections.abc import AsyncIterator

import reflex as rx

from astronote.jobs import QUEUES, ring
from astronote.services import operating
from astronote.services.operating import Miss, Parked
from astronote.state import identity
from astronote.state.base import Id, Sent, answers, call_operator, checked, done
from astronote.state.gate import OperatorOnly
from astronote.state.words import ago, exact, language, number, tr
from astronote.words import translate

ZONE = "UTC"
_APPLY = {
    "stripe": "billing.apply_stripe_events",
    "mitto": "delivery.apply_webhook_events",
}


@dataclasses.dataclass(frozen=True)
class ParkedView:
    """A parked event, in words."""

    id: int
    what: str
    about: str
    why: str
    came: str
    came_exact: str
    attempts: str


@dataclasses.dataclass(frozen=True)
class MissView:
    """A code that nobody has."""

    code: str
    count: str
    last: str
    last_exact: str


class OperatorEventsState(OperatorOnly, rx.State):
    """Loaded with the operator's page."""

    loading: bool = True
    parked: rx.Field[list[ParkedView]] = rx.field(default_factory=list)
    misses: rx.Field[list[MissView]] = rx.field(default_factory=list)
    dropping: int = 0

    @rx.event
    @answers
    async def load(self) -> None:
        """Fill both lists."""
        self.dropping = 0
        self.parked = [_parked(one) for one in await call_operator(operating.parked)]
        self.misses = [_miss(one) for one in await call_operator(operating.misses)]
        self.loading = False

    @rx.event
    @answers
    async def retry(self, event_id: int) -> AsyncIterator[Sent]:
        """Try an event again."""
        actor = identity.current().actor
        provider = await call_operator(operating.retry, actor, checked(Id, event_id))
        ring(QUEUES[_APPLY[provider]], _APPLY[provider])
        await self._read_parked()
        yield done(tr("It is tried again."))

    @rx.event
    @answers
    async def ask_drop(self, event_id: int) -> None:
        """Ask before an event is forgotten."""
        self.dropping = checked(Id, event_id)

    @rx.event
    async def never_mind(self) -> None:
        """Forget nothing."""
        self.dropping = 0

    @rx.event
    @answers
    async def drop(self) -> AsyncIterator[Sent]:
        """Forget the event that was asked about."""
        event_id, self.dropping = self.dropping, 0
        await call_operator(operating.drop, identity.current().actor, event_id)
        await self._read_parked()
        yield done(tr("It is forgotten."))

    async def _read_parked(self) -> None:
        self.parked = [_parked(one) for one in await call_operator(operating.parked)]


def _parked(one: Parked) -> ParkedView:
    return ParkedView(
        id=one.id,
        what=f"{one.provider} · {one.kind}",
        about=one.about,
        why=translate(one.error, language()),
        came=ago(one.received_at),
        came_exact=exact(one.received_at, ZONE),
        attempts=number(one.attempts),
    )


def _miss(one: Miss) -> MissView:
    return MissView(one.code, number(one.count), ago(one.last_at), exact(one.last_at, ZONE))
