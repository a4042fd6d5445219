"""People: one row each, read with every update, written only when something about the person changes.

Whoever has several px6 accounts has a further row for each beyond the first. What is the person's, and so the same
for all of them, is read from and written to their own row, whichever of the rows is named (`storage/whose.py`); the
settings of reminders hang on it as well (`storage/reminders.py`).
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from sqlalchemy import Text, Update, bindparam, delete, or_, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.people import Person
from storage import colleagues, locks
from storage.engine.database import Database, Lookup
from storage.engine.dialects import upsert
from storage.engine.types import time_from_int
from storage.schema import people
from storage.whose import rows_of, shared

JOINED = "joined"  # among a person's choices: the invitation that they accepted last
QUESTIONS_KEPT = 5  # older questions can no longer be answered by a reply to their message


_COLUMNS = (
    people.c.telegram_id,
    people.c.language,
    people.c.phone_language,
    people.c.zone,
    people.c.blocked_at,
    people.c.choices,
    people.c.created_at,
    people.c.of_person,
    people.c.account_name,
    people.c.current,
    people.c.own_until,
)
_OF_PERSON = select(*_COLUMNS).where(people.c.telegram_id == bindparam("telegram_id"))
_BY_ID = Lookup(_OF_PERSON)


async def look_up(database: Database, telegram_id: int) -> Person | None:
    """The person, read without SQLAlchemy (`Database.look_up`), since every tap needs it."""
    row = await database.look_up(_BY_ID, telegram_id)
    if row is None:
        return None
    _, language, phone_language, zone, blocked_at, choices, created_at, of_person, name, current, own_until = row
    found = Person(
        telegram_id=telegram_id,
        language=language,
        phone_language=phone_language,
        zone=zone,
        blocked_at=None if blocked_at is None else time_from_int(blocked_at),
        choices=msgspec.json.decode(choices),
        created_at=time_from_int(created_at),
        of_person=of_person,
        account_name=name,
        current=current,
        own_until=own_until,
    )
    whose = None if of_person is None else await look_up(database, of_person)
    return found if whose is None else with_shared(found, whose)


def with_shared(account: Person, person: Person) -> Person:
    """The owner of a further account, with what is the person's."""
    return msgspec.structs.replace(
        account,
        language=person.language,
        phone_language=person.phone_language,
        zone=person.zone,
        blocked_at=person.blocked_at,
        choices=person.choices,
        current=person.current,
        own_until=person.own_until,
    )


async def get(connection: AsyncConnection, telegram_id: int) -> Person | None:
    """The person as this transaction sees them."""
    row = (await connection.execute(_OF_PERSON, {"telegram_id": telegram_id})).mappings().first()
    found = None if row is None else Person(**row)
    whose = None if found is None or found.of_person is None else await get(connection, found.of_person)
    return found if found is None or whose is None else with_shared(found, whose)


_ROWS = rows_of("telegram_id").order_by(people.c.telegram_id)


async def all_ids(connection: AsyncConnection, telegram_id: int) -> list[int]:
    """Under which ids the person's px6 accounts are known, by any of them; their own first."""
    return list((await connection.execute(_ROWS, {"telegram_id": telegram_id})).scalars())


_CREATE = upsert(people).on_conflict_do_update(
    index_elements=["telegram_id"], set_={"created_at": people.c.created_at}
)


async def create(connection: AsyncConnection, telegram_id: int, phone_language: str | None, now: datetime) -> None:
    """Add a person; one who is there already stays as they are, and is locked: they are not erased meanwhile."""
    values: dict[str, Any] = {
        "telegram_id": telegram_id,
        "phone_language": phone_language,
        "choices": {},
        "created_at": now,
    }
    await connection.execute(_CREATE, values)


@cache
def _setting(*names: str) -> Update:
    """The statement that sets these columns of `person` to `new_` and the name of each."""
    mine = update(people).where(people.c.telegram_id == shared("person"))
    return mine.values({name: bindparam(f"new_{name}") for name in names})


async def change(connection: AsyncConnection, telegram_id: int, **values: Any) -> None:
    """Set columns of the person's own row."""
    await connection.execute(
        _setting(*values), {"person": telegram_id, **{f"new_{name}": values[name] for name in values}}
    )


async def remember(connection: AsyncConnection, telegram_id: int, choices: dict[str, Any]) -> None:
    """Merge these into the person's choices; a value of None removes that choice. Locks the person."""
    await locks.whole_person(connection, telegram_id)
    person = await get(connection, telegram_id)
    if person is not None:
        merged = {name: value for name, value in {**person.choices, **choices}.items() if value is not None}
        await change(connection, telegram_id, choices=merged)


_WHO_CHOSE = select(people.c.telegram_id).where(
    type_coerce(people.c.choices, Text).like(bindparam("switch", type_=Text()))
)


async def who_chose(connection: AsyncConnection, switch: str) -> list[int]:
    """Everybody for whom this small switch is on."""
    is_on = {"switch": f'%"{switch}":true%'}
    return [int(found) for found in (await connection.execute(_WHO_CHOSE, is_on)).scalars()]


async def ask(
    connection: AsyncConnection,
    telegram_id: int,
    question: str | None,
    message_id: int | None,
    of_account: int | None = None,
) -> None:
    """Note which question the next text answers, and the message that asks it: a reply to that answers it later, too.

    `question`: None for none. `of_account`: about which it is, of a person with several. Locks the person.
    """
    await locks.whole_person(connection, telegram_id)
    person = await get(connection, telegram_id)
    asked = dict(person.choices.get("asked") or {}) if person is not None else {}
    asked.pop(str(message_id), None)
    if question is not None and message_id is not None:
        asked[str(message_id)] = question
    kept = dict(list(asked.items())[-QUESTIONS_KEPT:])
    await remember(
        connection,
        telegram_id,
        {"asking": question, "asked": kept or None, "asking_of": of_account if question else None},
    )


async def close_question(connection: AsyncConnection, telegram_id: int, question: str) -> None:
    """Note that this question is answered; another one that was asked meanwhile stays. Locks the person."""
    await locks.whole_person(connection, telegram_id)
    person = await get(connection, telegram_id)
    if person is not None and person.choices.get("asking") == question:
        await remember(connection, telegram_id, {"asking": None, "asking_of": None})


async def erase(connection: AsyncConnection, telegram_id: int) -> None:
    """Delete the person, and with them every row of theirs in every table; or one account beyond their first.

    What they did as a colleague stays in the history of that account, but not that it was they.
    """
    for one in await colleagues.of(connection, telegram_id):
        await _leave(connection, one.person, telegram_id)
    await colleagues.erase_traces(connection, telegram_id)
    await connection.execute(
        delete(people).where(or_(people.c.telegram_id == telegram_id, people.c.of_person == telegram_id))
    )


async def _leave(connection: AsyncConnection, telegram_id: int, owner: int) -> None:
    """Nothing is kept of this account with a person who was a colleague on it."""
    person = await get(connection, telegram_id)
    if person is None:
        return
    if person.current == owner:
        await change(connection, telegram_id, current=telegram_id)
    if (person.choices.get(JOINED) or {}).get("owner") == owner:
        await remember(connection, telegram_id, {JOINED: None})
