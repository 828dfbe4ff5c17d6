"""`astronote operator …`: what an operator does, from the command line.

The flag of an operator is given and taken here only: nobody becomes one through the web.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from sqlmodel import Session

from astronote.cli import environment
from astronote.cli.environment import Refused

if TYPE_CHECKING:
    from astronote.services.operating import ShopLine

R = TypeVar("R")
ShopId = Annotated[int, typer.Argument(help="The shop's number, as in `operator shops`.")]
Email = Annotated[str, typer.Argument(help="The user's e-mail.")]
Reason = Annotated[str, typer.Option(help="A sentence for the shop's owner.")]
EventId = Annotated[int, typer.Argument(help="The event's number, as in `operator parked`.")]

app = typer.Typer(help="Run the installation: shops, sender names, events.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="operator")


@app.command()
def grant(email: Email) -> None:
    """Let a user open /app/operator."""
    from astronote.services import operating

    _do(lambda session: operating.make_operator(session, email, True))
    print(f"{email} is an operator.")


@app.command()
def revoke(email: Email) -> None:
    """Let a user open it no more; it holds from the next click."""
    from astronote.services import operating

    _do(lambda session: operating.make_operator(session, email, False))
    print(f"{email} is no operator.")


@app.command()
def shops(
    q: Annotated[str, typer.Option("--search", help="Part of a name or e-mail.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
) -> None:
    """List shops, newest first."""
    from astronote.services import operating

    page = _do(lambda session: operating.shops(session, q=q, limit=limit))
    _table(
        ("shop", "name", "owner", "plan", "credits", "sender", "hold"),
        [
            (
                str(one.id),
                one.name,
                one.owner,
                one.status,
                str(one.credits),
                _sender(one),
                one.hold_reason if one.on_hold_at else "",
            )
            for one in page.items
        ],
    )


@app.command()
def hold(shop: ShopId, reason: Reason) -> None:
    """Stop everything a shop sends."""
    from astronote.services import operating

    _do(lambda session: operating.hold(session, operating.COMMAND_LINE, shop, reason))
    print(f"Shop {shop} is on hold.")


@app.command()
def release(shop: ShopId) -> None:
    """Let a shop send again."""
    from astronote.services import operating

    _do(lambda session: operating.release(session, operating.COMMAND_LINE, shop))
    print(f"Shop {shop} may send again.")


@app.command("approve-sender")
def approve_sender(shop: ShopId) -> None:
    """Approve a shop's sender name."""
    from astronote.services import operating

    name = _do(lambda session: operating.approve_sender(session, operating.COMMAND_LINE, shop))
    print(f"Shop {shop} may send as {name}.")


@app.command("refuse-sender")
def refuse_sender(shop: ShopId, reason: Reason) -> None:
    """Refuse a shop's sender name."""
    from astronote.services import operating

    name = _do(
        lambda session: operating.refuse_sender(session, operating.COMMAND_LINE, shop, reason)
    )
    print(f"Shop {shop} may not send as {name}.")


@app.command()
def parked() -> None:
    """List events that could not be applied."""
    from astronote.services import operating

    _table(
        ("event", "from", "kind", "came", "about", "why"),
        [
            (
                str(one.id),
                one.provider,
                one.kind,
                f"{one.received_at:%Y-%m-%d %H:%M}Z",
                one.about,
                one.error,
            )
            for one in _do(operating.parked)
        ],
    )


@app.command()
def retry(event: EventId) -> None:
    """Let a parked event be applied again."""
    from astronote.services import operating

    _do(lambda session: operating.retry(session, operating.COMMAND_LINE, event))
    print(f"Event {event} is tried again within a minute.")


@app.command()
def drop(event: EventId) -> None:
    """Forget a parked event."""
    from astronote.services import operating

    _do(lambda session: operating.drop(session, operating.COMMAND_LINE, event))
    print(f"Event {event} is forgotten.")


@app.command()
def misses() -> None:
    """List short codes that were asked for and do not exist."""
    from astronote.services import operating

    _table(
        ("code", "times", "last"),
        [
            (one.code, str(one.count), f"{one.last_at:%Y-%m-%d %H:%M}Z")
            for one in _do(operating.misses)
        ],
    )


def _do(verb: Callable[[Session], R]) -> R:
    from astronote.cli.data import bring_up_to_date
    from astronote.db import system_transaction
    from astronote.errors import AstronoteError

    with environment.storage():
        bring_up_to_date()
        try:
            with system_transaction() as session:
                return verb(session)
        except AstronoteError as error:
            raise Refused(error.detail) from error


def _sender(one: "ShopLine") -> str:
    if not one.sender_name or one.sender_approved:
        return one.sender_name
    return f"{one.sender_name} ({'refused' if one.sender_refusal else 'waits'})"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [head, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
    for line in lines:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )
