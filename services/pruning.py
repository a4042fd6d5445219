"""Removes what has ended long ago, once a day, in small batches between which everybody else has their turn."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import pruning
from storage.engine.database import Database

log = logging.getLogger(__name__)

BATCH = 100  # payments, or rows of a table, that one transaction removes
PAUSE = 0.05  # seconds between two of them
EVERY = timedelta(days=1)
TOLERANCE = 60.0  # seconds by which the clock may go wrong in an hour
OPEN_QUOTES_KEPT = timedelta(days=30)  # ten times what any of them can be confirmed for

Remove = Callable[[AsyncConnection, datetime, int], Awaitable[int]]


class Pruning:
    """`keep`: how long what has ended is kept. Open payments, deletions and messages are kept for ever."""

    def __init__(
        self,
        database: Database,
        keep: timedelta,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        stopping: Callable[[], bool] = lambda: False,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`monotonic` counts seconds that really pass."""
        self._database, self._keep, self._clock, self._monotonic = database, keep, clock, monotonic
        self._stopping, self._sleep = stopping, sleep
        self._last: datetime | None = None
        self._call_before: tuple[datetime, float] | None = None

    async def prune_daily(self) -> None:
        """Called about once an hour: prune when that was not done for a day. Raises StorageError.

        Only when nobody has set the clock since the call before: under a clock that is ahead, what is new seems old.
        """
        now, passed = self._clock(), self._monotonic()
        before, self._call_before = self._call_before, (now, passed)
        if before is None or abs((now - before[0]).total_seconds() - (passed - before[1])) > TOLERANCE:
            return
        if self._last is None or not self._last <= now < self._last + EVERY:
            self._last = now
            await self.prune()

    async def prune(self) -> int:
        """Remove all that may go, or until the program is to stop; gives how many rows and payments."""
        now = self._clock()
        removed = await self._payments(now - self._keep)
        removed += await self._all(pruning.remove_open_quotes, now - min(OPEN_QUOTES_KEPT, self._keep))
        for remove in (pruning.remove_deletions, pruning.remove_reminders):
            removed += await self._all(remove, now - self._keep)
        log.debug("Removed %d rows and payments that had ended", removed)
        return removed

    async def _payments(self, before: datetime) -> int:
        removed = 0
        while not self._stopping():
            async with self._database.read() as connection:
                ids = await pruning.find_payments(connection, before, BATCH)
            if not ids:
                break
            async with self._database.write() as connection:
                removed += await pruning.remove_payments(connection, ids, before)
            await self._sleep(PAUSE)
        return removed

    async def _all(self, remove: Remove, before: datetime) -> int:
        removed = 0
        while not self._stopping():
            async with self._database.write() as connection:
                batch = await remove(connection, before, BATCH)
            if not batch:
                break
            removed += batch
            await self._sleep(PAUSE)
        return removed
