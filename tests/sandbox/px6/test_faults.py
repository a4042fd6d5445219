"""Faults on demand: what the client sees, what px6 did, and that each raw request is counted once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.px6.conftest import Answer, Api

BUY = "/buy?count=1&period=7&country=ru"
PATIENCE = 0.1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["silent", "drop", "500", "503", "html", "broken_json"])
async def test_a_fault_meets_one_call_before_or_after_it_was_processed(api: Api, what: str, when: str) -> None:
    api.state.fault(f"{what}_{when}", "buy")
    assert (await api.raw("/getcountry")).status == 200
    answer = await (api.raw(BUY, patience=PATIENCE) if what == "silent" else api.raw(BUY))
    assert seen(answer) == what
    assert api.account.balance == (Decimal("93.70") if when == "after" else 100)
    assert (await api.raw(BUY)).status == 200
    met = api.state.calls[1]
    assert (met.fault, met.processed, met.status) == (f"{what}_{when}", when == "after", answer.status)
    assert len(api.state.calls) == 3


def seen(answer: Answer) -> str:
    if answer.status is None:
        return "drop" if answer.cut else "silent"
    if answer.status != 200:
        assert b"<html>" in answer.body
        return str(answer.status)
    if "text/html" in answer.headers["content-type"]:
        return "html"
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        _ = answer.json
    return "broken_json"


async def test_a_silent_call_holds_the_connection_until_the_client_gives_up(api: Api) -> None:
    api.state.fault("silent_after", "buy")
    at = urlsplit(api.served.api_url)
    _, writer = await asyncio.open_connection(at.hostname, at.port)
    there, gone = asyncio.Event(), asyncio.Event()
    flags = {"spent": there, "answered": gone}
    api.state.events.subscribe(lambda event: flags[event.type].set() if event.type in flags else None)
    writer.write(f"GET /api/{api.account.key}{BUY} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    await asyncio.wait_for(there.wait(), 20)
    assert not gone.is_set()
    writer.close()
    await asyncio.wait_for(gone.wait(), 20)
    [call] = api.state.calls
    assert (call.status, call.processed) == (None, True)


async def test_one_fault_of_several_methods_strikes_once(api: Api) -> None:
    await api.control("POST", "faults", kind="500_after", method=["buy", "prolong"])
    await api()
    assert (await api.raw(BUY)).status == 500
    assert await api.control("GET", "faults") == []


async def test_faults_count_down_and_wait_for_their_method_and_key(api: Api) -> None:
    other = api.state.add_account()
    api.state.fault("500_before", "buy", times=2, key=api.account.key)
    mine, api.account = api.account, other
    assert (await api.raw(BUY)).status == 200
    api.account = mine
    assert [(await api.raw(BUY)).status for _ in range(3)] == [500, 500, 200]
    api.state.fault("503_before", "", times=None)
    assert (await api.raw("/getcountry")).status == 200
    assert [(await api.raw("")).status for _ in range(3)] == [503] * 3
    api.state.clear_faults()
    assert (await api.raw("")).status == 200


async def test_a_429_on_demand_does_nothing_and_a_slow_answer_comes(api: Api) -> None:
    api.state.fault("429")
    api.state.fault("slow", seconds=0.02)
    limited, slow = await api.raw(BUY), await api.raw(BUY)
    assert (limited.status, limited.body, slow.status) == (429, b"", 200)
    assert [call.processed for call in api.state.calls] == [False, True]


async def test_an_answer_that_is_held_up_comes_when_the_fault_is_lifted(api: Api) -> None:
    api.state.fault("slow", "buy", seconds=60)
    buying = asyncio.ensure_future(api.raw(BUY, patience=30))
    while not api.state.calls:  # noqa: ASYNC110 - nothing tells that a call has come
        await asyncio.sleep(0.001)
    api.state.clear_faults("down")
    assert (await api.raw("/getcountry")).status == 200
    assert not buying.done()
    api.state.clear_faults("slow")
    assert (await buying).status == 200


async def test_a_late_call_is_processed_when_told_to(api: Api) -> None:
    api.state.fault("late", "buy")
    assert (await api.raw(BUY, patience=PATIENCE)).status is None
    assert api.account.balance == 100
    [done] = await api.control("POST", "process-late")
    assert (done["method"], done["processed"], done["status"]) == ("buy", True, None)
    assert api.account.balance == Decimal("93.70")
    assert api.state.process_late() == []


async def test_a_reset_connection_was_never_a_request(api: Api) -> None:
    api.state.fault("reset")
    assert (await api.raw(BUY)).status is None
    assert (api.state.calls, api.state.connections) == ([], 1)
    assert (await api.raw(BUY)).status == 200


async def test_while_down_connections_are_refused_and_the_controls_still_answer(api: Api) -> None:
    async with api.http.get(f"{api.served.api_url}/{api.account.key}") as kept_alive:
        assert kept_alive.status == 200
    api.state.fault("down")
    with pytest.raises(ConnectionRefusedError):
        await api.raw("")
    with pytest.raises(OSError, match=r"[Cc]onnect"):
        await api.http.get(f"{api.served.api_url}/{api.account.key}")
    assert [fault["kind"] for fault in await api.control("GET", "faults")] == ["down"]
    assert await api.control("DELETE", "faults?kind=down") == []
    assert (await api.raw("")).status == 200
    assert len(api.state.calls) == 2


async def test_down_ends_by_itself_after_its_seconds(api: Api) -> None:
    api.state.fault("down", seconds=0.02)
    with pytest.raises(ConnectionRefusedError):
        await api.raw("")
    api.ticks.now += 1
    await asyncio.sleep(0.03)  # the listener looks again in real time
    assert (await api.raw("")).status == 200


async def test_a_fault_that_makes_no_sense_is_refused(api: Api) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        api.state.fault("nonsense")
    with pytest.raises(ValueError, match="at least 1"):
        api.state.fault("slow", times=0)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_no_on_demand_is_said_with_any_number_whatever_was_done(api: Api, when: str) -> None:
    await api.control("POST", "faults", kind=f"no_{when}", method="buy", error_id=77)
    assert await api.refused("buy", count=1, period=7, country="ru") == 77
    [call] = api.state.calls
    assert (call.processed, call.error_id) == (when == "after", None)
    assert len(api.account.books) == call.processed


async def test_a_429_may_come_after_processing(api: Api) -> None:
    api.state.fault("429_after", "buy")
    assert ((await api.raw(BUY)).status, len(api.account.books)) == (429, 1)


async def test_half_of_a_call_takes_the_money_and_the_rest_comes_when_told(api: Api) -> None:
    one = api.state.add_proxy(api.account.key, ends_in=timedelta(days=3))
    before = one.ends_at
    for tail in (BUY, f"/prolong?period=7&ids={one.id}"):
        api.state.fault("half")
        assert (await api.raw(tail, patience=PATIENCE)).status is None
    assert (api.account.balance, list(api.account.proxies), one.ends_at) == (Decimal("87.40"), [one.id], before)
    api.state.prolong_on_site(api.account.key, [one.id], 3)
    api.state.process_late()
    assert (len(api.account.proxies), one.ends_at) == (2, before + timedelta(days=10))
    assert api.state.process_late() == []


async def test_lists_that_are_behind_show_what_was_paid_and_answered_when_told(api: Api) -> None:
    one = api.state.add_proxy(api.account.key, ends_in=timedelta(days=3))
    before = one.ends_at
    api.state.fault("behind", times=2)
    longer = (one.id, before + timedelta(days=7))
    assert ends_in(await api("prolong", period=7, ids=one.id)) == [longer]
    [new] = ends_in(await api("buy", count=1, period=7, country="ru"))
    assert (api.account.balance, ends_in(await api("getproxy"))) == (Decimal("87.40"), [(one.id, before)])
    api.state.process_late()
    assert sorted(ends_in(await api("getproxy"))) == sorted([longer, new])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["old", "past", "stranger"])
async def test_a_lie_has_the_shape_of_the_truth(api: Api, what: str, when: str) -> None:
    one = api.state.add_proxy(api.account.key, ends_in=timedelta(days=3))
    end, stock = one.ends_at, api.state.market.count("ru", "6")
    api.state.fault(f"{what}_{when}", times=2)
    prolonged = await api("prolong", period=7, ids=one.id)
    bought = await api("buy", count=1, period=7, country="ru")
    done = when == "after"
    assert len(api.account.books) == 2 * done
    assert (one.ends_at > end, api.state.market.count("ru", "6") < stock) == (done, done)
    assert api.account.balance == 100 - sum(spend.price for spend in api.account.books)
    [longer], [new] = ends_in(prolonged), ends_in(bought)
    for reply in (prolonged, bought):
        assert (reply["user_id"] != api.account.user_id, reply["currency"] == "USD") == ((what == "stranger"),) * 2
    assert longer[0] == one.id
    if what == "old":
        assert (longer[1], new[0]) == (end, one.id)
    elif what == "past":
        assert longer[1].year == new[1].year == 2023


def ends_in(reply: dict[str, Any]) -> list[tuple[int, datetime]]:
    items = reply["list"].values() if isinstance(reply["list"], dict) else reply["list"]
    return [(int(item["id"]), datetime.fromtimestamp(item["unixtime_end"], UTC)) for item in items]


@pytest.mark.parametrize(
    ("how", "kept"),
    [("escaped", "A &amp; B, long enough to be cut"), ("cut", "A & B, long enough t"), ("lower", None), ("lost", "")],
)
async def test_comments_are_changed_as_the_rule_says(api: Api, how: str, kept: str | None) -> None:
    await api.control("POST", "rules", comments=how)
    text = "A & B, long enough to be cut"
    kept = text.lower() if kept is None else kept
    await api("buy", count=1, period=7, country="ru", descr=text)
    [one] = api.account.proxies.values()
    assert one.comment == kept
    one.comment = ""
    await api("setdescr", new=text, ids=one.id)
    assert one.comment == kept
