"""Countries and kinds whose stock is watched for people: which are due, and who has been told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.watching import StockWatch
from storage.engine.dialects import upsert
from storage.engine.types import UtcTime, plain
from storage.schema import stock_watches
from storage.whose import rows_of_all

KEY = ["telegram_id", "country", "version"]
_DUE = select(stock_watches.c.id).where(stock_watches.c.look_at <= bindparam("now", type_=UtcTime()))
_IS_DUE = _DUE.limit(1)


async def put(connection: AsyncConnection, telegram_id: int, values: dict[str, Any]) -> None:
    """Watch a country and kind; what the person wanted of it before is replaced."""
    values = {**values, "told_at": None}
    statement = upsert(stock_watches).values(telegram_id=telegram_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=KEY, set_=values))


async def open_of(connection: AsyncConnection, telegram_id: int) -> list[StockWatch]:
    """What is watched for the person, and not told yet, oldest first."""
    mine = (stock_watches.c.telegram_id == telegram_id, stock_watches.c.told_at.is_(None))
    rows = (await connection.execute(select(stock_watches).where(*mine).order_by(stock_watches.c.id))).mappings()
    return [_watch(row) for row in rows]


async def one(connection: AsyncConnection, telegram_id: int, number: int) -> StockWatch | None:
    """A watch of this person's, also when it was told."""
    query = select(stock_watches).where(stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _watch(row)


async def remove(connection: AsyncConnection, telegram_id: int, number: int) -> bool:
    """End a watch of this person's that was not told; False when there is none."""
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    return (
        await connection.execute(delete(stock_watches).where(*mine, stock_watches.c.told_at.is_(None)))
    ).rowcount == 1


async def tell(connection: AsyncConnection, telegram_id: int, number: int, now: datetime) -> bool:
    """Note that the person is told now; False when they were, or want it no more: one task wins."""
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    statement = update(stock_watches).where(*mine, stock_watches.c.told_at.is_(None))
    return (await connection.execute(statement.values(told_at=now, look_at=None))).rowcount == 1


async def put_off(connection: AsyncConnection, telegram_id: int, number: int, look_at: datetime) -> None:
    """Look again then, unless it was told or ended meanwhile."""
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    statement = update(stock_watches).where(*mine, stock_watches.c.told_at.is_(None))
    await connection.execute(statement.values(look_at=look_at))


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether anything is to be looked for now; most of the time nothing is."""
    return (await connection.execute(_IS_DUE, {"now": now})).first() is not None


async def take(
    connection: AsyncConnection, now: datetime, again: datetime, most: int, allowed: Collection[int] = ()
) -> list[StockWatch]:
    """Take what is due, to be looked for by nobody else before `again`; the oldest first.

    Only of people who are `allowed`; without any, of all.
    """
    due = _DUE.order_by(stock_watches.c.look_at, stock_watches.c.id).limit(most).with_for_update(skip_locked=True)
    if allowed:
        due = due.where(stock_watches.c.telegram_id.in_(rows_of_all(list(allowed))))
    statement = update(stock_watches).where(stock_watches.c.id.in_(due)).values(look_at=again)
    taken = await connection.execute(statement.returning(*stock_watches.c), {"now": now})
    return sorted((_watch(row) for row in taken.mappings()), key=lambda each: each.id)


def _watch(row: RowMapping) -> StockWatch:
    return msgspec.convert(plain(row), StockWatch, strict=False)
