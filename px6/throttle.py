"""Never more than 3 calls in any second, as the server sees it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

BACKGROUND_NEEDS = 2
"""Free slots that a background call waits for: one of them stays free for a person."""


class Throttling(Protocol):
    """What keeps the calls of a key within px6's limit: `Throttle`, or one that several programs share."""

    @property
    def idle(self) -> bool:
        """Whether it holds nothing that a new one would not know."""

    def slot(self, *, background: bool = False) -> AbstractAsyncContextManager[None]:
        """Waits until a call may be sent, and counts it until the block ends."""


class _Ticket:
    """A waiting call. `needs`: free slots before it may start. `changed`: it may be first now, or a slot is free."""

    def __init__(self, needs: int) -> None:
        self.needs = needs
        self.changed = asyncio.Event()


class Throttle:
    """`limit` slots; each is busy from sending until `window` seconds after the answer, or the failure.

    The server counts a call at some moment between the two, so whatever the network delays, it never counts more than
    `limit` in a window. A limiter that counts only when calls are sent fails here: a call delayed on its way arrives
    within one window with the next ones. The price is the round trip: limit / (window + round trip) calls a second.

    People go before background work, each in order of arrival; background work starts only while two slots are free.

    >>> async def call() -> None:
    ...     async with throttle.slot():
    ...         ...  # send, and read the answer
    """

    def __init__(
        self,
        limit: int = 3,
        window: float = 1.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limit, self._window, self._clock, self._sleep = limit, window, clock, sleep
        self._sending = 0
        self._resting: deque[float] = deque()  # when the slots of ended calls become free, soonest first
        self._people: deque[_Ticket] = deque()
        self._background: deque[_Ticket] = deque()

    @property
    def idle(self) -> bool:
        """Whether all slots are free and no call waits, so that a new throttle would behave the same."""
        return self._free() == self._limit and self._head() is None

    @asynccontextmanager
    async def slot(self, *, background: bool = False) -> AsyncIterator[None]:
        """Waits for a free slot and holds it. However the block ends, also cancelled, the slot rests its window."""
        await self._enter(background)
        try:
            yield
        finally:
            self._sending -= 1
            self._resting.append(self._clock() + self._window)
            self._call_head()

    async def _enter(self, background: bool) -> None:
        queue = self._background if background else self._people
        ticket = _Ticket(min(BACKGROUND_NEEDS, self._limit) if background else 1)
        queue.append(ticket)
        try:
            while (missing := self._missing(ticket)) != 0:
                await self._wait(ticket, missing)
            self._sending += 1
        finally:
            queue.remove(ticket)
            self._call_head()

    def _missing(self, ticket: _Ticket) -> int | None:
        """How many more slots must become free for this call; None while others go first."""
        return max(0, ticket.needs - self._free()) if ticket is self._head() else None

    async def _wait(self, ticket: _Ticket, missing: int | None) -> None:
        """Waits until enough slots are free. While others go first, or calls under way hold the slots, waits for a
        change.

        The sleep is never too long: a slot of a call that ends meanwhile becomes free after those that rest already.
        """
        if missing is not None and missing <= len(self._resting):
            await self._sleep(self._resting[missing - 1] - self._clock())
        else:
            ticket.changed.clear()
            await ticket.changed.wait()

    def _free(self) -> int:
        now = self._clock()
        while self._resting and self._resting[0] <= now:
            self._resting.popleft()
        return self._limit - self._sending - len(self._resting)

    def _head(self) -> _Ticket | None:
        if self._people:
            return self._people[0]
        return self._background[0] if self._background else None

    def _call_head(self) -> None:
        head = self._head()
        if head is not None:
            head.changed.set()
