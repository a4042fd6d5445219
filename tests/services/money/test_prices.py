"""What px6's price table says for buttons and lists, and what no table says."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

import sandbox
from px6 import BadAnswer, Px6Client, Version
from sandbox.px6 import Profile, Px6State
from services.money.prices import (
    DailyPrices,
    all_periods,
    daily_prices,
    price_list,
    read_prices,
    sold_kinds,
    sold_periods,
)
from tests.quick import QuickPool, quicken
from tests.sample_proxies import a_proxy

D = Decimal
USUAL = (Version.IPV4, Version.SHARED, Version.IPV6)


@asynccontextmanager
async def seller(profile: Profile = "newest") -> AsyncIterator[tuple[Px6Client, Px6State]]:
    """A client, and the px6 that it asks."""
    async with sandbox.running(profile) as stand_ins:
        quicken(stand_ins.px6)
        pool = QuickPool([stand_ins.px6_url])
        yield pool.client(stand_ins.key), stand_ins.px6
        await pool.close()


def asked(px6: Px6State) -> list[dict[str, str]]:
    found = [call.params for call in px6.calls if call.method == "getprice"]
    px6.calls.clear()
    return found


async def test_periods_are_those_that_px6_sells_of_all_the_kinds_none_shorter_than_usual_and_nine_at_most() -> None:
    async with seller() as (client, px6):
        px6.set_prices("6", {30: "0.70", 5: "1.00", 3: "1.20", 60: "0.60"})
        px6.set_prices("4", {90: "3.60", 30: "4.00", 5: "6.00"})
        px6.set_prices("3", dict.fromkeys(range(12, 0, -1), "1.00"))
        assert await all_periods(client, ["6"]) == [3, 5, 30, 60]
        assert await all_periods(client, ["6", "4"]) == [5, 30]
        assert await all_periods(client, ["6", "no such kind"]) == [3, 5, 30, 60]
        assert await all_periods(client, ["no such kind"]) == []
        assert await sold_periods(client, ["6"], (30, 5)) == [5, 30, 60]
        assert await sold_periods(client, ["6"], (61,)) == (61,), "px6 sells none as long"
        assert await sold_periods(client, ["no such kind"], (7, 30)) == (7, 30)
        assert await sold_periods(client, ["3"], (2,)) == [2, 3, 4, 5, 6, 7, 8, 9, 10]
        assert asked(px6) == [{}]


async def test_without_a_table_no_period_is_known_and_prices_are_asked_one_by_one() -> None:
    async with seller("classic") as (client, px6):
        assert await all_periods(client, ["6"]) is None
        assert await sold_periods(client, ["6"], (7, 30)) == (7, 30)
        assert await daily_prices(client, Version.IPV6, (7, 30)) is None
        asked(px6)
        found = await price_list(client, 10, Version.IPV6, (7, 30))
        assert [(each.period, each.count, each.price) for each in found] == [(7, 10, D(63)), (30, 10, D(210))]
        assert sorted(each["period"] for each in asked(px6)) == ["30", "7"], "side by side, in any order"


async def test_a_price_a_day_has_four_digits_and_one_that_is_nothing_is_left_out() -> None:
    async with seller() as (client, px6):
        px6.set_prices("6", {3: "0.9834", 30: "0.70", 900: "0.00001"})
        found = await daily_prices(client, Version.IPV6, (900, 30, 7, 3))
        assert found == DailyPrices("RUB", {30: D("0.7000"), 3: D("0.9833")})
        assert await daily_prices(client, Version.IPV6, (7, 900)) is None
        assert [(each.period, each.count, each.price) for each in await price_list(client, 10, Version.IPV6, ())] == [
            (3, 10, D("29.50")), (30, 10, D("210.00")), (900, 10, D("0.10")),
        ]  # fmt: skip


async def test_what_so_many_cost_is_left_out_where_it_is_no_sum_of_money() -> None:
    async with seller() as (client, px6):
        px6.set_prices("6", {3: "1.20", 30: "30000000"})
        for count, periods in ((1, [3, 30]), (100, [3])):
            assert [each.period for each in await price_list(client, count, Version.IPV6, ())] == periods


@pytest.mark.parametrize(
    ("rates", "cheapest"),
    [({3: "1.20", 30: "0.70", 7: "0.90"}, 30), ({60: "0.70", 30: "0.70", 7: "0.90"}, 30),
     ({3: "0.70", 30: "0.70"}, None), ({30: "0.70"}, None)],
)  # fmt: skip
def test_the_cheapest_period_is_the_shortest_of_those_and_none_where_all_cost_the_same(
    rates: dict[int, str], cheapest: int | None
) -> None:
    assert DailyPrices("RUB", {days: D(rate) for days, rate in rates.items()}).cheapest == cheapest


@pytest.mark.parametrize(("profile", "kinds"), [("newest", (*USUAL, Version.MTPROTO)), ("current", USUAL)])
async def test_mtproto_stands_behind_the_usual_kinds_where_px6_sells_it(
    profile: Profile, kinds: Sequence[Version]
) -> None:
    async with seller(profile) as (client, _):
        assert tuple(await sold_kinds(client)) == kinds


@pytest.mark.parametrize("fault", ["503_before", "silent_before"])
async def test_nobody_waits_long_to_hear_whether_px6_sells_mtproto(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "silent_before":
        monkeypatch.setattr("services.money.prices.PATIENCE", 0.02)
    async with seller() as (client, px6):
        px6.fault(fault, "getprice", times=None)
        assert tuple(await sold_kinds(client)) == USUAL


async def test_prices_in_another_currency_than_the_list_are_read_anew_once_and_never_mixed() -> None:
    proxies = [a_proxy(1), a_proxy(2), a_proxy(3, version="4")]
    async with seller() as (client, px6):
        [account] = px6.accounts.values()
        with pytest.raises(BadAnswer, match="another currency"):
            await read_prices(client, proxies, {}, 30, "USD", by_table=True)
        assert asked(px6) == [{}, {}]
        with pytest.raises(BadAnswer, match="another currency"):
            await read_prices(client, [], {}, 30, "USD")
        px6.set_currency(account.key, "USD")
        found = await read_prices(client, proxies, {}, 30, "USD", by_table=True)
        assert (found.by_version, found.currency) == ({Version.IPV6: D("0.23"), Version.IPV4: D("1.33")}, "USD")
        assert asked(px6) == [{}]
        found = await read_prices(client, proxies, {}, 31, "USD", by_table=True)
        assert (found.by_version[Version.IPV6], found.period) == (D("0.24"), 31), "the table has no such period"
        assert sorted((each["version"], each["count"]) for each in asked(px6)) == [("4", "1"), ("6", "2")]


async def test_what_will_be_spent_is_asked_for_by_count_and_kept_for_a_while() -> None:
    async with seller() as (client, px6):
        for given, calls in (({}, 1), ({}, 0), ({"fresh": True}, 1)):
            found = await read_prices(client, [a_proxy(1), a_proxy(2)], {}, 30, "RUB", **given)
            assert found.by_version == {Version.IPV6: D(21)}
            assert asked(px6) == [{"count": "2", "period": "30", "version": "6"}] * calls


@pytest.mark.parametrize(
    ("profile", "kinds"), [("newest", {Version.IPV6, Version.MTPROTO}), ("current", {Version.IPV6})]
)
async def test_mtproto_is_priced_where_px6_sells_it(profile: Profile, kinds: set[Version]) -> None:
    async with seller(profile) as (client, px6):
        mixed = [a_proxy(1), a_proxy(2, version="5")]
        assert set((await read_prices(client, mixed, {}, 30, "RUB")).by_version) == kinds
        assert {each.get("version") for each in asked(px6)} - {None} == {str(kind) for kind in kinds}


async def test_who_has_no_mtproto_has_px6_asked_for_nothing_of_it() -> None:
    async with seller("classic") as (client, px6):
        await read_prices(client, [a_proxy(1)], {}, 30, "RUB")
        assert asked(px6) == [{"count": "1", "period": "30", "version": "6"}]
