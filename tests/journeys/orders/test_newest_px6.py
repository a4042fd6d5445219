"""What px6 sells in 2026, and the same where px6 does not know it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.customers import Customer, new_customer
from tests.durations import DAY
from tests.world import World, new_world


@pytest.fixture
async def newest(tmp_path: Path) -> AsyncIterator[Customer]:
    """Person 1001 at the newest px6, with 5,000 RUB and no proxies."""
    async with new_world(tmp_path, profile="newest") as world:
        yield await new_customer(world)


def asked(world: World, method: str) -> list[dict[str, str]]:
    found = [call.params for call in world.px6.calls if call.method == method]
    world.px6.calls.clear()
    return found


async def test_all_prices_come_in_one_call_and_the_purchase_is_quoted_by_count(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    text = await phone.says("/price")
    assert "30 days: 21.00 RUB (0.70 RUB per proxy per day)" in text and "90 days: 58.50 RUB" in text
    await phone.taps("MTProto")
    assert "30 days: 90.00 RUB" in await phone.reads()
    await phone.taps("10")
    assert "30 days: 900.00 RUB" in await phone.reads()
    assert asked(world, "getprice") == [{}]
    for label in ("Buy", "Netherlands · 340", "30 days"):
        await phone.taps(label)
    assert "Buy 10 × MTProto, Netherlands, 30 days" in await phone.reads()
    assert asked(world, "getprice") == [{"count": "10", "period": "30", "version": "5"}]


async def test_the_countries_stand_there_once_with_their_stock_from_one_call(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    await phone.says("/buy")
    await phone.taps("IPv6")
    assert "🇳🇱 Netherlands · 2,400" in await phone.labels()
    assert (asked(world, "getcount"), asked(world, "getcountry")) == ([{}], [])


async def test_only_periods_that_px6_sells_are_on_buttons(newest: Customer) -> None:
    phone, world = newest.phone, newest.world
    world.px6.set_prices("6", {5: "1.00", 30: "0.70", 180: "0.60"})
    for label in ("/buy", "IPv6", "Germany · 800"):
        await (phone.says(label) if label == "/buy" else phone.taps(label))
    assert [label for label in await phone.labels() if "day" in label.lower()] == [
        "5 days",
        "30 days",
        "180 days",
        "Other days",
    ]
    newest.add(1, ends_in=DAY)
    await phone.says("/prolong")
    assert [label for label in await phone.labels() if "day" in label.lower()] == [
        "30 days",
        "180 days",
        "Other days",
    ]


async def test_the_forecast_takes_all_prices_from_the_table(newest: Customer) -> None:
    for version in ("3", "4", "5", "6"):
        newest.add(1, version=version, ends_in=10 * DAY)
    newest.world.px6.calls.clear()
    assert "264.00 RUB" in await newest.phone.says("/forecast")
    assert asked(newest.world, "getprice") == [{}]


async def test_px6_without_a_table_is_asked_one_by_one_and_found_out_once_a_day(classic_world: World) -> None:
    phone = classic_world.phone()
    await phone.connects()
    classic_world.px6.calls.clear()
    assert "30 days: 21.00 RUB (0.70 RUB per proxy per day)" in await phone.says("/price")
    assert "MTProto" not in await phone.labels()
    without = [params for params in asked(classic_world, "getprice") if "count" not in params]
    assert len(without) == 1
    await phone.says("/buy")
    assert "MTProto" not in await phone.labels()
    await phone.taps("IPv6")
    await phone.says("/forecast")
    assert [params for params in asked(classic_world, "getprice") if "count" not in params] == []
    assert "px6" in await phone.says("/buy 1 30 nl mtproto")
    assert classic_world.px6.books(classic_world.key) == []
