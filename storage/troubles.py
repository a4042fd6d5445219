"""What operators were told that is not over yet."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import upsert
from storage.schema import troubles


async def told(connection: AsyncConnection) -> dict[str, datetime]:
    """All by their names, with the time since when."""
    rows = await connection.execute(select(troubles.c.name, troubles.c.since))
    return {str(name): since for name, since in rows}


async def begin(connection: AsyncConnection, name: str, since: datetime) -> bool:
    """Note one before it is told; False when another process has told it."""
    statement = upsert(troubles).values(name=name, since=since).on_conflict_do_nothing().returning(troubles.c.name)
    return (await connection.execute(statement)).first() is not None


async def end(connection: AsyncConnection, names: Collection[str]) -> bool:
    """Note that these are over; False when another process has told that."""
    return bool((await connection.execute(delete(troubles).where(troubles.c.name.in_(names)))).rowcount)
