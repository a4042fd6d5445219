"""Much work at once, of which some may hang: what takes long makes room for the next, and ends by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

Work = Coroutine[Any, Any, None]
Keep = Callable[[Work], "asyncio.Future[Any]"]

SLOW = 1.0  # seconds after which a work makes room
MOST = 300  # works under way, however slow: each may hold an answer of megabytes


def on_its_own(work: Work) -> asyncio.Future[Any]:
    """A task that only its own end ends."""
    return asyncio.get_running_loop().create_task(work)


class SideBySide:
    """At most `at_once` works that are not slow. Each handles its own errors, and no work's end touches another.

    `keep` makes the task and holds it, so that a stop can wait for it.
    """

    def __init__(self, at_once: int, keep: Keep = on_its_own, *, slow: float = SLOW, most: int = MOST) -> None:
        self._keep, self._slow = keep, slow
        self._quick, self._all = asyncio.Semaphore(at_once), asyncio.Semaphore(most)
        self._under_way: set[asyncio.Future[Any]] = set()

    async def start(self, begin: Callable[[], Work]) -> None:
        """Begin as soon as there is room."""
        await self._all.acquire()
        try:
            await self._quick.acquire()
        except BaseException:
            self._all.release()
            raise
        work, room = self._keep(begin()), _Once(self._quick.release)
        self._under_way.add(work)
        slow = asyncio.get_running_loop().call_later(self._slow, room)
        work.add_done_callback(lambda ended: self._ended(ended, slow, room))

    async def settled(self, seconds: float) -> None:
        """Wait until everything has ended, but not longer than that."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=seconds)

    def _ended(self, work: asyncio.Future[Any], slow: asyncio.TimerHandle, room: _Once) -> None:
        slow.cancel()
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
