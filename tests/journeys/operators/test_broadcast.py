"""/broadcast: to everybody once, whatever Telegram and the process do meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from aiogram.types import MessageEntity

from handlers.operators.broadcast import text_to_send
from model.people import PersonId
from sandbox.telegram.events import Event
from tests.databases import run
from tests.handlers.chatting import message
from tests.journeys.operators.conftest import OPERATOR
from tests.world import Phone, World, world_without_bot

OTHERS = (1002, 1003, 1004, 1005)
SETTINGS: dict[str, Any] = {"admin_user_ids": frozenset({OPERATOR})}


async def people_write(world: World) -> Phone:
    """Everybody has written to the bot; gives the operator."""
    for person in (*OTHERS, OPERATOR):
        await world.phone(person).says("/language")
    return world.phone(OPERATOR)


async def got(world: World, text: str) -> list[int]:
    """How often each of the others was sent this."""
    return [(await world.phone(person).texts()).count(text) for person in OTHERS]


def told(world: World, what: str = "state, people, turns, sent, gone, failed") -> list[tuple[Any, ...]]:
    return list(world.rows(f"SELECT {what} FROM broadcasts ORDER BY id"))  # noqa: S608 - our own words


async def test_a_preview_a_count_one_confirmation_and_everybody_has_it_once_as_it_was_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.operators.broadcasts.PROGRESS_SECONDS", 60.0)  # a slow machine is no slow broadcast
    operator = await people_write(world)
    for person in (1003, 1004):
        await world.patch(f"/people/{person}", {"blocked": True})
    await world.quiet()
    await world.app.services.people.set_blocked(PersonId(1004), False)  # the word of it was lost
    text = "New prices\nfrom /help on"
    said = await operator.says(f"/broadcast {text}")
    assert said.splitlines()[:2] == ["Send the message above?", "3 people will get it, each of them once."]
    assert (await operator.texts())[-2] == text
    assert await got(world, text) == [0, 0, 0, 0] and await operator.labels() == ["Send to 3 people", "Home"]
    asked = (await operator.screen())["message_id"]
    await operator.taps("Send to 3 people")
    await operator.forges("bc-send:1", asked)
    assert await got(world, text) == [1, 0, 0, 1]
    edits = [
        c for c in world.telegram.requests if c.method == "editmessagetext" and str(c.params["chat_id"]) == "1001"
    ]
    assert len(edits) == 3, "of what is over soon the beginning and the end are shown; and the second tap"
    assert (await operator.texts()).count(text) == 1, "its author has the preview"
    assert told(world) == [("done", 3, 3, 2, 1, 0)]
    assert await operator.text_of(asked) == "Broadcast: sent\nSent to 2 of 3\nHave blocked the bot: 1"
    assert world.rows("SELECT telegram_id FROM people WHERE blocked_at IS NOT NULL ORDER BY 1") == [(1003,), (1004,)]


async def test_formatting_is_kept_and_counted_from_where_the_text_begins(world: World) -> None:
    operator = await people_write(world)
    entities = [
        MessageEntity(type="bot_command", offset=0, length=10),
        MessageEntity(type="italic", offset=11, length=2),
        MessageEntity(type="bold", offset=14, length=4),
    ]
    written = message(1, text="/broadcast 😀 bold", entities=entities)
    text, moved = text_to_send(written)
    emoji, bold = {"type": "italic", "offset": 0, "length": 2}, {"type": "bold", "offset": 3, "length": 4}
    assert (text, moved) == ("😀 bold", [emoji, bold])
    broadcasts = world.app.services.broadcasts
    await operator.forges(f"bc-send:{await broadcasts.draft(OPERATOR, text, moved)}")
    seen = await world.phone(1002).screen()
    assert (seen["text"], seen["entities"]) == (text, moved)
    assert text_to_send(message(1, text="/broadcast")) == ("", [])


async def test_who_may_not_use_the_bot_is_left_out(world: World) -> None:
    operator = await people_write(world)
    world.app.access.take((1002, 1004), (OPERATOR,))
    assert "2 people" in await operator.says("/broadcast hello")
    await operator.taps("Send to 2 people")
    assert await got(world, "hello") == [1, 0, 1, 0]
    world.app.access.take((OPERATOR,), (OPERATOR,))
    assert "nobody to send it to" in await operator.says("/broadcast hello")
    assert await operator.labels() == ["Home"]
    assert "Example: /broadcast" in await operator.says("/broadcast")


async def test_it_is_stopped_between_two_people_and_its_message_shows_how_far_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.operators.broadcasts.PROGRESS_SECONDS", 0.0)
    operator = await people_write(world)
    await operator.says("/broadcast hello")
    shown, reached = list[str](), list[Any]()

    def hear(event: Event) -> None:
        message = event.data.get("message")
        if not isinstance(message, dict) or message["from"] != "bot":
            return
        if event.data["chat"] == OPERATOR:
            shown.append(message["text"])
        elif message["text"] == "hello":
            reached.extend(told(world, "reached"))
        if event.data["chat"] == 1003:
            world.app.background.start(world.app.services.broadcasts.stop(OPERATOR, 1))

    world.telegram.events.listen(hear)
    await operator.taps("Send to 4 people")
    assert shown[:2] == ["Broadcast: being sent\nSent to 0 of 4", "Broadcast: being sent\nSent to 1 of 4"]
    assert (await operator.reads()).startswith("Broadcast: stopped\nSent to ")
    [(state, turns)] = told(world, "state, turns")
    assert state == "stopped" and turns in (2, 3) and sum(await got(world, "hello")) == turns
    assert reached[:2] == [(1002,), (1003,)], "that it was their turn was on disk before"
    await world.app.services.broadcasts.carry_on()
    await operator.forges("bc-send:1")
    assert sum(await got(world, "hello")) == turns


async def test_the_button_stops_it(world: World) -> None:
    operator = await people_write(world)
    await operator.says("/broadcast hello")
    broadcasts = world.app.services.broadcasts
    await broadcasts.begin(OPERATOR, 1, (await operator.screen())["message_id"])
    await operator.forges("bc-send:1")
    assert await operator.labels() == ["Stop", "Home"]
    await operator.taps("Stop")
    assert await operator.reads() == "Broadcast: stopped\nSent to 0 of 4"
    await broadcasts.carry_on()
    assert await got(world, "hello") == [0, 0, 0, 0]
    assert "no longer kept" in (await operator.forges("bc-stop:2"), await operator.reads())[1]


async def test_what_may_have_arrived_is_counted_and_what_surely_did_not_is_sent_later(world: World) -> None:
    operator = await people_write(world)
    await operator.says("/broadcast hello")
    await world.app.services.broadcasts.begin(OPERATOR, 1, (await operator.screen())["message_id"])
    world.telegram.fail("sendMessage", 502, after=True)
    world.telegram.fail("editMessageText", 502, 9)
    await world.app.services.broadcasts.carry_on()
    world.telegram.faults.clear()
    assert await got(world, "hello") == [1, 1, 1, 1]
    assert told(world) == [("done", 4, 4, 3, 0, 0)]
    again = await world.app.services.broadcasts.draft(OPERATOR, "again", [])
    await world.app.services.broadcasts.begin(OPERATOR, again, (await operator.screen())["message_id"])
    world.telegram.fail("editMessageText", 400, 9, description="Bad Request: message can't be edited")
    world.telegram.fail("sendMessage", 400, description="TEXT_INVALID")
    await world.app.services.broadcasts.carry_on()
    assert await got(world, "again") == [0, 1, 1, 1]
    assert told(world)[1] == ("done", 4, 4, 3, 0, 1)


async def test_after_a_kill_it_goes_on_with_the_next_person(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, **SETTINGS) as world:
        async with world.running_bot(**SETTINGS):
            operator = await people_write(world)
            await operator.says("/broadcast hello")
            asked = (await operator.screen())["message_id"]
            broadcasts = world.app.services.broadcasts
            await broadcasts.begin(OPERATOR, 1, asked)
            async with world.app.services.people._database.write() as connection:
                await run(connection, "UPDATE broadcasts SET reached = 1003, turns = 2, sent = 1")
        async with world.running_bot(**SETTINGS):
            await world.app.services.broadcasts.carry_on()
            assert await got(world, "hello") == [0, 0, 1, 1]
            assert await operator.text_of(asked) == (
                "Broadcast: sent\nSent to 3 of 4\nPerhaps sent, and not sent again: 1"
            )


async def test_a_stop_ends_it_between_two_people_and_a_telegram_that_takes_nothing_gives_the_turn_back(
    world: World,
) -> None:
    operator = await people_write(world)
    await operator.says("/broadcast hello")
    await world.app.services.broadcasts.begin(OPERATOR, 1, None)
    world.app.background.stopping = True
    await world.app.services.broadcasts.carry_on()
    assert told(world) == [("running", 4, 0, 0, 0, 0)]
    world.app.background.stopping = False
    world.telegram.fail("sendMessage", 429, 6, retry_after=1)
    await world.app.services.broadcasts.carry_on()
    assert told(world) == [("running", 4, 0, 0, 0, 0)]
    world.telegram.faults.clear()
    await world.app.services.broadcasts.carry_on()
    assert await got(world, "hello") == [1, 1, 1, 1]
