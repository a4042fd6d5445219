"""Kinds and periods whose price is watched for people: which are due, and which price was told last."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import RowMapping, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.watching import PriceWatch
from storage.due_rows import DueRows
from storage.engine.dialects import upsert
from storage.engine.types import plain
from storage.schema import price_watches

KEY = ["telegram_id", "version", "period"]


async def put(connection: AsyncConnection, telegram_id: int, values: dict[str, Any]) -> None:
    """Watch a kind and period; it begins with the price of now, also where it was watched before."""
    statement = upsert(price_watches).values(telegram_id=telegram_id, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=KEY, set_=values))


async def of_person(connection: AsyncConnection, telegram_id: int) -> list[PriceWatch]:
    """What is watched for the person, oldest first."""
    query = select(price_watches).where(price_watches.c.telegram_id == telegram_id).order_by(price_watches.c.id)
    return [_watch(row) for row in (await connection.execute(query)).mappings()]


async def remove(connection: AsyncConnection, telegram_id: int, number: int) -> bool:
    """End a watch of this person's; False when there is none."""
    mine = (price_watches.c.id == number, price_watches.c.telegram_id == telegram_id)
    return (await connection.execute(delete(price_watches).where(*mine))).rowcount == 1


async def set_price(
    connection: AsyncConnection,
    telegram_id: int,
    number: int,
    before: tuple[Decimal, str],
    after: tuple[Decimal, str],
) -> bool:
    """Note the new price and currency, if those of before are still the ones that were told: one task wins."""
    mine = (price_watches.c.id == number, price_watches.c.telegram_id == telegram_id)
    same = (price_watches.c.price == before[0], price_watches.c.currency == before[1])
    statement = update(price_watches).where(*mine, *same).values(price=after[0], currency=after[1])
    return (await connection.execute(statement)).rowcount == 1


async def put_off(connection: AsyncConnection, telegram_id: int, number: int, look_at: datetime) -> None:
    """Ask again then."""
    mine = (price_watches.c.id == number, price_watches.c.telegram_id == telegram_id)
    await connection.execute(update(price_watches).where(*mine).values(look_at=look_at))


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether any price is to be asked for now; most of the time none is."""
    return await _DUE.any(connection, now)


async def take(
    connection: AsyncConnection, now: datetime, again: datetime, most: int, allowed: Collection[int] = ()
) -> list[PriceWatch]:
    """Take what is due, to be asked for by nobody else before `again`; the oldest first.

    Only of people who are `allowed`; without any, of all.
    """
    return await _DUE.take(connection, now, again, most, allowed)


async def note_looked(connection: AsyncConnection, numbers: Collection[int], now: datetime) -> None:
    """px6 told what these rows of `take` are about."""
    mine = price_watches.c.id.in_(tuple(numbers))
    await connection.execute(update(price_watches).where(mine).values(looked_at=now))


def _watch(row: RowMapping) -> PriceWatch:
    return msgspec.convert(plain(row), PriceWatch, strict=False)


_DUE = DueRows(price_watches, _watch)
