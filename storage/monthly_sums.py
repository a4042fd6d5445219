"""What a person paid, month by month, summed by the database."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import MonthlySum
from storage.schema import orders


async def by_month(
    connection: AsyncConnection, telegram_id: int, zone: ZoneInfo | None, most: int
) -> list[MonthlySum]:
    """At most `most` sums of orders that are done, newest month first; months are of the person's zone, else UTC."""
    found: list[MonthlySum] = []
    mine = (orders.c.telegram_id == telegram_id) & (orders.c.state == "done") & orders.c.charged.is_not(None)
    newest = select(func.max(orders.c.confirmed_at)).where(mine)
    while len(found) < most:
        last: datetime | None = (await connection.execute(newest)).scalar()
        if last is None:
            break
        since = last.astimezone(zone or UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        sums = (
            select(orders.c.currency, func.sum(orders.c.charged), func.count())
            .where(mine, orders.c.confirmed_at >= since, orders.c.confirmed_at <= last)
            .group_by(orders.c.currency)
            .order_by(orders.c.currency)
        )
        found += [MonthlySum(last, currency, sum_, count) for currency, sum_, count in await connection.execute(sums)]
        newest = select(func.max(orders.c.confirmed_at)).where(mine, orders.c.confirmed_at < since)
    return found[:most]
