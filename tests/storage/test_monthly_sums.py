"""What a person paid, by the months of where they live."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import PaidSum
from storage import monthly_sums
from tests.storage.sample_rows import a_confirmation, an_order

MONTH_END = datetime(2026, 10, 31, 20, 59, 59, tzinfo=UTC)  # 23:59:59 in Moscow
NEW_MONTH = datetime(2026, 10, 31, 21, 0, tzinfo=UTC)


async def paid(connection: AsyncConnection, *at: datetime, **changed: Any) -> None:
    confirmed = await a_confirmation(connection, f"{at}{changed}")
    for moment in at:
        given: dict[str, Any] = {"charged": Decimal("10.00"), "state": "done", "confirmed_at": moment} | changed
        await an_order(connection, confirmed, **given)


async def months(connection: AsyncConnection, zone: str | None = None, most: int = 9) -> list[tuple[str, str, int]]:
    found = await monthly_sums.by_month(connection, 1001, ZoneInfo(zone) if zone else None, most)
    return [(f"{each.month:%m-%d}", f"{each.sum} {each.currency}", each.count) for each in found]


@pytest.mark.parametrize(
    ("zone", "sums"),
    [("Europe/Moscow", [("10-31", "10.00 RUB", 1), ("10-31", "10.00 RUB", 1)]), ("UTC", [("10-31", "20.00 RUB", 2)]),
     (None, [("10-31", "20.00 RUB", 2)])],
)  # fmt: skip
async def test_a_month_begins_at_midnight_where_the_person_lives(
    connection: AsyncConnection, zone: str | None, sums: list[tuple[str, str, int]]
) -> None:
    await paid(connection, MONTH_END, NEW_MONTH)
    assert await months(connection, zone) == sums


async def test_a_month_begins_with_its_first_microsecond(connection: AsyncConnection) -> None:
    first = datetime(2026, 10, 1, tzinfo=UTC)
    before = datetime(2026, 9, 30, 23, 59, 59, 999999, tzinfo=UTC)
    await paid(connection, first, before, first.replace(hour=5, minute=6, second=7, microsecond=8))
    assert await months(connection) == [("10-01", "20.00 RUB", 2), ("09-30", "10.00 RUB", 1)]


async def test_sums_are_told_apart_by_currency_and_the_newest_are_kept(connection: AsyncConnection) -> None:
    await paid(connection, MONTH_END)
    await paid(connection, MONTH_END, currency="EUR")
    await paid(connection, datetime(2026, 8, 5, tzinfo=UTC))
    everything = [("10-31", "10.00 EUR", 1), ("10-31", "10.00 RUB", 1), ("08-05", "10.00 RUB", 1)]
    for most in (1, 2, 3, 4):
        assert await months(connection, most=most) == everything[:most]


@pytest.mark.parametrize("changed", [{"state": "unknown"}, {"charged": None}, {"telegram_id": 1002}])
async def test_only_what_the_person_certainly_paid_counts(
    connection: AsyncConnection, changed: dict[str, Any]
) -> None:
    await paid(connection, MONTH_END)
    await paid(connection, NEW_MONTH, datetime(2026, 12, 1, tzinfo=UTC), **changed)
    assert await months(connection) == [("10-31", "10.00 RUB", 1)]


async def test_what_was_paid_since_a_moment_tells_rules_and_currencies_apart(connection: AsyncConnection) -> None:
    before, second = datetime(2026, 10, 31, 20, 59, 59, tzinfo=UTC), timedelta(seconds=1)
    await paid(connection, before, NEW_MONTH, NEW_MONTH + second)
    await paid(connection, NEW_MONTH, currency="EUR")
    by_rule = await a_confirmation(connection, "by a rule", source="rule")
    await an_order(connection, by_rule, charged=Decimal("1.50"), state="done", confirmed_at=NEW_MONTH)
    for changed in ({"state": "unknown"}, {"charged": None}, {"telegram_id": 1002}):
        await paid(connection, NEW_MONTH, **changed)
    assert await monthly_sums.paid_since(connection, 1001, NEW_MONTH) == [
        PaidSum("EUR", Decimal("10.00"), Decimal("0.00")),
        PaidSum("RUB", Decimal("21.50"), Decimal("1.50")),
    ]
    assert await monthly_sums.paid_since(connection, 1001, NEW_MONTH + 2 * second) == []
