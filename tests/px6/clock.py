"""A clock that is moved: nobody sleeps."""

from __future__ import annotations

import asyncio
import heapq
import itertools

SETTLE = 20
"""Rounds of the event loop after which everything that can go on has gone on."""


class Clock:
    """Monotonic seconds from 1000 on; `sleep` ends when the time was moved far enough."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._numbers = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self._now

    def jumping(self) -> float:
        """The same clock, which goes on by two seconds whenever it is read: every slot is free again."""
        self._now += 2
        return self._now

    def pass_by(self, seconds: float) -> None:
        """Time goes by, and nobody is woken up by it yet."""
        self._now += seconds

    @property
    def sleeping(self) -> float | None:
        """How many seconds are left until the first sleeper wakes up."""
        return round(self._sleepers[0][0] - self._now, 6) if self._sleepers else None

    async def sleep(self, seconds: float) -> None:
        """Waits for the time to be moved."""
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._numbers), waking))
        self._wake()
        await waking

    async def move(self, seconds: float) -> None:
        """Lets the time pass, stopping wherever somebody wakes up."""
        end = self._now + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._now = max(self._now, self._sleepers[0][0])
            self._wake()
            await self.settle()
        self._now = end
        await self.settle()

    async def settle(self) -> None:
        """Lets everything that can go on go on."""
        for _ in range(SETTLE):
            await asyncio.sleep(0)

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._now:
            waking = heapq.heappop(self._sleepers)[2]
            if not waking.done():
                waking.set_result(None)
