"""Everything by JSON under /sandbox/, from this machine alone."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.sandbox.px6.conftest import Api


async def test_a_script_plays_a_whole_day_through_the_controls(current: Api) -> None:
    control = current.control
    account = await control("POST", "accounts", balance="50", currency="RUB")
    key = account["key"]
    [proxy] = await control("POST", "proxies", key=key, version="3", country="de", hours=5, comment="shop")
    assert (proxy["active"], proxy["comment"]) == (True, "shop")
    assert "password" not in proxy
    assert (await control("POST", "top-up", key=key, amount="10.5"))["balance"] == "60.50"
    spend = await control("POST", "prolong-on-site", key=key, ids=[proxy["id"]], period=7)
    assert (spend["by"], spend["price"]) == ("site", "9.80")
    await control("POST", "buy-on-site", key=key, count=1, period=7, country="nl")
    assert [spend["kind"] for spend in await control("GET", f"books?key={key}")] == ["prolong", "buy"]
    await control("POST", "clock", days=8)
    assert [one["active"] for one in await control("GET", f"proxies?key={key}")] == [False, False]
    assert (await control("GET", "clock"))["offset_seconds"] == 8 * 86400
    assert (await control("POST", "revoke", key=key))["revoked"] is True
    assert (await control("POST", "new-key", key=key))["revoked"] is False
    assert (await control("POST", "restrict", key=key, addresses=["192.0.2.1"]))["allowed_addresses"]


async def test_stock_prices_and_rules_can_be_set_and_seen(current: Api) -> None:
    await current.control("POST", "stock", country="by", version="6", count=7)
    assert (await current.control("GET", "stock"))["6"]["by"] == 7
    await current.control("POST", "prices", version="6", per_day={"3": "2.00"})
    assert (await current("getprice", count=1, period=30))["price"] == 60
    assert (await current.control("GET", "prices"))["6"] == {"3": "2.00"}
    for percent in (90, 80, 73, 110, 100):
        await current.control("POST", "price-levels", version="6", percent=percent)
    assert (await current.control("GET", "prices"))["6"] == {"3": "2.00"}  # nothing was lost by rounding
    assert await current.control("GET", "price-levels") == {"3": 100, "4": 100, "6": 100}
    for change in (-60, -40, 20):
        levels = await current.control("POST", "price-levels", version="6", change=change)
    assert levels["6"] == 30, "40, then not below 10"
    await current.control("POST", "price-levels", version="6", percent=100)
    rules = await current.control("POST", "rules", limit_by="address", expiring=3600)
    assert (rules["limit_by"], rules["expiring"], rules["limit"]) == ("address", 3600, 1000)
    assert current.state.rules.expiring.total_seconds() == 3600


async def test_calls_are_listed_with_their_duration_and_without_the_key(current: Api) -> None:
    await current("getcount", country="ru")
    await current.refused("getcount", country="RU")
    first, second = await current.control("GET", "calls")
    assert (first["method"], first["params"], first["status"]) == ("getcount", {"country": "ru"}, 200)
    assert (second["error_id"], second["seconds"]) == (220, 0.0)
    assert first["user_id"] == current.account.user_id
    assert json.loads(first["answer"])["count"] == 971
    assert json.loads(second["answer"])["error_id"] == 220
    assert current.account.key not in json.dumps([first, second])
    assert await current.control("GET", "calls?after=1") == [second]
    assert await current.control("DELETE", "calls") == []
    await current()
    assert [call["number"] for call in await current.control("GET", "calls")] == [3]


async def test_answers_are_kept_short_and_without_logins_and_passwords(current: Api) -> None:
    proxies = [current.state.add_proxy(current.account.key, comment=f"shop {number}") for number in range(5)]
    await current("getproxy")
    [call] = await current.control("GET", "calls")
    assert "shop 0" in call["answer"]
    assert "and 2 more" in call["answer"]
    for proxy in proxies:
        assert proxy.user not in call["answer"]
        assert proxy.password not in call["answer"]


async def test_the_whole_state_is_one_look(current: Api) -> None:
    await current.control("POST", "accounts", demo=True)
    await current.control("POST", "faults", kind="slow", seconds=2, method="buy", times=3)
    await current()
    state = await current.control("GET", "state")
    assert [account["proxies"] for account in state["accounts"]] == [0, 17]
    assert state["accounts"][0]["meter"] == 1
    assert [(fault["kind"], fault["times"]) for fault in state["faults"]] == [("slow", 3)]
    assert (state["profile"], state["calls"]) == ("current", 1)


@pytest.mark.parametrize(
    ("status", "name", "body"),
    [
        (400, "faults", {"kind": "nonsense"}),
        (400, "faults", {"kind": "slow", "often": True}),
        (400, "accounts", {"balance": "much"}),
        (400, "accounts", {"currency": "EUR"}),
        (400, "rules", {"no_such": 1}),
        (400, "rules", {"limit": "many"}),
        (400, "stock", {"country": "RU", "version": "6", "count": 1}),
        (400, "prices", {"version": "6", "per_day": {}}),
        (400, "price-levels", {"version": "6", "percent": 0}),
        (400, "proxies", {"key": "?", "count": 0}),
        (404, "revoke", {"key": "nobody"}),
        (409, "buy-on-site", {"count": 1, "period": 7, "country": "by"}),
    ],
)
async def test_nonsense_is_one_clear_error(current: Api, status: int, name: str, body: dict[str, Any]) -> None:
    if name == "buy-on-site":
        body = {**body, "key": current.account.key}
    async with current.http.post(f"{current.served.control_url}/{name}", json=body) as response:
        assert response.status == status
        assert (await response.json())["error"]


@pytest.mark.parametrize(
    ("verb", "name", "status"),
    [
        ("GET", "state", 200),
        ("HEAD", "state", 200),
        ("POST", "state", 405),
        ("GET", "top-up", 405),
        ("GET", "no", 404),
    ],
)
async def test_what_is_not_there_and_what_is_asked_in_another_way_are_told_apart(
    current: Api, verb: str, name: str, status: int
) -> None:
    async with current.http.request(verb, f"{current.served.control_url}/{name}") as response:
        assert response.status == status


async def test_events_are_replayed_and_followed_live(current: Api) -> None:
    current.state.top_up(current.account.key, 1)
    async with current.http.get(f"{current.served.control_url}/events?after=1") as stream:

        async def next_event() -> dict[str, Any]:
            identity, data, _ = [await stream.content.readline() for _ in range(3)]
            event = json.loads(data.removeprefix(b"data: "))
            assert identity == f"id: {event['number']}\n".encode()
            assert isinstance(event, dict)
            return event

        assert (await next_event())["type"] == "top_up"
        current.state.revoke(current.account.key)
        event = await asyncio.wait_for(next_event(), 20)
        assert (event["type"], event["data"]) == ("revoked", {"user_id": current.account.user_id})


async def test_listeners_hear_until_they_leave(current: Api) -> None:
    heard: list[str] = []
    leave = current.state.events.subscribe(lambda event: heard.append(event.type))
    await current("buy", count=1, period=7, country="ru")
    leave()
    await current()
    assert heard == ["received", "spent", "answered"]
