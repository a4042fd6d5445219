"""To which addresses people have px6 bind their proxies: what is asked for, and what was sent last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Binding
from storage import locks
from storage.engine.types import plain
from storage.schema import bindings


async def propose(
    connection: AsyncConnection, telegram_id: int, *, px6_user_id: str, addresses: Sequence[str], now: datetime
) -> int:
    """Keep what is about to be asked, in place of what was asked before and never sent; gives its id.

    Locks the person.
    """
    await locks.person(connection, telegram_id)
    mine = (bindings.c.telegram_id == telegram_id, bindings.c.px6_user_id == px6_user_id)
    await connection.execute(delete(bindings).where(*mine, bindings.c.sent_at.is_(None)))
    values = {"px6_user_id": px6_user_id, "addresses": list(addresses), "asked_at": now, "certain": False}
    statement = insert(bindings).values(telegram_id=telegram_id, **values).returning(bindings.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def get(connection: AsyncConnection, telegram_id: int, number: int) -> Binding | None:
    """What this person asked for under this number."""
    query = select(bindings).where(bindings.c.id == number, bindings.c.telegram_id == telegram_id)
    return _binding((await connection.execute(query)).mappings().first())


async def last_sent(connection: AsyncConnection, telegram_id: int, px6_user_id: str) -> Binding | None:
    """What was sent last of this account."""
    mine = (bindings.c.telegram_id == telegram_id, bindings.c.px6_user_id == px6_user_id)
    query = select(bindings).where(*mine, bindings.c.sent_at.is_not(None))
    newest = query.order_by(bindings.c.sent_at.desc(), bindings.c.id.desc()).limit(1)
    return _binding((await connection.execute(newest)).mappings().first())


async def take(
    connection: AsyncConnection, telegram_id: int, number: int, px6_user_id: str, now: datetime
) -> Binding | None:
    """Write down that this is being sent, which may be repeated until it is certain; gives it.

    None: it is done, belongs to another account, or something else was asked since.
    """
    statement = (
        update(bindings)
        .where(
            bindings.c.id == number,
            bindings.c.telegram_id == telegram_id,
            bindings.c.px6_user_id == px6_user_id,
            ~bindings.c.certain,
        )
        .values(sent_at=now)
        .returning(*bindings.c)
    )
    return _binding((await connection.execute(statement)).mappings().first())


async def note_certain(connection: AsyncConnection, telegram_id: int, number: int) -> None:
    """px6 has said yes: what was sent before it counts no more. Locks the person."""
    await locks.person(connection, telegram_id)
    mine, this = bindings.c.telegram_id == telegram_id, bindings.c.id == number
    sent = select(bindings.c.sent_at).where(mine, this).scalar_subquery()
    await connection.execute(delete(bindings).where(mine, ~this, bindings.c.sent_at <= sent))
    await connection.execute(update(bindings).where(mine, this).values(certain=True))


async def note_unsent(
    connection: AsyncConnection, telegram_id: int, number: int, sent_before: datetime | None
) -> None:
    """It did not come to px6, or px6 did nothing; it may be sent again."""
    mine = (bindings.c.telegram_id == telegram_id, bindings.c.id == number)
    await connection.execute(update(bindings).where(*mine, ~bindings.c.certain).values(sent_at=sent_before))


async def drop(connection: AsyncConnection, telegram_id: int, number: int) -> None:
    """px6 does not take it: as if it had never been asked."""
    mine = (bindings.c.telegram_id == telegram_id, bindings.c.id == number)
    await connection.execute(delete(bindings).where(*mine))


_DROP_OTHERS = delete(bindings).where(
    bindings.c.telegram_id == bindparam("person"), bindings.c.px6_user_id != bindparam("kept")
)


async def drop_others(connection: AsyncConnection, telegram_id: int, kept: str) -> None:
    """The person has connected this account of px6 now: what was asked of another one goes."""
    await connection.execute(_DROP_OTHERS, {"person": telegram_id, "kept": kept})


def _binding(row: RowMapping | None) -> Binding | None:
    return None if row is None else msgspec.convert(plain(row), Binding, strict=False)
