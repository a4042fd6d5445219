"""What px6 told of an account last, sealed; and who wants to be told when px6 answers again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredList
from storage.engine.crypto import SEALED
from storage.engine.dialects import replacing, upsert
from storage.schema import accounts, awaiting, last_known

LIST_COLUMN = SEALED[2]

_KEEP = replacing(last_known, "px6_user_id", "read_at", "silent_since", "mark", "sealed_list")
_FORGET = tuple(delete(table).where(table.c.telegram_id == bindparam("person")) for table in (last_known, awaiting))


async def keep(
    connection: AsyncConnection, telegram_id: int, *, px6_user_id: str, read_at: datetime, mark: str, sealed: bytes
) -> None:
    """Replace what is kept. px6 has answered, so it is silent no longer."""
    values = {
        "telegram_id": telegram_id,
        "px6_user_id": px6_user_id,
        "read_at": read_at,
        "silent_since": None,
        "mark": mark,
        "sealed_list": sealed,
    }
    await connection.execute(_KEEP, values)


_SEEN_AGAIN = (
    update(last_known)
    .where(last_known.c.telegram_id == bindparam("person"), last_known.c.mark == bindparam("same"))
    .values(read_at=bindparam("at"), silent_since=None)
)


async def seen_again(connection: AsyncConnection, telegram_id: int, *, mark: str, read_at: datetime) -> bool:
    """Note that px6 told just the same at that time; False when something else is kept."""
    values = {"person": telegram_id, "same": mark, "at": read_at}
    return (await connection.execute(_SEEN_AGAIN, values)).rowcount == 1


async def note_silence(connection: AsyncConnection, telegram_id: int, since: datetime) -> None:
    """Note when px6 first gave no answer, unless that stands there."""
    first = (last_known.c.telegram_id == telegram_id) & last_known.c.silent_since.is_(None)
    await connection.execute(update(last_known).where(first).values(silent_since=since))


_OF_ACCOUNT = (
    select(
        last_known.c.px6_user_id,
        last_known.c.read_at,
        last_known.c.silent_since,
        last_known.c.mark,
        last_known.c.sealed_list,
    )
    .join(
        accounts,
        (accounts.c.telegram_id == last_known.c.telegram_id) & (accounts.c.px6_user_id == last_known.c.px6_user_id),
    )
    .where(last_known.c.telegram_id == bindparam("telegram_id"))
)


async def of_account(connection: AsyncConnection, telegram_id: int) -> StoredList | None:
    """What is kept of the account that the person has now."""
    row = (await connection.execute(_OF_ACCOUNT, {"telegram_id": telegram_id})).first()
    return None if row is None else StoredList(*row)


async def forget(connection: AsyncConnection, telegram_id: int) -> None:
    """Delete what is kept, and the wish to be told: the person has given another key."""
    for statement in _FORGET:
        await connection.execute(statement, {"person": telegram_id})


async def wait(connection: AsyncConnection, telegram_id: int, since: datetime) -> None:
    """Note that the person wants to be told when px6 answers again; it had not since then."""
    statement = upsert(awaiting).values(telegram_id=telegram_id, since=since)
    await connection.execute(statement.on_conflict_do_nothing(index_elements=["telegram_id"]))


async def waits(connection: AsyncConnection, telegram_id: int) -> bool:
    """Whether the person wants to be told when px6 answers again."""
    query = select(awaiting.c.since).where(awaiting.c.telegram_id == telegram_id)
    return (await connection.execute(query)).first() is not None


async def end_wait(connection: AsyncConnection, telegram_id: int) -> datetime | None:
    """Take the wish, which is told once; gives since when px6 had not answered. None: there is no wish."""
    statement = delete(awaiting).where(awaiting.c.telegram_id == telegram_id).returning(awaiting.c.since)
    since: datetime | None = (await connection.execute(statement)).scalar()
    return since
