"""The embedded storage: PostgreSQL and Valkey of one data directory.

Whoever uses it holds a shared lock; the last one to leave stops the servers. So a
`create-shop` beside a running product uses the product's servers, and one without
starts them for as long as it needs them.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from astronote.integrations.embedded_postgres import EmbeddedPostgres
from astronote.integrations.embedded_valkey import EmbeddedValkey
from astronote.integrations.server_process import StorageFailed

__all__ = ["SECRETS", "Storage", "StorageFailed", "ensure_secrets", "storage"]

SECRETS = (
    "JWT_SECRET",
    "UNSUBSCRIBE_TOKEN_SECRET",
    "WEBHOOK_SECRET",
    "PHONE_HASH_SECRET",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
)
"""Settings that are made up once where the storage is the embedded one."""


class Storage:
    """The running servers, in use by this process until :meth:`stop`."""

    def __init__(
        self, data_dir: Path, postgres: EmbeddedPostgres | None, valkey: EmbeddedValkey | None
    ) -> None:
        self._data_dir = data_dir
        self.postgres = postgres
        self.valkey = valkey
        self._users = os.open(data_dir / "storage.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._users, fcntl.LOCK_SH)

    @property
    def database_url(self) -> str:
        """For ``DATABASE_URL``: the owner of the database ``astronote``; '' without one."""
        return self.postgres.url() if self.postgres else ""

    @property
    def redis_url(self) -> str:
        """For ``REDIS_URL``; '' without one."""
        return self.valkey.url if self.valkey else ""

    def is_running(self) -> bool:
        """Whether every server is there."""
        return all(server.is_running() for server in self._servers())

    def ensure_running(self) -> None:
        """Start what does not run.

        Raises:
            StorageFailed: a server cannot start.
        """
        with _locked(self._data_dir):
            for server in self._servers():
                server.ensure_running()

    def stop(self) -> None:
        """Leave; the servers stop unless another process uses them."""
        with _locked(self._data_dir):
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            else:
                for server in self._servers():
                    server.stop()
            finally:
                os.close(self._users)

    def _servers(self) -> list[EmbeddedPostgres | EmbeddedValkey]:
        return [server for server in (self.postgres, self.valkey) if server]


def storage(
    data_dir: Path,
    *,
    postgres: bool = True,
    valkey: bool = True,
    tied: bool = False,
    fast: bool = False,
) -> Storage:
    """The running storage of ``data_dir``, started where it does not run yet.

    Args:
        data_dir: where its files are.
        postgres: whether PostgreSQL is wanted.
        valkey: whether Valkey is wanted.
        tied: the servers that this call starts end when this process is killed.
        fast: without fsync, for tests.

    Raises:
        StorageFailed: a server cannot start; the text says why.
    """
    data_dir = _make(data_dir)
    with _locked(data_dir):
        made = Storage(
            data_dir,
            EmbeddedPostgres(data_dir, tied=tied, fast=fast) if postgres else None,
            EmbeddedValkey(data_dir, tied=tied) if valkey else None,
        )
    made.ensure_running()
    return made


def ensure_secrets(data_dir: Path) -> Path:
    """``secrets.env`` in ``data_dir``, with a value for each of :data:`SECRETS`.

    What is in it stays as it is: links in sent messages are signed with it.
    """
    data_dir = _make(data_dir)
    path = data_dir / "secrets.env"
    with _locked(data_dir):
        lines = path.read_text().splitlines() if path.exists() else []
        known = {line.split("=", 1)[0] for line in lines}
        missing = [name for name in SECRETS if name not in known]
        if missing:
            lines += [f"{name}={secrets.token_urlsafe(32)}" for name in missing]
            _write_private(path, "\n".join(lines) + "\n")
    return path


def _make(data_dir: Path) -> Path:
    data_dir.mkdir(parents=True, exist_ok=True)
    data_dir = data_dir.resolve()
    # As root, the servers run as another account and must be able to pass.
    data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    (data_dir / "logs").mkdir(mode=0o700, exist_ok=True)
    return data_dir


def _write_private(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


@contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    with (data_dir / "storage.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
