"""Announced purchases of twins for proxies that stopped working: which wait, how each ends, what they cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import WATCHES, BuyWish
from model.replacing import NOT_BOUGHT, OPEN, Bought, Replacement
from storage import locks, quotes
from storage.engine.types import plain
from storage.orders import SPENT_NOTHING
from storage.schema import confirmations, order_proxies, orders, replaced, replacements
from storage.schema import quotes as all_quotes

WAITING = ("announcing", "announced")

_REPLACED_OF = select(replaced.c.proxy_id).where(replaced.c.px6_user_id == bindparam("account"))
_OPEN_OF = (
    select(replacements)
    .where(replacements.c.telegram_id == bindparam("person"), replacements.c.state.in_(OPEN))
    .order_by(replacements.c.run_at, replacements.c.id)
)
_MINE = (replacements.c.id == bindparam("number")) & (replacements.c.telegram_id == bindparam("person"))
_ONE = select(replacements).where(_MINE)
_MOVE = update(replacements).where(_MINE, replacements.c.state.in_(bindparam("states")))
_MOVE_PAID_BY = _MOVE.where(replacements.c.paying == bindparam("paid_by"))
_SKIPPED = select(replacements.c.id).where(
    replacements.c.telegram_id == bindparam("person"), replacements.c.state == "skipped"
)
_IS_SKIPPED = replaced.c.replacement_id.in_(_SKIPPED)
_SKIPPED_OF = select(replaced.c.proxy_id).where(_IS_SKIPPED)
_LET_GO_SKIPPED = delete(replaced).where(replaced.c.proxy_id.in_(bindparam("ids")), _IS_SKIPPED)


async def add(connection: AsyncConnection, values: Mapping[str, Any]) -> Replacement | None:
    """Write a purchase down that is about to be announced. None where one for any of its proxies was, by whomever."""
    telegram_id, px6_user_id, ids = values["telegram_id"], values["px6_user_id"], list(values["ends"])
    await locks.px6_account(connection, px6_user_id)
    if await replaced_of(connection, px6_user_id) & set(ids):
        return None
    stored = insert(replacements).values(state="announcing", **values).returning(*replacements.c)
    made = _replacement((await connection.execute(stored)).mappings().one())
    common = {"telegram_id": telegram_id, "px6_user_id": px6_user_id, "replacement_id": made.id}
    await connection.execute(insert(replaced), [{"proxy_id": one, **common} for one in ids])
    return made


async def replaced_of(connection: AsyncConnection, px6_user_id: str) -> set[int]:
    """The proxies of an account of which a twin was announced, skipped or bought."""
    return set((await connection.execute(_REPLACED_OF, {"account": px6_user_id})).scalars())


async def open_of(connection: AsyncConnection, telegram_id: int) -> list[Replacement]:
    """The person's purchases that wait or are being paid, soonest first."""
    return [_replacement(row) for row in (await connection.execute(_OPEN_OF, {"person": telegram_id})).mappings()]


async def one(connection: AsyncConnection, telegram_id: int, number: int) -> Replacement | None:
    """A purchase of this person's, also one that has ended."""
    row = (await connection.execute(_ONE, {"person": telegram_id, "number": number})).mappings().first()
    return None if row is None else _replacement(row)


async def move(
    connection: AsyncConnection,
    telegram_id: int,
    number: int,
    states: Collection[str],
    *,
    paid_by: str | None = None,
    **values: Any,
) -> bool:
    """Change a purchase of this person's that is in one of `states`; False when it is in none of them.

    This one statement decides which of two tasks announces, skips or pays it. `paid_by`: only while this is its
    quote; a task that hung may come back when another one pays it by a quote of its own.
    """
    which = {"person": telegram_id, "number": number, "states": list(states)}
    if paid_by is None:
        return (await connection.execute(_MOVE, which | values)).rowcount == 1
    return (await connection.execute(_MOVE_PAID_BY, which | values | {"paid_by": paid_by})).rowcount == 1


_SAY_PAYING = (
    select(replacements, all_quotes.c.message_id.label("shown_in"))
    .join(all_quotes, all_quotes.c.id == replacements.c.paying)
    .where(
        replacements.c.telegram_id == bindparam("person"),
        replacements.c.state.in_(NOT_BOUGHT),
        all_quotes.c.state == "withdrawn",
        all_quotes.c.message_id.is_not(None),
    )
    .order_by(replacements.c.id)
)


async def say_paying(connection: AsyncConnection, telegram_id: int) -> list[tuple[Replacement, int]]:
    """The person's purchases that were called off, with the message that still says that they are being paid."""
    found = (await connection.execute(_SAY_PAYING, {"person": telegram_id})).mappings()
    return [(_replacement(row), int(row["shown_in"])) for row in found]


async def message_told(connection: AsyncConnection, telegram_id: int, number: int, quote_id: str) -> bool:
    """The message of this quote says from here on that nothing was bought; False when it did, or need not."""
    return await move(connection, telegram_id, number, NOT_BOUGHT, paid_by=quote_id, paying=None)


async def take_to_tell(
    connection: AsyncConnection, telegram_id: int, number: int, now: datetime, before: datetime
) -> bool:
    """Take an announcement that is not certainly sent, to send it; False when another task took it since `before`."""
    mine = (replacements.c.id == number, replacements.c.telegram_id == telegram_id)
    untold = update(replacements).where(*mine, replacements.c.state == "announcing", replacements.c.told_at <= before)
    return (await connection.execute(untold.values(told_at=now))).rowcount == 1


async def leave_out(
    connection: AsyncConnection, telegram_id: int, number: int, ids: Collection[int], **left: Any
) -> None:
    """Take proxies out of a purchase of this person's: these may be announced anew. `left`: what it is about then."""
    if await move(connection, telegram_id, number, OPEN, **left):
        await _let_go(connection, replaced.c.proxy_id.in_(list(ids)) & (replaced.c.replacement_id == number))


async def drop(connection: AsyncConnection, telegram_id: int, number: int, *, paid_by: str | None = None) -> bool:
    """End a purchase without a payment: its proxies may be announced anew. False when it has ended otherwise.

    `paid_by`: as of `move`.
    """
    if not await move(connection, telegram_id, number, OPEN, paid_by=paid_by, state="dropped"):
        return False
    await _let_go(connection, replaced.c.replacement_id == number)
    return True


async def let_go_skipped(connection: AsyncConnection, telegram_id: int, ids: Collection[int]) -> None:
    """These work: should they fall once more, a twin may be announced that was skipped before."""
    skipped = (await connection.execute(_SKIPPED_OF, {"person": telegram_id})).scalars()
    if works := set(skipped) & set(ids):
        await connection.execute(_LET_GO_SKIPPED, {"person": telegram_id, "ids": list(works)})


async def _let_go(connection: AsyncConnection, which: ColumnElement[bool]) -> None:
    await connection.execute(delete(replaced).where(which))


async def call_off(connection: AsyncConnection, telegram_id: int, watch_id: int | None = None) -> None:
    """Drop what was announced, by one watch or by all of the person's. What was confirmed already goes on."""
    for each in await open_of(connection, telegram_id):
        if watch_id in (None, each.watch_id) and await taken_back(connection, telegram_id, each.paying):
            await drop(connection, telegram_id, each.id)


async def taken_back(connection: AsyncConnection, telegram_id: int, paying: str | None) -> bool:
    """Whether nobody has confirmed the quote by which one of the person's is paid, and nobody can any more."""
    return paying is None or paying in await quotes.take_back(connection, telegram_id, [paying])


async def hold_back(connection: AsyncConnection, telegram_id: int, wish: BuyWish) -> None:
    """The person has just confirmed such a purchase: no twin like it is paid for before its outcome is seen."""
    for each in await open_of(connection, telegram_id):
        if each.paying is not None and (each.wish.country, each.wish.version) == (wish.country, wish.version):
            await taken_back(connection, telegram_id, each.paying)


_BOUGHT_SINCE = (
    select(
        func.sum(orders.c.count),
        func.sum(func.coalesce(orders.c.charged, orders.c.expected, orders.c.quoted)),
        orders.c.currency,
    )
    .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
    .where(
        orders.c.telegram_id == bindparam("person"),
        orders.c.confirmed_at >= bindparam("since"),
        orders.c.state.not_in(SPENT_NOTHING),
        confirmations.c.source.in_(WATCHES),
    )
    .group_by(orders.c.currency)
    .order_by(orders.c.currency)
)
_PAID_BY = select(replacements.c.paying).where(
    replacements.c.telegram_id == bindparam("person"), replacements.c.watch_id == bindparam("watch")
)
_BOUGHT_BY_SINCE = _BOUGHT_SINCE.where(confirmations.c.quote_id.in_(_PAID_BY))


async def bought_since(
    connection: AsyncConnection, telegram_id: int, since: datetime, watch_id: int | None = None
) -> list[Bought]:
    """What watches that buy have cost since then, or may have; of one watch, or of all. One for each currency.

    Sums that are not known count as quoted.
    """
    query = _BOUGHT_SINCE if watch_id is None else _BOUGHT_BY_SINCE
    found = await connection.execute(query, {"person": telegram_id, "since": since, "watch": watch_id})
    return [Bought(int(count), Decimal(spent), name) for count, spent, name in found]


_TWINS_OF = (
    select(order_proxies.c.proxy_id)
    .join(orders, orders.c.id == order_proxies.c.order_id)
    .join(confirmations, confirmations.c.id == orders.c.confirmation_id)
    .join(replacements, replacements.c.paying == confirmations.c.quote_id)
    .where(
        orders.c.px6_user_id == bindparam("account"),
        confirmations.c.source == "replace",
        replacements.c.state.not_in(NOT_BOUGHT),
    )
)


async def twins_of(connection: AsyncConnection, px6_user_id: str) -> set[int]:
    """The proxies of an account that were bought as twins.

    One that px6 showed only after its purchase had counted as not done is none: what it was for waits for a twin
    again, and this one is in its place, as if it were bought by hand.
    """
    return set((await connection.execute(_TWINS_OF, {"account": px6_user_id})).scalars())


_BUYING = (
    select(orders.c.id)
    .where(
        orders.c.px6_user_id == bindparam("account"),
        orders.c.kind == "buy",
        orders.c.state.not_in(SPENT_NOTHING),
        orders.c.settled_at.is_(None)
        | (orders.c.settled_at >= bindparam("read_at"))
        | (orders.c.confirmed_at >= bindparam("read_at")),
    )
    .limit(1)
)


async def is_buying(connection: AsyncConnection, px6_user_id: str, read_at: datetime) -> bool:
    """Whether a purchase of this account is under way, or was sent or ended since its list was read."""
    values = {"account": px6_user_id, "read_at": read_at}
    return (await connection.execute(_BUYING, values)).first() is not None


def _replacement(row: RowMapping) -> Replacement:
    return msgspec.convert(plain(row), Replacement, strict=False)
