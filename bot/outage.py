"""The times in which Telegram gives no updates: when to ask again, and one line in the log for each."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from aiogram.exceptions import TelegramAPIError, TelegramConflictError, TelegramRetryAfter

log = logging.getLogger(__name__)

LONGEST_PAUSE = 10.0  # seconds; with the time for a connection, the bot is back well within 30 s
CONFLICT = (
    "Another program takes the updates of this bot (Telegram answers 409). Stop the other instance, "
    "or give this one a BOT_TOKEN of its own; until then people's messages reach only one of the two."
)
WEBHOOK = (
    "Telegram sends the updates of this bot to a webhook that was set before (409). Delete it (the Bot API's method "
    "deleteWebhook), or give this bot a BOT_TOKEN of its own; until then it hears nothing."
)


class Outage:
    """From the first failure to the next success."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures, self._since = 0, 0.0
        self._said: set[str] = set()

    def failed(self, error: TelegramAPIError) -> float:
        """One more failure, which is logged when its kind is new; gives the seconds until the next attempt."""
        if not self._failures:
            self._since = self._clock()
        self._failures += 1
        line = line_of(error)
        if line not in self._said:
            self._said.add(line)
            log.log(logging.ERROR if isinstance(error, TelegramConflictError) else logging.WARNING, line)
        if isinstance(error, TelegramRetryAfter):
            return float(error.retry_after)
        return min(LONGEST_PAUSE, 0.5 * 2.0 ** min(self._failures - 1, 10))

    def ended(self) -> None:
        """Telegram has answered. Nothing is said where nothing had failed."""
        if self._failures:
            seconds = self._clock() - self._since
            log.warning("Telegram gives updates again, after %.0f s and %d attempts", seconds, self._failures)
            self._failures = 0
            self._said.clear()


def line_of(error: TelegramAPIError) -> str:
    """What is logged of a failure: of weather, whatever it is made of, always the same."""
    match error:
        case TelegramConflictError():
            return WEBHOOK if "webhook" in error.message else CONFLICT
        case TelegramRetryAfter():
            return "Telegram wants the bot to ask less often (429); it waits as long as Telegram says"
    return "Telegram gives no updates; it is asked again until it does"
