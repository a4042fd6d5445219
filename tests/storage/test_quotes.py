"""Quotes: which tap wins, and which are kept."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import quotes
from tests.durations import SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_quote


async def test_one_tap_wins_if_the_quote_is_fresh_and_the_persons(connection: AsyncConnection) -> None:
    for name in "ab":
        await a_quote(connection, name)
    assert await quotes.take(connection, 1001, "a", NOW + SECOND) is None
    assert await quotes.take(connection, 1002, "a", NOW) is None
    won = await quotes.take(connection, 1001, "a", NOW)
    assert won is not None
    assert won.id == "a"
    assert await quotes.take(connection, 1001, "a", NOW) is None
    assert await quotes.take(connection, 1001, "b", NOW - SECOND) is not None
    assert await quotes.get(connection, "a", 1002) is None
    assert await quotes.get(connection, "a", 1001) == await quotes.get(connection, "a")


async def test_only_open_quotes_make_room_for_newer_ones(
    connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotes, "KEPT_OPEN", 2)
    await a_quote(connection, "claimed")
    assert await quotes.take(connection, 1001, "claimed", NOW) is not None
    await a_quote(connection, "newest", created_at=NOW + 2 * SECOND)
    await a_quote(connection, "oldest", created_at=NOW)
    await a_quote(connection, "middle", created_at=NOW + SECOND)
    names = ("claimed", "oldest", "middle", "newest")
    assert [name for name in names if await quotes.get(connection, name)] == ["claimed", "middle", "newest"]
