"""Where the product listens: free ports, origins, and whether it answers."""

import errno
import http.client
import socket
import time
import urllib.request

from astronote.cli.environment import Refused
from astronote.integrations.server_process import pause

FREE_SECONDS = 10.0
_ANY = {"0.0.0.0", "::", ""}  # noqa: S104


def origin(host: str, port: int) -> str:
    """The http origin under which this machine reaches a server on ``host``."""
    name = "127.0.0.1" if host in _ANY else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def refuse_used_port(host: str, port: int, option: str) -> None:
    """Wait a little for ``port``, which a product that was just stopped may still hold.

    Raises:
        Refused: it stays in use, or ``host`` is no address of this machine.
    """
    deadline = time.monotonic() + FREE_SECONDS
    while True:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            socket.create_server((host, port), family=family).close()
            return
        except OSError as error:
            if time.monotonic() > deadline or error.errno != errno.EADDRINUSE:
                raise Refused(
                    f"Cannot listen on {host}:{port} ({error.strerror}); "
                    f"choose another port with {option}."
                ) from error
            pause(0.2)


def resolves_short_links(base: str) -> bool:
    """Whether a short link below the public origin ``base`` reaches this product."""
    probe = f"{base}/s/0000000000?debug=1"
    try:
        with urllib.request.urlopen(probe, timeout=5) as answer:  # noqa: S310
            return b'"shortCode"' in answer.read(10_000)
    except (OSError, ValueError, http.client.HTTPException):
        return False


def is_ready(host: str, port: int) -> bool:
    """Whether ``/readyz`` answers 200."""
    try:
        with urllib.request.urlopen(f"{origin(host, port)}/readyz", timeout=2) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False
