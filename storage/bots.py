"""Which bot the database belongs to: its people have chats with that bot, and message ids are of those chats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select, update

from storage import locks
from storage.engine.database import Database
from storage.schema import account_messages, boards, bots, broadcasts, digests, people, quotes, runs

_OWNER = select(bots.c.bot_id)
_NOBODYS, _MINE = delete(bots), insert(bots)


async def belong(database: Database, bot_id: int, now: datetime) -> None:
    """Give the database to this bot. Ids of messages of an earlier bot are deleted: in the chats of this bot they
    belong to other messages."""
    async with database.read() as connection:
        owner = (await connection.execute(_OWNER)).scalar()
    if owner == bot_id:
        return
    async with database.write() as connection:
        await locks.alone(connection, locks.OWNER)
        owner = (await connection.execute(_OWNER)).scalar()  # another process may have started as well
        if owner == bot_id:
            return
        await connection.execute(_NOBODYS)
        await connection.execute(_MINE, {"bot_id": bot_id, "since": now})
        if owner is not None:
            await connection.execute(update(quotes).values(chat_id=None, message_id=None))
            await connection.execute(
                update(broadcasts).where(broadcasts.c.state == "running").values(state="stopped")
            )
            for table in (broadcasts, digests, runs):
                await connection.execute(update(table).values(message_id=None))
            await connection.execute(delete(boards).where(boards.c.state == "off"))
            await connection.execute(update(boards).values(message_id=None, claimed_at=None, pinned=False, mark=""))
            await connection.execute(delete(account_messages))
            await connection.execute(update(people).where(people.c.own_until.is_not(None)).values(own_until=0))
