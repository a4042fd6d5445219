"""What counts as a Telegram that does not do what it is asked, and what is an answer."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import GetMe, Response, SetWebhook, TelegramMethod

from bot.telegram_reach import TelegramReach
from bot.updates import TakeUpdates
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered

CALL = GetMe()


async def noted(error: TelegramAPIError | None, method: TelegramMethod[Any] = CALL) -> list[bool]:
    """What is noted of a call that ends so."""
    found: list[bool] = []
    polls: list[bool] = []

    async def telegram(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        if error is not None:
            raise error
        return Response[Any](ok=True, result="done")

    reach = TelegramReach(found.append, polls.append)
    if error is None:
        assert (await reach(telegram, Bot("42:TEST"), method)).result == "done"
    else:
        with pytest.raises(type(error)):
            await reach(telegram, Bot("42:TEST"), method)
    assert not (found and polls)
    return polls if isinstance(method, TakeUpdates) else found


async def test_a_refusal_of_the_whole_bot_is_none_and_a_no_to_one_call_is_an_answer() -> None:
    for silent in (
        TelegramNotSent(CALL, "ClientOSError"),
        TelegramUnanswered(CALL, "HTTP 502"),
        TelegramRetryAfter(CALL, "Too Many Requests", 5),
        TelegramUnauthorizedError(CALL, "Unauthorized"),
    ):
        assert await noted(silent) == [False], silent
    for said in (None, TelegramBadRequest(CALL, "chat not found"), TelegramForbiddenError(CALL, "blocked")):
        assert await noted(said) == [True], said


async def test_polls_are_noted_apart_and_any_no_to_them_is_none() -> None:
    poll = TakeUpdates()
    assert await noted(None, poll) == [True]
    for error in (TelegramUnanswered(poll, "HTTP 502"), TelegramConflictError(poll, "terminated by other")):
        assert await noted(error, poll) == [False]


async def test_a_webhook_that_telegram_takes_is_an_answer_and_has_it_give_updates() -> None:
    """What was told of failing polls is over then: by webhook nobody polls."""
    found: list[bool] = []
    polls: list[bool] = []

    async def telegram(bot: Bot, method: TelegramMethod[Any]) -> Response[Any]:
        return Response[Any](ok=True, result=True)

    await TelegramReach(found.append, polls.append)(telegram, Bot("42:TEST"), SetWebhook(url="https://a.example/b"))
    assert (found, polls) == ([True], [True])
