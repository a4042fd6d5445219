"""Notes for operators whether Telegram does what the bot asks, and apart from that whether it gives updates."""

from __future__ import annotations

from collections.abc import Callable

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.methods import Response, SetWebhook, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import PASSING_ERRORS

REFUSING = (*PASSING_ERRORS, TelegramRetryAfter, TelegramUnauthorizedError)


class TelegramReach(BaseRequestMiddleware):
    """A middleware near the network. A no to one call, as of a chat that is gone, is an answer; to a poll it is none:
    another program may take the updates of this bot. By webhook updates come once Telegram has taken the address."""

    def __init__(self, note: Callable[[bool], None], note_poll: Callable[[bool], None]) -> None:
        self._note, self._note_poll = note, note_poll

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        is_poll = isinstance(method, TakeUpdates)
        note = self._note_poll if is_poll else self._note
        try:
            answer = await make_request(bot, method)
        except TelegramAPIError as error:
            note(not is_poll and not isinstance(error, REFUSING))
            raise
        note(True)
        if isinstance(method, SetWebhook):
            self._note_poll(True)
        return answer
