"""Answers that several callers can use: of one call under way, or kept for a while. All of one key."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

KEPT_ANSWERS = 256
"""Bound of the cache of one key: forms ask for a few dozen prices at most."""


class _Flight:
    """A call under way and how many wait for it."""

    def __init__(self, task: asyncio.Task[Any]) -> None:
        self.task = task
        self.waiting = 0


class Shared:
    """Equal reads under way at once are one call, which ends early only when everybody has gone."""

    def __init__(self) -> None:
        self._flights: dict[Hashable, _Flight] = {}

    async def call(self, name: Hashable, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Joins the call of this name, or starts it. A waiter that is cancelled leaves the others alone."""
        flight = self._flights.get(name) or self._begin(name, start())
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                self._drop(name, flight)
                flight.task.cancel()

    def part(self) -> None:
        """Nobody joins what is under way any more: something was changed, and it may have been read before."""
        self._flights.clear()

    def has(self, name: Hashable) -> bool:
        """Whether there is a call to join."""
        return name in self._flights

    def _begin(self, name: Hashable, call: Coroutine[Any, Any, Any]) -> _Flight:
        # The task belongs to its waiters: the last of them to go cancels it.
        flight = _Flight(asyncio.get_running_loop().create_task(call))
        self._flights[name] = flight
        flight.task.add_done_callback(lambda task: self._ended(name, flight))
        return flight

    def _ended(self, name: Hashable, flight: _Flight) -> None:
        self._drop(name, flight)
        if not flight.task.cancelled():
            flight.task.exception()  # each waiter has it; where all have gone, nobody misses it

    def _drop(self, name: Hashable, flight: _Flight) -> None:
        if self._flights.get(name) is flight:
            del self._flights[name]


class Kept:
    """Answers kept for a number of seconds, the oldest thrown out first."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._answers: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    async def get(self, name: Hashable, seconds: float, ask: Callable[[], Awaitable[T]], *, fresh: bool) -> T:
        """The kept answer, or a new one. `fresh` asks in any case, and keeps what it gets."""
        answers = self._answers  # clear() leaves these behind: what was asked for before it is not kept after it
        kept = answers.get(name)
        if kept is not None and not fresh and self._clock() < kept[0]:
            return kept[1]  # type: ignore[no-any-return]
        answer = await ask()
        answers[name] = (self._clock() + seconds, answer)
        answers.move_to_end(name)
        if len(answers) > KEPT_ANSWERS:
            answers.popitem(last=False)
        return answer

    def clear(self) -> None:
        """Forget everything."""
        self._answers = OrderedDict()
