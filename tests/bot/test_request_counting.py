"""What Telegram does not do is counted at each try; an answer to a tap is one only when Telegram has taken it."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import AnswerCallbackQuery, GetMe, Response, SendMessage, TelegramMethod

from bot.request_counting import RequestCounting
from tests.bot.watching import Counted

ANSWER, SEND = AnswerCallbackQuery(callback_query_id="a"), SendMessage(chat_id=1001, text="hello")


async def asks(counted: Counted, method: TelegramMethod[Any], error: Exception | None = None) -> Any:
    async def make_request(_: Bot, asked: TelegramMethod[Any]) -> Response[Any]:
        assert asked is method
        if error is not None:
            raise error
        return Response[Any](ok=True, result=True)

    return await RequestCounting(counted.metrics)(make_request, Bot("42:TEST"), method)


async def test_what_is_done_is_not_counted_and_handed_on() -> None:
    counted = Counted()
    assert (await asks(counted, GetMe())).result is True
    assert "telegram_refusals_total{" not in str(list(counted.metrics.registry.collect()))


async def test_a_tap_that_telegram_took_no_answer_for_still_waits() -> None:
    counted = Counted()
    counted.metrics.tap_came("a")
    with pytest.raises(TelegramBadRequest):
        await asks(counted, ANSWER, TelegramBadRequest(ANSWER, "query is too old"))
    with pytest.raises(TelegramBadRequest):
        await asks(counted, SEND, TelegramBadRequest(SEND, "chat not found"))
    assert counted("tap_seconds_count") == 0
    assert counted("telegram_refusals_total", method="answerCallbackQuery", reason="bad_request") == 1
    assert counted("telegram_refusals_total", method="sendMessage", reason="bad_request") == 1
    counted.passed = 2.0
    await asks(counted, ANSWER)
    assert (counted("tap_seconds_count"), counted("tap_seconds_sum")) == (1, 2.0)
