"""Notes whether Telegram does what the bot asks, for operators: of every call but those by which it gets updates."""

from __future__ import annotations

from collections.abc import Callable

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import TelegramAPIError, TelegramRetryAfter, TelegramUnauthorizedError
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.request_pacing import REPEATED_BY_CALLER
from handlers.ground.telegram_errors import PASSING_ERRORS

REFUSING = (*PASSING_ERRORS, TelegramRetryAfter, TelegramUnauthorizedError)


class TelegramReach(BaseRequestMiddleware):
    """The middleware next to the network. A no to one call, as of a chat that is gone, is an answer."""

    def __init__(self, note: Callable[[bool], None]) -> None:
        self._note = note

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        if method.__api_method__ in REPEATED_BY_CALLER:
            return await make_request(bot, method)
        try:
            answer = await make_request(bot, method)
        except TelegramAPIError as error:
            self._note(not isinstance(error, REFUSING))
            raise
        self._note(True)
        return answer
