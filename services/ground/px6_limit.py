"""px6's limit for a key that several processes share: its slots are rows, and each call takes one of them.

Within a process people go before background work, each in order of arrival, as in `px6/throttle.py`; only who is
first asks the database. Who waits knows when the next slot has rested, and asks again just then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import blake2b, sha256

from model.errors import StorageError
from px6.throttle import BACKGROUND_NEEDS
from services.ground.presence import Presence
from storage import px6_slots
from storage.engine.database import Database

LIMIT = 3  # calls
WINDOW = 1_000_000  # microseconds that a slot rests after the answer
LATEST = 0.2  # seconds until it is asked again whether a slot rests by now
EARLIEST = 0.001


class SharedThrottles:
    """Makes the throttle of each key. `secret`: all processes know it, and nobody who reads the database."""

    def __init__(
        self,
        database: Database,
        presence: Presence,
        secret: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database, self._presence, self._sleep = database, presence, sleep
        self._secret = sha256(b"px6 slots " + secret.encode()).digest()

    def __call__(self, key: str) -> SharedThrottle:
        name = blake2b(key.encode("utf-8", "surrogatepass"), key=self._secret, digest_size=16).hexdigest()
        return SharedThrottle(self._database, self._presence, name, self._sleep)


class SharedThrottle:
    """The throttle of one key (`px6.throttle.Throttling`). Raises StorageError while the database is away."""

    def __init__(
        self, database: Database, presence: Presence, name: str, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._database, self._presence, self._name, self._sleep = database, presence, name, sleep
        self._people, self._background = deque[asyncio.Event](), deque[asyncio.Event]()
        self._in_use = list[int]()
        self._asking, self._may_have_left = asyncio.Lock(), False

    @property
    def idle(self) -> bool:
        """Whether no call waits or is under way here: all else is in the database."""
        return not (self._people or self._background or self._in_use or self._may_have_left)

    @asynccontextmanager
    async def slot(self, *, background: bool = False) -> AsyncIterator[None]:
        """Waits for a free slot and holds it. However the block ends, also cancelled, the slot rests its window."""
        number, process = await self._enter(background)
        try:
            yield
        finally:
            await asyncio.shield(self._give_back(number, process))

    async def _enter(self, background: bool) -> tuple[int, str]:
        queue, ticket = self._background if background else self._people, asyncio.Event()
        queue.append(ticket)
        try:
            while True:
                if ticket is not self._head():
                    ticket.clear()
                    await ticket.wait()
                    continue
                taken, process = await asyncio.shield(self._asked(ticket, BACKGROUND_NEEDS if background else 1))
                if taken.number is not None:
                    return taken.number, process
                if not taken.made:
                    await self._add()
                else:
                    await self._sleep(max(EARLIEST, min(taken.wait, LATEST)))
        finally:
            queue.remove(ticket)
            self._call_head()

    async def _asked(self, ticket: asyncio.Event, needs: int) -> tuple[px6_slots.Taken, str]:
        """Ask for a slot. One that comes after whoever asked has gone is given back."""
        async with self._asking:
            await self._give_back_left()
            process = self._presence.process
            try:
                async with self._database.single() as connection:
                    taken = await px6_slots.take(connection, self._name, process, needs)
            except StorageError:
                self._leave()
                raise
            if taken.number is not None:
                self._in_use.append(taken.number)
        if taken.number is not None and ticket not in (*self._people, *self._background):
            await self._give_back(taken.number, process)
        return taken, process

    async def _add(self) -> None:
        async with self._database.write() as connection:
            await px6_slots.add(connection, self._name, LIMIT)

    async def _give_back(self, number: int, process: str) -> None:
        try:
            async with self._database.single() as connection:
                await px6_slots.give_back(connection, self._name, number, process, WINDOW)
        except StorageError:
            self._leave()
        self._in_use.remove(number)
        self._call_head()

    def _leave(self) -> None:
        """The database went away: it may hold a slot for this process that no call has. It is given back before the
        next one is asked for, or with the next beat, since another process may want it."""
        self._may_have_left = True
        self._presence.owe(self.give_back_left)

    async def give_back_left(self) -> None:
        """Give back what no call of this process has. Raises StorageError."""
        async with self._asking:
            await self._give_back_left()

    async def _give_back_left(self) -> None:
        if self._may_have_left:
            process, in_use = self._presence.process, tuple(self._in_use)
            async with self._database.single() as connection:
                await px6_slots.give_back_all_but(connection, self._name, in_use, process, WINDOW)
            self._may_have_left = False

    def _head(self) -> asyncio.Event | None:
        if self._people:
            return self._people[0]
        return self._background[0] if self._background else None

    def _call_head(self) -> None:
        head = self._head()
        if head is not None:
            head.set()
