"""Hanging up on a client.

ASGI knows no way to close a connection without an answer, so the socket is looked for among
this process's open files by its peer address and shut down, which any POSIX system can do.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from pathlib import Path


def hang_up(host: str, port: int) -> bool:
    """Close the connection whose other end is ``host``:``port``; whether one was found."""
    return any(_shut_down(int(entry.name), host, port) for entry in Path("/dev/fd").iterdir())


def _shut_down(descriptor: int, host: str, port: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        connection = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return False
    with contextlib.closing(connection), contextlib.suppress(OSError):
        peer = connection.getpeername()
        if isinstance(peer, tuple) and peer[1] == port and peer[0].endswith(host):
            connection.shutdown(socket.SHUT_RDWR)
            return True
    return False
