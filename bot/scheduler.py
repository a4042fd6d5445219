"""Runs the bot's repeated jobs every so many seconds, also when somebody sets the machine's clock.

APScheduler plans by the wall clock. Were that set back by three hours, it would sleep for three hours; were it set
forward by months, its own interval trigger would compute every missed run, one by one. So each run is planned from
the moment of the last one, and when the wall clock jumps against the monotonic one, every job runs at once.
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
ClockWasSet = Callable[[timedelta], Awaitable[None]]
EPOCH = datetime.fromtimestamp(0, UTC)
COMPARED_EVERY = 1.0  # seconds
TOLERANCE = timedelta(seconds=1)  # a smaller jump of the wall clock is ignored


class EverySeconds(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """An APScheduler trigger: the next run is so many seconds from now, and missed runs are not made up for."""

    def __init__(self, seconds: float) -> None:
        self._pause = timedelta(seconds=seconds)

    def __str__(self) -> str:
        return f"every {self._pause.total_seconds():g} s"

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        return now + self._pause


class Scheduler:
    """Repeats jobs. Two runs of one job never overlap."""

    def __init__(
        self, clock: Callable[[], datetime], monotonic: Callable[[], float], clock_was_set: ClockWasSet
    ) -> None:
        """When somebody sets `clock`, `clock_was_set` gets by how much (negative: back); then all jobs run."""
        self._clock, self._monotonic, self._clock_was_set = clock, monotonic, clock_was_set
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"max_instances": 1, "misfire_grace_time": None}
        )
        self._comparing: asyncio.Future[None] | None = None

    def every(self, seconds: float, job: Job) -> None:
        """Run a job every so many seconds, the first time so many seconds after `start`."""
        self._scheduler.add_job(job, EverySeconds(seconds))

    def start(self) -> None:
        """Begin to run the jobs, inside the running event loop."""
        self._scheduler.start()
        self._comparing = asyncio.ensure_future(self._compare())

    def pause(self) -> None:
        """Begin no further run; runs under way go on."""
        self._scheduler.pause()
        if self._comparing is not None:
            self._comparing.cancel()

    def shutdown(self) -> None:
        """End APScheduler, after `pause`."""
        self._scheduler.shutdown()

    async def _compare(self) -> None:
        """Compare the wall clock with the monotonic one every second, and act when it jumps."""
        before = self._ahead()
        while True:
            await asyncio.sleep(COMPARED_EVERY)
            ahead = self._ahead()
            if abs(ahead - before) > TOLERANCE:
                await self._run_all_after(ahead - before)
            before = ahead

    def _ahead(self) -> timedelta:
        """The wall clock less the monotonic one: constant, unless somebody sets the wall clock."""
        return self._clock() - EPOCH - timedelta(seconds=self._monotonic())

    async def _run_all_after(self, step: timedelta) -> None:
        log.warning("The clock was set %s by %s", "forward" if step > timedelta(0) else "back", abs(step))
        await self._clock_was_set(step)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=EPOCH)  # due at any reading of the wall clock
