"""When the bot's own work is done: by the seconds that pass, whatever is done to the machine's clock.

APScheduler plans by the wall clock. Set back by three hours, it would sleep them out; set forward by months, its own
trigger would make up every run that was missed, one by one. So each run is planned from the one before it, never into
the past, and when the two clocks part, everything runs at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]
Stepped = Callable[[timedelta], Awaitable[None]]
EPOCH = datetime.fromtimestamp(0, UTC)
COMPARED_EVERY = 1.0  # seconds
TOLERANCE = timedelta(seconds=1)  # by which the clocks may part without anything being done about it


class Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """So many seconds from now, whenever that is asked: no run is made up for."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def __str__(self) -> str:
        return f"every {self._pause.total_seconds():g} s"

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now + self._pause


class Jobs:
    """Jobs that come again and again, each one run at a time."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float], stepped: Stepped) -> None:
        """`stepped` is called with by how much `clock` was set forward, or (negative) back, before the jobs are."""
        self._clock, self._monotonic, self._stepped = clock, monotonic, stepped
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        self._comparing: asyncio.Future[None] | None = None

    def every(self, seconds: float, job: Job) -> None:
        self._scheduler.add_job(job, Every(seconds))

    def start(self) -> None:
        self._scheduler.start()
        self._comparing = asyncio.ensure_future(self._compare())

    def pause(self) -> None:
        """Begin nothing more."""
        self._scheduler.pause()
        if self._comparing is not None:
            self._comparing.cancel()

    def shutdown(self) -> None:
        self._scheduler.shutdown(wait=False)

    async def _compare(self) -> None:
        """See whether somebody sets the clock."""
        before = self._ahead()
        while True:
            await asyncio.sleep(COMPARED_EVERY)
            ahead = self._ahead()
            if abs(ahead - before) > TOLERANCE:
                await self._set_by(ahead - before)
            before = ahead

    def _ahead(self) -> timedelta:
        """By how much the clock is ahead of the seconds that passed: always the same, unless somebody sets it."""
        return self._clock() - EPOCH - timedelta(seconds=self._monotonic())

    async def _set_by(self, step: timedelta) -> None:
        log.warning("The clock was set %s by %s", "forward" if step > timedelta(0) else "back", abs(step))
        await self._stepped(step)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=EPOCH)  # due, whatever the clock says now
