"""getUpdates and webhooks: confirming, waiting, conflicts, expiry, retries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from sandbox.telegram import webhook as delivering
from tests.sandbox.telegram.conftest import PERSON, TOKEN, Refused, World, until

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


def texts(updates: Any) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_updates_stay_until_a_higher_offset_confirms_them(world: World) -> None:
    for text in "abc":
        await world.write(text)
    updates = await world.updates()
    ids = [update["update_id"] for update in updates]
    assert texts(updates) == ["a", "b", "c"]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert world.state.unconfirmed(TOKEN) == 3
    assert texts(await world.updates(offset=ids[1])) == ["b", "c"]
    assert texts(await world.updates(limit=1)) == ["b"]
    assert world.state.unconfirmed(TOKEN) == 2
    async with world.http.get(f"{world.url}/sandbox/unconfirmed") as response:
        assert await response.json() == {"unconfirmed": 2}


async def test_a_negative_offset_keeps_the_last_ones(world: World) -> None:
    for text in "abc":
        await world.write(text)
    assert texts(await world.updates(offset=-1)) == ["c"]
    assert texts(await world.updates()) == ["c"]


async def test_a_waiting_poll_wakes_when_something_comes(world: World) -> None:
    waiting = asyncio.ensure_future(world.updates(timeout=50))
    await until(lambda: world.state.bot(TOKEN).polling)
    await world.write("hello")
    assert texts(await waiting) == ["hello"]


async def test_a_second_poll_ends_the_first_with_a_conflict(world: World) -> None:
    first = asyncio.ensure_future(world.updates(timeout=50))
    await until(lambda: world.state.bot(TOKEN).polling)
    second = asyncio.ensure_future(world.updates(timeout=50))
    with pytest.raises(Refused) as caught:
        await first
    assert (caught.value.status, str(caught.value)) == (409, CONFLICT)
    await world.write("for the second")
    assert texts(await second) == ["for the second"]


async def test_a_bot_that_went_away_is_no_conflict_for_its_successor(world: World) -> None:
    gone = asyncio.ensure_future(world.updates(timeout=50))
    await until(lambda: world.state.bot(TOKEN).polling)
    gone.cancel()
    await until(lambda: not world.state.bot(TOKEN).polling)
    await world.write("kept")
    assert texts(await world.updates(timeout=50)) == ["kept"]
    assert world.state.refusals == []


async def test_messages_wait_a_day_and_no_longer(world: World) -> None:
    await world.write("old")
    world.clock.move(86_399)
    assert texts(await world.updates()) == ["old"]
    world.clock.move(1)
    assert await world.updates() == []


async def test_allowed_updates_are_remembered_and_applied_when_an_update_is_made(world: World) -> None:
    await world.updates(allowed_updates=["callback_query"])
    await world.write("not wanted")
    await world.updates()
    await world.write("still not wanted")
    assert await world.updates(allowed_updates=[]) == []
    await world.write("wanted")
    assert texts(await world.updates()) == ["wanted"]


async def test_reactions_come_only_to_bots_that_asked_for_them(world: World) -> None:
    path = f"{PERSON}/messages/1/reaction"
    await world.person("POST", path, json={"emoji": "👍"})
    assert await world.updates(allowed_updates=["message_reaction"]) == []
    await world.person("POST", path, json={"emoji": "🔥"})
    [update] = await world.updates()
    assert update["message_reaction"]["new_reaction"] == [{"type": "emoji", "emoji": "🔥"}]


class Receiver:
    """A bot that listens on a webhook: answers with the next of `answers`, then with 200."""

    def __init__(self) -> None:
        self.url = ""
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.answers: list[web.Response] = []

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get(delivering.SECRET_HEADER))
        return self.answers.pop(0) if self.answers else web.Response()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    listening = Receiver()
    app = web.Application()
    app.router.add_post("/", listening.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listening.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield listening
    finally:
        await runner.cleanup()


async def test_a_webhook_gets_updates_with_its_secret_in_order(world: World) -> None:
    async with receiver() as bot:
        await world.write("before")
        envelope, _ = await world.envelope("setWebhook", url=bot.url, secret_token="s3cret")
        assert envelope == {"ok": True, "result": True, "description": "Webhook was set"}
        envelope, _ = await world.envelope("setWebhook", url=bot.url, secret_token="s3cret")
        assert envelope["description"] == "Webhook is already set"
        await world.write("after")
        await until(lambda: len(bot.got) == 2 and world.state.unconfirmed(TOKEN) == 0)
        assert texts(bot.got) == ["before", "after"]
        assert bot.secrets == ["s3cret", "s3cret"]
        assert await world.refusal("getUpdates") == WEBHOOK
        info = await world.call("getWebhookInfo")
        assert (info["url"], info["pending_update_count"], info["max_connections"]) == (bot.url, 0, 40)
        envelope, _ = await world.envelope("deleteWebhook")
        assert envelope["description"] == "Webhook was deleted"
        assert await world.updates() == []


async def test_a_refused_delivery_is_repeated_and_the_problem_is_told(world: World) -> None:
    async with receiver() as bot:
        bot.answers = [web.Response(status=500)]
        await world.call("setWebhook", url=bot.url)
        await world.write("again")
        await until(lambda: len(bot.got) == 2 and world.state.unconfirmed(TOKEN) == 0)
        assert texts(bot.got) == ["again", "again"]
        info = await world.call("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"


async def test_while_a_webhook_cannot_be_reached_updates_wait(world: World) -> None:
    async with receiver() as bot:
        nobody = bot.url
    await world.call("setWebhook", url=nobody)
    await world.write("waits")
    await until(lambda: world.state.bot(TOKEN).webhook.last_error == "Connection refused")
    assert (await world.call("getWebhookInfo"))["pending_update_count"] == 1
    await world.call("deleteWebhook")
    assert texts(await world.updates()) == ["waits"]


async def test_a_reply_to_a_delivery_that_names_a_method_is_carried_out(world: World) -> None:
    async with receiver() as bot:
        reply = {"method": "sendMessage", "chat_id": PERSON, "text": "by reply"}
        bot.answers = [web.json_response(reply), web.json_response({**reply, "text": ""})]
        await world.call("setWebhook", url=bot.url)
        await world.write("one")
        await world.write("two")
        await until(lambda: len(world.state.refusals) == 1)
        assert (await world.chat())["messages"][-1]["text"] in ("two", "by reply")
        assert world.state.refusals[0].description == "Bad Request: message text is empty"


async def test_setting_a_webhook_ends_a_waiting_poll(world: World) -> None:
    waiting = asyncio.ensure_future(world.updates(timeout=50))
    await until(lambda: world.state.bot(TOKEN).polling)
    await world.call("setWebhook", url="http://127.0.0.1:1/")
    with pytest.raises(Refused):
        await waiting


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "ftp://x"}, "Bad Request: bad webhook: invalid webhook URL specified"),
        ({"url": "http://x", "secret_token": "a b"}, "Bad Request: secret token contains unallowed characters"),
        ({"url": "http://x", "secret_token": "a" * 257}, "Bad Request: secret token is too long"),
    ],
)
async def test_a_webhook_that_cannot_work_is_refused(world: World, arguments: dict[str, Any], words: str) -> None:
    assert await world.refusal("setWebhook", **arguments) == words


async def test_pending_updates_can_be_dropped(world: World) -> None:
    await world.write("gone")
    await world.call("deleteWebhook", drop_pending_updates=True)
    assert await world.updates() == []
