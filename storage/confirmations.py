"""Confirmations: one for each tap on a green button, and what the person was told of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, case, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Confirmation
from storage import orders, rules
from storage import quotes as stored_quotes
from storage.engine.types import UtcTime, plain
from storage.schema import confirmations, quotes
from storage.whose import rows_of

_ADD = insert(confirmations).returning(confirmations.c.id)
_START = (
    update(confirmations)
    .where(confirmations.c.id == bindparam("confirmation"), confirmations.c.started_at.is_(None))
    .values(started_at=bindparam("now"))
)


async def add(connection: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add a confirmation of which nobody was told yet; gives its id."""
    return int((await connection.execute(_ADD, {"changes": 0, "told": 0, **values})).scalar_one())


async def start(connection: AsyncConnection, confirmation_id: int, now: datetime) -> bool:
    """Take a confirmation for sending; False when it was taken before."""
    return (await connection.execute(_START, {"confirmation": confirmation_id, "now": now})).rowcount == 1


async def start_anew(connection: AsyncConnection, confirmation_id: int) -> None:
    """Let a confirmation be taken for sending once more."""
    mine = update(confirmations).where(confirmations.c.id == confirmation_id)
    await connection.execute(mine.values(started_at=None))


async def set_requote(connection: AsyncConnection, confirmation_id: int, quote_id: str) -> None:
    """Point from a confirmation to the quote that takes its place."""
    statement = update(confirmations).where(confirmations.c.id == confirmation_id).values(requote_id=quote_id)
    await connection.execute(statement)


# -- what the person is told


_MINE = update(confirmations).where(confirmations.c.id == bindparam("confirmation"))
_BY_COLLEAGUE = confirmations.c.by_person.is_not(None)
_CHANGED = _MINE.values(
    changes=confirmations.c.changes + 1,
    tell_at=bindparam("at"),
    tell_owner_at=case((_BY_COLLEAGUE, bindparam("at", type_=UtcTime())), else_=None),
)
_TOLD = _MINE.where(confirmations.c.told < bindparam("number")).values(
    told=bindparam("number"), told_at=bindparam("now")
)
_ALL_TOLD = _MINE.where(confirmations.c.changes <= confirmations.c.told).values(tell_at=None)
_TOLD_OWNER = _MINE.where(confirmations.c.told_owner < bindparam("number")).values(
    told_owner=bindparam("number"), owner_message=bindparam("message")
)
_OWNER_TOLD_ALL = _MINE.where(confirmations.c.changes <= confirmations.c.told_owner).values(tell_owner_at=None)

_THEIRS = confirmations.c.telegram_id.in_(rows_of("person"))
_UNTOLD_TO_PAYER = update(confirmations).where(confirmations.c.told < confirmations.c.changes)
_TELL_AGAIN = (
    _UNTOLD_TO_PAYER.where(_THEIRS, ~_BY_COLLEAGUE).values(tell_at=bindparam("now")),
    _UNTOLD_TO_PAYER.where(confirmations.c.by_person == bindparam("person")).values(tell_at=bindparam("now")),
    update(confirmations)
    .where(_THEIRS, _BY_COLLEAGUE, confirmations.c.told_owner < confirmations.c.changes)
    .values(tell_owner_at=bindparam("now")),
)


async def changed(connection: AsyncConnection, confirmation_id: int, tell_at: datetime) -> None:
    """Note that there is news for whoever confirmed it, and for the owner if that was a colleague.

    At `tell_at` it is told by the bot's round if nobody told it before.
    """
    await connection.execute(_CHANGED, {"confirmation": confirmation_id, "at": tell_at})


async def told(connection: AsyncConnection, confirmation_id: int, changes: int, now: datetime) -> None:
    """Note that the person was told the news up to number `changes`."""
    await connection.execute(_TOLD, {"confirmation": confirmation_id, "number": changes, "now": now})
    await connection.execute(_ALL_TOLD, {"confirmation": confirmation_id})


async def told_owner(connection: AsyncConnection, confirmation_id: int, changes: int, message_id: int | None) -> None:
    """Note that the owner was told what a colleague did, up to number `changes`, in this message."""
    values = {"confirmation": confirmation_id, "number": changes, "message": message_id}
    await connection.execute(_TOLD_OWNER, values)
    await connection.execute(_OWNER_TOLD_ALL, {"confirmation": confirmation_id})


async def postpone_telling(
    connection: AsyncConnection, confirmation_id: int, tell_at: datetime | None, *, to_owner: bool = False
) -> None:
    """Plan another try to tell whoever confirmed it, or the owner beside them; None gives up."""
    statement = update(confirmations).where(confirmations.c.id == confirmation_id)
    await connection.execute(statement.values({"tell_owner_at" if to_owner else "tell_at": tell_at}))


async def tell_again(connection: AsyncConnection, telegram_id: int, now: datetime) -> None:
    """Make due what the person, by their own id, was not told of any account, theirs or another's: they are back."""
    for statement in _TELL_AGAIN:
        await connection.execute(statement, {"person": telegram_id, "now": now})


_TIMES = (confirmations.c.tell_at, confirmations.c.tell_owner_at)  # each with an index of those that have one
_UNTOLD = union(*(select(confirmations.c.id).where(each.is_not(None)) for each in _TIMES)).order_by("id")
_DUE = union(*(select(confirmations.c.id).where(each <= bindparam("now")) for each in _TIMES)).order_by("id")


async def untold(connection: AsyncConnection, before: datetime | None = None) -> list[int]:
    """Confirmations with something new to tell; with `before` those whose time for another try has come."""
    found = await connection.execute(_UNTOLD if before is None else _DUE, None if before is None else {"now": before})
    return list(found.scalars())


# -- reading


_CONFIRMATION = select(confirmations, quotes.c.chat_id, quotes.c.message_id).join(
    quotes, quotes.c.id == confirmations.c.quote_id
)
_BY_ID = _CONFIRMATION.where(confirmations.c.id == bindparam("id"))


async def get(connection: AsyncConnection, confirmation_id: int) -> Confirmation | None:
    """A confirmation with the message that shows it, its orders and its new quote."""
    row = (await connection.execute(_BY_ID, {"id": confirmation_id})).mappings().first()
    if row is None:
        return None
    listed = await orders.of_confirmation(connection, confirmation_id)
    requote = await stored_quotes.get(connection, row["requote_id"]) if row["requote_id"] else None
    rule = await rules.of_confirmation(connection, confirmation_id) if row["source"] == "rule" else None
    return msgspec.convert({**plain(row), "orders": listed, "requote": requote, "rule": rule}, Confirmation)


async def of_quote(connection: AsyncConnection, telegram_id: int, quote_id: str) -> int | None:
    """The id of the confirmation of a quote of this person's."""
    query = select(confirmations.c.id).where(
        confirmations.c.quote_id == quote_id, confirmations.c.telegram_id == telegram_id
    )
    return (await connection.execute(query)).scalar()
