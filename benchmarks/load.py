"""Asking a server over HTTP as fast as may be, or at an even pace; one event loop, no client
library, so that the asking costs little of what is measured."""

import asyncio
import itertools
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\n"
    "User-Agent: Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/130.0 Mobile Safari\r\n"
    "Accept: text/html\r\n\r\n"
)

PACED_CONNECTIONS = 256


@dataclass(frozen=True)
class Load:
    """What came of it: how long each answer took, in seconds, and of what status it was."""

    seconds: float
    latencies: list[float]
    statuses: dict[int, int]

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency, in milliseconds, that ``share`` of the answers kept."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


def flat_out(port: int, paths: Sequence[str], connections: int, seconds: float) -> Load:
    """Every connection asks again as soon as it is answered."""
    return asyncio.run(_flat_out(port, paths, connections, seconds))


def paced(port: int, paths: Sequence[str], per_second: int, seconds: float) -> Load:
    """Evenly spaced, over at most ``PACED_CONNECTIONS``; latency counts from when the request
    was due, not from when a free connection was found for it."""
    return asyncio.run(_paced(port, paths, per_second, seconds))


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, ended, body = self.buffer.partition(b"\r\n\r\n")
        if ended and self.answer is not None and len(body) >= _length(head):
            status = int(head[9:12])
            self.buffer = b""
            self.answer.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(exc or ConnectionError("closed"))

    async def ask(self, request: bytes) -> int:
        self.answer = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(request)
        return await self.answer


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


async def _open(port: int) -> _Connection:
    _, made = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
    return made


def _requests(port: int, paths: Sequence[str]) -> list[bytes]:
    return [HEAD.format(path=path, host=f"127.0.0.1:{port}").encode() for path in paths]


async def _flat_out(port: int, paths: Sequence[str], connections: int, seconds: float) -> Load:
    requests = _requests(port, paths)
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    begun = time.perf_counter()
    end = begun + seconds
    places = itertools.count()

    async def go() -> None:
        connection = await _open(port)
        while (asked := time.perf_counter()) < end:
            # Scattered, and each once before any comes again.
            status = await connection.ask(requests[next(places) * 7919 % len(requests)])
            latencies.append(time.perf_counter() - asked)
            statuses[status] = statuses.get(status, 0) + 1
        assert connection.transport is not None
        connection.transport.close()

    await asyncio.gather(*(go() for _ in range(connections)))
    return Load(time.perf_counter() - begun, latencies, statuses)


async def _paced(port: int, paths: Sequence[str], per_second: int, seconds: float) -> Load:
    requests = _requests(port, paths)
    idle: asyncio.Queue[_Connection] = asyncio.Queue()
    for _ in range(PACED_CONNECTIONS):
        idle.put_nowait(await _open(port))
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    begun = time.perf_counter()

    async def once(number: int, due: float) -> None:
        connection = await idle.get()
        status = await connection.ask(requests[number * 7919 % len(requests)])
        latencies.append(time.perf_counter() - due)
        statuses[status] = statuses.get(status, 0) + 1
        idle.put_nowait(connection)

    tasks = []
    for number in range(int(per_second * seconds)):
        due = begun + number / per_second
        if (wait := due - time.perf_counter()) > 0:
            # Pacing is the point: shoppers come at their own times, whatever the answers take.
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(once(number, due)))
    await asyncio.gather(*tasks)
    return Load(time.perf_counter() - begun, latencies, statuses)
