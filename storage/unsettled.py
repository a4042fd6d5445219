"""Orders whose outcome is not known: which are due, which process looks for it, and what other orders explain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Order
from storage.orders import ACCOUNT_GONE, OPEN, SPENT_NOTHING, read
from storage.schema import order_proxies, orders


def is_free(now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """No process holds the order.

    A lease that seems longer than `longest` was taken before the clock was set back.
    """
    until = orders.c.leased_until
    return or_(until.is_(None), until <= now, until > now + longest)


async def due(connection: AsyncConnection, now: datetime, latest: datetime, longest: timedelta) -> list[int]:
    """Ids of orders that are due. One due after `latest` is too: nothing is planned so late, so the clock was set
    back.

    `longest`: how long a lease is.
    """
    query = select(orders.c.id).where(
        orders.c.due_at.is_not(None),
        or_(orders.c.due_at <= now, orders.c.due_at > latest),
        is_free(now, longest),
    )
    return list((await connection.execute(query.order_by(orders.c.id))).scalars())


async def lease(
    connection: AsyncConnection, order_ids: Collection[int], now: datetime, longest: timedelta
) -> tuple[Order, ...]:
    """Take orders, to look for their outcome; those that another process holds are left out."""
    statement = (
        update(orders)
        .where(orders.c.id.in_(order_ids), orders.c.due_at.is_not(None), is_free(now, longest))
        .values(leased_until=now + longest)
        .returning(*orders.c)
    )
    return await read(connection, statement)


async def open_everywhere(connection: AsyncConnection) -> tuple[Order, ...]:
    """Everybody's orders that were under way when the program stopped."""
    query = select(orders).where(orders.c.state.in_(("confirmed", "sending"))).order_by(orders.c.id)
    return await read(connection, query)


async def begin_anew(connection: AsyncConnection, now: datetime) -> None:
    """After a start: give back the leases of the stopped process, and make renames due."""
    await connection.execute(update(orders).where(orders.c.leased_until.is_not(None)).values(leased_until=None))
    pending = (orders.c.rename == "pending") & orders.c.due_at.is_not(None)
    await connection.execute(update(orders).where(pending).values(due_at=now))


async def release(connection: AsyncConnection, order_ids: Collection[int]) -> None:
    """Give leases back."""
    await connection.execute(update(orders).where(orders.c.id.in_(order_ids)).values(leased_until=None))


async def has_later(connection: AsyncConnection, order_id: int, px6_user_id: str, proxy_ids: Collection[int]) -> bool:
    """Whether another order was made on one of these proxies after this one."""
    query = exists().where(
        order_proxies.c.px6_user_id == px6_user_id,
        order_proxies.c.order_id > order_id,
        order_proxies.c.proxy_id.in_(proxy_ids),
    )
    return bool((await connection.execute(select(query))).scalar())


async def spent_later(
    connection: AsyncConnection, order_id: int, px6_user_id: str, proxy_ids: Collection[int]
) -> frozenset[int]:
    """Those of the proxies on which a later order has, or may have, spent something."""
    query = (
        select(order_proxies.c.proxy_id)
        .join(orders, orders.c.id == order_proxies.c.order_id)
        .where(
            order_proxies.c.px6_user_id == px6_user_id,
            order_proxies.c.order_id > order_id,
            orders.c.state.not_in(SPENT_NOTHING),
        )
    )
    return frozenset((await connection.execute(query)).scalars()) & frozenset(proxy_ids)


async def others_since(
    connection: AsyncConnection, px6_user_id: str, order_id: int, since: datetime
) -> tuple[Order, ...]:
    """Other orders on the same px6 account that were sent since, or after that order (0: none), or whose outcome is
    still open. The clock may have been set back between two orders, but their numbers grow."""
    after = orders.c.id > order_id if order_id else false()
    query = select(orders).where(
        orders.c.px6_user_id == px6_user_id,
        orders.c.id != order_id,
        orders.c.sent_at.is_not(None),
        or_(orders.c.sent_at >= since, after, orders.c.state.in_(OPEN)),
    )
    return await read(connection, query)


async def look_again(connection: AsyncConnection, telegram_id: int, px6_user_id: str, now: datetime) -> None:
    """Make those orders due whose outcome could not be looked for while there was no key to their account."""
    waiting = or_(
        orders.c.state == "unknown",
        and_(orders.c.state == "unclear", orders.c.looking_error.in_(ACCOUNT_GONE)),
        orders.c.rename == "pending",
    )
    await connection.execute(
        update(orders)
        .where(orders.c.telegram_id == telegram_id, orders.c.px6_user_id == px6_user_id, waiting)
        .values(due_at=now)
    )
