"""Answers have the document's shapes in `classic`, and the newer fields and types in `current`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.sandbox.px6.conftest import NOW, Api

ACCOUNT = {"status": "yes", "balance": "100.00", "currency": "RUB"}
ITEM = {
    "id": str,
    "ip": str,
    "host": str,
    "port": str,
    "user": str,
    "pass": str,
    "type": str,
    "date": str,
    "date_end": str,
    "unixtime": int,
    "unixtime_end": int,
    "active": str,
}


NEWER_ITEM = {**ITEM, "version": str, "date_iso": str, "date_end_iso": str}


def types(item: dict[str, Any]) -> dict[str, type]:
    return {name: type(value) for name, value in item.items()}


async def test_the_bare_call_answers_the_four_fields_of_the_document(classic: Api) -> None:
    wanted = {**ACCOUNT, "user_id": classic.account.user_id}
    assert await classic() == wanted
    assert (await classic.raw("/")).json == wanted


async def test_every_method_is_reached_with_and_without_a_slash_at_the_end(api: Api) -> None:
    for tail in ("/getcount?country=ru", "/getcount/?country=ru"):
        assert (await api.raw(tail)).json["count"] == 971


async def test_prices_are_numbers_and_the_single_one_is_for_one_day(classic: Api) -> None:
    reply = await classic("getprice", count=100, period=30)
    assert reply == {
        **ACCOUNT,
        "user_id": classic.account.user_id,
        "price": 2100,
        "price_single": 0.7,
        "period": 30,
        "count": 100,
    }
    assert (await classic("getprice", count=1, period=7))["price"] == 6.3
    assert (await classic("getprice", count=1, period=30, version=4))["price"] == 120
    assert (await classic("getprice", count=1, period=30, version=3))["price"] == 33


async def test_stock_and_countries_are_by_version_and_empty_stock_is_not_listed(api: Api) -> None:
    assert (await api("getcount", country="fi", version=4))["count"] == 0
    assert (await api("getcount", country="by"))["count"] == 0
    assert "fi" not in (await api("getcountry", version=4))["list"]
    assert (await api("getcountry", version=3))["list"] == ["ru", "us", "de", "nl", "pl"]


async def test_a_listed_proxy_has_the_documents_fields_and_types(classic: Api) -> None:
    proxy = classic.state.add_proxy(classic.account.key, version="4", comment="shop", ends_in=timedelta(days=2))
    reply = await classic("getproxy")
    assert reply.keys() == {*ACCOUNT, "user_id", "list_count", "list"}
    item = reply["list"][str(proxy.id)]
    assert types(item) == {**ITEM, "country": str, "descr": str}
    assert (item["ip"], item["active"], item["descr"]) == (item["host"], "1", "shop")
    assert item["date_end"] == "2026-06-03 15:00:00"  # Moscow
    assert item["unixtime_end"] == int((NOW + timedelta(days=2)).timestamp())


async def test_a_newer_server_adds_version_page_and_date_mod(current: Api) -> None:
    current.state.add_proxy(current.account.key, version="3")
    reply = await current("getproxy", nokey="")
    assert reply["page"] == 1
    assert reply["date_mod"] == "2026-06-01 15:00:00"
    assert [item["version"] for item in reply["list"]] == ["3"]


async def test_a_newer_server_tells_more_of_the_customer_where_no_method_is_called(current: Api) -> None:
    reply = await current()
    assert reply["email"] == f"customer{current.account.user_id}@example.com"
    assert reply["balance_ref"] == "0.00"
    assert "email" not in await current("getproxy")


async def test_an_empty_list_and_a_page_past_the_end_are_arrays(api: Api) -> None:
    assert (await api("getproxy"))["list"] == []
    api.state.add_proxy(api.account.key)
    past = await api("getproxy", page=2)
    assert (past["list"], past["list_count"]) == ([], 0)


async def test_pages_hold_what_limit_says_and_lists_are_arrays_with_nokey(api: Api) -> None:
    ids = [str(api.state.add_proxy(api.account.key).id) for _ in range(5)]
    first = await api("getproxy", limit=3, nokey="")
    assert [item["id"] for item in first["list"]] == ids[:3]
    second = await api("getproxy", limit=3, page=2)
    assert list(second["list"]) == ids[3:]
    assert second["list_count"] == 2


async def test_states_and_comments_filter(api: Api) -> None:
    for hours, comment in ((-1, "a"), (1, "a"), (24 * 9, "a & b")):
        api.state.add_proxy(api.account.key, ends_in=timedelta(hours=hours), comment=comment)

    async def comments(**params: object) -> list[str]:
        return [item["descr"] for item in (await api("getproxy", nokey="", **params))["list"]]

    assert len(await comments(state="all", descr="")) == 3
    assert await comments(state="active") == ["a", "a & b"]
    assert await comments(state="expiring") == ["a"]
    assert await comments(state="expired") == ["a"]
    assert await comments(descr="a & b") == ["a & b"]
    assert await comments(descr="a &") == []


async def test_a_purchase_has_the_documents_fields_and_the_balance_is_a_number(classic: Api) -> None:
    reply = await classic("buy", count=1, period=7, country="ru")
    items = reply.pop("list")
    assert reply == {
        "status": "yes",
        "user_id": classic.account.user_id,
        "balance": 93.7,
        "currency": "RUB",
        "count": 1,
        "price": 6.3,
        "price_single": 0.9,
        "period": 7,
        "country": "ru",
    }
    [(key, item)] = items.items()
    assert key == item["id"]
    assert types(item) == ITEM
    assert ":" in item["ip"]
    assert ":" not in item["host"]


async def test_a_newer_purchase_has_an_order_id_and_strings_for_money(current: Api) -> None:
    reply = await current("buy", count=2, period=7, country="ru", nokey="")
    assert isinstance(reply["order_id"], int)
    assert (reply["price"], reply["period"], reply["balance"]) == ("12.60", "7", "87.40")
    assert [types(item) for item in reply["list"]] == [NEWER_ITEM] * 2


async def test_a_prolongation_answers_ids_as_numbers(classic: Api) -> None:
    proxy = classic.state.add_proxy(classic.account.key, ends_in=timedelta(days=1))
    reply = await classic("prolong", period=7, ids=proxy.id)
    end = NOW + timedelta(days=8)
    assert reply["list"] == {
        str(proxy.id): {
            "id": proxy.id,
            "date_end": "2026-06-09 15:00:00",
            "unixtime_end": int(end.timestamp()),
        }
    }
    assert (reply["balance"], reply["price"], reply["price_single"], reply["count"]) == (93.7, 6.3, 0.9, 1)


async def test_a_mixed_prolongation_has_no_single_price(api: Api) -> None:
    ids = [api.state.add_proxy(api.account.key, version=version).id for version in ("6", "3")]
    reply = await api("prolong", period=30, ids=",".join(map(str, ids)), nokey="")
    assert "price_single" not in reply
    assert float(reply["price"]) == 54.0
    assert [item["id"] for item in reply["list"]] == ids


async def test_check_tells_alive_from_dead_and_newer_servers_the_time(classic: Api, current: Api) -> None:
    for api in (classic, current):
        good = api.state.add_proxy(api.account.key)
        dead = api.state.add_proxy(api.account.key, alive=False)
        expired = api.state.add_proxy(api.account.key, ends_in=timedelta(hours=-1))
        replies = [await api("check", ids=proxy.id) for proxy in (good, dead, expired)]
        assert [reply["proxy_status"] for reply in replies] == [True, False, False]
        assert replies[0]["proxy_id"] == good.id
        assert ("proxy_time" in replies[0]) == (api is current)


async def test_a_newer_server_checks_by_string_and_binds_addresses(current: Api) -> None:
    proxy = current.state.add_proxy(current.account.key)
    reply = await current("check", proxy=f"{proxy.host}:{proxy.port}:{proxy.user}:{proxy.password}")
    assert (reply["proxy_id"], reply["proxy_status"]) == (None, True)
    assert (await current("check", proxy="192.0.2.1:80:a:b"))["proxy_status"] is False
    await current("ipauth", ip="192.0.2.1,2001:db8::1")
    assert current.account.bound_addresses == ("192.0.2.1", "2001:db8::1")
    await current("ipauth", ip="delete")
    assert len(current.account.bound_addresses) == 0


async def test_a_newer_getprice_without_arguments_is_a_table(current: Api) -> None:
    data = (await current("getprice"))["data"]
    assert data["6"]["30"] == 21
    assert set(data["4"]) == {"3", "7", "14", "30", "60", "90"}


async def test_dollar_accounts_pay_in_dollars(api: Api) -> None:
    account = api.account = api.state.add_account(balance="20", currency="USD")
    reply = await api("buy", count=1, period=30, country="ru", version=4)
    assert reply["currency"] == "USD"
    assert str(account.balance) == "18.67"
