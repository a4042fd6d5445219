"""Orders whose outcome is not known: which are due, which process looks for it, and what other orders explain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Order
from storage.orders import ACCOUNT_GONE, OPEN, SPENT_NOTHING, read
from storage.processes import CLOCKS_APART, is_known
from storage.schema import confirmations, order_proxies, orders
from storage.whose import rows_of


def is_free() -> ColumnElement[bool]:
    """No process holds the order `now`. A lease until after `horizon` was taken before the clock was set back."""
    until = orders.c.leased_until
    return or_(until.is_(None), until <= bindparam("now"), until > bindparam("horizon"))


_DUE = (
    select(orders.c.id)
    .where(orders.c.due_at.is_not(None))
    .where(or_(orders.c.due_at <= bindparam("now"), orders.c.due_at > bindparam("latest")), is_free())
    .order_by(orders.c.id)
)
_FREE = (
    select(orders.c.id)
    .where(orders.c.id.in_(bindparam("order_ids")), orders.c.due_at.is_not(None), is_free())
    .with_for_update(skip_locked=True)
)
_LEASE = (
    update(orders)
    .where(orders.c.id.in_(_FREE))
    .values(leased_until=bindparam("until"), leased_by=bindparam("holder"))
    .returning(*orders.c)
)
_UNDER_WAY = select(orders).where(orders.c.state.in_(("confirmed", "sending"))).order_by(orders.c.id)
_GIVE_BACK = update(orders).where(orders.c.leased_until.is_not(None)).values(leased_until=None)
_RENAME = (
    update(orders)
    .where((orders.c.rename == "pending") & orders.c.due_at.is_not(None))
    .values(due_at=bindparam("now"))
)
_RELEASE = update(orders).where(orders.c.id.in_(bindparam("order_ids"))).values(leased_until=None)
_RELEASE_MINE = _RELEASE.where(orders.c.leased_by == bindparam("holder"))

# The same among several processes: what one holds that runs is left alone.
_LEFT = select(confirmations.c.id).where(~is_known(confirmations.c.held_by))
_UNDER_WAY_LEFT = select(orders.c.confirmation_id).where(orders.c.state.in_(("confirmed", "sending")))
_TAKE_OVER = (
    update(confirmations)
    .where(
        confirmations.c.id.in_(
            _LEFT.where(confirmations.c.id.in_(_UNDER_WAY_LEFT)).order_by(confirmations.c.id).with_for_update()
        )
    )
    .values(held_by=bindparam("holder"))
    .returning(confirmations.c.id)
)
_OF_THESE = _UNDER_WAY.where(orders.c.confirmation_id.in_(bindparam("confirmations")))
_GIVE_BACK_LEFT = _GIVE_BACK.where(~is_known(orders.c.leased_by))
_RENAME_LEFT = _RENAME.where(orders.c.confirmation_id.in_(_LEFT))
_HELD_BY_ANOTHER = (
    select(orders.c.id)
    .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
    .where(
        orders.c.id == bindparam("order"),
        confirmations.c.held_by != bindparam("holder"),
        is_known(confirmations.c.held_by),
    )
)


async def due(connection: AsyncConnection, now: datetime, latest: datetime, longest: timedelta) -> list[int]:
    """Ids of orders that are due. One due after `latest` is too: nothing is planned so late, so the clock was set
    back.

    `longest`: how long a lease is.
    """
    moments = {"now": now, "latest": latest, "horizon": now + longest + CLOCKS_APART}
    return list((await connection.execute(_DUE, moments)).scalars())


async def lease(
    connection: AsyncConnection,
    order_ids: Collection[int],
    now: datetime,
    longest: timedelta,
    holder: str | None = None,
) -> tuple[Order, ...]:
    """Take orders, to look for their outcome, the oldest first; those that another process holds, or takes just now,
    are left out."""
    moments = {"now": now, "horizon": now + longest + CLOCKS_APART, "until": now + longest, "holder": holder}
    leased = await read(connection, _LEASE, {"order_ids": list(order_ids), **moments})
    return tuple(sorted(leased, key=lambda order: order.id))  # PostgreSQL gives what it has changed in any order


async def count_open(connection: AsyncConnection) -> dict[str, int]:
    """How many of everybody's orders are in each of the open states; of those none is without its next look."""
    query = select(orders.c.state, func.count()).where(orders.c.due_at.is_not(None), orders.c.state.in_(OPEN))
    return {state: int(count) for state, count in await connection.execute(query.group_by(orders.c.state))}


async def take_over(connection: AsyncConnection, now: datetime, holder: str | None) -> tuple[Order, ...]:
    """Give back the leases of processes that are gone, and make their renames due; gives what was under way in them,
    which `holder` has from now on.

    Without a `holder` there is one process: whatever is in the database was left by the one before.
    """
    if holder is None:
        await connection.execute(_GIVE_BACK)
        await connection.execute(_RENAME, {"now": now})
        return await read(connection, _UNDER_WAY)
    await connection.execute(_GIVE_BACK_LEFT)
    await connection.execute(_RENAME_LEFT, {"now": now})
    taken = list((await connection.execute(_TAKE_OVER, {"holder": holder})).scalars())
    return await read(connection, _OF_THESE, {"confirmations": taken})


async def is_held_by_another(connection: AsyncConnection, order_id: int, holder: str) -> bool:
    """Whether the payment is in the hands of a process other than `holder` that runs."""
    found = await connection.execute(_HELD_BY_ANOTHER, {"order": order_id, "holder": holder})
    return found.scalar() is not None


async def release(connection: AsyncConnection, order_ids: Collection[int], holder: str | None = None) -> None:
    """Give leases back; with a `holder` only those that are still its own."""
    mine = {} if holder is None else {"holder": holder}
    await connection.execute(_RELEASE if holder is None else _RELEASE_MINE, {"order_ids": list(order_ids), **mine})


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


_OTHERS = select(orders).where(
    orders.c.px6_user_id == bindparam("account"),
    orders.c.id != bindparam("order_id"),
    orders.c.sent_at.is_not(None),
)
_SENT_OR_OPEN = or_(orders.c.sent_at >= bindparam("since"), orders.c.state.in_(OPEN))
_SENT_SINCE = _OTHERS.where(_SENT_OR_OPEN)
_LATER = _OTHERS.where(or_(_SENT_OR_OPEN, orders.c.id > bindparam("order_id")))


async def others_since(
    connection: AsyncConnection, px6_user_id: str, order_id: int, since: datetime
) -> tuple[Order, ...]:
    """Other orders on the same px6 account that were sent since, or after that order (0: none), or whose outcome is
    still open. The clock may have been set back between two orders, but their numbers grow."""
    query = _LATER if order_id else _SENT_SINCE
    return await read(connection, query, {"account": px6_user_id, "order_id": order_id, "since": since})


_LOOK_AGAIN = (
    update(orders)
    .where(
        orders.c.telegram_id.in_(rows_of("person")),
        orders.c.px6_user_id == bindparam("account"),
        or_(
            orders.c.state == "unknown",
            and_(orders.c.state == "unclear", orders.c.looking_error.in_(ACCOUNT_GONE)),
            orders.c.rename == "pending",
        ),
    )
    .values(due_at=bindparam("now"))
)


async def look_again(connection: AsyncConnection, telegram_id: int, px6_user_id: str, now: datetime) -> None:
    """Make those orders due whose outcome could not be looked for while there was no key to their account.

    Of all the person's: one may have been made before the account that this key is of was added beside another.
    """
    await connection.execute(_LOOK_AGAIN, {"person": telegram_id, "account": px6_user_id, "now": now})
