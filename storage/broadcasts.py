"""Broadcasts: what an operator sends to all people, and whose turn it is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, case, delete, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.operators import Broadcast
from storage import locks
from storage.engine.types import plain
from storage.schema import broadcasts, given_back_turns, people


async def add(connection: AsyncConnection, telegram_id: int, text: str, entities: Any, now: datetime) -> int:
    """A draft; gives its id."""
    values = {"telegram_id": telegram_id, "text": text, "entities": entities, "created_at": now, "state": "draft"}
    none = dict.fromkeys(("people", "reached", "turns", "sent", "gone", "failed"), 0)
    made = await connection.execute(insert(broadcasts).values(**values, **none).returning(broadcasts.c.id))
    return int(made.scalar_one())


async def get(connection: AsyncConnection, telegram_id: int, broadcast_id: int) -> Broadcast | None:
    """A broadcast of this operator's."""
    query = select(broadcasts).where(broadcasts.c.id == broadcast_id, broadcasts.c.telegram_id == telegram_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else msgspec.convert(plain(row), Broadcast)


async def running(connection: AsyncConnection) -> list[Broadcast]:
    """Those that are to go on, oldest first."""
    query = select(broadcasts).where(broadcasts.c.state == "running").order_by(broadcasts.c.id)
    return [msgspec.convert(plain(row), Broadcast) for row in (await connection.execute(query)).mappings()]


async def move(
    connection: AsyncConnection, telegram_id: int, broadcast_id: int, before: str, after: str, **values: Any
) -> bool:
    """Change the state of this operator's broadcast, and columns with it; False when it is in another state."""
    mine = (broadcasts.c.id == broadcast_id) & (broadcasts.c.telegram_id == telegram_id)
    statement = update(broadcasts).where(mine, broadcasts.c.state == before).values(state=after, **values)
    return bool((await connection.execute(statement)).rowcount)


def _readers(author: int, allowed: Collection[int]) -> list[ColumnElement[bool]]:
    """Who gets a broadcast: all who may use the bot, have not blocked it, and are not its author; each once."""
    found = [people.c.of_person.is_(None), people.c.blocked_at.is_(None), people.c.telegram_id != author]
    if allowed:
        found.append(people.c.telegram_id.in_(allowed))
    return found


async def count(connection: AsyncConnection, author: int, allowed: Collection[int]) -> int:
    """How many people a broadcast of this author's would go to now."""
    query = select(func.count()).select_from(people).where(*_readers(author, allowed))
    return int((await connection.execute(query)).scalar_one())


async def take_next(connection: AsyncConnection, broadcast: Broadcast, allowed: Collection[int]) -> int | None:
    """The next person, whose turn is over with this as far as the database is concerned: first those whose turn was
    given back. None: nobody is left, or the broadcast does not run any more. Locks the broadcast."""
    now = select(broadcasts.c.reached).where(broadcasts.c.id == broadcast.id, broadcasts.c.state == "running")
    reached = (await connection.execute(now.with_for_update())).scalar()
    if reached is None:
        return None
    readers = select(people.c.telegram_id).where(*_readers(broadcast.telegram_id, allowed))
    first = readers.order_by(people.c.telegram_id).limit(1)
    of_these = given_back_turns.c.broadcast_id == broadcast.id
    again = select(given_back_turns.c.telegram_id).where(of_these)
    found: int | None = (await connection.execute(first.where(people.c.telegram_id.in_(again)))).scalar()
    if found is not None:
        await connection.execute(delete(given_back_turns).where(of_these, given_back_turns.c.telegram_id == found))
    else:
        found = (await connection.execute(first.where(people.c.telegram_id > reached))).scalar()
    if found is not None:
        turn = update(broadcasts).where(broadcasts.c.id == broadcast.id)
        await connection.execute(turn.values(reached=max(reached, found), turns=broadcasts.c.turns + 1))
    return found


async def give_back(connection: AsyncConnection, broadcast: Broadcast, person: int) -> None:
    """This person was certainly not sent anything: it is their turn again. What has ended meanwhile, since another
    process found nobody left, goes on for them; what was stopped does not."""
    await locks.person(connection, person)  # else somebody who is erased right now would be taken for kept
    mine = broadcasts.c.id == broadcast.id
    goes_on = case((broadcasts.c.state == "done", "running"), else_=broadcasts.c.state)
    statement = update(broadcasts).where(mine).values(turns=broadcasts.c.turns - 1, state=goes_on)
    await connection.execute(statement)
    is_kept = (people.c.telegram_id == person) & exists().where(mine)
    who = select(people.c.telegram_id, literal(broadcast.id)).where(is_kept)
    await connection.execute(insert(given_back_turns).from_select(["telegram_id", "broadcast_id"], who))


async def note(connection: AsyncConnection, broadcast: Broadcast, outcome: str) -> None:
    """What became of one turn: "sent", "gone" or "failed"."""
    column = broadcasts.c[outcome]
    await connection.execute(update(broadcasts).where(broadcasts.c.id == broadcast.id).values({outcome: column + 1}))
