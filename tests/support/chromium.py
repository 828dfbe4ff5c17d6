"""Finding a Chromium for the browser tests, or installing one.

``python -m tests.support.chromium`` prints its path, for ``bin/test``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_CACHES = ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright")
_IN_CACHE = ("chromium-*/chrome-linux*/chrome", "chromium_headless_shell-*/*/*headless*shell")


def find() -> Path | None:
    """``CHROMIUM_PATH``, Playwright's own, or the system's; None where there is none."""
    given = os.environ.get("CHROMIUM_PATH")
    if given:
        return Path(given) if os.access(given, os.X_OK) else None
    caches = [os.environ.get("PLAYWRIGHT_BROWSERS_PATH", ""), *_CACHES]
    for cache in filter(None, caches):
        for pattern in _IN_CACHE:
            for path in sorted(Path(cache).expanduser().glob(pattern), reverse=True):
                if os.access(path, os.X_OK):
                    return path
    return next((Path(path) for path in map(shutil.which, NAMES) if path), None)


def install() -> None:
    """Try what this account may: the distribution's package as root, else Playwright's."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if find() is None:
        _run(sys.executable, "-m", "playwright", "install", "chromium")


def main() -> int:
    """Print the path; a plain sentence and 1 where there is none to be had."""
    if os.environ.get("CHROMIUM_PATH") and find() is None:
        print("CHROMIUM_PATH names no program that can be run.", file=sys.stderr)
        return 1
    if find() is None:
        print("Installing Chromium for the browser tests", file=sys.stderr)
        install()
    found = find()
    if found is None:
        print(
            "The browser tests need Chromium, and it could neither be found nor installed. "
            "Install it and name it in CHROMIUM_PATH.",
            file=sys.stderr,
        )
        return 1
    print(found)
    return 0


def _run(*command: str) -> None:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, env=env, stdout=sys.stderr, check=False, timeout=600)


if __name__ == "__main__":
    sys.exit(main())
