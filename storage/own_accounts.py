"""The several px6 accounts of one person: which there are, which is current, which of them a message is of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import Snapshot
from model.people import OwnAccount
from storage.engine.dialects import upsert
from storage.engine.types import time_from_int
from storage.schema import (
    account_messages,
    accounts,
    broadcasts,
    colleagues,
    habits,
    key_tries,
    metadata,
    people,
    snapshots,
)
from storage.whose import rows_of, shared

ADDED_WITH = "added_with"  # among the choices of an account that is not the first

_OF_PERSON = (
    select(
        people.c.telegram_id,
        people.c.account_name.label("name"),
        accounts.c.px6_user_id,
        accounts.c.currency,
        accounts.c.refused_code,
    )
    .select_from(people.outerjoin(accounts, accounts.c.telegram_id == people.c.telegram_id))
    .where(people.c.telegram_id.in_(rows_of("telegram_id")))
    .order_by(people.c.created_at, people.c.telegram_id)
)


async def of_person(connection: AsyncConnection, telegram_id: int) -> list[OwnAccount]:
    """All of the person's, by the id of any of them, in the order in which they came; also one that has no key."""
    rows = (await connection.execute(_OF_PERSON, {"telegram_id": telegram_id})).mappings()
    return [OwnAccount(**row) for row in rows]


_SEEN = (
    select(snapshots)
    .join(accounts, accounts.c.telegram_id == snapshots.c.telegram_id)
    .where(
        accounts.c.px6_user_id == snapshots.c.px6_user_id,
        or_(
            accounts.c.telegram_id.in_(rows_of("telegram_id")),
            accounts.c.telegram_id.in_(
                select(colleagues.c.telegram_id).where(colleagues.c.person_id == bindparam("telegram_id"))
            ),
        ),
    )
)


async def last_seen(connection: AsyncConnection, telegram_id: int) -> dict[int, Snapshot]:
    """What px6 said at the last look at each account on which a person may act, by whose it is."""
    found = await connection.execute(_SEEN, {"telegram_id": telegram_id})
    return {row.telegram_id: _snapshot(row) for row in found}


def _snapshot(row: Any) -> Snapshot:
    return Snapshot(
        px6_user_id=row.px6_user_id,
        read_at=row.read_at,
        balance=row.balance,
        currency=row.currency,
        ends={int(proxy_id): time_from_int(end * 1_000_000) for proxy_id, end in row.ends.items()},
    )


async def add(connection: AsyncConnection, telegram_id: int, account_id: int, number: int, now: datetime) -> None:
    """A further account of this person, under an id that nobody has, with the key proposed under this number."""
    values = {"telegram_id": account_id, "choices": {ADDED_WITH: number}, "created_at": now, "of_person": telegram_id}
    await connection.execute(insert(people).values(**values))


_CHOICES = select(people.c.telegram_id, people.c.choices).where(people.c.telegram_id.in_(rows_of("telegram_id")))


async def added_with(connection: AsyncConnection, telegram_id: int, number: int) -> int | None:
    """Which account of the person was added with the key that was proposed under this number."""
    rows = await connection.execute(_CHOICES, {"telegram_id": telegram_id})
    return next((row.telegram_id for row in rows if row.choices.get(ADDED_WITH) == number), None)


_CHOOSE = update(people).where(people.c.telegram_id == shared("person"))


async def choose(connection: AsyncConnection, telegram_id: int, current: int, own_until: int | None = None) -> None:
    """Commands act on the account `current` from now on. `own_until`: unless that was noted before."""
    until = func.coalesce(people.c.own_until, own_until) if own_until is not None else people.c.own_until
    await connection.execute(_CHOOSE.values(current=current, own_until=until), {"person": telegram_id})


async def rename(connection: AsyncConnection, telegram_id: int, name: str | None) -> None:
    """What the person calls this account; None: nothing, it is known by px6's number."""
    mine = update(people).where(people.c.telegram_id == telegram_id)
    await connection.execute(mine.values(account_name=name))


async def erase_first(connection: AsyncConnection, telegram_id: int) -> None:
    """Delete all that is of a person's first account, and nothing that is the person's. No message is of it then."""
    of_person_alone = (people, habits, broadcasts, key_tries)
    for table in reversed(metadata.sorted_tables):
        if table not in of_person_alone and "telegram_id" in table.c:
            await connection.execute(delete(table).where(table.c.telegram_id == telegram_id))
    mine = update(people).where(people.c.telegram_id == telegram_id)
    await connection.execute(mine.values(account_name=None, own_until=0))


# -- messages


_NOTE = upsert(account_messages).values(
    chat_id=bindparam("chat"),
    message_id=bindparam("message"),
    telegram_id=bindparam("owner"),
    sent_at=bindparam("at"),
)
_NOTED = _NOTE.on_conflict_do_nothing()
_OWNER = select(account_messages.c.telegram_id).where(
    account_messages.c.chat_id == bindparam("telegram_id"), account_messages.c.message_id == bindparam("message")
)


async def note_message(
    connection: AsyncConnection, telegram_id: int, chat_id: int, message_id: int, now: datetime
) -> None:
    """A message in this chat is of this account for ever."""
    values = {"chat": chat_id, "message": message_id, "owner": telegram_id, "at": now}
    await connection.execute(_NOTED, values)


async def owner_of_message(connection: AsyncConnection, telegram_id: int, message_id: int) -> int | None:
    """Which account a message in this person's chat, by their own id, is of, as far as that was noted."""
    found: int | None = await connection.scalar(_OWNER, {"telegram_id": telegram_id, "message": message_id})
    return found
