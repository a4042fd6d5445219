"""What only the newest px6 has: MTProto, proxies that take both protocols, the stock of everything in one call."""

from __future__ import annotations

from tests.sandbox.px6.conftest import Api


async def test_mtproto_is_counted_priced_and_bought_without_a_type(newest: Api) -> None:
    assert (await newest("getcount", country="nl", version=5))["count"] == 340
    assert "nl" in (await newest("getcountry", version=5))["list"]
    assert (await newest("getprice", count=1, period=30, version=5))["price"] == 90
    wish = {"count": 1, "period": 30, "country": "nl", "version": 5}
    assert await newest.refused("buy", **wish, type="http") == 260
    (item,) = (await newest("buy", **wish))["list"].values()
    assert (item["version"], item["type"], item["user"], item["pass"]) == ("5", "mtproto", "", "")
    assert item["secret"].startswith("dd") and len(item["secret"]) == 34
    newest.state.rules.secret_in = "pass"
    (listed,) = (await newest("getproxy"))["list"].values()
    assert "secret" not in listed and listed["pass"] == item["secret"]


async def test_mtproto_is_prolonged_unless_the_rules_refuse_it(newest: Api) -> None:
    one = newest.state.add_proxy(newest.account.key, version="5")
    newest.state.top_up(newest.account.key, 100)
    assert (await newest("prolong", period=30, ids=one.id))["price"] == "90.00"
    newest.state.rules.prolongs_mtproto = False
    assert await newest.refused("prolong", period=30, ids=one.id) == 230


async def test_what_is_bought_takes_both_protocols_and_no_other_can_be_set(newest: Api) -> None:
    await newest("buy", count=1, period=7, country="ru", type="socks")
    (item,) = (await newest("getproxy"))["list"].values()
    assert item["type"] == "auto"
    assert await newest.refused("settype", ids=item["id"], type="http") == 110


async def test_prices_and_stock_of_everything_come_in_one_call_each(newest: Api) -> None:
    assert (await newest("getprice"))["data"]["5"]["30"] == 90
    grid = (await newest("getcount"))["count"]
    assert grid.keys() == {"3", "4", "5", "6"} and grid["6"]["ru"] == 971
    assert await newest.refused("getcount", version=6) == 220


async def test_other_px6_know_neither_mtproto_nor_the_grid(current: Api) -> None:
    assert await current.refused("getprice", count=1, period=30, version=5) == 240
    assert await current.refused("getcount") == 220
    one = current.state.add_proxy(current.account.key, version="5")
    assert await current.refused("prolong", period=30, ids=one.id) == 230
