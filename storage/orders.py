"""Orders, their proxies and their journal. What a state means is decided in `services/orders`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import Executable, RowMapping, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Order, OrderError, OrderProxy, OrderState, Source
from model.rules import ProxyEnd
from storage.doers import by_whom
from storage.engine.dialects import replacing
from storage.engine.types import UtcTime, plain
from storage.schema import confirmations, journal, order_proxies, orders
from storage.whose import rows_of

OPEN = tuple(state for state in OrderState if state.is_open)
SPENT_NOTHING = tuple(state for state in OrderState if state.spent_nothing)
FORGIVEN = tuple(state for state in SPENT_NOTHING if state is not OrderState.NOT_DONE)
"""After these a rule may try again: px6 said that it did nothing, or was asked for nothing."""
# Values of `Order.looking_error` with which only another key can help.
ACCOUNT_GONE = (OrderError.NO_KEY, OrderError.OTHER_ACCOUNT, OrderError.WRONG_KEY, OrderError.WRONG_ADDRESS)


_ADD = insert(orders).returning(orders.c.id)
_ADD_PROXIES = insert(order_proxies)
_MOVE = update(orders).where(orders.c.id == bindparam("order"), orders.c.state.in_(bindparam("states")))
_MOVE_ASKED = _MOVE.where(orders.c.top_up == bindparam("asked"))
_THEIR_PROXIES = update(order_proxies).where(order_proxies.c.order_id == bindparam("order"))
_FREE, _FORGIVE = _THEIR_PROXIES.values(open=False), _THEIR_PROXIES.values(automatic=False)


async def add_order(
    connection: AsyncConnection, values: Mapping[str, Any], ends: Mapping[int, datetime], *, automatic: bool
) -> int:
    """An order with its proxies; gives its id. IntegrityError when one of them has an open order."""
    made = {"state": "confirmed", "corrected": False, "looks": 0, "rename_tries": 0, **values}
    order_id = int((await connection.execute(_ADD, made)).scalar_one())
    rows = [
        {
            "order_id": order_id,
            "proxy_id": proxy_id,
            "px6_user_id": values["px6_user_id"],
            "end_before": end,
            "open": True,
            "automatic": automatic,
        }
        for proxy_id, end in ends.items()
    ]
    if rows:
        await connection.execute(_ADD_PROXIES, rows)
    return order_id


async def move(
    connection: AsyncConnection,
    order_id: int,
    states: Collection[str],
    values: Mapping[str, Any],
    *,
    asked: Decimal | None = None,
) -> bool:
    """Change an order that is in one of `states`; False when it is not. Its proxies are free when it is closed.

    `asked`: only while it is asked whether this was topped up.
    """
    which = {"order": order_id, "states": list(states)} | ({} if asked is None else {"asked": asked})
    statement = _MOVE if asked is None else _MOVE_ASKED
    if (await connection.execute(statement, which | dict(values))).rowcount == 0:
        return False
    state = values.get("state")
    if state is not None and state not in OPEN:
        await connection.execute(_FREE, {"order": order_id})
        if state in FORGIVEN:
            await connection.execute(_FORGIVE, {"order": order_id})
    return True


_SET_ENDS = replacing(order_proxies, "end_after", by=("order_id", "proxy_id"))


async def set_ends(
    connection: AsyncConnection, order_id: int, px6_user_id: str, ends: Mapping[int, datetime | None]
) -> None:
    """Write down the ends that px6 told for an order's proxies; bought proxies are added to the order."""
    rows = [
        {
            "order_id": order_id,
            "proxy_id": proxy_id,
            "px6_user_id": px6_user_id,
            "end_after": end,
            "open": False,
            "automatic": False,
        }
        for proxy_id, end in ends.items()
    ]
    if rows:
        await connection.execute(_SET_ENDS, rows)


_WRITE = insert(journal)


async def write_journal(
    connection: AsyncConnection, order_id: int, now: datetime, event: str, data: Mapping[str, Any]
) -> None:
    """Add a line to the journal of an order."""
    await connection.execute(_WRITE, {"order_id": order_id, "at": now, "event": event, "data": dict(data)})


_LAST_EVENT = select(func.max(journal.c.at)).where(
    journal.c.order_id == bindparam("order"), journal.c.event == bindparam("event")
)


async def last_event(connection: AsyncConnection, order_id: int, event: str) -> datetime | None:
    """When an order's journal noted that for the last time."""
    found: datetime | None = (await connection.execute(_LAST_EVENT, {"order": order_id, "event": event})).scalar()
    return found


_OF_CONFIRMATION = (
    select(orders).where(orders.c.confirmation_id == bindparam("confirmation_id")).order_by(orders.c.id)
)
_BY_ID = select(orders).where(orders.c.id == bindparam("id"))
_PROXIES_OF = (
    select(order_proxies.c.order_id, order_proxies.c.proxy_id, order_proxies.c.end_before, order_proxies.c.end_after)
    .where(order_proxies.c.order_id.in_(bindparam("order_ids")))
    .order_by(order_proxies.c.proxy_id)
)


async def of_confirmation(connection: AsyncConnection, confirmation_id: int) -> tuple[Order, ...]:
    """The orders of a confirmation, in the order in which they are sent."""
    return await read(connection, _OF_CONFIRMATION, {"confirmation_id": confirmation_id})


async def get(connection: AsyncConnection, order_id: int) -> Order | None:
    """An order with its proxies."""
    return next(iter(await read(connection, _BY_ID, {"id": order_id})), None)


async def read(
    connection: AsyncConnection, statement: Executable, values: Mapping[str, Any] | None = None
) -> tuple[Order, ...]:
    """The orders whose rows a statement gives with these values, each with its proxies."""
    rows = (await connection.execute(statement, values)).mappings().all()
    if not rows:
        return ()
    proxies = await proxies_of(connection, [row["id"] for row in rows])
    return tuple(order_from(row, proxies[row["id"]]) for row in rows)


async def proxies_of(connection: AsyncConnection, order_ids: Collection[int]) -> dict[int, list[OrderProxy]]:
    """The proxies of orders, by order."""
    found: dict[int, list[OrderProxy]] = {order_id: [] for order_id in order_ids}
    for order_id, proxy_id, before, after in await connection.execute(_PROXIES_OF, {"order_ids": list(order_ids)}):
        found[order_id].append(OrderProxy(id=proxy_id, end_before=before, end_after=after))
    return found


def order_from(row: RowMapping, proxies: Sequence[OrderProxy]) -> Order:
    return msgspec.convert({**plain(row), "proxies": tuple(proxies)}, Order)


_WITH_DOER = select(orders, confirmations.c.source, confirmations.c.by_person, confirmations.c.by_name).join(
    confirmations, confirmations.c.id == orders.c.confirmation_id
)


async def history(
    connection: AsyncConnection,
    telegram_id: int,
    *,
    kind: str | None = None,
    states: Collection[str] = (),
    order_id: int | None = None,
    who: str = "",
    limit: int | None = None,
    offset: int | None = None,
) -> tuple[Order, ...]:
    """A person's orders, newest first, each with who made it. `who`: see `storage.doers.by_whom`."""
    query = _WITH_DOER.where(orders.c.telegram_id == telegram_id)
    if (mine := by_whom(confirmations, who)) is not None:
        query = query.where(mine)
    if kind is not None:
        query = query.where(orders.c.kind == kind)
    if states:
        query = query.where(orders.c.state.in_(states))
    if order_id is not None:
        query = query.where(orders.c.id == order_id)
    return await read(connection, query.order_by(orders.c.id.desc()).limit(limit).offset(offset))


async def open_ids(connection: AsyncConnection, telegram_id: int) -> list[int]:
    """Ids of this person's orders that may still spend, or whose outcome is unknown."""
    query = select(orders.c.id).where(orders.c.telegram_id == telegram_id, orders.c.state.in_(OPEN))
    return list((await connection.execute(query)).scalars())


_OPEN_BY = (
    select(orders.c.id)
    .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
    .where(orders.c.state.in_(OPEN), confirmations.c.source.in_(bindparam("sources")))
    .limit(1)
)
_OPEN_OF_ACCOUNT = _OPEN_BY.where(orders.c.telegram_id == bindparam("person"))
_OPEN_OF_PERSON = _OPEN_BY.where(orders.c.telegram_id.in_(rows_of("person")))


async def has_open(
    connection: AsyncConnection, telegram_id: int, sources: Collection[Source], *, on_all_accounts: bool
) -> bool:
    """Whether a payment that one of these has begun is confirmed, and how it ends is not known yet."""
    query = _OPEN_OF_PERSON if on_all_accounts else _OPEN_OF_ACCOUNT
    found = await connection.execute(query, {"person": telegram_id, "sources": list(sources)})
    return found.first() is not None


_OF_ACCOUNT = (
    select(order_proxies.c.proxy_id, order_proxies.c.end_before, orders.c.confirmation_id)
    .join(orders, orders.c.id == order_proxies.c.order_id)
    .where(order_proxies.c.px6_user_id == bindparam("px6_user_id"))
)
_BUSY = _OF_ACCOUNT.where(order_proxies.c.open)
_AUTOMATIC_SINCE = _OF_ACCOUNT.where(order_proxies.c.automatic, order_proxies.c.end_before >= bindparam("soonest"))


_DONE_SINCE = _OF_ACCOUNT.where(
    orders.c.px6_user_id == bindparam("px6_user_id"),
    orders.c.sent_at >= bindparam("since"),
    orders.c.state == OrderState.DONE.value,
    order_proxies.c.end_before.is_not(None),
    order_proxies.c.end_after.is_not(None),
)


async def taken(
    connection: AsyncConnection, px6_user_id: str, ends: Mapping[int, datetime], *, automatic: bool, since: datetime
) -> tuple[str, int] | None:
    """What forbids an order on these proxies, and the id of the confirmation in the way.

    "busy": one is under way. "behind": for this end something was paid since then, and px6's list still shows it.
    "repeated", of an automatic one: for this end something was paid, or tried, by itself before.
    """
    for row in await connection.execute(_BUSY, {"px6_user_id": px6_user_id}):
        if row.proxy_id in ends:
            return "busy", row.confirmation_id
    for row in await connection.execute(_DONE_SINCE, {"px6_user_id": px6_user_id, "since": since}):
        if ends.get(row.proxy_id) == row.end_before:
            return "behind", row.confirmation_id
    if automatic:
        values = {"px6_user_id": px6_user_id, "soonest": min(ends.values())}
        for row in await connection.execute(_AUTOMATIC_SINCE, values):
            if ends.get(row.proxy_id) == row.end_before:
                return "repeated", row.confirmation_id
    return None


async def tried_automatically(connection: AsyncConnection, px6_user_id: str, since: datetime) -> frozenset[ProxyEnd]:
    """The ends since then for which something was paid, or tried, that nobody confirmed: never again."""
    found = await connection.execute(_AUTOMATIC_SINCE, {"px6_user_id": px6_user_id, "soonest": since})
    return frozenset((row.proxy_id, row.end_before) for row in found)


async def paid_since(connection: AsyncConnection, px6_user_id: str, since: datetime) -> frozenset[ProxyEnd]:
    """The ends for which something was paid since then, by whomever; px6's list may still show them."""
    found = await connection.execute(_DONE_SINCE, {"px6_user_id": px6_user_id, "since": since})
    return frozenset((row.proxy_id, row.end_before) for row in found)


_OPEN_PROXIES = select(order_proxies.c.proxy_id).where(
    order_proxies.c.px6_user_id == bindparam("px6_user_id"), order_proxies.c.open
)


async def open_proxies(connection: AsyncConnection, px6_user_id: str) -> frozenset[int]:
    """Proxies of an account on which an order is under way or unknown."""
    return frozenset((await connection.execute(_OPEN_PROXIES, {"px6_user_id": px6_user_id})).scalars())


_CHANGED_SINCE = (
    select(orders.c.id)
    .where(
        orders.c.px6_user_id == bindparam("px6_user_id"),
        or_(
            orders.c.sent_at >= bindparam("since", type_=UtcTime()),
            orders.c.settled_at >= bindparam("since", type_=UtcTime()),
        ),
    )
    .limit(1)
)


async def changed_since(connection: AsyncConnection, px6_user_id: str, since: datetime) -> bool:
    """Whether a payment of an account was sent, or its outcome became known, at that time or later."""
    values = {"px6_user_id": px6_user_id, "since": since}
    return (await connection.execute(_CHANGED_SINCE, values)).first() is not None
