"""Rows of confirmations, orders and their journal. What they mean is decided in services/orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, and_, exists, func, insert, or_, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import confirmations, journal, known_proxies, order_proxies, orders, quotes

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


# -- looking for outcomes


async def due(connection: AsyncConnection, now: datetime, latest: datetime) -> list[int]:
    """Orders that something is to be done about; those due after `latest` too, for then the clock was set back."""
    query = select(orders.c.id).where(
        orders.c.due_at.is_not(None),
        or_(orders.c.due_at <= now, orders.c.due_at > latest),
        or_(orders.c.leased_until.is_(None), orders.c.leased_until <= now),
    )
    return list((await connection.execute(query.order_by(orders.c.id))).scalars())


async def lease(
    connection: AsyncConnection, order_ids: Collection[int], now: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Take orders for a look; those that another process holds are left out."""
    free = or_(orders.c.leased_until.is_(None), orders.c.leased_until <= now)
    statement = (
        update(orders)
        .where(orders.c.id.in_(order_ids), orders.c.due_at.is_not(None), free)
        .values(leased_until=until)
        .returning(*orders.c)
    )
    return (await connection.execute(statement)).mappings().all()


async def open_everywhere(connection: AsyncConnection) -> Sequence[RowMapping]:
    """Every order that was under way when the program stopped."""
    query = select(orders).where(orders.c.state.in_(("confirmed", "sending"))).order_by(orders.c.id)
    return (await connection.execute(query)).mappings().all()


async def begin_anew(connection: AsyncConnection, now: datetime) -> None:
    """After a start: looks that a stopped process began are anybody's, and renames wait no longer."""
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
) -> Sequence[RowMapping]:
    """Other orders on the same px6 account that were sent since, or whose outcome is still open."""
    query = select(orders).where(
        orders.c.px6_user_id == px6_user_id,
        orders.c.id != order_id,
        orders.c.sent_at.is_not(None),
        or_(orders.c.sent_at >= since, orders.c.state.in_(OPEN)),
    )
    return (await connection.execute(query)).mappings().all()


async def look_again(connection: AsyncConnection, telegram_id: int, px6_user_id: str, now: datetime) -> None:
    """Make orders due that could not be looked after while there was no key to their account."""
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


# -- what px6 does not tell of proxies, but our own orders know


async def remember_proxies(
    connection: AsyncConnection, telegram_id: int, ids: Iterable[int], version: str, *, auto_prolong: bool
) -> None:
    """Keep the kind of bought proxies, and whether px6 renews them by itself."""
    rows = [
        {"telegram_id": telegram_id, "proxy_id": proxy_id, "version": version, "auto_prolong": auto_prolong}
        for proxy_id in ids
    ]
    if rows:
        statement = upsert(known_proxies)
        newer = {"version": statement.excluded.version, "auto_prolong": statement.excluded.auto_prolong}
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["telegram_id", "proxy_id"], set_=newer), rows
        )


async def known_versions(connection: AsyncConnection, telegram_id: int) -> dict[int, str]:
    """The kind of each proxy that the person bought here."""
    query = select(known_proxies.c.proxy_id, known_proxies.c.version).where(
        known_proxies.c.telegram_id == telegram_id
    )
    return {row.proxy_id: row.version for row in await connection.execute(query)}


async def auto_prolonged(connection: AsyncConnection, telegram_id: int) -> frozenset[int]:
    """Proxies bought here that px6 renews by itself."""
    query = select(known_proxies.c.proxy_id).where(
        known_proxies.c.telegram_id == telegram_id, known_proxies.c.auto_prolong
    )
    return frozenset((await connection.execute(query)).scalars())


async def spent_since(
    connection: AsyncConnection, telegram_id: int, since: datetime, source: str
) -> Sequence[RowMapping]:
    """Sums of what was, or may have been, spent by confirmations of a source since then, by currency."""
    query = (
        select(
            orders.c.currency,
            func.sum(func.coalesce(orders.c.charged, orders.c.expected, orders.c.quoted)).label("sum"),
        )
        .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
        .where(
            orders.c.telegram_id == telegram_id,
            confirmations.c.source == source,
            orders.c.confirmed_at >= since,
            orders.c.state.in_(("confirmed", "sending", "unknown", "done", "unclear")),
        )
        .group_by(orders.c.currency)
    )
    return (await connection.execute(query)).mappings().all()


async def set_requote(connection: AsyncConnection, confirmation_id: int, quote_id: str) -> None:
    """Point from a confirmation to the quote that takes its place."""
    statement = update(confirmations).where(confirmations.c.id == confirmation_id).values(requote_id=quote_id)
    await connection.execute(statement)
