"""What a command needs around it: settings, secrets, and the storage they name."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dotenv import load_dotenv
from pydantic import AliasChoices

from astronote.settings import Settings, settings

if TYPE_CHECKING:
    from astronote.integrations.embedded import Storage

ROOT = Path(__file__).resolve().parents[2]
"""The checkout, with ``rxconfig.py`` and ``alembic.ini``."""


class Refused(Exception):
    """The command cannot do what was asked; the text is a sentence for the person."""


def prepare() -> Path:
    """Load ``.env``, fix the data directory's absolute path, and return it.

    Both go into the environment, so that parts started from here see the same.
    """
    load_dotenv(".env")
    data_dir = Path(os.environ.get("ASTRONOTE_DATA_DIR") or ".astronote").absolute()
    os.environ["ASTRONOTE_DATA_DIR"] = str(data_dir)
    settings.cache_clear()
    _warn_of_older_names()
    return data_dir


@contextmanager
def storage(*, tied: bool = False) -> Iterator["Storage | None"]:
    """The configured storage, or the embedded one of the data directory while inside.

    ``DATABASE_URL`` and ``REDIS_URL`` are then in the environment and in the settings.
    Yields the embedded servers, ``None`` where everything was configured.

    Raises:
        Refused: a secret is missing in production, or a server does not start.
    """
    data_dir = prepare()
    refuse_missing_secrets()
    configured = settings()
    queue = bool(configured.redis_address) or configured.queue_disabled
    if configured.database_url and queue:
        os.environ["REDIS_URL"] = configured.redis_address
        yield None
        return
    from astronote.integrations import embedded

    try:
        if not configured.production:
            embedded.ensure_secrets(data_dir)
        servers = embedded.storage(
            data_dir, postgres=not configured.database_url, valkey=not queue, tied=tied
        )
    except (embedded.StorageFailed, OSError) as error:
        raise Refused(str(error)) from error
    try:
        _announce(servers)
        yield servers
    finally:
        servers.stop()


def refuse_missing_secrets() -> None:
    """Raise :class:`Refused` where production lacks a secret, naming all that are missing,
    or the chosen shortener its token."""
    if settings().production and (missing := settings().missing_secrets()):
        raise Refused(
            f"DATABASE_URL is set, so these must be set too: {', '.join(missing)}. "
            "Each is a long random text; the README says what for."
        )
    if token := settings().missing_shortener_token:
        raise Refused(f"SHORTENER is {settings().shortener}, so {token} must be set too.")


def command(*arguments: str) -> list[str]:
    """The command line that runs ``astronote`` with ``arguments`` by this Python."""
    script = Path(sys.executable).parent / "astronote"
    program = [str(script)] if script.exists() else ["-m", "astronote.cli"]
    return [sys.executable, *program, *arguments]


def _warn_of_older_names() -> None:
    names = Settings.model_fields["public_web_base_url"].validation_alias
    assert isinstance(names, AliasChoices)
    for older in [str(name).upper() for name in names.choices[1:]]:
        if older in os.environ:
            print(f"astronote: {older} is an older name; use PUBLIC_WEB_BASE_URL.", file=sys.stderr)


def _announce(servers: "Storage") -> None:
    if servers.postgres:
        os.environ["DATABASE_URL"] = servers.postgres.url()
        os.environ["ASTRONOTE_EMBEDDED"] = "1"
    if servers.valkey:
        os.environ["REDIS_URL"] = servers.valkey.url
    settings.cache_clear()
