"""The one gate: every event of every client passes here first, and is denied by default.

It sees our handlers and the framework's own alike (hydration would otherwise show what
the tab's last person saw). A tab's token is no identity: where a token meets another
session than the one it began with, the tab forgets it and starts afresh.
"""

import logging
import time
from collections.abc import Collection
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from astronote.errors import AstronoteError, Unauthenticated
from astronote.security import Identity
from astronote.state import identity
from astronote.state.words import tr

log = logging.getLogger(__name__)

LEAVE = (
    "sessionStorage.clear();"
    "location.assign('/login?next='+encodeURIComponent(location.pathname+location.search))"
)
"""Script: forget this tab's state and go to the sign-in page."""

START_AFRESH = "sessionStorage.clear();location.reload()"
"""Script: forget this tab's token and load the page again."""


class TabState(rx.State):
    """Which session a tab's state belongs to; nothing of it reaches the browser."""

    _session_id: int | None = None
    # Written at every event, so that in Redis this never expires before the states
    # whose owner it names.
    _seen_at: float = 0.0


class Gate(rx.Middleware):
    """Denies what does not come from a live session, or from one without the right role.

    Args:
        owner_paths: routes (as registered) that only a shop's owner may use.
    """

    def __init__(self, owner_paths: Collection[str] = ()) -> None:
        self.owner_paths = frozenset(owner_paths)

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets the event through; an update is sent instead of handling it."""
        del app
        router_data = EventContext.get().router_data
        headers = router_data.get("headers") or {}
        try:
            who = await identity.admit(identity.claims_in(headers))
        except Unauthenticated:
            return _answer(rx.call_script(LEAVE))
        except AstronoteError as error:
            return _answer(rx.toast.error(error.detail))
        if not await _is_own_tab(state, who):
            return _answer(rx.call_script(START_AFRESH))
        if event.name.rpartition(".")[2] == "setvar":
            log.warning("denied %s to %s", event.name, who.actor)
            return StateUpdate()
        if not who.is_operator and _is_marked(event, "OPERATOR_ONLY"):
            # As if there were no such thing: who may not operate learns nothing of it.
            return _answer(rx.toast.error(tr("There is no such thing here."), id="nothing-here"))
        path = str(router_data.get("pathname", ""))
        if not who.is_owner and self._is_for_owners(event, path):
            # One toast for all the events of a page that is not for this person.
            refusal = rx.toast.error(tr("Only the shop's owner can do this."), id="owners-only")
            return _answer(refusal, *([rx.redirect("/app")] if self._is_owners(path) else []))
        return None

    def _is_for_owners(self, event: Event, path: str) -> bool:
        return _is_marked(event, "OWNER_ONLY") or self._is_owners(path)

    def _is_owners(self, path: str) -> bool:
        return (path.rstrip("/") or "/") in self.owner_paths


class OwnerOnly:
    """Mix into a state whose every handler only a shop's owner may call."""

    OWNER_ONLY: ClassVar[bool] = True


class OperatorOnly:
    """Mix into a state whose every handler only an operator of the installation may call."""

    OPERATOR_ONLY: ClassVar[bool] = True


def _is_marked(event: Event, mark: str) -> bool:
    found = RegistrationContext.get().event_handlers.get(event.name)
    return found is not None and any(getattr(state, mark, False) for state in found.states)


async def _is_own_tab(state: BaseState, who: Identity) -> bool:
    tab = await state.get_state(TabState)
    if tab._session_id is None:
        tab._session_id = who.session_id
    elif tab._session_id != who.session_id:
        return False
    tab._seen_at = time.time()
    return True


def _answer(*specs: EventSpec) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(list(specs)))
