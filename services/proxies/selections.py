"""Selections of proxies, kept in the database: a button carries the id of one, so it works after a restart, too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from model.selections import Selection
from services.account.people import AccountRemoved
from storage import selections
from storage.engine.database import Database


class Selections:
    """A person reaches only their own; for a selection that is gone or another person's, methods give None."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def create(self, telegram_id: int, ids: Iterable[int], purpose: str) -> Selection:
        """Keep a new selection. ValueError for more than 20,000 ids; AccountRemoved for somebody who was erased."""
        try:
            async with self._database.write() as connection:
                return await selections.create(connection, telegram_id, purpose, ids, self._clock())
        except IntegrityError:
            raise AccountRemoved from None

    async def get(self, telegram_id: int, selection_id: str) -> Selection | None:
        """The selection; None when it is gone."""
        async with self._database.read() as connection:
            return await selections.get(connection, telegram_id, selection_id)

    async def touch(self, telegram_id: int, selection_id: str) -> Selection | None:
        """The selection, which is kept longer than those that nobody uses; None when it is gone."""
        async with self._database.write() as connection:
            return await selections.touch(connection, telegram_id, selection_id, self._clock())

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
