"""What a person paid: orders that are done, with their sums and proxies. Read only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.payments import Payment
from storage.doers import by_whom
from storage.schema import confirmations, order_proxies, orders


async def between(
    connection: AsyncConnection, telegram_id: int, since: datetime, until: datetime, who: str = ""
) -> tuple[Payment, ...]:
    """The person's payments from `since` on and before `until`, oldest first. `who`: see `storage.doers.by_whom`."""
    query = _of(telegram_id).where(orders.c.confirmed_at >= since, orders.c.confirmed_at < until)
    if (mine := by_whom(confirmations, who)) is not None:
        query = query.where(mine)
    return await _read(connection, query)


async def of_proxy(connection: AsyncConnection, telegram_id: int, proxy_id: int) -> tuple[Payment, ...]:
    """The person's payments for one proxy, alone or with others, oldest first."""
    is_its = exists().where(order_proxies.c.order_id == orders.c.id, order_proxies.c.proxy_id == proxy_id)
    return await _read(connection, _of(telegram_id).where(is_its))


def _of(telegram_id: int) -> Select[tuple[object, ...]]:
    return (
        select(
            orders.c.id,
            orders.c.confirmed_at,
            orders.c.kind,
            confirmations.c.source,
            confirmations.c.by_person,
            orders.c.version,
            orders.c.comment,
            orders.c.currency,
            orders.c.charged,
        )
        .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
        .where(orders.c.telegram_id == telegram_id, orders.c.state == "done", orders.c.charged.is_not(None))
        .order_by(orders.c.confirmed_at, orders.c.id)
    )


async def _read(connection: AsyncConnection, query: Select[tuple[object, ...]]) -> tuple[Payment, ...]:
    rows = (await connection.execute(query)).all()
    if not rows:
        return ()
    ids = await _proxies(connection, [row.id for row in rows])
    return tuple(
        Payment(
            order_id=row.id,
            at=row.confirmed_at,
            kind=row.kind,
            source=row.source,
            by_person=row.by_person,
            version=row.version,
            comment=row.comment,
            currency=row.currency,
            sum=row.charged,
            ids=tuple(ids[row.id]),
        )
        for row in rows
    )


async def _proxies(connection: AsyncConnection, order_ids: Collection[int]) -> dict[int, list[int]]:
    """The proxies of each order; an order without an id in it is one that px6 has named none for."""
    query = (
        select(order_proxies.c.order_id, order_proxies.c.proxy_id)
        .where(order_proxies.c.order_id.in_(order_ids))
        .order_by(order_proxies.c.proxy_id)
    )
    found: dict[int, list[int]] = {order_id: [] for order_id in order_ids}
    for order_id, proxy_id in await connection.execute(query):
        found[order_id].append(proxy_id)
    return found
