"""Real time plus an offset that can be moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def utc_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """The stand-in's time. `moved` is called after each move."""

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        self._now = now
        self.offset = timedelta()
        self.moved: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        """Aware UTC."""
        return self._now() + self.offset

    def move(self, by: timedelta) -> datetime:
        """Moves the clock (also backwards) and lets happen what was due in between."""
        self.offset += by
        self.moved()
        return self.now()
