"""Many tasks at once, of which some may hang: one that takes long makes room for the next, and ends by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

Work = Coroutine[Any, Any, Any]
StartTask = Callable[[Work], "asyncio.Future[Any]"]

SLOW = 1.0  # seconds
MOST = 300  # each task may hold an answer of megabytes


def new_task(work: Work) -> asyncio.Future[Any]:
    """A task that only its own end ends."""
    return asyncio.get_running_loop().create_task(work)


class TaskPool:
    """Runs at most `at_once` tasks that are not slow. Each handles its own errors.

    `start_task` makes the task and holds it, so that a stop can wait for it. `apart`: seconds between the begins of
    two tasks, up to twice that while the event loop is late, so that what else it does is not held up.
    """

    def __init__(
        self,
        at_once: int,
        start_task: StartTask = new_task,
        *,
        slow: float = SLOW,
        most: int = MOST,
        apart: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._start_task, self._slow = start_task, slow
        self._quick, self._all = asyncio.Semaphore(at_once), asyncio.Semaphore(most)
        self._under_way: set[asyncio.Future[Any]] = set()
        self._apart, self._not_before = apart, clock()
        self._clock, self._sleep = clock, sleep

    async def start(self, begin: Callable[[], Work]) -> None:
        """Begin a task as soon as there is room; waits for that."""
        await self._keep_apart()
        await self._all.acquire()
        try:
            await self._quick.acquire()
        except BaseException:
            self._all.release()
            raise
        work, room = self._start_task(begin()), _Once(self._quick.release)
        self._under_way.add(work)
        asyncio.get_running_loop().call_later(self._slow, room)
        work.add_done_callback(lambda ended: self._ended(ended, room))

    async def wait(self, seconds: float) -> None:
        """Wait until all tasks have ended, at most so long."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    async def _keep_apart(self) -> None:
        late = 0.0
        if (wait := self._not_before - self._clock()) > 0:
            await self._sleep(wait)
            late = min(max(self._clock() - self._not_before, 0.0), self._apart)
        self._not_before = self._clock() + self._apart + late

    def _ended(self, work: asyncio.Future[Any], room: _Once) -> None:
        room()
        self._under_way.discard(work)
        self._all.release()


class _Once:
    """Calls something at the first of several chances."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call, self._done = call, False

    def __call__(self) -> None:
        if not self._done:
            self._done = True
            self._call()
