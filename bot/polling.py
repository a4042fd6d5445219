"""Takes updates by long polling. aiogram's own loop drops running handlers on stop, so this is ours.

Every update is a task in the keeper. On stop no further update is taken, and those that were taken are confirmed
to Telegram, so that the next start does not see them again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetUpdates
from aiogram.types import Update

from handlers.turn import Keeper

log = logging.getLogger(__name__)

LONG_POLL = 25  # seconds that Telegram holds the request open
MARGIN = 15  # seconds more before the request counts as lost
LONGEST_PAUSE = 30.0
ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
CONFLICT = (
    "Another program takes the updates of this bot (Telegram answers 409). Stop the other instance, "
    "or give this one a BOT_TOKEN of its own; until then people's messages reach only one of the two."
)


WEBHOOK = (
    "Telegram sends the updates of this bot to a webhook that was set before (409). Delete it (the Bot API's method "
    "deleteWebhook), or give this bot a BOT_TOKEN of its own; until then it hears nothing."
)


class TokenRefused(Exception):
    """Telegram does not know the token."""


class Polling:
    """Reads updates of one bot until `stop` and feeds each to the dispatcher in a task of its own."""

    def __init__(
        self,
        bot: Bot,
        dispatcher: Dispatcher,
        keeper: Keeper,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._bot, self._dispatcher, self._keeper, self._sleep = bot, dispatcher, keeper, sleep
        self._next_id: int | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Take updates until `stop` is set."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                request = asyncio.ensure_future(self._next_batch())
                await asyncio.wait((request, stopping), return_when=asyncio.FIRST_COMPLETED)
                if not request.done():
                    request.cancel()
                    await asyncio.gather(request, return_exceptions=True)
                    break
                for update in request.result():
                    self._keeper.start(self._feed(update))
        finally:
            stopping.cancel()
        await self._confirm()

    async def _next_batch(self) -> list[Update]:
        """The next updates, however long Telegram cannot be reached."""
        failures = 0
        while True:
            try:
                updates = await self._bot(
                    GetUpdates(offset=self._next_id, timeout=LONG_POLL, allowed_updates=ALLOWED_UPDATES),
                    request_timeout=LONG_POLL + MARGIN,
                )
            except TelegramUnauthorizedError as error:
                raise TokenRefused from error
            except TelegramAPIError as error:
                failures += 1
                await self._sleep(self._complain(error, failures))
                continue
            if updates:
                self._next_id = updates[-1].update_id + 1
            return updates

    def _complain(self, error: TelegramAPIError, failures: int) -> float:
        """Log the failure and give the seconds to wait before the next attempt."""
        pause: float = min(LONGEST_PAUSE, 0.5 * 2.0 ** min(failures - 1, 10))
        if isinstance(error, TelegramRetryAfter):
            pause = float(error.retry_after)
        if isinstance(error, TelegramConflictError):
            log.error(WEBHOOK if "webhook" in error.message else CONFLICT)
        else:
            log.warning("Telegram gave no updates (%s), again in %.1f s", type(error).__name__, pause)
        return pause

    async def _feed(self, update: Update) -> None:
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except Exception:  # the gate tells the person; what still comes here must not end the polling
            log.exception("Update %d could not be handled", update.update_id)

    async def _confirm(self) -> None:
        """Tell Telegram which updates were taken. Those that this request may bring stay unconfirmed."""
        if self._next_id is None:
            return
        try:
            await self._bot(GetUpdates(offset=self._next_id, timeout=0, limit=1), request_timeout=5)
        except TelegramAPIError as error:
            log.warning("The last updates stay unconfirmed and come again: %s", type(error).__name__)
