"""Delivering updates to webhooks: secret, retries, and replies that are calls themselves."""

from __future__ import annotations

import asyncio

import aiohttp
import msgspec

from sandbox.telegram.arguments import Arguments
from sandbox.telegram.bot_api import BotApi
from sandbox.telegram.bots import Bot, Webhook
from sandbox.telegram.errors import Refusal
from sandbox.telegram.state import TelegramState
from sandbox.telegram.updates import Update

TIMEOUT_SECONDS = 60.0
LONGEST_PAUSE = 64.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header


class Deliveries:
    """A task for each bot that has a webhook; the updates go out one after the other.

    A failed delivery is repeated at once, then after 2, 4, 8 … seconds.
    """

    def __init__(self, state: TelegramState, api: BotApi) -> None:
        self._state = state
        self._api = api
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._http: aiohttp.ClientSession | None = None

    def watch(self, bot: Bot) -> None:
        """Start delivering once the bot sets a webhook."""
        if bot.id not in self._tasks:
            # The task lives until close(), which cancels and awaits it.
            self._tasks[bot.id] = asyncio.get_running_loop().create_task(self._deliver(bot))

    async def close(self) -> None:
        """Stop all deliveries."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def _deliver(self, bot: Bot) -> None:
        news = asyncio.Event()
        stop = bot.updates.listen(news.set)
        bot.webhook_changed.append(news.set)
        try:
            while True:
                news.clear()
                update = bot.updates.first() if bot.webhook.url else None
                if update is None:
                    await news.wait()
                else:
                    await self._until_taken(bot, update, news)
        finally:
            stop()
            bot.webhook_changed.remove(news.set)

    async def _until_taken(self, bot: Bot, update: Update, news: asyncio.Event) -> None:
        """Repeat one update until it is taken, expires, or the webhook changes."""
        webhook, pause = bot.webhook, 0.0
        while bot.webhook is webhook and bot.updates.first() is update:
            problem = await self._send(bot, webhook, update)
            if problem is None:
                bot.updates.confirm(update)
                return
            webhook.last_error_date, webhook.last_error = int(self._state.timestamp()), problem
            await _pause(pause, news)
            pause = min(LONGEST_PAUSE, pause * 2 or 2.0)

    async def _send(self, bot: Bot, webhook: Webhook, update: Update) -> str | None:
        """Post an update; the answer is what went wrong, or None."""
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        body = msgspec.json.encode(update.as_json())
        try:
            async with self._session().post(webhook.url, data=body, headers=headers) as response:
                answer = await response.read()
        except TimeoutError:
            return "Read timeout expired"
        except aiohttp.ClientError:
            return "Connection refused"
        if not 200 <= response.status < 300:
            return f"Wrong response from the webhook: {response.status} {response.reason}"
        await self._carry_out(bot, answer)
        return None

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
            self._http = aiohttp.ClientSession(timeout=timeout)
        return self._http

    async def _carry_out(self, bot: Bot, answer: bytes) -> None:
        """A reply with `method` in it is a call; its result goes nowhere, its refusal into the list."""
        try:
            values = msgspec.json.decode(answer)
        except msgspec.DecodeError:
            return  # any other answer than JSON with a method is a plain "taken"
        if not isinstance(values, dict) or not isinstance(values.get("method"), str):
            return
        name = values.pop("method").lower()
        try:
            await self._api.run(bot, name, Arguments(values))
        except Refusal as refusal:
            self._state.refused(bot.id, name, values, refusal)


async def _pause(seconds: float, news: asyncio.Event) -> None:
    """Wait, but not longer than until the webhook changes."""
    news.clear()
    try:
        await asyncio.wait_for(news.wait(), seconds)
    except TimeoutError:
        return  # nothing changed: time to try again
