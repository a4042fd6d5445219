"""Pinned messages: one row for each person who wants one. Each step is one statement whose condition decides."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import StoredBoard
from storage.engine.dialects import upsert
from storage.engine.types import plain
from storage.schema import boards

NEW = {"state": "on", "claimed_at": None, "message_id": None, "pinned": False, "mark": ""}


_WANTED = select(boards).where(boards.c.telegram_id == bindparam("telegram_id"), boards.c.state != "off")


async def get(connection: AsyncConnection, telegram_id: int) -> StoredBoard | None:
    """The person's board; None: they want none."""
    row = (await connection.execute(_WANTED, {"telegram_id": telegram_id})).mappings().first()
    return None if row is None else msgspec.convert(plain(row), StoredBoard, strict=False)


async def switch_on(connection: AsyncConnection, telegram_id: int) -> None:
    """Want one; the one that is on stays as it is. One whose message is still to be taken away has that again."""
    statement = upsert(boards).values(telegram_id=telegram_id, **NEW)
    again = {name: value for name, value in NEW.items() if name != "message_id"}  # that of a lost one is gone
    anew = statement.on_conflict_do_update(index_elements=["telegram_id"], set_=again, where=boards.c.state != "on")
    await connection.execute(anew)


async def switch_off(connection: AsyncConnection, telegram_id: int) -> int | None:
    """Want none any more; gives the message that showed it, which is kept until it is taken away."""
    mine = boards.c.telegram_id == telegram_id
    await connection.execute(delete(boards).where(mine, boards.c.message_id.is_(None)))
    found: int | None = (
        await connection.execute(update(boards).where(mine).values(state="off").returning(boards.c.message_id))
    ).scalar()
    return found


async def message_of(connection: AsyncConnection, telegram_id: int) -> int | None:
    """The message of the person's board, wanted or still to be taken away."""
    query = select(boards.c.message_id).where(boards.c.telegram_id == telegram_id)
    found: int | None = (await connection.execute(query)).scalar()
    return found


async def to_take_away(connection: AsyncConnection, telegram_id: int) -> int | None:
    """The message of a board that is wanted no longer; None: there is none, or it was taken away."""
    query = select(boards.c.message_id).where(boards.c.telegram_id == telegram_id, boards.c.state == "off")
    found: int | None = (await connection.execute(query)).scalar()
    return found


async def note_taken_away(connection: AsyncConnection, telegram_id: int, message_id: int) -> None:
    """The message of a board that is wanted no longer is gone, or says that it is off."""
    mine = (boards.c.telegram_id == telegram_id, boards.c.message_id == message_id, boards.c.state == "off")
    await connection.execute(delete(boards).where(*mine))


async def claim(connection: AsyncConnection, telegram_id: int, now: datetime) -> bool:
    """Take the sending of its message; one process gets it, once."""
    unsent = (boards.c.state == "on", boards.c.message_id.is_(None), boards.c.claimed_at.is_(None))
    statement = update(boards).where(boards.c.telegram_id == telegram_id, *unsent).values(claimed_at=now)
    return (await connection.execute(statement)).rowcount == 1


async def unclaim(connection: AsyncConnection, telegram_id: int) -> None:
    """It was certainly not sent: it may be tried again."""
    await connection.execute(update(boards).where(boards.c.telegram_id == telegram_id).values(claimed_at=None))


async def note_sent(connection: AsyncConnection, telegram_id: int, message_id: int, mark: str) -> bool:
    """This message shows it now; False: it is wanted no longer."""
    claimed = (boards.c.state == "on", boards.c.message_id.is_(None), boards.c.claimed_at.is_not(None))
    statement = update(boards).where(boards.c.telegram_id == telegram_id, *claimed)
    return (await connection.execute(statement.values(message_id=message_id, mark=mark))).rowcount == 1


async def note_shown(connection: AsyncConnection, telegram_id: int, message_id: int, mark: str) -> bool:
    """The message was edited; False: it is wanted no longer."""
    mine = (boards.c.telegram_id == telegram_id, boards.c.message_id == message_id, boards.c.state == "on")
    return (await connection.execute(update(boards).where(*mine).values(mark=mark))).rowcount == 1


async def note_pinned(connection: AsyncConnection, telegram_id: int, message_id: int) -> bool:
    """The message stands at the top of the chat; whether it stays there is the person's business. False: it is wanted
    no longer."""
    mine = (boards.c.telegram_id == telegram_id, boards.c.message_id == message_id, boards.c.state == "on")
    return (await connection.execute(update(boards).where(*mine).values(pinned=True))).rowcount == 1


async def note_lost(connection: AsyncConnection, telegram_id: int, message_id: int | None) -> None:
    """Its message (None: nobody knows which) is gone: it is off until the person wants another one."""
    same = boards.c.message_id.is_(None) if message_id is None else boards.c.message_id == message_id
    statement = update(boards).where(boards.c.telegram_id == telegram_id, same)
    await connection.execute(statement.values(state="lost", message_id=None, claimed_at=None, mark=""))
