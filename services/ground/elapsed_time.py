"""How long ago something began, in seconds that really passed, which a clock that was set no longer tells."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class ElapsedTime:
    """Numbered beginnings: the clock is believed once, at first sight; from then on seconds are counted."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        """`monotonic`: seconds that no clock can be set by."""
        self._clock, self._monotonic = clock, monotonic
        self._known: dict[int, tuple[float, float]] = {}  # seconds at first sight, and when that was

    def seconds_since(self, number: int, began: datetime) -> float:
        """Seconds since it began, never less than nothing."""
        if number not in self._known:
            self._known[number] = max(0.0, (self._clock() - began).total_seconds()), self._monotonic()
        age, seen_at = self._known[number]
        return age + self._monotonic() - seen_at

    def watched_for(self, number: int) -> float:
        """Seconds since this number was first asked for; 0 when it never was."""
        return self._monotonic() - self._known[number][1] if number in self._known else 0.0

    def forget(self, number: int) -> None:
        """Drop this number: what it stood for is over."""
        self._known.pop(number, None)
