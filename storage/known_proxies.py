"""What px6 does not tell of a proxy, and the order that bought it knows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.dialects import replacing
from storage.schema import known_proxies

_REMEMBER = replacing(known_proxies, "version", "auto_prolong", by=("telegram_id", "proxy_id"))


async def remember(
    connection: AsyncConnection, telegram_id: int, ids: Iterable[int], version: str, *, auto_prolong: bool
) -> None:
    """Write down the kind of bought proxies, and whether px6 prolongs them by itself."""
    rows = [
        {"telegram_id": telegram_id, "proxy_id": proxy_id, "version": version, "auto_prolong": auto_prolong}
        for proxy_id in ids
    ]
    if rows:
        await connection.execute(_REMEMBER, rows)


_VERSIONS = select(known_proxies.c.proxy_id, known_proxies.c.version).where(
    known_proxies.c.telegram_id == bindparam("telegram_id")
)


async def versions_of(connection: AsyncConnection, telegram_id: int) -> dict[int, str]:
    """The kind (a value of px6's `Version`) of each proxy that the person bought here, by its id."""
    return {row.proxy_id: row.version for row in await connection.execute(_VERSIONS, {"telegram_id": telegram_id})}


async def auto_prolonged_of(connection: AsyncConnection, telegram_id: int) -> frozenset[int]:
    """Ids of proxies bought here that px6 prolongs by itself."""
    query = select(known_proxies.c.proxy_id).where(
        known_proxies.c.telegram_id == telegram_id, known_proxies.c.auto_prolong
    )
    return frozenset((await connection.execute(query)).scalars())
