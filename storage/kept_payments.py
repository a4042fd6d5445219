"""Payments that are finished when the money is there: which wait, and how each ends, once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.watching import OPEN, KeptPayment
from storage import quotes
from storage.engine.types import plain
from storage.schema import kept_payments

_MINE = kept_payments.c.telegram_id == bindparam("person")
_OPEN_OF = select(kept_payments).where(_MINE, kept_payments.c.state.in_(OPEN)).order_by(kept_payments.c.id)
_ADD = insert(kept_payments)
_MOVE = (
    update(kept_payments)
    .where(_MINE, kept_payments.c.id == bindparam("number"), kept_payments.c.state.in_(bindparam("states")))
    .returning(*kept_payments.c)
)
_MOVE_AS_SEEN = _MOVE.where(
    kept_payments.c.period == bindparam("seen_period"),
    kept_payments.c.up_to.is_not_distinct_from(bindparam("seen_up_to")),
    kept_payments.c.ends == bindparam("seen_ends"),
)
_MOVE_PAYING = _MOVE.where(kept_payments.c.paying == bindparam("by"))
_STATE_OF = select(kept_payments.c.state).where(_MINE, kept_payments.c.id == bindparam("number"))
_OF_QUOTE = select(kept_payments).where(_MINE, kept_payments.c.quote_id == bindparam("quote"))


async def add(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Keep a payment. The person is locked, and has none of this quote."""
    await connection.execute(_ADD, {"state": "waiting", **values})


async def open_of(connection: AsyncConnection, telegram_id: int) -> list[KeptPayment]:
    """The person's payments that wait or are being paid, oldest first."""
    rows = (await connection.execute(_OPEN_OF, {"person": telegram_id})).mappings()
    return [_payment(row) for row in rows]


async def of_quote(connection: AsyncConnection, telegram_id: int, quote_id: str) -> KeptPayment | None:
    """What was kept of this quote of the person's, also when it has ended."""
    row = (await connection.execute(_OF_QUOTE, {"person": telegram_id, "quote": quote_id})).mappings().first()
    return None if row is None else _payment(row)


async def state_of(connection: AsyncConnection, telegram_id: int, number: int) -> str | None:
    """How it is, or how it ended; None for none of this person's."""
    found = await connection.execute(_STATE_OF, {"person": telegram_id, "number": number})
    state: str | None = found.scalar()
    return state


async def move(
    connection: AsyncConnection,
    telegram_id: int,
    number: int,
    states: Collection[str],
    *,
    seen: KeptPayment | None = None,
    **values: Any,
) -> KeptPayment | None:
    """Change a payment of this person's that is in one of `states`; gives how it is now. None: it is in none of them.

    This one statement decides which of two tasks ends it, asks or pays. `seen`: only as long as the person wants the
    same ends paid for as long, and at once up to as much, as it was then.
    """
    given = {"person": telegram_id, "number": number, "states": list(states), **values}
    if seen is None:
        row = (await connection.execute(_MOVE, given)).mappings().first()
    else:
        given |= {"seen_period": seen.period, "seen_up_to": seen.up_to, "seen_ends": seen.ends}
        row = (await connection.execute(_MOVE_AS_SEEN, given)).mappings().first()
    return None if row is None else _payment(row)


async def end_paying(
    connection: AsyncConnection, telegram_id: int, number: int, quote_id: str, **values: Any
) -> KeptPayment | None:
    """Change a payment that is being paid by this quote; gives how it is now. None: it is not, or by another one.

    A process that hung may have been taken over meanwhile: what another one pays since is none of its business.
    """
    given = {"person": telegram_id, "number": number, "states": ["paying"], "by": quote_id, **values}
    row = (await connection.execute(_MOVE_PAYING, given)).mappings().first()
    return None if row is None else _payment(row)


async def let_go(
    connection: AsyncConnection, telegram_id: int, ends: Mapping[int, datetime], *, asks: bool
) -> list[KeptPayment]:
    """These ends are not to be prolonged: what waits for them alone is cancelled, what waits for others too goes on
    without them. Gives the payments that this changed, as they are now. The person is locked.

    `asks`: whoever decides it may not spend, so the payments stay, and are asked about before anything is paid. So
    are those that are confirmed by now, should they come to nothing.
    """
    changed = []
    for kept in await open_of(connection, telegram_id):
        left = {one: end for one, end in kept.ends.items() if ends.get(one) != end}
        if len(left) == len(kept.ends):
            continue
        values: dict[str, Any] = {"state": "cancelled"}
        if left:  # any money may be enough for them, also none: the next look asks for their price
            values = {"state": "waiting", "paying": None, "ends": left, "balance": Decimal(-1)}
        if kept.paying is not None and not await quotes.take_back(connection, telegram_id, [kept.paying]):
            await move(connection, telegram_id, kept.id, OPEN, up_to=None)
        elif asks:
            await move(connection, telegram_id, kept.id, OPEN, state="waiting", paying=None, up_to=None)
        elif (moved := await move(connection, telegram_id, kept.id, OPEN, **values)) is not None:
            changed.append(moved)
    return changed


def _payment(row: RowMapping) -> KeptPayment:
    return msgspec.convert(plain(row), KeptPayment, strict=False)
