"""Whether the bot does its work, for whoever watches it: updates come in, the database takes writes, sweeps run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.delivery import SharedTry, TryToWrite

POLL_SECONDS = 55.0  # without the end of a poll: one may be lost (28 s, then 1) and the next one be long (20)
WRITE_SECONDS = 5.0  # that a try to write may take
SWEEPS_MISSED = 3  # periods without a sweep
SHORTEST_SWEEP = 5.0  # seconds: a sweep may wait so long for looks that take long


class Moment:
    """When something happened last: `at`, None for never, and `age` in seconds, counted from the start at first."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self.at: datetime | None = None
        self._since = monotonic()

    def note(self) -> None:
        """It happens now."""
        self.at, self._since = self._clock(), self._monotonic()

    def begin(self) -> None:
        """Count the age from now on, though it has not happened yet."""
        self._since = self._monotonic()

    @property
    def age(self) -> float:
        return self._monotonic() - self._since

    @property
    def shown(self) -> str | None:
        """The time in ISO 8601."""
        return None if self.at is None else self.at.isoformat(timespec="seconds")


class Readiness:
    """What `GET /readyz` answers. `stopping`, `is_connected` and `stands_by` are set by the app."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        try_to_write: TryToWrite,
        sweep_seconds: float,
        *,
        polls: bool,
    ) -> None:
        """`sweep_seconds`: the period of sweeps. `polls`: by webhook no update for hours is no fault."""
        self._write, self._polls = SharedTry(try_to_write), polls
        self._longest_without_sweep = SWEEPS_MISSED * max(sweep_seconds, SHORTEST_SWEEP)
        self.poll, self.update, self.sweep = (Moment(clock, monotonic) for _ in range(3))
        self.stopping = False
        self.is_connected: Callable[[], bool] = lambda: True
        self.stands_by: Callable[[], bool] = lambda: False

    def begin(self) -> None:
        """The bot begins its work now: what has not happened yet is missed from now on."""
        for moment in (self.poll, self.sweep):
            moment.begin()

    async def end(self) -> None:
        """Wait for a try to write that is under way: the database is about to be closed."""
        await self._write.ended()

    async def answer(self, _: web.BaseRequest) -> web.Response:
        """200, or 503 with the reasons; both with the times by which that is judged."""
        state = await self.state()
        return web.json_response(state, status=200 if state["ready"] else 503)

    async def state(self) -> dict[str, Any]:
        """`ready`, `reasons`, whether the database can be written, and the times of what happened last."""
        can_be_written = await self._can_be_written()
        reasons = [*([] if can_be_written else ["the database cannot be written"]), *self._reasons()]
        return {
            "ready": not reasons,
            "reasons": reasons,
            "database": can_be_written,
            "last_poll": self.poll.shown,
            "last_update": self.update.shown,
            "last_sweep": self.sweep.shown,
        }

    def _reasons(self) -> Iterator[str]:
        if self.stopping:
            yield "the bot is stopping"
        if self._polls and self.poll.age > POLL_SECONDS and not self.stands_by():
            yield f"no poll for updates has ended for {self.poll.age:.0f} seconds"
        if not self.is_connected():
            yield "Telegram has not been told yet where to deliver updates"
        if self.sweep.age > self._longest_without_sweep:
            yield f"no sweep of the accounts has run for {self.sweep.age:.0f} seconds"

    async def _can_be_written(self) -> bool:
        """A try that takes too long goes on, for whoever asks next."""
        try:
            return await asyncio.wait_for(self._write.tried(), WRITE_SECONDS)
        except TimeoutError:
            return False
