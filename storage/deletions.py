"""What is or was to be deleted, when, how much of it was left, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import deletions


async def add(
    connection: AsyncConnection,
    telegram_id: int,
    *,
    px6_user_id: str,
    now: datetime,
    proxies: Sequence[dict[str, Any]],
) -> int:
    """A deletion that is about to be sent; gives its id.

    `proxies`: id, host, country, comment, days_left and gone (None: not known) of each. It is not `certain` before
    that is known of all, and the person knows it.
    """
    values = {"px6_user_id": px6_user_id, "deleted_at": now, "certain": False, "proxies": list(proxies)}
    statement = insert(deletions).values(telegram_id=telegram_id, **values).returning(deletions.c.id)
    return int((await connection.execute(statement)).scalar_one())


async def change(connection: AsyncConnection, deletion_id: int, **values: Any) -> None:
    await connection.execute(update(deletions).where(deletions.c.id == deletion_id).values(**values))


async def get(connection: AsyncConnection, deletion_id: int) -> RowMapping | None:
    query = select(deletions).where(deletions.c.id == deletion_id)
    return (await connection.execute(query)).mappings().first()


async def of(
    connection: AsyncConnection, telegram_id: int, limit: int | None = None, offset: int = 0
) -> Sequence[RowMapping]:
    """A person's deletions, newest first."""
    query = select(deletions).where(deletions.c.telegram_id == telegram_id).order_by(deletions.c.id.desc())
    return (await connection.execute(query.limit(limit).offset(offset))).mappings().all()


async def open_ids(connection: AsyncConnection) -> Sequence[int]:
    """Deletions whose outcome is not known, or not told."""
    query = select(deletions.c.id).where(~deletions.c.certain).order_by(deletions.c.id)
    return (await connection.execute(query)).scalars().all()
