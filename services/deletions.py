"""Deleting proxies: each confirmation works once, and what was deleted is written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from px6 import Proxy
from storage import accounts, deletions, selections
from storage.database import Database

PURPOSE = "delete"  # of the selections that a confirmation means
DAY = timedelta(days=1)


class Deletions:
    """The confirmation is a selection of its own; taking it uses it up."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    async def propose(self, telegram_id: int, ids: Sequence[int]) -> str:
        """Keep exactly these ids until they are confirmed; gives what the confirming button carries."""
        async with self._database.write() as connection:
            made = await selections.create(connection, telegram_id, PURPOSE, ids, self._clock())
            return made.id

    async def take(self, telegram_id: int, proposal: str) -> tuple[int, ...] | None:
        """The ids, once: the first to ask gets them, everybody later None."""
        async with self._database.write() as connection:
            kept = await selections.get(connection, telegram_id, proposal)
            if kept is None or kept.purpose != PURPOSE:
                return None
            await selections.remove(connection, telegram_id, proposal)
            return kept.ids

    async def record(self, telegram_id: int, proxies: Sequence[Proxy], *, certain: bool) -> None:
        """Write down what was deleted and how much of it was left. Not `certain`: px6 has not said so."""
        if not proxies:
            return
        now = self._clock()
        rows = [row_of(proxy, now) for proxy in proxies]
        async with self._database.write() as connection:
            user_id = await accounts.user_id_of(connection, telegram_id)
            if user_id is None:
                return  # forgotten in between: nothing of the person is kept any more
            await deletions.add(connection, telegram_id, px6_user_id=user_id, now=now, certain=certain, proxies=rows)

    async def history(self, telegram_id: int, limit: int | None = None) -> list[dict[str, Any]]:
        """A person's deletions, newest first: `deleted_at`, `certain` and the `proxies` as recorded."""
        async with self._database.read() as connection:
            return [dict(row) for row in await deletions.of(connection, telegram_id, limit)]


def row_of(proxy: Proxy, now: datetime) -> dict[str, object]:
    left = max(proxy.ends_at - now, timedelta(0))
    return {
        "id": proxy.id,
        "host": proxy.host,
        "country": proxy.country,
        "comment": proxy.comment,
        "days_left": round(left / DAY, 2),
    }
