"""Outages of Telegram: when one begins and ends, when to ask again, and one line in the log for each."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable

from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramRetryAfter,
)

from handlers.ground.telegram_errors import PASSING_ERRORS

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds; with the time for a connection, the bot is back well within 30 s
OFTEN, MINUTE = 3, 60.0  # so many ends of outages within so many seconds make the next outage a restless one
RESTLESS = " (This comes and goes: its end is told after a minute without it.)"
CONFLICT = (
    "Another program takes the updates of this bot (Telegram answers 409). Stop the other instance, "
    "or give this one a BOT_TOKEN of its own; until then people's messages reach only one of the two."
)
WEBHOOK = (
    "Another program has set a webhook for this bot while it ran (409), and gets its updates. Stop that program and "
    "start this one again, which deletes the webhook (the Bot API's deleteWebhook), or give this bot a BOT_TOKEN of "
    "its own; until then it hears nothing."
)


class TokenRefused(Exception):
    """Telegram does not know the token."""


class Outage:
    """A row of failures, which a success ends; a restless outage ends with the first success after a quiet minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._ends: deque[float] = deque(maxlen=OFTEN)
        self._last = self.since = clock()
        self.failures, self.restless = 0, False

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return self._clock() - self.since

    def failed(self) -> bool:
        """Note a failure. Gives whether an outage begins with it."""
        self._last = self._clock()
        self.failures += 1
        if self.failures > 1:
            return False
        self.since = self._last
        self.restless = len(self._ends) == OFTEN and self._last - self._ends[0] < MINUTE
        return True

    def succeeded(self) -> bool:
        """Note a success. Gives whether it ends an outage: the caller then logs that and calls `forget`."""
        now = self._clock()
        if not self.failures or (self.restless and now - self._last < MINUTE):
            return False
        self._ends.append(now)
        return True

    def forget(self) -> None:
        """Begin anew, after the end of an outage was logged."""
        self.failures = 0


class CallOutage:
    """An outage of one call that is repeated until it is done, from the first failure to the answer that ends it."""

    def __init__(
        self,
        line_of: Callable[[TelegramAPIError], str],
        over: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`line_of` gives the log's line for a failure; `over` begins the one for the end."""
        self._line_of, self._over = line_of, over
        self._outage, self._pause = Outage(clock), FIRST_PAUSE
        self._said: set[str] = set()

    def failed(self, error: TelegramAPIError) -> float:
        """Note a failure; log it if its kind is new in this outage. Gives the seconds until the next attempt."""
        self._outage.failed()
        line = self._line_of(error)
        if line not in self._said:
            self._said.add(line)
            level = (
                logging.ERROR if isinstance(error, TelegramConflictError | TelegramBadRequest) else logging.WARNING
            )
            why = f" ({error.message})" if isinstance(error, PASSING_ERRORS) else ""
            log.log(level, "%s%s%s", line, why, RESTLESS if self._outage.restless else "")
        pause = min(LONGEST_PAUSE, self._pause)
        self._pause = 2 * pause
        return float(error.retry_after) if isinstance(error, TelegramRetryAfter) else pause

    def ended(self) -> None:
        """Note an answer. Logs the end of an outage when there was one."""
        self._pause = FIRST_PAUSE
        if self._outage.succeeded():
            seconds, failures = self._outage.seconds, self._outage.failures
            log.warning("%s, after %.0f s and %d attempts", self._over, seconds, failures)
            self._outage.forget()
            self._said.clear()


class PollingOutage(CallOutage):
    """An outage of `getUpdates`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(polling_line, "Telegram gives updates again", clock)


def polling_line(error: TelegramAPIError) -> str:
    """The log's line for a failure; all network failures and server errors have the same one."""
    match error:
        case TelegramConflictError():
            return WEBHOOK if "webhook" in error.message.lower() else CONFLICT
        case TelegramRetryAfter():
            return "Telegram wants the bot to ask less often (429); it waits as long as Telegram says"
    return "Telegram gives no updates; it is asked again until it does"
