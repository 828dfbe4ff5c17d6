"""Commands about what is in the database."""

import json
from typing import Annotated

import typer

from astronote.cli import environment
from astronote.cli.environment import Refused
from astronote.settings import settings
from astronote.words import Language


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(migrate)
    app.command("seed")(seed)
    app.command("create-shop")(create_shop)
    app.command("reset-password")(reset_password)


def migrate(
    with_demo: Annotated[
        bool, typer.Option("--seed", help="Then make the demo shops if there are none.")
    ] = False,
) -> None:
    """Bring the database's tables up to date."""
    with environment.storage():
        bring_up_to_date()
        if with_demo:
            _seed()


def seed() -> None:
    """Make the demo shops if there are none, and print how to sign in."""
    with environment.storage():
        bring_up_to_date()
        _seed()


def create_shop(
    name: Annotated[str, typer.Option(help="The shop's name.")],
    email: Annotated[str, typer.Option(help="The owner's e-mail.")],
    password: Annotated[str, typer.Option(help="The owner's password.")],
    country: Annotated[str, typer.Option(help="Two letters (ISO 3166).")] = "GR",
    timezone: Annotated[str, typer.Option(help="IANA name.")] = "Europe/Athens",
    language: Annotated[Language, typer.Option(help="The owner's, of the app: en or el.")] = "en",
    active: Annotated[bool, typer.Option(help="Activate the subscription.")] = False,
    credits_: Annotated[int, typer.Option("--credits", min=0, help="Credits to grant.")] = 0,
) -> None:
    """Make a shop and its owner; prints one JSON object."""
    from astronote.db import enter_shop, system_transaction
    from astronote.errors import AstronoteError
    from astronote.services import accounts, billing, wallet

    with environment.storage():
        bring_up_to_date()
        try:
            with system_transaction() as session:
                who = accounts.register(
                    session,
                    shop_name=name,
                    email=email,
                    password=password,
                    country=country,
                    timezone=timezone,
                    language=language,
                )
                enter_shop(session, who.shop_id)
                if active:
                    billing.activate(session, who.shop_id, included=False)
                if credits_:
                    wallet.grant(
                        session, who.shop_id, credits_, kind="grant", settles="create-shop"
                    )
        except AstronoteError as error:
            raise Refused(error.detail) from error
    print(json.dumps({"shopId": who.shop_id, "userId": who.user_id, "email": who.email}))


def reset_password(email: Annotated[str, typer.Argument(help="The user's e-mail.")]) -> None:
    """Print a link, good for two hours, under which the user sets a new password."""
    from astronote.db import system_transaction
    from astronote.services import accounts

    with environment.storage(), system_transaction() as session:
        token = accounts.reset_token(session, email)
        if token is None:
            raise Refused(f"There is no account with the e-mail {email}.")
        base = (settings().frontend_url or settings().public_base).rstrip("/")
        print(f"{base}/reset/{token}")


def bring_up_to_date() -> None:
    """Migrate the configured database when it is behind."""
    from sqlalchemy.exc import OperationalError

    from astronote.cli import migrations

    try:
        migrations.upgrade(settings().database_url)
    except OperationalError as error:
        raise Refused(f"The database does not answer: {error.orig}") from error


def _seed() -> None:
    from astronote.services import demo

    made = demo.seed()
    print(f"{made.email} / {made.password}")
