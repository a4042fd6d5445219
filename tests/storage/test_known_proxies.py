"""What an order knows of the proxies that it bought."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import known_proxies


async def test_what_is_newer_counts(connection: AsyncConnection) -> None:
    await known_proxies.remember(connection, 1001, [], "4", auto_prolong=True)
    await known_proxies.remember(connection, 1001, [1, 2], "4", auto_prolong=True)
    await known_proxies.remember(connection, 1001, [2, 3], "6", auto_prolong=False)
    assert await known_proxies.versions_of(connection, 1001) == {1: "4", 2: "6", 3: "6"}
    assert await known_proxies.auto_prolonged_of(connection, 1001) == {1}
    assert await known_proxies.versions_of(connection, 1002) == {}
