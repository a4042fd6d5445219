"""What a person paid, month by month and since a moment, summed by the database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.local_time import month_begun
from model.money import NOTHING
from model.orders import MonthlySum, PaidSum
from storage.schema import confirmations, orders, paid_months


async def by_month(
    connection: AsyncConnection, telegram_id: int, zone: ZoneInfo | None, most: int
) -> list[MonthlySum]:
    """At most `most` sums of what was paid, newest month first; months are of the person's zone, else UTC."""
    kept = await _of_kept_orders(connection, telegram_id, zone, most)
    both: dict[tuple[int, int, str], MonthlySum] = {}
    for paid in (*kept, *await _of_removed_orders(connection, telegram_id, most)):
        local = paid.month.astimezone(zone or UTC)
        key = (-local.year, -local.month, paid.currency)
        before = both.get(key)
        both[key] = (
            paid
            if before is None
            else msgspec.structs.replace(before, sum=before.sum + paid.sum, count=before.count + paid.count)
        )
    return [both[key] for key in sorted(both)][:most]


def _paid_by(telegram_id: Any) -> ColumnElement[bool]:
    """The orders of this person that are done, and whose sum is known."""
    return and_(orders.c.telegram_id == telegram_id, orders.c.state == "done", orders.c.charged.is_not(None))


_PAID_SINCE = (
    select(
        orders.c.currency,
        func.sum(orders.c.charged),
        func.sum(orders.c.charged).filter(confirmations.c.source == "rule"),
    )
    .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
    .where(_paid_by(bindparam("telegram_id")), orders.c.confirmed_at >= bindparam("since"))
    .group_by(orders.c.currency)
    .order_by(orders.c.currency)
)


async def paid_since(connection: AsyncConnection, telegram_id: int, since: datetime) -> list[PaidSum]:
    """The sums of what a person confirmed since then, or a rule for them, and paid; one for each currency."""
    found = await connection.execute(_PAID_SINCE, {"telegram_id": telegram_id, "since": since})
    return [PaidSum(currency, sum_, by_rules or NOTHING) for currency, sum_, by_rules in found]


async def _of_removed_orders(connection: AsyncConnection, telegram_id: int, most: int) -> list[MonthlySum]:
    query = (
        select(paid_months.c.month, paid_months.c.currency, paid_months.c.sum, paid_months.c.count)
        .where(paid_months.c.telegram_id == telegram_id, paid_months.c.count > 0)
        .order_by(paid_months.c.month.desc(), paid_months.c.currency)
        .limit(most)
    )
    return [MonthlySum(*row) for row in await connection.execute(query)]


async def _of_kept_orders(
    connection: AsyncConnection, telegram_id: int, zone: ZoneInfo | None, most: int
) -> list[MonthlySum]:
    found: list[MonthlySum] = []
    mine = _paid_by(telegram_id)
    newest = select(func.max(orders.c.confirmed_at)).where(mine)
    while len(found) < most:
        last: datetime | None = (await connection.execute(newest)).scalar()
        if last is None:
            break
        since = month_begun(last, zone or UTC)
        sums = (
            select(orders.c.currency, func.sum(orders.c.charged), func.count())
            .where(mine, orders.c.confirmed_at >= since, orders.c.confirmed_at <= last)
            .group_by(orders.c.currency)
            .order_by(orders.c.currency)
        )
        found += [MonthlySum(last, currency, sum_, count) for currency, sum_, count in await connection.execute(sums)]
        newest = select(func.max(orders.c.confirmed_at)).where(mine, orders.c.confirmed_at < since)
    return found[:most]
