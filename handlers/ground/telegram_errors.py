"""What can become of a call of the Bot API, by what that means for the caller.

A call that returns was done. One that was not, or may not have been, raises a TelegramAPIError:

TelegramAPIError
├── TelegramNotSent     certainly not done: no connection was made, or Telegram wants a pause
├── TelegramUnanswered  it may have been done: no answer, a 5xx, an answer that cannot be read
└── any other           Telegram said no in its own words (400, 401, 403, 404, 409, 413): nothing was done

`bot.telegram_session` sees to it that nothing else comes from the network. No text of these holds what was sent or
answered: both carry keys, passwords and what people wrote. `message` of the first two says why, as `ProxyError` or
`HTTP 502`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.methods import TelegramMethod

from services.notifications.kinds import Gone, NotSent, Refused, Unsure

NOT_MODIFIED = "message is not modified"


class TelegramNotSent(TelegramAPIError):
    """Certainly nothing was done, so it may be done again.

    `wait`: the seconds of the pause that Telegram wants (429); 0 when it could not be reached.
    """

    def __init__(self, method: TelegramMethod[Any], message: str, wait: float = 0.0) -> None:
        super().__init__(method, message)
        self.wait = wait


class TelegramUnanswered(TelegramAPIError):
    """Telegram may have done it or not: only what is the same however often it happens may be repeated."""


PASSING_ERRORS = (TelegramNotSent, TelegramUnanswered)
"""Neither a refusal nor a fault of the bot: Telegram will answer again."""


def innermost_error(error: BaseException) -> BaseException:
    """The error inside the groups that task groups wrap around it; of several one that does not pass."""
    while isinstance(error, BaseExceptionGroup):
        inside = [innermost_error(each) for each in error.exceptions]
        error = next((each for each in inside if not isinstance(each, PASSING_ERRORS)), inside[0])
    return error


@contextmanager
def without_error_groups() -> Iterator[None]:
    """Let an error out of a task group as it was raised inside."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = innermost_error(group)
    else:
        return
    raise error


def is_gone(error: TelegramAPIError) -> bool:
    """Whether nobody is there to be told: the person blocked the bot, or their account is deleted."""
    missing = isinstance(error, TelegramBadRequest) and "chat not found" in error.message
    return missing or isinstance(error, TelegramForbiddenError)


@contextmanager
def delivery_errors() -> Iterator[None]:
    """Raise Telegram's errors as those of a delivery: NotSent, Gone, Refused or Unsure."""
    try:
        yield
    except TelegramUnanswered as error:
        raise Unsure from error
    except TelegramNotSent as error:
        raise NotSent(error.wait) from error
    except TelegramAPIError as error:
        raise (Gone if is_gone(error) else Refused)() from error  # Telegram did nothing
