"""People: one row each, read with every update, written only when something about the person changes."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Text, Update, bindparam, delete, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.people import Person
from storage import locks
from storage.engine.database import Database, Lookup
from storage.engine.dialects import upsert
from storage.engine.types import time_from_int
from storage.schema import people

QUESTIONS_KEPT = 5  # older questions can no longer be answered by a reply to their message


_COLUMNS = (
    people.c.telegram_id,
    people.c.language,
    people.c.phone_language,
    people.c.zone,
    people.c.blocked_at,
    people.c.choices,
    people.c.created_at,
)
_OF_PERSON = select(*_COLUMNS).where(people.c.telegram_id == bindparam("telegram_id"))
_BY_ID = Lookup(_OF_PERSON)


async def look_up(database: Database, telegram_id: int) -> Person | None:
    """The person, read without SQLAlchemy (`Database.look_up`), since every tap needs it."""
    row = await database.look_up(_BY_ID, telegram_id)
    if row is None:
        return None
    _, language, phone_language, zone, blocked_at, choices, created_at = row
    return Person(
        telegram_id=telegram_id,
        language=language,
        phone_language=phone_language,
        zone=zone,
        blocked_at=None if blocked_at is None else time_from_int(blocked_at),
        choices=msgspec.json.decode(choices),
        created_at=time_from_int(created_at),
    )


async def get(connection: AsyncConnection, telegram_id: int) -> Person | None:
    """The person as this transaction sees them."""
    row = (await connection.execute(_OF_PERSON, {"telegram_id": telegram_id})).mappings().first()
    return None if row is None else Person(**row)


async def create(connection: AsyncConnection, telegram_id: int, phone_language: str | None, now: datetime) -> None:
    """Add a person; one who is there already stays as they are, and is locked: they are not erased meanwhile."""
    statement = upsert(people).values(
        telegram_id=telegram_id, phone_language=phone_language, choices={}, created_at=now
    )
    same = {"created_at": people.c.created_at}
    await connection.execute(statement.on_conflict_do_update(index_elements=["telegram_id"], set_=same))


@cache
def _setting(*names: str) -> Update:
    """The statement that sets these columns of `person` to `new_` and the name of each."""
    mine = update(people).where(people.c.telegram_id == bindparam("person"))
    return mine.values({name: bindparam(f"new_{name}") for name in names})


async def change(connection: AsyncConnection, telegram_id: int, **values: Any) -> None:
    """Set columns of a person."""
    await connection.execute(
        _setting(*values), {"person": telegram_id, **{f"new_{name}": values[name] for name in values}}
    )


async def remember(connection: AsyncConnection, telegram_id: int, choices: dict[str, Any]) -> None:
    """Merge these into the person's choices; a value of None removes that choice. Locks the person."""
    await locks.person(connection, telegram_id)
    person = await get(connection, telegram_id)
    if person is not None:
        merged = {name: value for name, value in {**person.choices, **choices}.items() if value is not None}
        await change(connection, telegram_id, choices=merged)


async def who_chose(connection: AsyncConnection, switch: str) -> list[int]:
    """Everybody for whom this small switch is on."""
    is_on = type_coerce(people.c.choices, Text).like(f'%"{switch}":true%')
    return [int(found) for found in (await connection.execute(select(people.c.telegram_id).where(is_on))).scalars()]


async def ask(connection: AsyncConnection, telegram_id: int, question: str | None, message_id: int | None) -> None:
    """Note which question the next text answers, and the message that asks it: a reply to that answers it later, too.

    `question`: None for none. Locks the person.
    """
    await locks.person(connection, telegram_id)
    person = await get(connection, telegram_id)
    asked = dict(person.choices.get("asked") or {}) if person is not None else {}
    asked.pop(str(message_id), None)
    if question is not None and message_id is not None:
        asked[str(message_id)] = question
    kept = dict(list(asked.items())[-QUESTIONS_KEPT:])
    await remember(connection, telegram_id, {"asking": question, "asked": kept or None})


async def close_question(connection: AsyncConnection, telegram_id: int, question: str) -> None:
    """Note that this question is answered; another one that was asked meanwhile stays. Locks the person."""
    await locks.person(connection, telegram_id)
    person = await get(connection, telegram_id)
    if person is not None and person.choices.get("asking") == question:
        await remember(connection, telegram_id, {"asking": None})


async def erase(connection: AsyncConnection, telegram_id: int) -> None:
    """Delete the person, and with them every row of theirs in every table."""
    await connection.execute(delete(people).where(people.c.telegram_id == telegram_id))
