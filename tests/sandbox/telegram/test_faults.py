"""Trouble on demand: errors before and after processing, dropped connections, limits on sending."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.sandbox.telegram.conftest import PERSON, TOKEN, Refused, World


async def failing(world: World, **arguments: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        await world.say(**arguments)
    return caught.value


async def test_429_says_how_long_to_wait_and_then_is_over(world: World) -> None:
    world.state.fail("sendMessage", 429, times=2, retry_after=3)
    for _ in range(2):
        refused = await failing(world)
        assert refused.status == 429
        assert refused.envelope["parameters"] == {"retry_after": 3}
        assert str(refused) == "Too Many Requests: retry after 3"
    assert await world.say()
    assert world.state.refusals == []


async def test_429_has_a_retry_after_header(world: World) -> None:
    world.state.fail(None, 429, retry_after=5)
    async with world.http.get(f"{world.url}/bot{TOKEN}/getMe") as response:
        assert response.headers["Retry-After"] == "5"


async def test_a_5xx_before_processing_did_nothing_and_one_after_did_it(world: World) -> None:
    world.state.fail("sendMessage", 500)
    assert (await failing(world, text="lost")).status == 500
    world.state.fail("sendMessage", 502, after=True)
    assert (await failing(world, text="done")).status == 502
    assert [message["text"] for message in (await world.chat())["messages"]] == ["/start", "done"]
    assert [(r.method, r.status) for r in world.state.requests][-2:] == [("sendmessage", 500), ("sendmessage", 502)]


async def test_a_dropped_connection_is_no_answer_at_all(world: World) -> None:
    world.state.fail("sendMessage", 0)
    with pytest.raises(aiohttp.ClientError):
        await world.say()


async def test_faults_meet_only_their_method_and_token_and_polls_only_when_named(world: World) -> None:
    world.state.fail("sendMessage", 500, token="43:other")
    assert await world.say()
    world.state.faults.clear()
    world.state.fail(None, 500)
    assert await world.updates() == []
    assert (await failing(world)).status == 500


@pytest.mark.parametrize(
    ("answer", "status", "kind", "begins"),
    [
        ("html", 502, "text/html", "<html>"),
        ("html", 200, "text/html", "<html>"),
        ("empty", 503, "application/octet-stream", ""),
        ("bare", 200, "application/json", '{"ok":true}'),
        ("cut", 200, "application/json", '{"ok":true,"result":{'),
        ("undated", 200, "application/json", '{"ok":true,"result":{'),
        ("redirect", 302, "application/octet-stream", ""),
    ],
)
async def test_an_answer_can_be_none_of_the_bot_api(
    world: World, answer: str, status: int, kind: str, begins: str
) -> None:
    fault = {"method": "sendMessage", "code": status, "answer": answer, "after": True}
    async with world.http.post(f"{world.url}/sandbox/fail", json=fault) as response:
        assert (await response.json())["faults"][0]["answer"] == answer
    url = f"{world.url}/bot{TOKEN}/sendMessage"
    said = {"chat_id": PERSON, "text": "done"}
    async with world.http.post(url, json=said, allow_redirects=False) as response:
        assert (response.status, response.content_type) == (status, kind)
        body = await response.text()
    assert body.startswith(begins)
    assert '"date"' not in body
    assert ("Location" in response.headers) == (answer == "redirect")
    assert [message["text"] for message in (await world.chat())["messages"]] == ["/start", "done"]


async def test_a_silent_answer_lasts_until_the_caller_gives_up(world: World) -> None:
    world.state.fail("getMe", 200, answer="silent")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(world.http.get(f"{world.url}/bot{TOKEN}/getMe"), 0.05)
    async with world.http.post(f"{world.url}/sandbox/fail", json={"code": 200, "answer": "odd"}) as response:
        assert response.status == 400


async def test_an_update_of_any_shape_can_be_pushed(world: World) -> None:
    odd = {"token": TOKEN, "kind": "message", "body": {"message_id": "none"}}
    async with world.http.post(f"{world.url}/sandbox/updates", json=odd) as response:
        number = (await response.json())["update_id"]
    (update,) = [one for one in await world.updates() if one["update_id"] == number]
    assert update["message"] == {"message_id": "none"}
    async with world.http.post(f"{world.url}/sandbox/updates", json={"kind": "message"}) as response:
        assert response.status == 400


async def test_faults_and_limits_can_be_switched_over_http(world: World) -> None:
    fault = {"method": "sendMessage", "code": 503, "times": 5}
    async with world.http.post(f"{world.url}/sandbox/fail", json=fault) as response:
        assert (await response.json())["faults"][0]["code"] == 503
    assert (await failing(world)).status == 503
    async with world.http.delete(f"{world.url}/sandbox/fail") as response:
        assert (await response.json())["faults"] == []
    async with world.http.post(f"{world.url}/sandbox/fail", json={}) as response:
        assert response.status == 400
    async with world.http.post(f"{world.url}/sandbox/flood", json={"on": True}) as response:
        assert (await response.json())["flood_limits"] is True


async def test_the_log_of_requests_and_refusals_is_readable_over_http(world: World) -> None:
    await world.say("x" * 500)
    async with world.http.get(f"{world.url}/sandbox/requests") as response:
        last = (await response.json())[-1]
    assert (last["method"], last["status"], len(last["params"]["text"])) == ("sendmessage", 200, 121)
    await world.refusal("sendMessage")
    async with world.http.delete(f"{world.url}/sandbox/refusals") as response:
        assert await response.json() == []
    assert world.state.refusals == []


async def test_limits_on_sending_are_one_a_second_with_a_burst(world: World) -> None:
    world.state.flood.on = True
    for _ in range(3):
        await world.say()
    refused = await failing(world)
    assert refused.envelope["parameters"]["retry_after"] == 1 + (refused.envelope["parameters"]["retry_after"] > 1)
    world.clock.move(2)
    assert await world.say()


async def test_limits_on_sending_are_thirty_a_second_overall(world: World) -> None:
    world.state.flood.on = True
    people = range(100, 131)
    await asyncio.gather(*(world.write("/start", person) for person in people))
    for person in people[:30]:
        await world.call("sendMessage", chat_id=person, text="a")
    assert "retry after" in await world.refusal("sendMessage", chat_id=130, text="a")


async def test_limits_on_sending_are_twenty_a_minute_in_a_group(world: World) -> None:
    await world.person("POST", f"{PERSON}/messages", json={"text": "/start"}, params={"chat": "-5"})
    world.state.flood.on = True
    for _ in range(20):
        await world.call("sendMessage", chat_id=-5, text="a")
        world.clock.move(1)
    assert await world.refusal("sendMessage", chat_id=-5, text="a") == "Too Many Requests: retry after 40"


async def test_each_bot_has_limits_of_its_own(world: World) -> None:
    world.state.flood.on = True
    other = world.state.bot("43:other")
    for _ in range(3):
        await world.say()
    assert await world.refusal("sendMessage", chat_id=PERSON, text="a") == "Too Many Requests: retry after 1"
    assert world.state.flood.wait_for(other.id, PERSON) == 0


async def test_a_pause_counts_down_and_holds_for_edits_too_in_one_chat_or_in_all(world: World) -> None:
    message = await world.say()
    await world.write("/start", 100)
    pause = {"token": TOKEN, "seconds": 3600, "chat": PERSON}
    async with world.http.post(f"{world.url}/sandbox/flood", json=pause) as response:
        assert response.status == 200
    edit = {"chat_id": PERSON, "message_id": message["message_id"], "text": "b"}
    assert await world.refusal("editMessageText", **edit) == "Too Many Requests: retry after 3600"
    await world.call("sendMessage", chat_id=100, text="another chat")
    world.clock.move(3590)
    assert await world.refusal("sendMessage", chat_id=PERSON, text="a") == "Too Many Requests: retry after 10"
    world.clock.move(10)
    assert await world.call("editMessageText", **edit)
    world.state.flood.pause(world.state.bot(TOKEN).id, 5)
    assert await world.refusal("sendMessage", chat_id=100, text="a") == "Too Many Requests: retry after 5"


async def test_a_refusal_has_the_words_that_were_asked_for_and_is_switched_off_by_its_name(world: World) -> None:
    message = await world.say()
    fault = {"method": "editMessageText", "code": 400, "description": "MESSAGE_ID_INVALID", "times": 9, "name": "ids"}
    async with world.http.post(f"{world.url}/sandbox/fail", json=fault) as response:
        assert (await response.json())["faults"][0]["name"] == "ids"
    edit = {"chat_id": PERSON, "message_id": message["message_id"], "text": "b"}
    assert await world.refusal("editMessageText", **edit) == "Bad Request: MESSAGE_ID_INVALID"
    for name, left in (("other", 1), ("ids", 0)):
        async with world.http.delete(f"{world.url}/sandbox/fail", params={"name": name}) as response:
            assert len((await response.json())["faults"]) == left
    assert await world.call("editMessageText", **edit)
