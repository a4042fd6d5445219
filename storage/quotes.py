"""Quotes: what would be spent on what, until a tap confirms it or it is out of date."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Quote, Source
from storage.engine.types import plain
from storage.schema import quotes
from storage.whose import shared

KEPT_OPEN = 50  # of a person; older ones that nobody confirmed go first


_MINE = (quotes.c.telegram_id == bindparam("person")) & (quotes.c.state == "open")
_NEWEST = select(quotes.c.id).where(_MINE).order_by(quotes.c.created_at.desc()).limit(bindparam("most"))
_DROP_OLDEST = delete(quotes).where(_MINE, quotes.c.id.not_in(_NEWEST))
_ADD = insert(quotes)
_OF_ID = select(quotes).where(quotes.c.id == bindparam("quote"))
_OF_PERSON = _OF_ID.where(quotes.c.telegram_id == bindparam("person"))
_CLAIM = (
    update(quotes)
    .where(quotes.c.id == bindparam("quote"), _MINE, quotes.c.created_at >= bindparam("since"))
    .values(state="claimed")
    .returning(*quotes.c)
)
_WITHDRAW = (
    update(quotes).where(quotes.c.id.in_(bindparam("quotes")), _MINE).values(state="withdrawn").returning(quotes.c.id)
)
_SET_MESSAGE = (
    update(quotes)
    .where(quotes.c.id == bindparam("quote"))
    .values(chat_id=func.coalesce(shared("chat"), bindparam("chat")), message_id=bindparam("message"))
)
_SET_MESSAGE_OF_OPEN = _SET_MESSAGE.where(quotes.c.state == "open")


async def add(connection: AsyncConnection, values: dict[str, Any]) -> None:
    """Store a quote, and drop the oldest of the person's open ones beyond fifty."""
    await connection.execute(_ADD, {"state": "open", **values})
    await connection.execute(_DROP_OLDEST, {"person": values["telegram_id"], "most": KEPT_OPEN})


async def get(connection: AsyncConnection, quote_id: str, telegram_id: int | None = None) -> Quote | None:
    """A quote; with `telegram_id` only if it is this person's."""
    query = _OF_ID if telegram_id is None else _OF_PERSON
    found = await connection.execute(query, {"quote": quote_id, "person": telegram_id})
    return quote_from(found.mappings().first())


async def take(connection: AsyncConnection, telegram_id: int, quote_id: str, since: datetime) -> Quote | None:
    """Claim an open quote of this person, made at `since` or later.

    This one statement decides which of two taps wins.
    """
    values = {"person": telegram_id, "quote": quote_id, "since": since}
    return quote_from((await connection.execute(_CLAIM, values)).mappings().first())


async def withdraw(connection: AsyncConnection, telegram_id: int, quote_ids: Collection[str]) -> list[str]:
    """Take back open quotes of this person: nobody can confirm them any more. Gives those that nobody had confirmed.

    As `take`, this one statement decides.
    """
    values = {"person": telegram_id, "quotes": list(quote_ids)}
    return list((await connection.execute(_WITHDRAW, values)).scalars())


_CLAIMED_OF = select(quotes.c.id).where(
    quotes.c.id.in_(bindparam("quotes")), quotes.c.telegram_id == bindparam("person"), quotes.c.state == "claimed"
)


async def take_back(connection: AsyncConnection, telegram_id: int, quote_ids: Collection[str]) -> set[str]:
    """Take back quotes of this person. Gives those that nobody has confirmed, also where they were taken back before:
    nobody can confirm them any more."""
    await withdraw(connection, telegram_id, quote_ids)
    return set(quote_ids) - await claimed_of(connection, telegram_id, quote_ids)


async def claimed_of(connection: AsyncConnection, telegram_id: int, quote_ids: Collection[str]) -> set[str]:
    """Which of these quotes of this person's are confirmed."""
    values = {"person": telegram_id, "quotes": list(quote_ids)}
    return set((await connection.execute(_CLAIMED_OF, values)).scalars())


_SAID_AND_WITHDRAWN = select(quotes).where(
    quotes.c.telegram_id == bindparam("person"),
    quotes.c.state == "withdrawn",
    quotes.c.source == bindparam("of_source"),
    quotes.c.message_id.is_not(None),
    quotes.c.created_at >= bindparam("since"),
)


async def said_and_withdrawn(
    connection: AsyncConnection, telegram_id: int, source: Source, since: datetime
) -> list[Quote]:
    """Quotes of this person's since then that were taken back when a message said already that they are paid."""
    values = {"person": telegram_id, "of_source": source, "since": since}
    found = await connection.execute(_SAID_AND_WITHDRAWN, values)
    return [quote for quote in map(quote_from, found.mappings()) if quote is not None]


async def message_told(connection: AsyncConnection, telegram_id: int, quote_id: str) -> bool:
    """The message of a quote that was taken back says so; False when it did before, or shows none."""
    mine = (quotes.c.id == quote_id) & (quotes.c.telegram_id == telegram_id) & (quotes.c.state == "withdrawn")
    told = update(quotes).where(mine, quotes.c.message_id.is_not(None)).values(message_id=None)
    return (await connection.execute(told)).rowcount == 1


_OPEN_OF = select(quotes).where(_MINE, quotes.c.kind == bindparam("of_kind"))


async def open_of(connection: AsyncConnection, telegram_id: int, kind: str) -> list[Quote]:
    """The person's open quotes of this kind."""
    rows = (await connection.execute(_OPEN_OF, {"person": telegram_id, "of_kind": kind})).mappings()
    return [msgspec.convert(plain(row), Quote, strict=False) for row in rows]


def quote_from(row: RowMapping | None) -> Quote | None:
    return None if row is None else msgspec.convert(plain(row), Quote, strict=False)


async def set_message(
    connection: AsyncConnection, quote_id: str, chat_id: int, message_id: int, *, open_only: bool = False
) -> None:
    """Remember the message that shows the quote, and later its outcome. The chat of one of several px6 accounts, by
    its id, is that of the person. `open_only`: unless it is confirmed, perhaps in another message."""
    statement = _SET_MESSAGE_OF_OPEN if open_only else _SET_MESSAGE
    await connection.execute(statement, {"quote": quote_id, "chat": chat_id, "message": message_id})
