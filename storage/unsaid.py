"""Messages that the bot sends by itself and that are not certainly sent: a row each, deleted after the sending."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import Unsaid
from storage.schema import unsaid

KEY_REFUSED, LOW_BALANCE = "key", "low"  # kinds of which the reason may go away before they are sent
LIMITS = "limits"  # written where the currency of an account is
COLLEAGUE = "colleague"  # written where the access to an account changes


_ADD = insert(unsaid).returning(*unsaid.c)
_SAID = delete(unsaid).where(unsaid.c.id == bindparam("number"))


async def add(connection: AsyncConnection, **values: Any) -> Unsaid:
    """Write down what is about to be sent."""
    made = (await connection.execute(_ADD, {"tries": 0, **values})).mappings().one()
    return Unsaid(**made)


async def take(connection: AsyncConnection, telegram_id: int, now: datetime, until: datetime) -> list[Unsaid]:
    """Take the person's messages that are to be tried now, oldest first; no other task gets them before `until`."""
    due = (unsaid.c.telegram_id == telegram_id) & (unsaid.c.again_at <= now)
    statement = update(unsaid).where(due).values(again_at=until).returning(*unsaid.c)
    taken = (await connection.execute(statement)).mappings().all()
    return sorted((Unsaid(**row) for row in taken), key=lambda one: one.id)


_NEXT_TRY = select(func.min(unsaid.c.again_at)).where(unsaid.c.telegram_id == bindparam("telegram_id"))
_FORGET_OLDER = delete(unsaid).where(
    unsaid.c.telegram_id == bindparam("person"), unsaid.c.written_at < bindparam("before")
)
_DROP = delete(unsaid).where(unsaid.c.telegram_id == bindparam("person"), unsaid.c.kind == bindparam("of_kind"))


async def next_try(connection: AsyncConnection, telegram_id: int) -> datetime | None:
    """When the next of a person's messages is to be tried; None when there is none."""
    found: datetime | None = (await connection.execute(_NEXT_TRY, {"telegram_id": telegram_id})).scalar()
    return found


async def said(connection: AsyncConnection, unsaid_id: int) -> None:
    """Delete a message that was sent, or need not be."""
    await connection.execute(_SAID, {"number": unsaid_id})


async def put_off(connection: AsyncConnection, unsaid_id: int, again_at: datetime | None, tries: int) -> None:
    """Plan another try of a message that is not certainly sent; `again_at` None: none."""
    statement = update(unsaid).where(unsaid.c.id == unsaid_id)
    await connection.execute(statement.values(again_at=again_at, tries=tries))


async def count(connection: AsyncConnection, telegram_id: int) -> int:
    """How many of the person's messages are not certainly sent."""
    query = select(func.count()).select_from(unsaid).where(unsaid.c.telegram_id == telegram_id)
    return int((await connection.execute(query)).scalar_one())


async def drop(connection: AsyncConnection, telegram_id: int, kind: str) -> None:
    """Delete the person's messages of a kind, of which the reason is gone."""
    await connection.execute(_DROP, {"person": telegram_id, "of_kind": kind})


async def forget_older(connection: AsyncConnection, telegram_id: int, before: datetime) -> None:
    """Delete messages written before that moment, which could not be sent since."""
    await connection.execute(_FORGET_OLDER, {"person": telegram_id, "before": before})
