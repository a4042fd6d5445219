"""Tells Telegram where it delivers updates, and takes that back. No update that waits is dropped by either."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.methods import DeleteWebhook, SetWebhook

from bot.outage import CallOutage, TokenRefused
from bot.updates import KINDS

log = logging.getLogger(__name__)

CONNECTIONS = 100  # at once, the most that Telegram offers: updates on their way to the disk hold theirs
ANSWER_SECONDS = 20


class WebhookSetting:
    """Sets the webhook, however long Telegram cannot be reached."""

    def __init__(
        self, bot: Bot, url: str, secret: str, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._bot, self._sleep = bot, sleep
        self._method = SetWebhook(
            url=url,
            secret_token=secret,
            allowed_updates=list(KINDS),
            max_connections=CONNECTIONS,
            drop_pending_updates=False,
        )
        self._host = urlsplit(url).netloc  # without the path, which may be a secret
        self._outage = CallOutage(line_of, "Telegram takes WEBHOOK_URL")
        self.is_set = False

    async def put(self, stop: asyncio.Event) -> None:
        """Set it, asked until Telegram agrees or `stop` is set. Raises TokenRefused."""
        setting, stopping = asyncio.ensure_future(self._put()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait((setting, stopping), return_when=asyncio.FIRST_COMPLETED)
            if setting.done():
                setting.result()
        finally:
            for each in (setting, stopping):
                each.cancel()
            await asyncio.gather(setting, stopping, return_exceptions=True)

    async def _put(self) -> None:
        while not self.is_set:
            try:
                self.is_set = await self._bot(self._method, request_timeout=ANSWER_SECONDS)
            except TelegramUnauthorizedError as error:
                raise TokenRefused from error
            except TelegramAPIError as error:
                await self._sleep(self._outage.failed(error))
        self._outage.ended()
        log.debug("Telegram delivers updates to %s", self._host)


def line_of(error: TelegramAPIError) -> str:
    """The log's line for a failure; all network failures and server errors have the same one."""
    match error:
        case TelegramBadRequest():
            return f"Telegram does not take WEBHOOK_URL ({error.message}); it is asked again until it does"
        case TelegramRetryAfter():
            return "Telegram wants the bot to ask less often (429); it waits as long as Telegram says"
    return "Telegram cannot be told where to deliver updates; it is asked again until it can"


async def remove_webhook(bot: Bot) -> None:
    """Take back a webhook that was set before, so that updates can be polled. Raises TelegramAPIError."""
    await bot(DeleteWebhook(drop_pending_updates=False), request_timeout=ANSWER_SECONDS)
    log.info("The webhook that was set before is removed: updates are polled")
