"""What was deleted, when, and how much of it was left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import deletions


async def add(
    connection: AsyncConnection,
    telegram_id: int,
    *,
    px6_user_id: str,
    now: datetime,
    certain: bool,
    proxies: Sequence[dict[str, Any]],
) -> None:
    """`proxies`: id, host, country, comment, days_left of each. `certain` False: px6 did not say."""
    await connection.execute(
        insert(deletions).values(
            telegram_id=telegram_id,
            px6_user_id=px6_user_id,
            deleted_at=now,
            certain=certain,
            proxies=list(proxies),
        )
    )


async def of(connection: AsyncConnection, telegram_id: int, limit: int | None = None) -> Sequence[RowMapping]:
    """A person's deletions, newest first."""
    query = (
        select(deletions).where(deletions.c.telegram_id == telegram_id).order_by(deletions.c.id.desc()).limit(limit)
    )
    return (await connection.execute(query)).mappings().all()
