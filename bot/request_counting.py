"""Counts what Telegram does not do of what it is asked, and notes when a tap is answered."""

from __future__ import annotations

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramRetryAfter,
)
from aiogram.methods import AnswerCallbackQuery, Response, TelegramMethod
from aiogram.methods.base import TelegramType

from bot.metrics import Metrics
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered

REASONS: tuple[tuple[type[TelegramAPIError], str], ...] = (
    (TelegramRetryAfter, "too_many"),
    (TelegramForbiddenError, "forbidden"),
    (TelegramBadRequest, "bad_request"),
    (TelegramConflictError, "conflict"),
    (TelegramNotSent, "not_sent"),
    (TelegramUnanswered, "unanswered"),
)


class RequestCounting(BaseRequestMiddleware):
    """A session middleware around each single try of a call."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        try:
            answer = await make_request(bot, method)
        except TelegramAPIError as error:
            self._metrics.telegram_refused(method.__api_method__, reason_of(error))
            raise
        if isinstance(method, AnswerCallbackQuery):
            self._metrics.tap_answered(method.callback_query_id)
        return answer


def reason_of(error: TelegramAPIError) -> str:
    """One word for what Telegram said, or for what kept it from saying anything."""
    return next((reason for kind, reason in REASONS if isinstance(error, kind)), "other")
