"""Which bot the database belongs to: its people have chats with that bot, and message ids are of those chats.

Names of messages and chats that are keyed by the token (`message_owners`, `chat_paces`) mean nothing to another bot.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, delete, insert, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import locks
from storage.engine.database import Database
from storage.schema import (
    account_messages,
    boards,
    bots,
    broadcasts,
    confirmations,
    digests,
    people,
    quotes,
    replacements,
    runs,
    taken_updates,
    unsaid,
)

_OWNER = select(bots.c.bot_id)
_NOBODYS, _MINE = delete(bots), insert(bots)
_QUESTIONS = ("asking", "asking_of", "asked", "picking")  # among the choices of a person


async def belong(database: Database, bot_id: int, now: datetime) -> None:
    """Give the database to this bot. Ids of messages and updates of an earlier bot are deleted: in the chats of this
    bot they belong to other messages. So are questions that people were asked there."""
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
            for table in (broadcasts, digests, replacements, runs, unsaid):
                await connection.execute(update(table).values(message_id=None))
            await connection.execute(delete(boards).where(boards.c.state == "off"))
            await connection.execute(update(confirmations).values(owner_message=None))
            await connection.execute(update(boards).values(message_id=None, claimed_at=None, pinned=False, mark=""))
            for table in (account_messages, taken_updates):
                await connection.execute(delete(table))
            await _forget_questions(connection)
            await connection.execute(update(people).where(people.c.own_until.is_not(None)).values(own_until=0))


async def _forget_questions(connection: AsyncConnection) -> None:
    """Those that the next text would answer, or a reply to the message that asked."""
    choices = type_coerce(people.c.choices, Text)
    asked = or_(*(choices.contains(f'"{question}"') for question in _QUESTIONS))
    listed = await connection.execute(select(people.c.telegram_id, people.c.choices).where(asked))
    for person, chosen in listed.all():
        kept = {name: value for name, value in chosen.items() if name not in _QUESTIONS}
        await connection.execute(update(people).where(people.c.telegram_id == person).values(choices=kept))
