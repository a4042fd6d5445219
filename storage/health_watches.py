"""Proxies that are checked for people again and again: which looks are due, how far they are, what was told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import RowMapping, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.health import HealthFall, HealthWatch
from storage.due_rows import DueRows
from storage.engine.dialects import upsert
from storage.engine.types import UtcTime, plain
from storage.schema import health_falls, health_watches

KEY = ["telegram_id", "which", "value"]

_MINE = (health_watches.c.id == bindparam("number")) & (health_watches.c.telegram_id == bindparam("person"))
_ONE, _CHANGE = select(health_watches).where(_MINE), update(health_watches).where(_MINE)
_REMOVE = delete(health_watches).where(_MINE)
_CHANGE_CLAIMED = _CHANGE.where(health_watches.c.look_at == bindparam("claim"))
_OF_PERSON = (
    select(health_watches).where(health_watches.c.telegram_id == bindparam("person")).order_by(health_watches.c.id)
)


async def put(connection: AsyncConnection, telegram_id: int, values: dict[str, Any]) -> int:
    """Watch these proxies, in place of what the person had for the same ones; gives its number."""
    statement = upsert(health_watches).values(telegram_id=telegram_id, **values)
    stored = statement.on_conflict_do_update(index_elements=KEY, set_=values).returning(health_watches.c.id)
    return int((await connection.execute(stored)).scalar_one())


async def of_person(connection: AsyncConnection, telegram_id: int) -> list[HealthWatch]:
    """The person's watches, oldest first."""
    return [_watch(row) for row in (await connection.execute(_OF_PERSON, {"person": telegram_id})).mappings()]


async def one(connection: AsyncConnection, telegram_id: int, number: int) -> HealthWatch | None:
    """A watch of this person's; None when there is none."""
    row = (await connection.execute(_ONE, {"person": telegram_id, "number": number})).mappings().first()
    return None if row is None else _watch(row)


async def change(connection: AsyncConnection, telegram_id: int, number: int, **values: Any) -> bool:
    """Change a watch of this person's; False when there is none. Another `look_at` ends the claim of a look."""
    mine = {"person": telegram_id, "number": number}
    return (await connection.execute(_CHANGE, mine | values)).rowcount == 1


async def change_claimed(
    connection: AsyncConnection, telegram_id: int, number: int, claim: datetime, **values: Any
) -> bool:
    """Change a watch whose look this task has claimed until `claim`; False when it has not any more."""
    mine = {"person": telegram_id, "number": number, "claim": claim}
    return (await connection.execute(_CHANGE_CLAIMED, mine | values)).rowcount == 1


async def remove(connection: AsyncConnection, telegram_id: int, number: int) -> bool:
    """End a watch of this person's; False when there is none."""
    return (await connection.execute(_REMOVE, {"person": telegram_id, "number": number})).rowcount == 1


async def is_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether any look is due; most of the time none is."""
    return await _DUE.any(connection, now)


async def take(
    connection: AsyncConnection, now: datetime, claim: datetime, most: int, allowed: Collection[int] = ()
) -> list[HealthWatch]:
    """Claim looks that are due, for nobody else before `claim`; those that wait longest come first.

    A look that was cut off goes on: its `began_at` stays. Only of people who are `allowed`; without any, of all.
    """
    return await _DUE.take(connection, now, claim, most, allowed)


async def add_fall(connection: AsyncConnection, telegram_id: int, **values: Any) -> int:
    """Keep which proxies a message is about; gives its number for the buttons."""
    statement = upsert(health_falls).values(telegram_id=telegram_id, **values).returning(health_falls.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def fall(connection: AsyncConnection, telegram_id: int, number: int) -> HealthFall | None:
    """What a message to this person was about; None when it is kept no longer."""
    query = select(health_falls).where(health_falls.c.id == number, health_falls.c.telegram_id == telegram_id)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else msgspec.convert(plain(row), HealthFall, strict=False)


def _watch(row: RowMapping) -> HealthWatch:
    return msgspec.convert(plain(row), HealthWatch, strict=False)


_BEGAN = func.coalesce(health_watches.c.began_at, bindparam("now", type_=UtcTime()))
_DUE = DueRows(health_watches, _watch, {"began_at": _BEGAN})
