"""Uploaded files while their import lasts: a private directory, names of our own.

A file is deleted when its import has ended, so nothing of it is left to erase later.
"""

import os
import secrets
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path, PureWindowsPath
from typing import Final

from astronote.settings import settings

ABANDONED: Final = timedelta(days=1)
"""Age at which a file that no open import names is taken for a left-over."""

_LONGEST_NAME: Final = 200


def directory() -> Path:
    """Where uploads lie; only this program's user may look."""
    path = settings().astronote_data_dir / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path.resolve()


def reserve() -> Path:
    """A new empty file, readable by this program's user only."""
    path = directory() / secrets.token_hex(16)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return path


def discard(path: Path | str) -> None:
    """Delete an upload; nothing happens where it is gone already."""
    Path(path).unlink(missing_ok=True)


def shown_name(given: str) -> str:
    """The uploader's name for the file, without folders and control characters."""
    name = PureWindowsPath(given).name
    return "".join(c for c in name if c.isprintable())[-_LONGEST_NAME:].strip() or "contacts"


def remove_abandoned(in_use: Iterable[str]) -> int:
    """Delete old files that no open import names; returns how many."""
    kept = {str(Path(path).resolve()) for path in in_use}
    before = time.time() - ABANDONED.total_seconds()
    removed = 0
    for path in directory().iterdir():
        if path.is_file() and str(path) not in kept and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
