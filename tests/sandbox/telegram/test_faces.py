"""How requests may look, what is shown of a bot, and the stream of events."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from sandbox.telegram.events import EventLog
from tests.sandbox.telegram.conftest import PERSON, TOKEN, World, keyboard


@pytest.mark.parametrize("form", ["query", "urlencoded", "json", "multipart"])
async def test_arguments_may_come_in_any_form_and_case(world: World, form: str) -> None:
    markup = keyboard("A")
    plain = {"chat_id": str(PERSON), "text": "a", "reply_markup": json.dumps(markup), "unknown": "x"}
    multipart = aiohttp.FormData(default_to_multipart=True)
    for name, value in plain.items():
        multipart.add_field(name, value)
    ways: dict[str, dict[str, Any]] = {
        "query": {"params": plain},
        "urlencoded": {"data": plain},
        "json": {"json": {"chat_id": PERSON, "text": "a", "reply_markup": markup}},
        "multipart": {"data": multipart},
    }
    method = "GET" if form == "query" else "POST"
    async with world.http.request(method, f"{world.url}/bot{TOKEN}/SENDmessage", **ways[form]) as response:
        envelope = await response.json()
    assert (response.status, envelope["ok"], envelope["result"]["reply_markup"]) == (200, True, markup)


@pytest.mark.parametrize("body", ["{", "[]"])
async def test_broken_json_is_refused(world: World, body: str) -> None:
    headers = {"Content-Type": "application/json"}
    async with world.http.post(f"{world.url}/bot{TOKEN}/getMe", data=body, headers=headers) as response:
        assert (response.status, (await response.json())["description"]) == (
            400,
            "Bad Request: can't parse JSON object",
        )


async def test_the_bot_introduces_itself(world: World) -> None:
    me = await world.call("getMe")
    assert (me["id"], me["is_bot"], me["can_read_all_group_messages"]) == (42, True, False)


async def test_commands_and_descriptions_are_shown_in_the_persons_language(world: World) -> None:
    async def shown(language: str) -> Any:
        await world.person("PATCH", f"{PERSON}", json={"language_code": language})
        return (await world.chat())["bot"]

    english, russian = [{"command": "go", "description": "Go"}], [{"command": "go", "description": "Иди"}]
    private = {"type": "all_private_chats"}
    await world.call("setMyCommands", commands=english)
    await world.call("setMyCommands", commands=russian, language_code="ru", scope=private)
    await world.call("setMyDescription", description="What I do")
    await world.call("setMyDescription", description="Что я делаю", language_code="ru")
    await world.call("setMyShortDescription", short_description="Short")
    await world.call("setMyName", name="Имя", language_code="ru")
    seen = await shown("ru")
    assert (seen["commands"], seen["description"], seen["name"]) == (russian, "Что я делаю", "Имя")
    seen = await shown("en-GB")
    assert (seen["commands"], seen["description"], seen["short_description"]) == (english, "What I do", "Short")
    assert await world.call("getMyCommands", language_code="ru", scope=private) == russian
    assert await world.call("getMyCommands", language_code="de") == []
    assert (await world.call("getMyDescription", language_code="ru"))["description"] == "Что я делаю"
    assert (await world.call("getMyShortDescription"))["short_description"] == "Short"
    assert (await world.call("getMyName", language_code="ru"))["name"] == "Имя"
    assert await world.call("deleteMyCommands", language_code="ru", scope=private)
    assert (await shown("ru"))["commands"] == english
    assert (
        await world.refusal("setMyDescription", language_code="russian")
        == "Bad Request: invalid language code specified"
    )


async def test_the_menu_button_is_remembered(world: World) -> None:
    assert await world.call("getChatMenuButton", chat_id=PERSON) == {"type": "commands"}
    await world.call("setChatMenuButton", menu_button={"type": "default"})
    assert (await world.chat())["bot"]["menu_button"] == {"type": "default"}


async def read_events(world: World, count: int, headers: dict[str, str] | None = None, query: str = "") -> list[Any]:
    """So many events as `(number, kind, data)`."""
    events: list[Any] = []
    async with world.http.get(f"{world.url}/events{query}", headers=headers) as response:
        assert response.content_type == "text/event-stream"
        while len(events) < count:
            block = (await response.content.readuntil(b"\n\n")).decode()
            lines = dict(line.partition(": ")[::2] for line in block.splitlines() if line)
            if "data" in lines:
                events.append((int(lines["id"]), lines["event"], json.loads(lines["data"])))
    return events


async def test_events_are_replayed_and_then_followed(world: World) -> None:
    [first] = await read_events(world, 1, query="?after=0")
    assert first[:2] == (1, "message")
    assert first[2]["message"]["text"] == "/start"
    reading = asyncio.ensure_future(read_events(world, 4, {"Last-Event-ID": "1"}))
    sent = await world.say("a", reply_markup=keyboard("A"))
    await world.call("editMessageText", chat_id=PERSON, message_id=sent["message_id"], text="b")
    await world.call("deleteMessage", chat_id=PERSON, message_id=sent["message_id"])
    events = await reading
    assert [event[:2] for event in events] == [(2, "bot"), (3, "message"), (4, "edit"), (5, "delete")]
    assert events[2][2]["message"]["text"] == "b"


async def test_events_that_are_not_kept_any_more_make_the_listener_start_anew(world: World) -> None:
    world.state.events = EventLog(kept=2)
    for text in "abc":
        await world.say(text)
    assert await read_events(world, 1, query="?after=0") == [(3, "reset", {"type": "reset", "last_event": 3})]
    assert await read_events(world, 1, query="?after=99") == [(3, "reset", {"type": "reset", "last_event": 3})]


async def test_a_tap_and_its_answer_are_events(world: World) -> None:
    await world.say(reply_markup=keyboard("A"))
    waiting = asyncio.ensure_future(world.person("POST", f"{PERSON}/taps", json={"label": "A"}))
    [update] = await world.updates(timeout=5)
    await world.call("answerCallbackQuery", callback_query_id=update["callback_query"]["id"], text="Toast")
    await waiting
    events = [event for event in world.state.events.after(0) if event.kind in ("tap", "answer")]
    assert [event.kind for event in events] == ["tap", "answer"]
    assert events[0].data["tap"] == events[1].data["tap"]
    assert events[1].data["text"] == "Toast"


async def test_a_chat_and_its_members_can_be_asked_for(world: World) -> None:
    chat = await world.call("getChat", chat_id=PERSON)
    assert (chat["id"], chat["type"]) == (PERSON, "private")
    member = await world.call("getChatMember", chat_id=PERSON, user_id=PERSON)
    assert member["status"] == "member"
    assert (await world.call("getChatMember", chat_id=PERSON, user_id=42))["status"] == "member"
    assert await world.refusal("getChatMember", chat_id=PERSON, user_id=5) == "Bad Request: PARTICIPANT_ID_INVALID"
    assert await world.call("getUserProfilePhotos", user_id=PERSON) == {"total_count": 0, "photos": []}
    assert await world.call("logOut") is True


async def test_a_person_is_shown_and_changed(world: World) -> None:
    changed = await world.person("PATCH", f"{PERSON}", json={"first_name": "Анна", "last_name": "К"})
    assert (changed["first_name"], changed["blocked_bots"]) == ("Анна", [])
    assert "error" in await world.person("PATCH", f"{PERSON}", 400, json={"first_name": 5})
    assert "error" in await world.person("POST", f"{PERSON}/messages", 400, json={"text": " "})
    assert "error" in await world.person("GET", f"{PERSON}/chat?bot=x", 400)
    assert "error" in await world.person("GET", f"{PERSON}/chat?chat=5", 400)
