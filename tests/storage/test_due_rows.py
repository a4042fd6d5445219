"""Rows that are due: from that moment on, once, the oldest first, and only of whom one asks for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import price_watches
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW


async def watched(connection: AsyncConnection, person: int, period: int, look_at: timedelta) -> None:
    values = {"version": "ipv6", "period": period, "price": Decimal(1), "currency": "RUB", "since": NOW}
    await price_watches.put(connection, person, {**values, "look_at": NOW + look_at})


async def taken(
    connection: AsyncConnection, *people: int, most: int = 9, later: timedelta = timedelta(0)
) -> list[int]:
    now = NOW + later
    found = await price_watches.take(connection, now, now + HOUR, most, people)
    return [one.period for one in found]


@pytest.mark.parametrize(("look_at", "due"), [(-SECOND, True), (timedelta(0), True), (SECOND, False)])
async def test_it_is_due_from_that_very_moment_on(connection: AsyncConnection, look_at: timedelta, due: bool) -> None:
    await watched(connection, 1001, 30, look_at)
    assert await price_watches.is_due(connection, NOW) is due
    assert await taken(connection) == ([30] if due else [])
    assert not await price_watches.is_due(connection, NOW)


async def test_what_was_taken_is_taken_again_only_at_its_next_time(connection: AsyncConnection) -> None:
    await watched(connection, 1001, 30, -SECOND)
    assert await taken(connection) == [30]
    assert await taken(connection, later=HOUR - SECOND) == []
    assert await taken(connection, later=HOUR) == [30]


async def test_the_oldest_come_first_and_only_of_whom_one_asks_for(connection: AsyncConnection) -> None:
    for person, period, ago in ((1001, 7, 1), (1001, 30, 3), (1002, 60, 2), (1002, 90, 4)):
        await watched(connection, person, period, -ago * SECOND)
    assert await taken(connection, 1001, most=1) == [30]
    assert await taken(connection, most=2) == [60, 90], "the two that are left of the oldest, by their numbers"
    assert await taken(connection, 1002) == []
    assert await taken(connection, 1001, 1002) == [7]
