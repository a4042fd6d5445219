"""A webhook that was set before takes all updates away: the log says that, and what to do."""

from __future__ import annotations

import logging

import aiohttp
import pytest

from tests.world import World


async def test_a_webhook_that_was_set_before_is_named(world: World, caplog: pytest.LogCaptureFixture) -> None:
    token = world.settings.bot_token.get_secret_value()
    address = f"{world.sandbox.telegram_url}/bot{token}"
    with caplog.at_level(logging.ERROR, logger="bot.polling"):
        async with aiohttp.ClientSession() as http:
            await http.post(f"{address}/setWebhook", json={"url": "http://127.0.0.1:9/hook"})
            await world.until(lambda: any("deleteWebhook" in record.message for record in caplog.records))
            await http.post(f"{address}/deleteWebhook")
    world.telegram.refusals.clear()
