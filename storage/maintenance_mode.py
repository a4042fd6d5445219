"""The maintenance mode: at most one row, which keeps new payments from beginning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from model.operators import Maintenance
from storage import locks
from storage.engine.database import Database, Lookup
from storage.engine.dialects import upsert
from storage.engine.types import time_from_int
from storage.schema import maintenance

_NOW = select(maintenance.c.since, maintenance.c.text)
_LOOKUP = Lookup(_NOW)


async def current(connection: AsyncConnection) -> Maintenance | None:
    """The mode as this transaction sees it; None: it is off."""
    row = (await connection.execute(_NOW)).mappings().first()
    return None if row is None else Maintenance(**row)


async def look_up(database: Database) -> Maintenance | None:
    """The mode now, read without SQLAlchemy, since the home screen needs it."""
    row = await database.look_up(_LOOKUP)
    return None if row is None else Maintenance(since=time_from_int(row[0]), text=row[1])


async def switch_on(connection: AsyncConnection, text: str | None, now: datetime) -> None:
    """Begin; or change only the text, where it is on. A payment claimed just now comes before it or not at all."""
    await locks.alone(connection, locks.MAINTENANCE)
    statement = upsert(maintenance).values(number=1, since=now, text=text)
    await connection.execute(statement.on_conflict_do_update(index_elements=["number"], set_={"text": text}))


async def switch_off(connection: AsyncConnection) -> None:
    await connection.execute(delete(maintenance))
