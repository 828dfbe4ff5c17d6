"""How a state's handler calls a service and shows what it refused.

A handler is ``async``, is decorated ``@rx.event`` over ``@answers``, and asks services
through :func:`call`, which runs them in a thread inside a unit of work of the signed-in
shop. A refusal it does not catch itself becomes a toast::

    @rx.event
    @answers
    async def save(self, form: dict[str, Any]) -> AsyncIterator[Sent]:
        try:
            await call(contacts.add, NewContact.model_validate(form))
        except (ValidationError, AstronoteError) as error:
            self.errors = field_messages(error)
            return
        yield done("Contact added.")
"""

import asyncio
import functools
import inspect
import logging
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, cast

import reflex as rx
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from reflex.event import EventSpec
from sqlmodel import Session

from astronote.db import system_transaction, transaction
from astronote.errors import AstronoteError, Invalid, NotFound, Unauthenticated
from astronote.security import Identity
from astronote.state import identity
from astronote.state.gate import LEAVE
from astronote.state.unfit import unfit
from astronote.state.words import said, tr

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

Sent = EventSpec | None
"""What a handler may yield: an event for the browser, or None to flush its changes."""

log = logging.getLogger(__name__)


async def call(verb: Callable[Concatenate[Session, int, P], R], *args: P.args, **kw: P.kwargs) -> R:
    """Run ``verb(session, shop_id, …)`` in a thread, committed for the signed-in shop.

    Raises:
        Unauthenticated: the session has ended.
        AstronoteError: whatever the service refuses.
    """
    who = await identity.still_here()
    return await asyncio.to_thread(_in_shop, who.shop_id, functools.partial(_bind, verb, args, kw))


async def call_outside(verb: Callable[Concatenate[int, P], R], *args: P.args, **kw: P.kwargs) -> R:
    """Run ``verb(shop_id, …)``, which asks the outside world between transactions of its own.

    Raises:
        Unauthenticated: the session has ended.
        AstronoteError: whatever the service refuses.
    """
    who = await identity.still_here()
    return await asyncio.to_thread(verb, who.shop_id, *args, **kw)


async def call_own(
    verb: Callable[Concatenate[Session, Identity, P], R], *args: P.args, **kw: P.kwargs
) -> R:
    """Run ``verb(session, who, …)`` for what is the person's own and no shop's: sign-ins,
    the password, the language.

    Raises:
        Unauthenticated: the session has ended.
        AstronoteError: whatever the service refuses.
    """
    who = await identity.still_here()
    return await asyncio.to_thread(_as_person, who, functools.partial(_bind, verb, args, kw))


async def call_operator(
    verb: Callable[Concatenate[Session, P], R], *args: P.args, **kw: P.kwargs
) -> R:
    """Run ``verb(session, …)`` for an operator, over all shops.

    Raises:
        Unauthenticated: the session has ended.
        NotFound: who asks is no operator (any more).
        AstronoteError: whatever the service refuses.
    """
    who = await identity.still_here()
    if not who.is_operator:
        raise NotFound()
    return await asyncio.to_thread(_over_all, lambda session: verb(session, *args, **kw))


def _over_all(verb: Callable[[Session], R]) -> R:
    with system_transaction() as session:
        return verb(session)


def _as_person(who: Identity, verb: Callable[[Session, Identity], R]) -> R:
    with system_transaction() as session:
        return verb(session, who)


def _bind(verb: Any, args: Any, kw: Any, session: Session, whose: Any) -> Any:
    return verb(session, whose, *args, **kw)


def _in_shop(shop_id: int, verb: Callable[[Session, int], R]) -> R:
    with transaction(shop_id) as session:
        return verb(session, shop_id)


def answers(handler: F) -> F:
    """Turn a refusal that escapes a handler into what the person should see.

    Goes below ``@rx.event``, over a coroutine or an async generator.
    """
    if inspect.isasyncgenfunction(handler):

        @functools.wraps(handler)
        async def stream(*args: Any, **kw: Any) -> AsyncIterator[Any]:
            try:
                async for sent in handler(*args, **kw):
                    yield sent
            except AstronoteError as error:
                yield refused(error)

        return cast(F, stream)

    @functools.wraps(handler)
    async def once(*args: Any, **kw: Any) -> Any:
        try:
            return await handler(*args, **kw)
        except AstronoteError as error:
            return refused(error)

    return cast(F, once)


def refused(error: AstronoteError) -> EventSpec:
    """The answer to a refusal: leaving for a lost session, else a toast."""
    if isinstance(error, Unauthenticated):
        return rx.call_script(LEAVE)
    return toast_error(said(error.detail))


def unexpected(exception: Exception) -> EventSpec:
    """The app's handler of last resort: log the error, tell the person calmly."""
    if isinstance(exception, AstronoteError):
        return refused(exception)
    log.error("an event failed", exc_info=exception)
    return toast_error(tr("Something went wrong on our side. Please try again."))


def done(sentence: str) -> EventSpec:
    """A toast that says what has happened."""
    return cast(EventSpec, rx.toast.success(sentence))


def toast_error(sentence: str) -> EventSpec:
    """A toast that says what could not be done."""
    return cast(EventSpec, rx.toast.error(sentence))


def checked(kind: Any, value: object) -> Any:
    """``value``, when it is of ``kind`` (a type or pydantic annotation), taken strictly.

    A client may send anything to a handler; its type hints only coerce at best.

    Raises:
        Invalid: it is something else.
    """
    try:
        return _adapter(kind).validate_python(value, strict=True)
    except ValidationError as error:
        raise Invalid("This value is not acceptable.") from error


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


Id = Annotated[int, Field(gt=0, lt=2**63)]
"""For :func:`checked`: the id of a row."""

Text = Annotated[str, Field(max_length=500)]
"""For :func:`checked`: something short that was typed or chosen."""


class Form(BaseModel):
    """What a form of a page sends; what it does not name is ignored."""

    model_config = ConfigDict(extra="ignore", strict=True, str_max_length=500)


def field_messages(error: AstronoteError | ValidationError) -> dict[str, str]:
    """Sentences by field name (camelCase, as in the API); ``""`` holds what has no field."""
    if isinstance(error, ValidationError):
        return {str(e["loc"][0]) if e["loc"] else "": unfit(e) for e in error.errors()}
    if error.errors:
        return {e["field"]: said(e["message"]) for e in error.errors}
    return {"": said(error.detail)}
