"""Telegram's bad days: pauses are kept, what may have come is not sent twice, what did not come comes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiogram.exceptions import TelegramRetryAfter

from bot.outage import PollingOutage
from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import TelegramUnanswered
from tests.customers import new_customer
from tests.durations import DAY, HOUR
from tests.world import World


@pytest.mark.parametrize("seconds", [1, 7, 37, 600])
@pytest.mark.parametrize("failures", [0, 1, 9])
def test_a_pause_of_getupdates_is_as_long_as_telegram_wants(seconds: int, failures: int) -> None:
    away = PollingOutage()
    for _ in range(failures):
        away.failed(TelegramUnanswered(TakeUpdates(), "HTTP 502"))
    assert away.failed(TelegramRetryAfter(TakeUpdates(), "Too Many Requests", seconds)) == seconds


def test_without_a_wish_of_telegrams_the_pauses_grow_to_ten_seconds() -> None:
    away = PollingOutage()
    pauses = [away.failed(TelegramUnanswered(TakeUpdates(), "HTTP 502")) for _ in range(8)]
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0]
    away.ended()
    assert away.failed(TelegramUnanswered(TakeUpdates(), "HTTP 502")) == 0.5


def files(messages: list[dict[str, Any]]) -> int:
    return sum(bool(message.get("file")) for message in messages)


@pytest.mark.parametrize(("label", "method"), [("Chart", "sendphoto"), ("Calendar file", "senddocument")])
@pytest.mark.parametrize("after", [True, False], ids=["came", "did not come"])
async def test_a_file_that_may_have_come_is_not_sent_again(
    world: World, label: str, method: str, after: bool
) -> None:
    ann = await new_customer(world)
    ann.add(1, ends_in=5 * DAY)
    await ann.phone.says("/forecast")
    world.telegram.fail(method, 0, after=after)
    await ann.phone.taps(label)
    assert files(await ann.phone.chat()) == int(after)
    assert sum(call.method == method for call in world.telegram.requests) == 1
    assert any(m["text"].startswith("Telegram may not have delivered my answer") for m in await ann.phone.chat())
    await ann.phone.taps("Try again")
    assert files(await ann.phone.chat()) == 1 + int(after)


async def test_a_digest_that_telegram_refuses_with_429_comes_once_after_the_pause(world: World) -> None:
    ann = await new_customer(world)
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    world.move(DAY + HOUR)
    before = len(world.delivered())
    world.telegram.fail("sendMessage", 429, retry_after=100)  # longer than a call waits for
    assert await ann.sweep() == []
    assert world.rows("SELECT state FROM digests") == [("failed",)]
    [(next_look,)] = world.rows("SELECT next_look_at FROM watches")
    assert 90 < next_look / 1e6 - world.clock().timestamp() < 101, "as soon as Telegram takes it"
    texts: list[str] = []
    async with asyncio.timeout(30):
        while not texts:
            world.move(HOUR / 60)
            texts = await ann.sweep()
            await asyncio.sleep(0.02)
    assert [text.partition(" ends")[0] for text in texts] == ["⏳ 1 proxy"]
    assert world.delivered()[before:] == [(1001, True)]
    for _ in range(3):
        world.move(HOUR)
        assert await ann.look() == []


def in_a_group(text: str) -> dict[str, Any]:
    command = text.split()[0]
    return {
        "message_id": 7,
        "date": 1_790_000_000,
        "chat": {"id": -500, "type": "supergroup", "title": "Friends"},
        "from": {"id": 1001, "is_bot": False, "first_name": "Ann", "language_code": "en"},
        "text": text,
        "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}] if command[0] == "/" else [],
    }


async def test_in_a_group_a_command_for_another_bot_is_not_answered(world: World) -> None:
    token = world.settings.bot_token.get_secret_value()
    me = (await world.app.bot.me()).username
    await world.post("/people/1001/messages?chat=-500", {"text": "hello"})
    for text, answers in (
        ("/start@some_other_bot", 0),
        ("/balance@SOME_OTHER_BOT 5", 0),
        ("just talk", 0),
        ("/start", 1),
        (f"/start@{me}", 1),
        (f"@{me} hello", 1),
    ):
        before = len(world.delivered())
        world.telegram.push(token, "message", in_a_group(text))
        await world.quiet()
        assert world.delivered()[before:] == [(-500, True)] * answers, text
