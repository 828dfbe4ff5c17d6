"""Settling requests that arrive together by one piece of work.

While one group is at work the next one gathers, so a quiet hour has groups of one and a
rush has large groups: a transaction each costs more than the rows in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from astronote.loops import PerLoop

A = TypeVar("A")
B = TypeVar("B")

_Waiting = list[tuple[A, asyncio.Future[B]]]


class Grouped(Generic[A, B]):
    """Calls ``work`` with all requests that wait; each gets its own answer."""

    def __init__(
        self, work: Callable[[Sequence[A]], Awaitable[Sequence[B]]], at_most: int = 500
    ) -> None:
        self._work = work
        self._at_most = at_most
        self._lines: PerLoop[_Waiting[A, B]] = PerLoop(list)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, request: A) -> B:
        """The answer to ``request``; raises what the work raised."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[B] = loop.create_future()
        line = self._lines.here()
        line.append((request, answer))
        if len(line) == 1:
            task = loop.create_task(self._settle(line))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _settle(self, line: _Waiting[A, B]) -> None:
        while line:
            group = line[: self._at_most]
            try:
                answers = await self._work([request for request, _ in group])
            except Exception as error:
                for _, waiting in group:
                    if not waiting.done():
                        waiting.set_exception(error)
            else:
                for (_, waiting), answer in zip(group, answers, strict=True):
                    if not waiting.done():
                        waiting.set_result(answer)
            # Only now: a line that is not empty tells newcomers that somebody is at work.
            del line[: len(group)]
