"""Sending events to the app as its socket does, without the socket.

The app's own middleware and handlers run in Reflex's event processor, over states in
memory; what would go to the browser is collected.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from reflex.app import EventNamespace
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import BaseState, State, StateUpdate
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

from astronote.astronote import app
from astronote.security import read_session_token
from astronote.state.identity import SESSION_HEADER, write_claims

LONGEST = 240.0
"""Seconds after which an event is not answered any more."""


def handlers() -> list[str]:
    """The name of every handler a client could ask for, the framework's included."""
    return sorted(RegistrationContext.get().event_handlers)


@dataclass
class Answer:
    """What one event sent to the browser: changed vars by state, and events in order."""

    delta: dict[str, dict[str, Any]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    @property
    def scripts(self) -> list[str]:
        """Scripts the browser is told to run."""
        return [str(e.payload["javascript_code"]) for e in self.events if e.name == "_call_script"]

    @property
    def said(self) -> str:
        """Everything but the vars, as text: toasts and scripts."""
        return " ".join(str(e.payload) for e in self.events)

    def var(self, name: str, state: type[BaseState] | None = None) -> Any:
        """The var called ``name``, of ``state`` where several states have one."""
        found = [
            value
            for full_name, changed in self.delta.items()
            if state is None or full_name == state.get_full_name()
            for key, value in changed.items()
            if key.removesuffix("_rx_state_") == name
        ]
        assert found, f"{name} was not sent"
        return found[-1]


class Tab:
    """One browser tab: its token, and what its socket says of the session."""

    def __init__(
        self,
        processor: BaseStateEventProcessor,
        states: StateManagerMemory,
        heard: dict[str, list[StateUpdate]],
    ) -> None:
        self._processor = processor
        self._states = states
        self._heard = heard
        self._is_open = False
        self.token = str(uuid.uuid4())
        self.headers: dict[str, str] = {}
        self.path = "/app"
        self.query: dict[str, str] = {}

    def sign_in(self, session_token: str) -> None:
        """Let the socket carry this session."""
        self.headers = {SESSION_HEADER: write_claims(read_session_token(session_token))}

    async def send(
        self,
        name: str,
        payload: Mapping[str, Any] | None = None,
        within: float | None = None,
    ) -> Answer:
        """Send one event and wait for it and all that it chains.

        What follows something for ever is given ``within`` seconds, and then ended.
        """
        await self._open()
        heard = self._heard.setdefault(self.token, [])
        heard.clear()
        query = "&".join(f"{k}={v}" for k, v in self.query.items())
        event = Event(
            name=name,
            payload=dict(payload or {}),
            router_data={
                "pathname": self.path,
                "asPath": self.path + (f"?{query}" if query else ""),
                "query": self.query,
                "token": self.token,
                "headers": {"origin": "http://testserver", **self.headers},
                "sid": "sid",
                "ip": "127.0.0.1",
            },
        )
        future = await self._processor.enqueue(self.token, event)
        try:
            await asyncio.wait_for(future.wait_all(), within or LONGEST)
        except TimeoutError:
            if within is None:
                raise
            future.cancel()
        answer = Answer()
        for update in heard:
            for state, changed in update.delta.items():
                answer.delta.setdefault(state, {}).update(changed)
            answer.events.extend(update.events)
        return answer

    async def _open(self) -> None:
        # To a state that was never on a page, Reflex would first load the page.
        if not self._is_open:
            self._is_open = True
            async with self._states.modify_state(
                BaseStateToken(ident=self.token, cls=State)
            ) as state:
                state.router_data = {"pathname": "/"}


def is_background(name: str) -> bool:
    """Whether the handler runs beside others, and may do so for ever."""
    found = RegistrationContext.get().event_handlers.get(name)
    return found is not None and found.handler.is_background


class _Socket:
    """Collects what the processor would emit."""

    def __init__(self) -> None:
        self.heard: dict[str, list[StateUpdate]] = {}

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        self.heard.setdefault(token, []).append(update)


class Browser:
    """Opens tabs."""

    def __init__(
        self, processor: BaseStateEventProcessor, states: StateManagerMemory, socket: _Socket
    ) -> None:
        self._processor, self._states, self._socket = processor, states, socket

    def tab(self, session_token: str | None = None) -> Tab:
        """A new tab, signed in where a token is given."""
        made = Tab(self._processor, self._states, self._socket.heard)
        if session_token:
            made.sign_in(session_token)
        return made


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """The app's event processor, running."""
    socket, states = _Socket(), StateManagerMemory()
    processor = BaseStateEventProcessor(
        middleware=app, backend_exception_handler=app.backend_exception_handler
    )
    processor.configure(state_manager=states, event_namespace=cast("EventNamespace", socket))
    async with processor:
        yield Browser(processor, states, socket)
