"""Starting a storage server as a child process, privately and with the right owner."""

import contextlib
import ctypes
import hashlib
import os
import pwd
import signal
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SOCKET_PATH_LIMIT = 107
"""Bytes that fit into ``sun_path`` on Linux, without the closing zero."""

LOG_LIMIT = 5_000_000
_PR_SET_PDEATHSIG = 1


class StorageFailed(RuntimeError):
    """An embedded server could not be started; the text says why."""


@dataclass(frozen=True)
class Account:
    """The system account a server runs as; PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    @property
    def is_mine(self) -> bool:
        """Whether no change of user is needed."""
        return self.uid == os.geteuid()


def unprivileged_account(data: Path) -> Account:
    """Me; when I am root, the owner of ``data`` if it exists, else `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise StorageFailed(
        "PostgreSQL does not run as root, and this machine has neither a `postgres` nor a "
        "`nobody` account to run it as. Start as another user."
    )


def let_pass(path: Path, account: Account) -> None:
    """Make every folder above ``path`` passable (not listable) for ``account``."""
    if account.is_mine:
        return
    for folder in path.parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH)


def let_read(tree: Path, account: Account) -> None:
    """Make an installed ``tree`` readable for ``account`` (a strict umask hid it)."""
    let_pass(tree, account)
    if account.is_mine:
        return
    for path in (tree, *tree.rglob("*")):
        mode = path.lstat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if not stat.S_ISLNK(mode) and mode & wanted != wanted:
            path.chmod(mode | wanted)


def private_folder(path: Path, account: Account) -> Path:
    """``path``, made if missing, for ``account`` alone.

    Raises:
        StorageFailed: the folder belongs to somebody else.
    """
    path.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid not in {account.uid, os.geteuid()}:
        raise StorageFailed(f"{path} belongs to somebody else.")
    if not account.is_mine:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)
    return path


def socket_folder(data_dir: Path, socket_name: str, account: Account) -> Path:
    """A private folder whose path leaves room for ``socket_name``.

    It is below ``data_dir``; where that path is too long for a Unix socket, a folder of
    the same account below the temporary directory, the same one at every start.
    """
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    short = f"astronote-{account.uid}-{digest}"
    homes = (data_dir / "run", Path(tempfile.gettempdir()) / short, Path("/tmp") / short)  # noqa: S108
    for folder in homes:
        if len(os.fsencode(folder / socket_name)) <= SOCKET_PATH_LIMIT:
            let_pass(folder, account)
            return private_folder(folder, account)
    raise StorageFailed(f"No folder with a path short enough for a socket of {data_dir}.")


def start(
    command: list[str], *, folder: Path, log: Path, account: Account, tied: int | None
) -> subprocess.Popen[bytes]:
    """Start ``command`` in ``folder`` with its output appended to ``log``.

    It gets a session of its own, so that Ctrl-C reaches the supervisor, which stops the
    storage last. ``tied`` is the signal the kernel sends it when the parent dies.
    """
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
    other = None if account.is_mine else account
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=other.uid if other else None,
            group=other.gid if other else None,
            extra_groups=[] if other else None,
            preexec_fn=dies_with_parent(tied) if tied else None,  # noqa: PLW1509
        )


def dies_with_parent(number: int) -> Callable[[], None]:
    """What a child runs before its program, to get signal ``number`` when we are gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:
            os.kill(os.getpid(), number)

    return tie


def processes_in(folder: Path) -> list[int]:
    """The processes whose working directory is ``folder`` (a server and its children)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cwd").readlink() == folder:
                    found.append(int(entry.name))
    return found


def send(pids: list[int], number: signal.Signals) -> None:
    """Signal every process of ``pids`` that is still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def pause(seconds: float = 0.05) -> None:
    """Wait a moment between two looks at a server."""
    threading.Event().wait(seconds)


def tail(log: Path, lines: int = 12) -> str:
    """The last ``lines`` of ``log``, for an error's text."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
