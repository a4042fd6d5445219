"""Faults on demand: what the client sees, what px6 did, and that each raw request is counted once."""

from __future__ import annotations

import asyncio
from decimal import Decimal
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
    answer = await api.raw(BUY, patience=PATIENCE)
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
    await asyncio.wait_for(there.wait(), 1)
    assert not gone.is_set()
    writer.close()
    await asyncio.wait_for(gone.wait(), 1)
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
