"""Somebody set the machine's clock: what was planned by it is planned anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from storage import clock_steps
from storage.engine.database import Database


class ClockSteps:
    """Forward needs nothing: what is due then, is due. Back would let everything wait for as long as it was set."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def stepped(self, by: timedelta) -> None:
        """The clock was set forward by so much, or (negative) back."""
        if by < timedelta(0):
            async with self._database.write() as connection:
                await clock_steps.bring_forward(connection, -by, self._clock())

    async def since_the_stop(self) -> None:
        """Once after a start: what was written down last may show that the clock was set back meanwhile."""
        async with self._database.read() as connection:
            newest = await clock_steps.newest_moment(connection)
        if newest is not None and newest > self._clock():
            await self.stepped(self._clock() - newest)
