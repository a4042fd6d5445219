"""How long ago something began, by seconds that really passed: a clock can be set, and then tells it no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


class Ages:
    """What began before is believed the clock once, at first sight; from there on seconds are counted."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        """`monotonic`: seconds that no clock can be set by."""
        self._clock, self._monotonic = clock, monotonic
        self._known: dict[int, tuple[float, float]] = {}  # seconds at first sight, and when that was

    def of(self, number: int, began: datetime) -> float:
        """Seconds since it began, never less than nothing."""
        if number not in self._known:
            self._known[number] = max(0.0, (self._clock() - began).total_seconds()), self._monotonic()
        age, seen_at = self._known[number]
        return age + self._monotonic() - seen_at

    def known_for(self, number: int) -> float:
        """Seconds since it was first asked for here."""
        return self._monotonic() - self._known[number][1] if number in self._known else 0.0

    def forget(self, number: int) -> None:
        """It is over."""
        self._known.pop(number, None)
