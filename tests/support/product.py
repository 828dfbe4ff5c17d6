"""The whole product, started as a person starts it: ``astronote up``."""

import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import httpx

from astronote.cli.environment import command
from tests.support.ports import free_port
from tests.support.shops import PASSWORD
from tests.support.simulator import ROOT, Simulator
from tests.support.waiting import wait_until

READY_SECONDS = 900.0
"""The first start builds the front end."""

# What the tests' own process uses must not reach the product.
_NOT_INHERITED = ("DATABASE_URL", "REDIS_URL", "MITTO_API_BASE", "MITTO_API_KEY")


class Product:
    """A running product with its own storage and ports."""

    def __init__(self, data_dir: Path, env: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port, self.sim_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator = Simulator(f"http://127.0.0.1:{self.sim_port}")
        kept = {k: v for k, v in os.environ.items() if k not in _NOT_INHERITED}
        kept = {k: v for k, v in kept.items() if not k.endswith("_SECRET")}
        kept.pop("ASTRONOTE_EMBEDDED", None)
        self._ahead = timedelta()
        self._clock = data_dir.with_suffix(".clock")
        own = {"ASTRONOTE_DATA_DIR": str(data_dir), "ASTRONOTE_CLOCK_FILE": str(self._clock)}
        self._env = kept | own | (env or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._log = data_dir.with_suffix(".up.log")

    def start(self, *options: str) -> Self:
        """Start it and wait until it is ready.

        Raises:
            AssertionError: it ended, or did not become ready; with what it printed.
        """
        arguments = ["up", "--port", str(self.port), "--sim-port", str(self.sim_port), *options]
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                command(*arguments),
                cwd=ROOT,
                env=self._env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(self._is_ready_or_gone, READY_SECONDS, every=0.1)
        assert self.is_ready(), self.output()
        return self

    def is_ready(self) -> bool:
        """Whether ``/readyz`` answers 200 and the simulator is there."""
        try:
            return httpx.get(f"{self.url}/readyz").status_code == 200 and self.simulator.is_alive()
        except httpx.TransportError:
            return False

    def output(self) -> str:
        """What ``astronote up`` printed, and the ends of the logs of its parts."""
        texts = [self._log.read_text()]
        for log in sorted((self.data_dir / "logs").glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()
            texts.append("\n".join([f"--- {log.name}", *lines[-15:]]))
        return "\n".join(texts)

    def create_shop(
        self,
        name: str,
        email: str,
        *,
        active: bool = True,
        credits: int = 1000,
        language: str = "en",
    ) -> dict[str, Any]:
        """A shop made by ``astronote create-shop`` while the product runs."""
        arguments = ["--name", name, "--email", email, "--password", PASSWORD]
        arguments += [
            "--credits",
            str(credits),
            "--language",
            language,
            *(["--active"] if active else []),
        ]
        done = self.run("create-shop", *arguments)
        assert done.returncode == 0, done.stderr
        made: dict[str, Any] = json.loads(done.stdout)
        return made

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command over the product's storage, whether or not it runs."""
        return subprocess.run(
            command(*arguments),
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
            check=False,
        )

    def client(self, token: str | None = None) -> httpx.Client:
        """A client of the API, signed in where a token is given."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=120)

    def move_clock(self, by: timedelta) -> None:
        """Let it be ``by`` later than it really is, in every process of the product at once.

        From one moment to the next, and never back: rows of what has happened stay behind.
        """
        self._ahead = by
        # Replaced whole, so that no process reads half a number.
        written = self._clock.with_suffix(".new")
        written.write_text(str(by.total_seconds()))
        written.replace(self._clock)

    def advance_clock(self, by: timedelta) -> None:
        """Let it be ``by`` later than it is in the product now."""
        self.move_clock(self._ahead + by)

    @property
    def now(self) -> datetime:
        """What time it is in the product, in UTC."""
        return datetime.now(UTC) + self._ahead

    @property
    def env(self) -> dict[str, str]:
        """What a command needs in its environment to reach this product's storage."""
        return self._env

    @property
    def group(self) -> int:
        """The process group of all parts."""
        assert self._process is not None
        return self._process.pid

    def pids(self, part: str) -> list[int]:
        """The processes of one part, by its command line (``worker``, ``scheduler``)."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                group = os.getpgid(int(entry.name))
            except OSError:
                continue
            if group == self.group and part.encode() in words:
                found.append(int(entry.name))
        return found

    def kill(self, part: str) -> int:
        """Kill one process of ``part`` with -9; returns its id."""
        pid = wait_until(lambda: self.pids(part))[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def stop(self) -> int:
        """Stop it with SIGTERM; returns the exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self.wait()

    def wait(self, timeout: float = 240.0) -> int:
        """Wait for its end; returns the exit code."""
        assert self._process is not None
        code = self._process.wait(timeout)
        self._process = None
        return code

    def _is_ready_or_gone(self) -> bool:
        gone = self._process is None or self._process.poll() is not None
        return gone or self.is_ready()
