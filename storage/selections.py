"""Selections of proxies: they do not fit into a button, so they are a row, and the button carries its id."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.selections import Selection
from storage import locks
from storage.schema import selections

KEPT = 20  # of a person; the one that was not touched for the longest time goes first
MOST_IDS = 20_000


def _selection(row: Any) -> Selection:
    return Selection(id=row.id, telegram_id=row.telegram_id, purpose=row.purpose, ids=tuple(row.ids))


def _distinct(ids: Iterable[int]) -> tuple[int, ...]:
    distinct = tuple(dict.fromkeys(ids))
    if len(distinct) > MOST_IDS:
        raise ValueError(f"a selection holds at most {MOST_IDS} proxies")
    return distinct


_CREATE = insert(selections)


async def create(
    connection: AsyncConnection, telegram_id: int, purpose: str, ids: Iterable[int], now: datetime
) -> Selection:
    """A new selection. ValueError for more than 20,000 ids."""
    made = Selection(id=secrets.token_urlsafe(6), telegram_id=telegram_id, purpose=purpose, ids=_distinct(ids))
    values = {"id": made.id, "telegram_id": telegram_id, "purpose": purpose, "ids": list(made.ids), "touched_at": now}
    await connection.execute(_CREATE, values)
    await _bound(connection, telegram_id)
    return made


_MINE = select(selections).where(
    selections.c.id == bindparam("id"), selections.c.telegram_id == bindparam("telegram_id")
)


async def get(connection: AsyncConnection, telegram_id: int, selection_id: str) -> Selection | None:
    """A selection of this person's; None for another's and for one that is gone."""
    row = (await connection.execute(_MINE, {"id": selection_id, "telegram_id": telegram_id})).first()
    return None if row is None else _selection(row)


async def touch(connection: AsyncConnection, telegram_id: int, selection_id: str, now: datetime) -> Selection | None:
    """The same as `get`, and it is no longer among those that were not touched for long."""
    mine = (selections.c.id == selection_id, selections.c.telegram_id == telegram_id)
    statement = update(selections).where(*mine).values(touched_at=now).returning(*selections.c)
    row = (await connection.execute(statement)).first()
    return None if row is None else _selection(row)


async def replace(
    connection: AsyncConnection, telegram_id: int, selection_id: str, ids: Iterable[int], now: datetime
) -> Selection | None:
    """Put other proxies into it; None when it is not this person's or gone."""
    statement = (
        update(selections)
        .where(selections.c.id == selection_id, selections.c.telegram_id == telegram_id)
        .values(ids=list(_distinct(ids)), touched_at=now)
        .returning(*selections.c)
    )
    row = (await connection.execute(statement)).first()
    return None if row is None else _selection(row)


async def toggle(
    connection: AsyncConnection, telegram_id: int, selection_id: str, proxy_id: int, now: datetime
) -> Selection | None:
    """Tick a proxy, or take its tick away; None when the selection is not this person's or gone. Locks the person."""
    await locks.person(connection, telegram_id)
    before = await get(connection, telegram_id, selection_id)
    if before is None:
        return None
    without = tuple(one for one in before.ids if one != proxy_id)
    ids = without if proxy_id in before.ids else (*without, proxy_id)
    return await replace(connection, telegram_id, selection_id, ids, now)


async def toggle_many(
    connection: AsyncConnection, telegram_id: int, selection_id: str, ids: Iterable[int], most: int, now: datetime
) -> Selection | None:
    """Tick all of these, or untick them when all are ticked. At most `most` are ticked then. Locks the person."""
    await locks.person(connection, telegram_id)
    before = await get(connection, telegram_id, selection_id)
    if before is None:
        return None
    ticked, meant = set(before.ids), set(ids)
    after = ticked - meant if meant <= ticked else ticked | meant
    return await replace(connection, telegram_id, selection_id, sorted(after)[:most], now)


async def remove(connection: AsyncConnection, telegram_id: int, selection_id: str) -> None:
    """Delete a selection of this person's."""
    await connection.execute(
        delete(selections).where(selections.c.id == selection_id, selections.c.telegram_id == telegram_id)
    )


_OF_PERSON = selections.c.telegram_id == bindparam("person")
_NEWEST = select(selections.c.id).where(_OF_PERSON).order_by(selections.c.touched_at.desc()).limit(bindparam("most"))
_DROP_OLDEST = delete(selections).where(_OF_PERSON, selections.c.id.not_in(_NEWEST))


async def _bound(connection: AsyncConnection, telegram_id: int) -> None:
    await connection.execute(_DROP_OLDEST, {"person": telegram_id, "most": KEPT})
