"""Ports nobody uses."""

import itertools
import os
import random
import socket
from collections.abc import Iterator

# Below those that the kernel gives out by itself, to every connection that is made and every
# server that asks for any port: what is chosen here may be listened at seconds later.
_FIRST, _EACH = 16_000, 1_000


def free_port() -> int:
    """A port of the loopback address that is free now and that no other test is given, so
    that it still is when its server has started, or when none ever does."""
    return next(_free)


def _free_ones() -> Iterator[int]:
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 16
    # Another run on this machine may have the same numbers: it begins elsewhere.
    start = random.randrange(_EACH)
    for number in itertools.count(start):
        port = _FIRST + process * _EACH + number % _EACH
        try:
            with socket.create_server(("127.0.0.1", port)):
                pass
        except OSError:
            continue
        yield port


_free = _free_ones()
