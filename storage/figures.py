"""Figures of all people together, for operators: nobody is named."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ColumnElement, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from model.operators import Paid
from storage.engine.types import time_to_int
from storage.schema import accounts, orders, people, unsaid

_DAY = timedelta(days=1) // timedelta(microseconds=1)


async def count_people(connection: AsyncConnection, since: datetime) -> tuple[int, int, int]:
    """How many people there are, how many of them came since then, how many have blocked the bot."""
    new = func.count().filter(people.c.created_at >= since)
    query = select(func.count(), new, func.count(people.c.blocked_at)).where(people.c.of_person.is_(None))
    row = (await connection.execute(query)).one()
    return int(row[0]), int(row[1]), int(row[2])


async def count_accounts(connection: AsyncConnection) -> tuple[int, int]:
    """How many px6 accounts are connected, and of how many px6 refuses the key."""
    row = (
        await connection.execute(select(func.count(accounts.c.telegram_id), func.count(accounts.c.refused_at)))
    ).one()
    return int(row[0]), int(row[1])


def _paid_since(since: datetime) -> ColumnElement[bool]:
    return (orders.c.state == "done") & (orders.c.confirmed_at >= since)


async def paid(connection: AsyncConnection, since: datetime) -> list[Paid]:
    """Payments that were confirmed since then and done, and what px6 charged for them, by currency."""
    query = (
        select(orders.c.currency, func.count(), func.sum(orders.c.charged))
        .where(_paid_since(since))
        .group_by(orders.c.currency)
        .order_by(orders.c.currency)
    )
    return [Paid(currency, count, sum_) for currency, count, sum_ in await connection.execute(query)]


async def paid_by_day(connection: AsyncConnection, since: datetime, days: int) -> list[int]:
    """How many payments were done on each of so many days of 24 hours, the first of which begins then; the last one
    lasts until now, for today may have 25."""
    day = ((type_coerce(orders.c.confirmed_at, BigInteger) - time_to_int(since)) // _DAY).label("nth")
    query = select(day, func.count()).where(_paid_since(since)).group_by("nth")
    by_day = [0] * days
    for nth, count in await connection.execute(query):
        by_day[min(nth, days - 1)] += count
    return by_day


async def count_orders(connection: AsyncConnection, state: str, since: datetime | None = None) -> int:
    """How many orders are in this state, of those confirmed since then."""
    query = select(func.count()).select_from(orders).where(orders.c.state == state)
    if since is not None:
        query = query.where(orders.c.confirmed_at >= since)
    return int((await connection.execute(query)).scalar_one())


async def count_unsaid(connection: AsyncConnection) -> int:
    """How many messages of the bot are not certainly sent."""
    return int((await connection.execute(select(func.count()).select_from(unsaid))).scalar_one())


async def unknown_orders(connection: AsyncConnection) -> list[tuple[int, datetime]]:
    """The numbers of payments of unknown outcome, and when each was sent."""
    query = select(orders.c.id, orders.c.sent_at).where(orders.c.state == "unknown", orders.c.sent_at.is_not(None))
    return [(int(number), sent_at) for number, sent_at in await connection.execute(query)]
