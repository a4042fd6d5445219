"""What leaves for Telegram: under its flood limits, waiting out 429, repeating after 5xx where that is harmless."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.methods import (
    AnswerCallbackQuery,
    EditMessageText,
    GetUpdates,
    Response,
    SendDocument,
    SendMessage,
    SendPhoto,
    TelegramMethod,
)
from aiogram.methods.base import TelegramType

log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
SENDING = (SendMessage, SendDocument, SendPhoto)
SENDS_PER_SECOND = 28  # Telegram allows a bot about 30 new messages a second
ATTEMPTS = 6
LONGEST_WAIT = 90.0  # seconds that one call waits out 429 before it gives up
# pydantic holds the models of answers weakly: what nobody else holds, aiogram builds anew at the next call. That
# blocks the loop for 9 ms at nearly every getUpdates, for 7 ms at a message, for 2 ms at a yes or no.
ANSWERS = tuple(
    Response[method.__returning__]  # type: ignore[name-defined]  # a type that is known only at run time
    for method in (GetUpdates, SendMessage, EditMessageText, AnswerCallbackQuery)
)


class Patience(BaseRequestMiddleware):
    """A session middleware for every call of the bot but `getUpdates`, which the polling repeats by itself.

    429 says that nothing was done, so every method is repeated after `retry_after`. After a 5xx or a lost
    connection a message may have been sent, so sending is not repeated: twice would be worse than an error
    that its sender handles. Edits, answers and deletions are the same however often they happen.
    """

    def __init__(self, sleep: Sleep = asyncio.sleep, clock: Callable[[], float] | None = None) -> None:
        self._sleep = sleep
        self._clock = clock or (lambda: asyncio.get_running_loop().time())
        self._sent: deque[float] = deque(maxlen=SENDS_PER_SECOND)

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        if method.__api_method__ == GetUpdates.__api_method__:
            return await make_request(bot, method)
        waited = 0.0
        for attempt in range(1, ATTEMPTS + 1):
            if isinstance(method, SENDING):
                await self._turn_to_send()
            try:
                return await make_request(bot, method)
            except (TelegramRetryAfter, TelegramServerError, TelegramNetworkError) as error:
                pause = self._pause(error, method, attempt)
                if pause is None or waited + pause > LONGEST_WAIT:
                    raise
                log.warning(
                    "Telegram: %s for %s, again in %.1f s", type(error).__name__, type(method).__name__, pause
                )
            waited += pause
            await self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _pause(self, error: Exception, method: TelegramMethod[TelegramType], attempt: int) -> float | None:
        """Seconds before the next attempt; None when there must be none."""
        if attempt == ATTEMPTS:
            return None
        if isinstance(error, TelegramRetryAfter):
            return float(error.retry_after)
        return None if isinstance(method, SENDING) else 0.5 * 2 ** (attempt - 1)

    async def _turn_to_send(self) -> None:
        """Wait while as many messages as allowed were sent within the last second."""
        while len(self._sent) == SENDS_PER_SECOND and (wait := self._sent[0] + 1 - self._clock()) > 0:
            await self._sleep(wait)
        self._sent.append(self._clock())
