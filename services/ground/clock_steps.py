"""Somebody set the machine's clock: what was planned by it is planned anew, by one of the processes that see it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from storage import clock_steps
from storage.engine.database import Database

BOOT = Path("/proc/sys/kernel/random/boot_id")  # the same in all containers of a machine, as is its stopwatch
EPOCH = datetime.fromtimestamp(0, UTC)


class ClockSteps:
    """Forward needs nothing: what is due then, is due. Back would let everything wait for as long as it was set."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], monotonic: Callable[[], float], machine: str = ""
    ) -> None:
        """`machine`: whose clock it is; empty: this one's."""
        self._database, self._clock, self._monotonic = database, clock, monotonic
        self._machine = machine or this_machine()

    async def stepped(self, by: timedelta) -> None:
        """The clock was set forward by so much, or (negative) back. Another process may have seen it before."""
        async with self._database.write() as connection:
            now = self._clock()
            is_news = await clock_steps.note(connection, self._machine, self._ahead(now))
            if is_news and by < timedelta(0):
                await clock_steps.bring_forward(connection, -by, now)

    async def since_the_stop(self) -> None:
        """Once after a start: what was written down last may show that the clock was set back meanwhile."""
        async with self._database.read() as connection:
            newest = await clock_steps.newest_moment(connection)
        await self.stepped(min(timedelta(0), self._clock() - newest) if newest is not None else timedelta(0))

    def _ahead(self, now: datetime) -> timedelta:
        return now - EPOCH - timedelta(seconds=self._monotonic())


@cache
def this_machine() -> str:
    """A name of this machine since it was switched on."""
    try:
        return BOOT.read_text("ascii").strip()
    except OSError:  # not Linux
        return f"{uuid.getnode():x}"
