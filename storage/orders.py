"""Rows of confirmations, orders and their journal. What they mean is decided in services/orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import confirmations, journal, order_proxies, orders, quotes

OPEN = ("confirmed", "sending", "unknown")
SPENT_NOTHING = ("refused", "not_sent", "requoted", "not_done")
# Why an order could not be looked at, when only another key can help.
ACCOUNT_GONE = ("NoKey", "OtherAccount", "WrongKey", "WrongAddress")


async def add_confirmation(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    """A confirmation that nobody was told of yet; gives its id."""
    statement = insert(confirmations).values(changes=0, told=0, **values).returning(confirmations.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def add_order(
    connection: AsyncConnection, values: Mapping[str, Any], ends: Mapping[int, datetime], *, automatic: bool
) -> int:
    """An order with its proxies; gives its id. IntegrityError when one of them has an open order."""
    statement = insert(orders).values(state="confirmed", corrected=False, looks=0, rename_tries=0, **values)
    order_id = int((await connection.execute(statement.returning(orders.c.id))).scalar_one())
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
        await connection.execute(insert(order_proxies), rows)
    return order_id


async def start(connection: AsyncConnection, confirmation_id: int, now: datetime) -> bool:
    """Take a confirmation for sending; False when it was taken before."""
    statement = update(confirmations).where(
        confirmations.c.id == confirmation_id, confirmations.c.started_at.is_(None)
    )
    return (await connection.execute(statement.values(started_at=now))).rowcount == 1


async def start_anew(connection: AsyncConnection, confirmation_id: int) -> None:
    """Whoever comes first may take a confirmation for sending, though it was taken before."""
    mine = update(confirmations).where(confirmations.c.id == confirmation_id)
    await connection.execute(mine.values(started_at=None))


async def move(
    connection: AsyncConnection, order_id: int, states: Collection[str], values: Mapping[str, Any]
) -> bool:
    """Change an order that is in one of `states`; False when it is not. Its proxies are free when it is closed."""
    statement = update(orders).where(orders.c.id == order_id, orders.c.state.in_(states)).values(**values)
    if (await connection.execute(statement)).rowcount == 0:
        return False
    state = values.get("state")
    if state is not None and state not in OPEN:
        mine = order_proxies.c.order_id == order_id
        await connection.execute(update(order_proxies).where(mine).values(open=False))
        if state in ("refused", "not_sent", "requoted"):  # certainly nothing happened: a rule may try again
            await connection.execute(update(order_proxies).where(mine).values(automatic=False))
    return True


async def set_ends(
    connection: AsyncConnection, order_id: int, px6_user_id: str, ends: Mapping[int, datetime | None]
) -> None:
    """Note the ends that px6 told for an order's proxies; those that it bought are added."""
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
        statement = upsert(order_proxies)
        told = {"end_after": statement.excluded.end_after}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["order_id", "proxy_id"], set_=told), rows
        )


async def write_journal(
    connection: AsyncConnection, order_id: int, now: datetime, event: str, data: Mapping[str, Any]
) -> None:
    """Add a line to the journal of an order."""
    await connection.execute(insert(journal).values(order_id=order_id, at=now, event=event, data=dict(data)))


async def journal_of(connection: AsyncConnection, order_id: int) -> Sequence[RowMapping]:
    """The journal of an order, oldest line first."""
    query = select(journal.c.at, journal.c.event, journal.c.data).where(journal.c.order_id == order_id)
    return (await connection.execute(query.order_by(journal.c.id))).mappings().all()


async def last_event(connection: AsyncConnection, order_id: int, event: str) -> datetime | None:
    """When an order's journal noted that for the last time."""
    query = select(func.max(journal.c.at)).where(journal.c.order_id == order_id, journal.c.event == event)
    found: datetime | None = (await connection.execute(query)).scalar()
    return found


async def set_requote(connection: AsyncConnection, confirmation_id: int, quote_id: str) -> None:
    """Point from a confirmation to the quote that takes its place."""
    statement = update(confirmations).where(confirmations.c.id == confirmation_id).values(requote_id=quote_id)
    await connection.execute(statement)


# -- what the person is told


async def changed(connection: AsyncConnection, confirmation_id: int, tell_at: datetime) -> None:
    """There is something new to tell; `tell_at` is when it is tried again should nobody have told it."""
    statement = update(confirmations).where(confirmations.c.id == confirmation_id)
    await connection.execute(statement.values(changes=confirmations.c.changes + 1, tell_at=tell_at))


async def told(connection: AsyncConnection, confirmation_id: int, changes: int, now: datetime) -> None:
    """The person knows this change and all before it."""
    mine = update(confirmations).where(confirmations.c.id == confirmation_id)
    await connection.execute(mine.where(confirmations.c.told < changes).values(told=changes, told_at=now))
    await connection.execute(mine.where(confirmations.c.changes <= confirmations.c.told).values(tell_at=None))


async def postpone_telling(connection: AsyncConnection, confirmation_id: int, tell_at: datetime | None) -> None:
    """Try again then; None gives up."""
    statement = update(confirmations).where(confirmations.c.id == confirmation_id)
    await connection.execute(statement.values(tell_at=tell_at))


async def tell_again(connection: AsyncConnection, telegram_id: int, now: datetime) -> None:
    """The person is back: what they were not told is due now."""
    untold_ = confirmations.c.told < confirmations.c.changes
    mine = update(confirmations).where(confirmations.c.telegram_id == telegram_id, untold_)
    await connection.execute(mine.values(tell_at=now))


async def untold(connection: AsyncConnection, before: datetime | None = None) -> list[int]:
    """Confirmations with something new to tell; with `before` those whose time for another try has come."""
    query = select(confirmations.c.id).where(confirmations.c.tell_at.is_not(None))
    if before is not None:
        query = query.where(confirmations.c.tell_at <= before)
    return list((await connection.execute(query.order_by(confirmations.c.id))).scalars())


# -- reading


_CONFIRMATION = select(confirmations, quotes.c.chat_id, quotes.c.message_id).join(
    quotes, quotes.c.id == confirmations.c.quote_id
)


async def confirmation(connection: AsyncConnection, confirmation_id: int) -> RowMapping | None:
    """A confirmation with the message that shows it."""
    query = _CONFIRMATION.where(confirmations.c.id == confirmation_id)
    return (await connection.execute(query)).mappings().first()


async def confirmation_of_quote(connection: AsyncConnection, telegram_id: int, quote_id: str) -> int | None:
    """The id of the confirmation of a quote of this person's."""
    query = select(confirmations.c.id).where(
        confirmations.c.quote_id == quote_id, confirmations.c.telegram_id == telegram_id
    )
    return (await connection.execute(query)).scalar()


async def orders_of(connection: AsyncConnection, confirmation_id: int) -> Sequence[RowMapping]:
    """The orders of a confirmation, in the order in which they are sent."""
    query = select(orders).where(orders.c.confirmation_id == confirmation_id).order_by(orders.c.id)
    return (await connection.execute(query)).mappings().all()


async def order(connection: AsyncConnection, order_id: int) -> RowMapping | None:
    return (await connection.execute(select(orders).where(orders.c.id == order_id))).mappings().first()


async def proxies_of(connection: AsyncConnection, order_ids: Collection[int]) -> dict[int, list[RowMapping]]:
    """The proxies of orders, by order."""
    found: dict[int, list[RowMapping]] = {order_id: [] for order_id in order_ids}
    columns = (
        order_proxies.c.order_id,
        order_proxies.c.proxy_id,
        order_proxies.c.end_before,
        order_proxies.c.end_after,
    )
    query = select(*columns).where(order_proxies.c.order_id.in_(order_ids)).order_by(order_proxies.c.proxy_id)
    for row in (await connection.execute(query)).mappings():
        found[row["order_id"]].append(row)
    return found


async def history(
    connection: AsyncConnection,
    telegram_id: int,
    *,
    kind: str | None = None,
    states: Collection[str] = (),
    order_id: int | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Sequence[RowMapping]:
    """A person's orders, newest first."""
    query = select(orders).where(orders.c.telegram_id == telegram_id)
    if kind is not None:
        query = query.where(orders.c.kind == kind)
    if states:
        query = query.where(orders.c.state.in_(states))
    if order_id is not None:
        query = query.where(orders.c.id == order_id)
    query = query.order_by(orders.c.id.desc()).limit(limit).offset(offset)
    return (await connection.execute(query)).mappings().all()


async def open_ids(connection: AsyncConnection, telegram_id: int) -> Sequence[int]:
    """Orders of this person's that may still spend, or whose outcome is unknown."""
    query = select(orders.c.id).where(orders.c.telegram_id == telegram_id, orders.c.state.in_(OPEN))
    return (await connection.execute(query)).scalars().all()


async def taken(
    connection: AsyncConnection, px6_user_id: str, ends: Mapping[int, datetime], *, automatic: bool
) -> tuple[str, int] | None:
    """What forbids an order on these proxies: ("busy" or "repeated", the confirmation it belongs to)."""
    query = (
        select(order_proxies.c.proxy_id, order_proxies.c.end_before, orders.c.confirmation_id)
        .join(orders, orders.c.id == order_proxies.c.order_id)
        .where(order_proxies.c.px6_user_id == px6_user_id)
    )
    for row in await connection.execute(query.where(order_proxies.c.open)):
        if row.proxy_id in ends:
            return "busy", row.confirmation_id
    if automatic:
        soonest = min(ends.values())
        late = query.where(order_proxies.c.automatic, order_proxies.c.end_before >= soonest)
        for row in await connection.execute(late):
            if ends.get(row.proxy_id) == row.end_before:
                return "repeated", row.confirmation_id
    return None


async def open_proxies(connection: AsyncConnection, px6_user_id: str) -> frozenset[int]:
    """Proxies of an account on which an order is under way or unknown."""
    query = select(order_proxies.c.proxy_id).where(order_proxies.c.px6_user_id == px6_user_id, order_proxies.c.open)
    return frozenset((await connection.execute(query)).scalars())
