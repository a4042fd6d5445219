"""What one may do at a time: one payment of a px6 account, one telling of an outcome. Where several processes share a
database, that holds across all of them (`services/ground/presence.py`)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from weakref import WeakValueDictionary


class Leases(Protocol):
    """Things with names, each of which one holds at a time."""

    @property
    def holder(self) -> str | None:
        """What rows say of who has them; None where there is one process only."""

    def held(self, name: str) -> AbstractAsyncContextManager[None]:
        """Waits until nobody holds it, and holds it until the block ends."""

    def held_if_free(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Holds it until the block ends, unless somebody does: then False."""


class LocalLeases:
    """Leases of one process: nothing is written, nothing outlives it."""

    holder: str | None = None

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[None]:
        """See `Leases.held`; who waits longest comes first."""
        turn = self._turns.setdefault(name, asyncio.Lock())
        async with turn:
            yield

    @asynccontextmanager
    async def held_if_free(self, name: str) -> AsyncIterator[bool]:
        """See `Leases.held_if_free`."""
        if name in self._turns:
            yield False
            return
        async with self.held(name):
            yield True
