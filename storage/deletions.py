"""Confirmed deletions of proxies, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import Colleague
from model.deletions import Deletion, DeletionProxy
from storage.doers import by_whom
from storage.engine.types import plain
from storage.processes import is_known
from storage.schema import deletions


async def add(
    connection: AsyncConnection,
    telegram_id: int,
    *,
    px6_user_id: str,
    now: datetime,
    proxies: Sequence[DeletionProxy],
    holder: str | None = None,
    by: Colleague | None = None,
) -> int:
    """Write down a deletion that is about to be sent by `holder`, not `certain` yet; gives its id.

    `by`: the colleague who confirmed it.
    """
    values = {
        "px6_user_id": px6_user_id,
        "deleted_at": now,
        "certain": False,
        "proxies": list(proxies),
        "held_by": holder,
        "by_person": None if by is None else by.person,
        "by_name": None if by is None else by.name,
    }
    statement = insert(deletions).values(telegram_id=telegram_id, **values).returning(deletions.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def change(connection: AsyncConnection, deletion_id: int, **values: Any) -> None:
    """Set columns of a deletion."""
    await connection.execute(update(deletions).where(deletions.c.id == deletion_id).values(**values))


async def get(connection: AsyncConnection, deletion_id: int) -> Deletion | None:
    """A deletion, whoever it belongs to."""
    query = select(deletions).where(deletions.c.id == deletion_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _deletion(row)


async def of_person(
    connection: AsyncConnection, telegram_id: int, limit: int | None = None, offset: int = 0, who: str = ""
) -> list[Deletion]:
    """A person's deletions, newest first. `who`: see `storage.doers.by_whom`."""
    query = select(deletions).where(deletions.c.telegram_id == telegram_id).order_by(deletions.c.id.desc())
    if (mine := by_whom(deletions, who)) is not None:
        query = query.where(mine)
    rows = (await connection.execute(query.limit(limit).offset(offset))).mappings()
    return [_deletion(row) for row in rows]


_OPEN = select(deletions.c.id).where(~deletions.c.certain).order_by(deletions.c.id)
_LEFT = _OPEN.where(~is_known(deletions.c.held_by)).with_for_update()
_TAKE_OVER = (
    update(deletions).where(deletions.c.id.in_(_LEFT)).values(held_by=bindparam("holder")).returning(deletions.c.id)
)


async def take_over(connection: AsyncConnection, holder: str | None) -> list[int]:
    """Ids of deletions whose outcome is not known, or not told: those of processes that are gone, from now on
    `holder`'s. Without a `holder` there is one process, and all are its own."""
    if holder is None:
        return list((await connection.execute(_OPEN)).scalars())
    return sorted((await connection.execute(_TAKE_OVER, {"holder": holder})).scalars())


async def held_by(connection: AsyncConnection, holder: str | None) -> list[int]:
    """Ids of deletions whose outcome is not known, or not told, and that `holder` sees to. Without one all are."""
    query = _OPEN if holder is None else _OPEN.where(deletions.c.held_by == holder)
    return list((await connection.execute(query)).scalars())


_HELD_BY_ANOTHER = select(deletions.c.id).where(
    deletions.c.id == bindparam("deletion"), deletions.c.held_by.is_distinct_from(bindparam("holder"))
)


async def is_held_by_another(connection: AsyncConnection, deletion_id: int, holder: str | None) -> bool:
    """Whether a process other than `holder` sees to this deletion. Without a `holder` there is no other one."""
    if holder is None:
        return False
    found = await connection.execute(_HELD_BY_ANOTHER, {"deletion": deletion_id, "holder": holder})
    return found.scalar() is not None


def _deletion(row: RowMapping) -> Deletion:
    return msgspec.convert(plain(row), Deletion)
