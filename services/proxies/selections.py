"""Ticked proxies that outlive a restart: a button carries the selection's id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from model.selections import Selection
from storage import selections
from storage.engine.database import Database


class Selections:
    """A person reaches only their own; each method gives None for a selection that is gone or another's."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def create(self, telegram_id: int, ids: Iterable[int], purpose: str) -> Selection:
        """A new selection. ValueError for more than 20,000 ids."""
        async with self._database.write() as connection:
            return await selections.create(connection, telegram_id, purpose, ids, self._clock())

    async def get(self, telegram_id: int, selection_id: str) -> Selection | None:
        async with self._database.read() as connection:
            return await selections.get(connection, telegram_id, selection_id)

    async def toggle(self, telegram_id: int, selection_id: str, proxy_id: int) -> Selection | None:
        """Tick a proxy, or take its tick away."""
        async with self._database.write() as connection:
            return await selections.toggle(connection, telegram_id, selection_id, proxy_id, self._clock())

    async def toggle_many(
        self, telegram_id: int, selection_id: str, ids: Iterable[int], most: int
    ) -> Selection | None:
        """Tick all of these, or take their ticks away when all have one; at most `most` are ticked then."""
        async with self._database.write() as connection:
            return await selections.toggle_many(connection, telegram_id, selection_id, ids, most, self._clock())

    async def remove(self, telegram_id: int, selection_id: str) -> None:
        async with self._database.write() as connection:
            await selections.remove(connection, telegram_id, selection_id)
