"""Webhooks: queues, retries by the clock, what is dropped, and what the bot is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from sandbox.telegram.webhook import GONE_SECONDS
from tests.sandbox.telegram.conftest import TOKEN, World, keyboard, until
from tests.small_servers import listening

OTHER = 8


class Receiver:
    """A bot that listens on a webhook. `answers` by the text, or the data, of an update; without one: 200 at once."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[str] = []
        self.open = 0  # deliveries that have come and have no answer yet
        self.answers: dict[str, list[web.Response | asyncio.Future[web.Response]]] = {}

    async def take(self, request: web.Request) -> web.Response:
        update = await request.json()
        told = named(update)
        self.got.append(told)
        answers = self.answers.get(told)
        answer = answers.pop(0) if answers else web.Response()
        if isinstance(answer, web.Response):
            return answer
        self.open += 1
        try:
            return await answer
        finally:
            self.open -= 1

    def holds(self, told: str) -> asyncio.Future[web.Response]:
        """Leave the next delivery of it without an answer until the future has one."""
        answer: asyncio.Future[web.Response] = asyncio.get_running_loop().create_future()
        self.answers.setdefault(told, []).append(answer)
        return answer

    def refuses(self, told: str, *statuses: int, **headers: str) -> None:
        """Answer the next deliveries of it so."""
        self.answers.setdefault(told, []).extend(web.Response(status=s, headers=headers) for s in statuses)


def named(update: dict[str, Any]) -> str:
    """The text of a message, an edited one with a star, or the data of a tap."""
    if "callback_query" in update:
        return str(update["callback_query"]["data"])
    if "edited_message" in update:
        return f"{update['edited_message']['text']}*"
    return str(update["message"]["text"]) if "message" in update else next(each for each in update if each[0] != "u")


@asynccontextmanager
async def receiver(world: World, **given: Any) -> AsyncIterator[Receiver]:
    """One whose webhook is set."""
    listening = Receiver()
    app = web.Application()
    app.router.add_post("/hook", listening.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await world.call("setWebhook", url=listening.url, **given)
    try:
        yield listening
    finally:
        await runner.cleanup()


def left(world: World) -> int:
    return world.state.unconfirmed(TOKEN)


def failures(world: World) -> int:
    """How often the deliveries of what is left have failed."""
    return sum(attempt.failures for attempt in world.state.bot(TOKEN).updates.attempts.values())


async def settled(world: World, bot: Receiver, count: int) -> None:
    """So many deliveries have come, and no other does before something happens: whatever left has come."""
    await until(lambda: len(bot.got) >= count and world.state.bot(TOKEN).rests(bot.open))
    assert len(bot.got) == count, bot.got


async def test_one_update_of_a_queue_is_under_way_and_other_queues_do_not_wait(world: World) -> None:
    message = (await world.say("button", reply_markup=keyboard("A", "B")))["message_id"]
    async with receiver(world) as bot:
        held = bot.holds("first")
        own = await world.write("first")
        await until(lambda: bot.got == ["first"])
        await world.write("second")
        await world.person("PATCH", f"7/messages/{own}", json={"text": "first, edited"})
        await world.write("other", OTHER)
        for data in ("a", "b"):
            await tap(world, message, data)
        await until(lambda: left(world) == 2)
        assert set(bot.got[1:]) == {"first, edited*", "other", "a", "b"}
        assert bot.got.index("a") < bot.got.index("b")
        held.set_result(web.Response())
        await until(lambda: left(world) == 0)
        assert bot.got[-1] == "second"


async def tap(world: World, message_id: int, data: str, person: int = 7) -> None:
    """Without waiting for the bot's answer to it."""
    bot = world.state.bot(TOKEN)
    chat = world.state.private_chat(bot, person)
    kept = bot.tap(chat, person, message_id, data)
    someone = world.state.person(person).as_user()
    bot.updates.add("callback_query", {"id": kept.id, "from": someone, "chat_instance": "1", "data": data})


async def test_the_taps_of_one_person_wait_for_each_other_and_not_for_those_of_another(world: World) -> None:
    async with receiver(world) as bot:
        held = bot.holds("mine")
        await tap(world, 1, "mine")
        await tap(world, 1, "mine too")
        await tap(world, 1, "another's", OTHER)
        await settled(world, bot, 2)
        assert sorted(bot.got) == ["another's", "mine"]
        held.set_result(web.Response())
        await until(lambda: left(world) == 0)


async def test_never_more_than_max_connections_are_under_way(world: World) -> None:
    async with receiver(world, max_connections=2) as bot:
        held = [bot.holds(text) for text in "abc"]
        for person, text in enumerate("abc", 100):
            await world.write(text, person)
        await settled(world, bot, 2)
        held[0].set_result(web.Response())
        await until(lambda: sorted(bot.got) == ["a", "b", "c"])
        for each in held[1:]:
            each.set_result(web.Response())
        await until(lambda: left(world) == 0)


async def test_a_failed_delivery_is_repeated_at_once_then_after_2_4_and_8_seconds_before_what_is_newer(
    world: World,
) -> None:
    async with receiver(world) as bot:
        bot.refuses("old", 500, 500, 500, 500, 500)
        await world.write("old")
        await world.write("new")
        await settled(world, bot, 2)
        for pause in (2, 4, 8):
            await until(
                lambda: failures(world) == len(bot.got)
            )  # before the clock moves: the pause is counted from it
            world.clock.move(pause - 1)
            before = len(bot.got)
            await settled(world, bot, before)
            world.clock.move(1)
            await until(lambda before=before: len(bot.got) == before + 1)  # type: ignore[misc]
        await until(lambda: failures(world) == 5)
        assert bot.got == ["old"] * 5
        world.clock.move(16)
        await until(lambda: left(world) == 0)
        assert bot.got == ["old"] * 6 + ["new"]


async def test_retry_after_is_kept(world: World) -> None:
    async with receiver(world) as bot:
        bot.refuses("text", 503, 429, **{"Retry-After": "30"})
        await world.write("text")
        await settled(world, bot, 1)
        info = await world.call("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
        assert info["last_error_date"] == int(world.clock.at.timestamp())
        assert info["pending_update_count"] == 1
        world.clock.move(29)
        await settled(world, bot, 1)
        for count in (2, 3):
            await until(lambda count=count: failures(world) == count - 1)  # type: ignore[misc]
            world.clock.move(1 if count == 2 else 30)
            await until(lambda count=count: len(bot.got) == count)  # type: ignore[misc]
        await until(lambda: left(world) == 0)


@pytest.mark.parametrize(("seconds", "kept"), [(149, 1), (151, 0)])
async def test_a_tap_is_dropped_that_would_be_repeated_after_150_seconds(
    world: World, seconds: int, kept: int
) -> None:
    async with receiver(world) as bot:
        bot.refuses("tap", 503, **{"Retry-After": str(seconds)})
        await tap(world, 1, "tap")
        await settled(world, bot, 1)
        assert left(world) == kept


async def test_a_bot_that_is_not_there_gets_everything_once_it_is(world: World) -> None:
    async with receiver(world) as bot:
        url = bot.url
    await world.call("setWebhook", url=url, max_connections=40)
    await world.write("waits")
    await until(lambda: world.state.bot(TOKEN).webhook.last_error == "Connection refused")
    assert left(world) == 1
    async with receiver(world) as bot:
        await until(lambda: left(world) == 0)
        assert bot.got == ["waits"]


async def test_a_connection_that_ends_without_an_answer_is_a_failure(world: World) -> None:
    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with listening(hang_up) as port:
        await world.call("setWebhook", url=f"http://127.0.0.1:{port}/")
        await world.write("lost")
        await until(lambda: world.state.bot(TOKEN).webhook.last_error == "Webhook connection closed")
    assert left(world) == 1


async def test_410_for_a_day_and_nothing_else_removes_the_webhook(world: World) -> None:
    async with receiver(world) as bot:
        for text in ("a", "b", "c", "d"):
            bot.refuses(text, *[410] * 50)
        await world.write("a", 101)
        await settled(world, bot, 2)
        await world.write("fine", 102)  # a success: the day begins anew
        await until(lambda: left(world) == 1)
        await world.write("b", 103)
        await until(lambda: failures(world) == 4)
        world.clock.move(GONE_SECONDS - 10)
        await world.write("c", 104)
        await until(lambda: bot.got.count("c") == 2)
        assert world.state.bot(TOKEN).webhook.url
        world.clock.move(11)
        await world.write("d", 105)
        await until(lambda: not world.state.bot(TOKEN).webhook.url)


async def test_a_changed_webhook_gets_again_what_the_old_one_has_not_answered(world: World) -> None:
    async with receiver(world) as old:
        old.holds("text")
        await world.write("text")
        await until(lambda: old.got == ["text"])
        async with receiver(world) as new:
            await until(lambda: left(world) == 0)
            assert (old.got, new.got) == (["text"], ["text"])


async def test_setting_the_same_webhook_once_more_changes_nothing_also_after_an_error(world: World) -> None:
    async with receiver(world) as bot:
        bot.refuses("text", 500)
        await world.write("text")
        await until(lambda: left(world) == 0)
        envelope, _ = await world.envelope("setWebhook", url=bot.url)
        assert envelope["description"] == "Webhook is already set"
        assert "last_error_message" in await world.call("getWebhookInfo")


async def test_what_is_to_be_repeated_later_can_be_repeated_now(world: World) -> None:
    async with receiver(world) as bot:
        bot.refuses("text", 503, **{"Retry-After": "3600"})
        await world.write("text")
        await settled(world, bot, 1)
        world.state.bot(TOKEN).updates.repeat_now()
        await until(lambda: left(world) == 0)


@pytest.mark.parametrize("method", ["getMe", "setWebhook", "deleteWebhook", "close", "logOut"])
async def test_a_reply_cannot_ask_for_everything(world: World, method: str) -> None:
    async with receiver(world) as bot:
        bot.answers["text"] = [web.json_response({"method": method, "url": "http://127.0.0.1:1/"})]
        await world.write("text")
        await until(lambda: left(world) == 0)
        assert world.state.bot(TOKEN).webhook.url == bot.url


async def test_a_waiting_poll_is_told_that_a_webhook_was_set(world: World) -> None:
    waiting = asyncio.ensure_future(world.refusal("getUpdates", timeout=50))
    await until(lambda: world.state.bot(TOKEN).polling)
    await world.call("setWebhook", url="http://127.0.0.1:1/")
    assert await waiting == "Conflict: terminated by setWebhook request"
