"""What Telegram's errors mean for who called: told apart by their words and kinds, out of any group."""

from __future__ import annotations

import asyncio

import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramServerError,
)
from aiogram.methods import GetMe

from handlers.ground.telegram_errors import (
    TelegramNotSent,
    TelegramUnanswered,
    delivery_errors,
    innermost_error,
    is_gone,
    without_error_groups,
)
from services.notifications.kinds import Gone, NotSent, Refused, Unsure

METHOD = GetMe()
NOT_SENT, UNANSWERED = TelegramNotSent(METHOD, "HTTP 429", 7.5), TelegramUnanswered(METHOD, "HTTP 502")
FAULT = ValueError("a fault of ours")


def test_an_error_is_found_inside_groups_and_one_that_does_not_pass_first() -> None:
    assert innermost_error(FAULT) is FAULT
    assert innermost_error(ExceptionGroup("", [FAULT])) is FAULT
    assert innermost_error(ExceptionGroup("", [ExceptionGroup("", [NOT_SENT])])) is NOT_SENT
    assert innermost_error(ExceptionGroup("", [NOT_SENT, UNANSWERED])) is NOT_SENT, "all of them pass: the first"
    assert innermost_error(ExceptionGroup("", [NOT_SENT, FAULT])) is FAULT
    assert innermost_error(ExceptionGroup("", [UNANSWERED, ExceptionGroup("", [FAULT]), KeyError()])) is FAULT


async def test_an_error_leaves_a_task_group_as_it_was_raised() -> None:
    async def fails() -> None:
        raise FAULT

    with pytest.raises(ValueError, match="a fault of ours"), without_error_groups():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fails())
    with pytest.raises(KeyError), without_error_groups():
        raise KeyError
    done = list[str]()
    with without_error_groups():
        done.append("nothing failed")
    assert done == ["nothing failed"]


GONE = (
    TelegramForbiddenError(METHOD, "Forbidden: bot was blocked by the user"),
    TelegramBadRequest(METHOD, "Bad Request: chat not found"),
)
THERE = (
    TelegramBadRequest(METHOD, "Bad Request: message is too long"),
    TelegramAPIError(METHOD, "chat not found"),  # not the words of a refusal
    TelegramServerError(METHOD, "Internal Server Error"),
    NOT_SENT,
)


def test_who_blocked_the_bot_is_gone_and_who_was_sent_nonsense_is_not() -> None:
    assert [is_gone(error) for error in GONE] == [True, True]
    assert [is_gone(error) for error in THERE] == [False] * len(THERE)


@pytest.mark.parametrize(
    ("error", "told"),
    [(UNANSWERED, Unsure), (NOT_SENT, NotSent), *((each, Gone) for each in GONE), (THERE[0], Refused)],
)
def test_an_error_becomes_what_it_means_for_a_delivery(error: TelegramAPIError, told: type[Exception]) -> None:
    with pytest.raises(told) as caught, delivery_errors():
        raise error
    assert type(caught.value) is told
    assert caught.value.__cause__ is error


def test_a_pause_is_as_long_as_telegram_wants_it() -> None:
    with pytest.raises(NotSent) as caught, delivery_errors():
        raise NOT_SENT
    assert caught.value.wait == 7.5
    assert TelegramNotSent(METHOD, "ProxyError").wait == 0, "there is none where nothing was reached"
