"""Countries and kinds whose stock is watched for people: which are due, and who has been told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import BuyWish, OrderError
from model.watching import StockWatch
from storage import quotes
from storage.due_rows import DueRows
from storage.engine.dialects import upsert
from storage.engine.types import plain
from storage.orders import SPENT_NOTHING
from storage.schema import confirmations, orders, stock_watches

KEY = ["telegram_id", "country", "version"]

_MINE = (stock_watches.c.id == bindparam("number")) & (stock_watches.c.telegram_id == bindparam("person"))
_ONE = select(stock_watches).where(_MINE)
_OPEN_OF = (
    select(stock_watches)
    .where(stock_watches.c.telegram_id == bindparam("person"), stock_watches.c.told_at.is_(None))
    .order_by(stock_watches.c.id)
)


async def put(connection: AsyncConnection, telegram_id: int, values: dict[str, Any]) -> int:
    """Watch a country and kind; what the person wanted of it before is replaced. Gives its number."""
    values = {"told_at": None, "looked_at": None, "up_to": None, "currency": "", "paying": None, **values}
    await call_off(connection, telegram_id, (values["country"], values["version"]))
    statement = upsert(stock_watches).values(telegram_id=telegram_id, **values)
    stored = statement.on_conflict_do_update(index_elements=KEY, set_=values).returning(stock_watches.c.id)
    return int((await connection.execute(stored)).scalar_one())


async def open_of(connection: AsyncConnection, telegram_id: int) -> list[StockWatch]:
    """What is watched for the person, and not told yet, oldest first."""
    return [_watch(row) for row in (await connection.execute(_OPEN_OF, {"person": telegram_id})).mappings()]


async def one(connection: AsyncConnection, telegram_id: int, number: int) -> StockWatch | None:
    """A watch of this person's, also when it was told."""
    row = (await connection.execute(_ONE, {"person": telegram_id, "number": number})).mappings().first()
    return None if row is None else _watch(row)


async def remove(connection: AsyncConnection, telegram_id: int, number: int) -> bool:
    """End a watch of this person's that was not told; False when there is none."""
    await call_off(connection, telegram_id, number)
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    return (
        await connection.execute(delete(stock_watches).where(*mine, stock_watches.c.told_at.is_(None)))
    ).rowcount == 1


async def tell(connection: AsyncConnection, telegram_id: int, number: int, now: datetime) -> bool:
    """Note that the person is told now; False when they were, or want it no more: one task wins."""
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    statement = update(stock_watches).where(*mine, stock_watches.c.told_at.is_(None))
    return (await connection.execute(statement.values(told_at=now, look_at=None))).rowcount == 1


async def buy_at_once(
    connection: AsyncConnection, telegram_id: int, number: int, up_to: Decimal | None, currency: str, wish: BuyWish
) -> bool:
    """Have this of it bought up to a sum, or told (None); False when this person has no such watch, or it is being
    bought."""
    values = {"up_to": up_to, "currency": currency, "wish": wish, "wanted": max(1, wish.count)}
    return await _change(connection, telegram_id, number, None, values)


async def begin(connection: AsyncConnection, telegram_id: int, number: int, quote_id: str) -> bool:
    """Buy what waits by this quote; False when another task does, or it has ended. This one statement decides."""
    return await _change(connection, telegram_id, number, None, {"paying": quote_id})


async def end_paying(connection: AsyncConnection, telegram_id: int, number: int, quote_id: str) -> bool:
    """This quote was not confirmed: it waits again. False when it has ended, or has another quote."""
    return await _change(connection, telegram_id, number, quote_id, {"paying": None})


async def _change(
    connection: AsyncConnection, telegram_id: int, number: int, paying: str | None, values: dict[str, Any]
) -> bool:
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    open_ = (stock_watches.c.told_at.is_(None), stock_watches.c.paying.is_not_distinct_from(paying))
    return (await connection.execute(update(stock_watches).where(*mine, *open_).values(**values))).rowcount == 1


async def call_off(
    connection: AsyncConnection, telegram_id: int, which: int | tuple[str, str] | None = None
) -> list[StockWatch]:
    """Take back the quotes that are being confirmed: of one watch, of a country and version, or of all watches.

    Gives the open ones of these that are not being bought. What was confirmed already goes on.
    """
    listed = await open_of(connection, telegram_id)
    mine = [one for one in listed if which in (None, one.id, (one.country, one.version))]
    back = await quotes.take_back(connection, telegram_id, [one.paying for one in mine if one.paying is not None])
    return [one for one in mine if one.paying is None or one.paying in back]


async def only_tell(connection: AsyncConnection, telegram_id: int, wish: BuyWish) -> None:
    """The person has just confirmed such a purchase: what waits for the same is told about, not bought as well.

    Where its own purchase is confirmed already and comes to nothing, it is not tried again.
    """
    await call_off(connection, telegram_id, (wish.country, wish.version))
    for each in await open_of(connection, telegram_id):
        if each.up_to is not None and (each.country, each.version) == (wish.country, wish.version):
            await _change(connection, telegram_id, each.id, each.paying, {"up_to": None, "currency": ""})


async def note_bought(
    connection: AsyncConnection, telegram_id: int, number: int, quote_id: str, now: datetime
) -> None:
    """What was being bought by this quote is bought: it is over."""
    await _change(connection, telegram_id, number, quote_id, {"told_at": now, "look_at": None})


_FAILED_OF = (
    select(func.count(orders.c.confirmation_id.distinct()))
    .select_from(stock_watches)
    .join(orders, orders.c.telegram_id == stock_watches.c.telegram_id)
    .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
    .where(
        _MINE,
        confirmations.c.source == "stock",
        orders.c.country == stock_watches.c.country,
        orders.c.version == stock_watches.c.version,
        orders.c.confirmed_at >= stock_watches.c.since,
        orders.c.state.in_(SPENT_NOTHING),
        (orders.c.state != "not_sent") | (func.coalesce(orders.c.error, "") != OrderError.CUT_OFF),
    )
)


async def failed_of(connection: AsyncConnection, telegram_id: int, number: int) -> int:
    """How many purchases of a watch of this person's have spent nothing since it began."""
    found = await connection.execute(_FAILED_OF, {"person": telegram_id, "number": number})
    return int(found.scalar_one())


async def put_off(connection: AsyncConnection, telegram_id: int, number: int, look_at: datetime) -> None:
    """Look again then, unless it was told or ended meanwhile."""
    mine = (stock_watches.c.id == number, stock_watches.c.telegram_id == telegram_id)
    statement = update(stock_watches).where(*mine, stock_watches.c.told_at.is_(None))
    await connection.execute(statement.values(look_at=look_at))


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether anything is to be looked for now; most of the time nothing is."""
    return await _DUE.any(connection, now)


async def take(
    connection: AsyncConnection, now: datetime, again: datetime, most: int, allowed: Collection[int] = ()
) -> list[StockWatch]:
    """Take what is due, to be looked for by nobody else before `again`; the oldest first.

    Only of people who are `allowed`; without any, of all.
    """
    return await _DUE.take(connection, now, again, most, allowed)


async def note_looked(connection: AsyncConnection, numbers: Collection[int], now: datetime) -> None:
    """px6 told what these rows of `take` are about."""
    mine = stock_watches.c.id.in_(tuple(numbers))
    await connection.execute(update(stock_watches).where(mine).values(looked_at=now))


def _watch(row: RowMapping) -> StockWatch:
    return msgspec.convert(plain(row), StockWatch, strict=False)


_DUE = DueRows(stock_watches, _watch)
