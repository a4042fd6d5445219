"""Whether Telegram takes messages. After one that it did not take, a harmless call is tried before anything else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from services.notifications.kinds import Gone, NotSent, Refused, Unsure

log = logging.getLogger(__name__)

ASK_EVERY = 4.0  # seconds between two tries of the harmless call
AGAIN = (timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))  # after the first, second, third try


def again_after(tries: int) -> timedelta | None:
    """The pause after so many tries of which nobody knows whether they arrived; None: no further try."""
    return AGAIN[tries - 1] if tries <= len(AGAIN) else None


class Line:
    """Open while Telegram takes messages; closed from the first that it did not take. One for a process."""

    def __init__(self, ask: Callable[[], Awaitable[None]], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`ask`: a harmless call of Telegram; raises NotSent or Unsure. `monotonic`: seconds that really pass."""
        self._ask, self._monotonic = ask, monotonic
        self._asking = asyncio.Lock()
        self._closed = self._logged = False
        self._quiet_until = 0.0  # before that, asking is in vain
        self.taken = set[int]()  # notices that Telegram took, and of which the database could not be told

    @property
    def closed(self) -> bool:
        """Whether the last message was not certainly taken."""
        return self._closed

    async def is_open(self) -> bool:
        """Whether it is worth sending something now."""
        async with self._asking:
            if self._closed and self._monotonic() >= self._quiet_until:
                await self._try_call()
            return not self._closed

    async def check(self) -> None:
        """Raise NotSent when sending is in vain."""
        if not await self.is_open():
            raise NotSent

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Close the line when the message that is sent within was not certainly taken."""
        try:
            yield
        except (Gone, Refused):
            raise  # that concerns this message alone
        except (NotSent, Unsure):
            self._closed = True
            raise

    async def _try_call(self) -> None:
        """Make the harmless call: its outcome opens the line, or says how long not to try again."""
        try:
            await self._ask()
        except (NotSent, Unsure) as error:
            pause = max(error.wait, ASK_EVERY) if isinstance(error, NotSent) else ASK_EVERY
            self._quiet_until = self._monotonic() + pause
            if not self._logged:
                self._logged = True
                log.warning("Telegram does not take messages: reminders and looks at px6 wait until it does")
        else:
            self._closed = False
            if self._logged:
                self._logged = False
                log.warning("Telegram takes messages again")
