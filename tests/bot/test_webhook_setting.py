"""Between polling and a webhook: set and removed by the bot itself, in any weather, and no update is lost by it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from bot import outage
from bot.outage import TokenRefused
from tests.world import World, webhook_at, world_without_bot


def bot_of(world: World) -> Any:
    return world.telegram.bot(world.settings.bot_token.get_secret_value())


def asked(world: World, method: str) -> list[dict[str, Any]]:
    return [call.params for call in world.telegram.requests if call.method == method]


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name in ("bot.outage", "bot.webhook_setting", "bot.polling")]


def hooks_of(world: World) -> dict[str, Any]:
    assert world.settings.listens_at is not None
    return webhook_at(world.settings.listens_at[1])


async def writes(world: World, text: str) -> None:
    await world.post("/people/1001/messages", {"text": text})


async def test_switching_either_way_loses_no_update(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world_without_bot(tmp_path, webhook=True) as world:
        polls = {"webhook_url": "", "http_listen": ""}
        hooks = hooks_of(world)
        for number, settings in enumerate((polls, hooks, hooks, polls, polls, hooks)):
            await writes(world, f"/price {number + 1} 30")  # while no bot runs
            async with world.running_bot(**settings):
                await world.quiet()
                await writes(world, "/help")
                await world.quiet()
        said = await world.phone().texts()
        assert len(said) == 12, "each is answered once"
        assert said[1::2] == [said[1]] * 6 and said[1].startswith("What I can do")
        assert all(each["drop_pending_updates"] == "false" for each in asked(world, "deletewebhook"))
        assert len(asked(world, "deletewebhook")) == 1, "only where one was set"
        assert len(asked(world, "setwebhook")) == 3
    host = hooks["http_listen"]
    assert lines(caplog) == [
        *[f"Telegram delivers updates to {host}"] * 2,
        "The webhook that was set before is removed: updates are polled",
        f"Telegram delivers updates to {host}",
    ]


async def test_a_webhook_that_another_program_sets_meanwhile_is_named_and_left_to_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Such as this bot's next start, which is to take updates by webhook."""
    async with world_without_bot(tmp_path) as world, world.running_bot():
        await world.until(lambda: bot_of(world).polling)
        url = f"{world.sandbox.telegram_url}/bot{world.settings.bot_token.get_secret_value()}/setWebhook"
        await world.http.post(url, json={"url": "http://127.0.0.1:9/hook"})
        await world.until(lambda: any("deleteWebhook" in line for line in lines(caplog)))
        assert not asked(world, "deletewebhook")
        assert bot_of(world).webhook.url == "http://127.0.0.1:9/hook"
    [line] = [record for record in caplog.records if "deleteWebhook" in record.getMessage()]
    assert line.levelno == logging.ERROR
    assert line.getMessage().startswith("Another program has set a webhook for this bot while it ran (409)")


async def test_a_webhook_that_cannot_be_removed_yet_is_removed_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.01)
    async with world_without_bot(tmp_path) as world:
        url = f"{world.sandbox.telegram_url}/bot{world.settings.bot_token.get_secret_value()}/setWebhook"
        await world.http.post(url, json={"url": "http://127.0.0.1:9/hook"})
        world.telegram.fail("deleteWebhook", 502, times=2, answer="html")
        async with world.running_bot():
            assert (await world.phone().says("/help")).startswith("What I can do")
        assert len(asked(world, "deletewebhook")) == 3


async def test_telegram_away_at_the_start_is_one_line_and_another_when_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.01)
    async with world_without_bot(tmp_path, webhook=True) as world:
        await writes(world, "/help")
        world.telegram.fail("setWebhook", 502, times=5, answer="html")
        async with world.running_bot():
            await world.quiet()
            assert (await world.phone().reads()).startswith("What I can do")
        assert len(asked(world, "setwebhook")) == 6
    away, back = lines(caplog)
    assert away.startswith("Telegram cannot be told where to deliver updates; it is asked again until it can (")
    assert back.startswith("Telegram takes WEBHOOK_URL, after ") and back.endswith(" and 5 attempts")
    assert not [record for record in caplog.records if record.name == "bot.request_pacing"]


async def test_an_address_that_telegram_does_not_take_is_told_with_its_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.01)
    async with world_without_bot(tmp_path, webhook=True) as world:
        world.telegram.fail("setWebhook", 400, times=3, description="bad webhook: failed to resolve host")
        async with world.running_bot():
            await world.until(lambda: bool(bot_of(world).webhook.url))
    [line] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert line.getMessage() == (
        "Telegram does not take WEBHOOK_URL (Bad Request: bad webhook: failed to resolve host); "
        "it is asked again until it does"
    )


async def test_a_pause_that_telegram_asks_for_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with world_without_bot(tmp_path, webhook=True) as world:
        world.telegram.fail("setWebhook", 429, retry_after=1)
        async with world.running_bot():
            await world.until(lambda: bool(bot_of(world).webhook.url))
    assert "ask less often (429)" in lines(caplog)[0]


async def test_a_refused_token_ends_the_bot(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, webhook=True) as world:
        wrong = world.settings.bot_token.get_secret_value() + "x"
        with pytest.raises(TokenRefused):
            async with world.running_bot(bot_token=wrong, **hooks_of(world)):
                await world.until(lambda: bool(asked(world, "setwebhook")))


async def test_a_stop_while_telegram_is_away_is_a_quick_one(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, webhook=True) as world:
        world.telegram.fail("setWebhook", 429, times=100, retry_after=3600)
        async with world.running_bot():
            await world.until(lambda: bool(asked(world, "setwebhook")))
        assert not bot_of(world).webhook.url
