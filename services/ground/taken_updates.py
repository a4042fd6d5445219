"""Which updates were taken: one that Telegram delivers again may come to another process than before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from services.ground.presence import Presence
from storage import taken_updates
from storage.engine.database import Database
from storage.taken_updates import Claim

SHORTEST_WAIT, LONGEST_WAIT = 0.02, 0.25  # seconds between two looks whether another process is done
PATIENCE = 5.0  # seconds that one is waited for; then Telegram is told to deliver again
MINE = Claim(mine=True)


class TakenUpdates(Protocol):
    """Each update is one process's to handle."""

    @property
    def are_several(self) -> bool:
        """Whether other processes may be given what is Telegram's next of a chat."""

    async def claim(self, number: int, *, at_once: bool) -> Claim:
        """Whose it is, once that is known. `at_once`: Telegram may forget it from now on."""

    async def settle(self, number: int, *, taken: bool) -> None:
        """It was handled, or is to come again."""


class OnlyOne:
    """The updates of a process that has no others beside it: it knows by itself what it has taken."""

    are_several = False

    async def claim(self, number: int, *, at_once: bool) -> Claim:
        return MINE

    async def settle(self, number: int, *, taken: bool) -> None:
        """Nobody is to be told."""


class SharedUpdates:
    """The updates of several processes, as rows. While the database is away each process decides for itself."""

    def __init__(
        self, database: Database, presence: Presence, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._database, self._presence, self._sleep = database, presence, sleep
        self._owed: dict[int, tuple[str, bool]] = {}
        self._settling = asyncio.Lock()

    @property
    def are_several(self) -> bool:
        return self._presence.are_several

    async def claim(self, number: int, *, at_once: bool) -> Claim:
        """See `TakenUpdates.claim`: while another process has it, its end is waited for, but not for long."""
        wait, waited = SHORTEST_WAIT, 0.0
        try:
            while not (claim := await self._ask(number, at_once=at_once)).mine:
                if claim.taken or waited >= PATIENCE:
                    break
                await self._sleep(wait)
                waited, wait = waited + wait, min(2 * wait, LONGEST_WAIT)
        except StorageError:
            return MINE
        return claim

    async def settle(self, number: int, *, taken: bool) -> None:
        """See `TakenUpdates.settle`. A database that is away is told before the next update."""
        process = self._presence.process
        try:
            async with self._database.single() as connection:
                await taken_updates.settle(connection, number, process, taken=taken)
        except StorageError:
            self._owed[number] = process, taken

    async def _ask(self, number: int, *, at_once: bool) -> Claim:
        async with self._database.single() as connection:
            await self._settle_owed(connection)
            return await taken_updates.claim(connection, number, self._presence.process, at_once=at_once)

    async def _settle_owed(self, connection: AsyncConnection) -> None:
        """One claim does it for all: were it done twice, the second could meet what has been claimed anew."""
        async with self._settling:
            while self._owed:
                number, (process, taken) = next(iter(self._owed.items()))
                await taken_updates.settle(connection, number, process, taken=taken)
                del self._owed[number]
