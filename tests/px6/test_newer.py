"""What newer servers tell besides, and how it is found out that one does not."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import px6
import sandbox
from px6 import Protocol, Px6Client, Px6Pool, Throttle, Version, newer, wire
from sandbox.px6 import Profile
from tests.px6.server import PROXY
from tests.px6.wire_methods import decoded

DAY = 86_400.0
SECRET = "dd" + "0f" * 16


class Clock:
    """Monotonic seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def methods(running: sandbox.Running) -> list[tuple[str, dict[str, str]]]:
    return [(call.method, call.params) for call in running.px6.calls]


async def test_prices_and_stock_of_everything_are_one_call_each() -> None:
    async with sandbox.running("newest") as running, client_of(running) as client:
        assert not client.has_price_table
        table, grid = await client.price_table(), await client.stock_grid()
        assert client.has_price_table
        assert table is not None and grid is not None
        assert table.price(Version.MTPROTO, 30) == Decimal(90) and table.price("6", 5) is None
        assert table.periods("6") == (3, 7, 14, 30, 60, 90) and table.periods("9") == ()
        assert grid.counts["5"]["nl"] == 340
        assert await client.price_table() is table
        assert methods(running) == [("getprice", {}), ("getcount", {})]


@pytest.mark.parametrize("profile", ["classic", "current"])
async def test_a_server_without_them_is_asked_once_a_day_for_all_keys(profile: Profile) -> None:
    async with sandbox.running(profile) as running:
        clock = Clock()
        pool = Px6Pool([running.px6_url], clock=clock)
        other = running.px6.add_account()
        for key in (running.key, other.key, running.key):
            assert await pool.client(key).stock_grid() is None
            assert (await pool.client(key).price_table() is None) == (profile == "classic")
        asked = [method for method, _ in methods(running)]
        assert asked.count("getcount") == 1 and asked.count("getprice") == (1 if profile == "classic" else 2)
        clock.now += DAY
        assert await pool.client(running.key).stock_grid() is None
        assert len(methods(running)) == len(asked) + 1
        await pool.close()


async def test_where_there_is_no_table_a_kind_is_sold_that_has_a_price_which_is_asked_for_once() -> None:
    async with sandbox.running("classic") as running, client_of(running) as client:
        asked: list[tuple[str, dict[str, str]]] = [("getprice", {})]
        for version, is_sold in ((Version.IPV6, True), (Version.MTPROTO, False), (Version.IPV6, True)):
            assert await client.sells(version) is is_sold
        asked += [("getprice", {"count": "1", "period": "30", "version": version}) for version in ("6", "5")]
        assert methods(running) == asked


async def test_a_method_that_the_server_does_not_have_is_known_to_all_keys_for_a_day() -> None:
    async with sandbox.running("newest") as running:
        clock = Clock()
        pool = Px6Pool([running.px6_url], clock=clock)
        mine, others = pool.client(running.key), pool.client("another-key")
        proxy = (await mine.proxies()).proxies[0]
        assert not mine.lacks("settype")
        with pytest.raises(px6.WrongMethod):
            await mine.set_type([proxy.id], Protocol.SOCKS)
        clock.now += DAY - 1
        assert mine.lacks("settype") and others.lacks("settype") and not others.lacks("ipauth")
        clock.now += 1
        assert not mine.lacks("settype")
        await pool.close()


async def test_a_refused_key_says_nothing_of_the_table() -> None:
    async with sandbox.running("newest") as running, client_of(running) as client:
        running.px6.restrict(running.key, ["192.0.2.1"])
        for ask in (client.price_table, client.stock_grid):
            with pytest.raises(px6.WrongAddress):
                await ask()
        running.px6.restrict(running.key, [])
        assert await client.price_table() and await client.stock_grid()


async def test_the_customer_is_told_where_px6_tells() -> None:
    for profile in ("classic", "current"):
        async with sandbox.running(profile) as running, client_of(running) as client:
            found = await client.account()
            assert (found.email is None, found.balance_ref) == (
                (True, None) if profile == "classic" else (False, Decimal("0.00"))
            )


@pytest.mark.parametrize("odd", [7, "", "a b@c", "no address", "a@" + "b" * 300, None, [], "a@b\u202ec"])
def test_what_is_no_address_of_a_customer_is_left_out(odd: object) -> None:
    found = decoded(newer.ACCOUNT, email=odd, balance_ref=odd)
    assert found.email is None and found.balance_ref == (Decimal(7) if odd == 7 else None)


def test_prices_may_be_numbers_or_texts_and_what_is_none_is_left_out() -> None:
    data = {
        "6": {"3": 2.95, "7": "5.51", "x": 1, "14": None, "30": -1, "60": 0, "0": 5, "-7": 5},
        "7": {"30": "1"},
        "4": [],
        "1 2": {"30": 1},
        "3": "no",
    }
    assert decoded(newer.PRICE_TABLE, data=data).prices == {
        "6": {3: Decimal("2.95"), 7: Decimal("5.51")},
        "7": {30: Decimal(1)},
    }
    nothing: tuple[object, ...] = ([], None, "", 7, {})
    for none in nothing:
        assert not decoded(newer.PRICE_TABLE, data=none)


def test_counts_may_be_numbers_or_texts_and_what_is_none_is_left_out() -> None:
    grid = {"4": {"RU": 971, "us": "5", "usa": 5, "de": -1, "fr": None}, "5": [], "6 6": {"ru": 1}}
    assert decoded(newer.STOCK_GRID, count=grid).counts == {"4": {"ru": 971, "us": 5}, "5": {}}
    nothing: tuple[object, ...] = ([], None, 971, "971", {})
    for none in nothing:
        assert not decoded(newer.STOCK_GRID, count=none)


@pytest.mark.parametrize("where", [{"secret": SECRET}, {"pass": SECRET}, {"user": "", "pass": "", "secret": SECRET}])
def test_an_mtproto_proxy_needs_no_login(where: dict[str, Any]) -> None:
    item = {name: value for name, value in PROXY.items() if name not in ("user", "pass", "type")}
    for version in ("5", 5):
        found = decoded(wire.PROXIES, list=[PROXY, item | {"id": "12", "version": version} | where])
        assert found.unreadable == 0
    assert (found.proxies[1].secret or found.proxies[1].password) == SECRET
    assert SECRET not in repr(found.proxies[1])
    bought = decoded(wire.purchase("nl", "", "5"), count=1, price=1, period=3, list=[item | where])
    assert bought.proxies[0].version == "5"


def test_kinds_and_types_that_nobody_knows_do_not_break_a_list() -> None:
    found = decoded(wire.PROXIES, list=[PROXY | {"version": 9, "type": "quic"}, PROXY | {"id": "12", "type": "auto"}])
    assert [(proxy.version, proxy.type) for proxy in found.proxies] == [("9", "quic"), (None, "auto")]
    odd: tuple[object, ...] = ([], {}, True, 1.5, "9" * 20)
    for version in odd:
        found = decoded(wire.PROXIES, list=[PROXY, PROXY | {"id": "12", "version": version}])
        assert [proxy.id for proxy in found.proxies][:1] == [11] and len(found.proxies) + found.unreadable == 2


def test_a_date_with_an_offset_stands_in_for_missing_seconds() -> None:
    newest = {"unixtime_end": "", "date_end": "2016-07-12 11:50:41", "date_end_iso": "2016-07-12T12:50:41+04:00"}
    for item in (newest, newest | {"date_end_iso": None}, {"unixtime_end": 0, "date_end_iso": "2016-07-12T11:50:41"}):
        (proxy,) = decoded(wire.PROXIES, list=[PROXY | item]).proxies
        assert proxy.ends_at == datetime(2016, 7, 12, 8, 50, 41, tzinfo=UTC)


def client_of(running: sandbox.Running) -> Px6Client:
    running.px6.rules.limit = 99
    return Px6Client(running.key, urls=[running.px6_url], throttle=Throttle(99))
