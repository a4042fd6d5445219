"""Whether somebody whom the bot needs answers: px6, Telegram."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class Reach:
    """Notes of each call whether it was answered. `answered_at` and `failing_since`: None, if never or not now."""

    def __init__(self, clock: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._clock, self._monotonic = clock, monotonic
        self.answered_at: datetime | None = None
        self.failing_since: datetime | None = None
        self._began = monotonic()

    def note(self, answered: bool) -> None:
        """A call has ended. Failures without an answer in between are one row of them."""
        if answered:
            self.answered_at, self.failing_since = self._clock(), None
        elif self.failing_since is None:
            self.failing_since, self._began = self._clock(), self._monotonic()

    @property
    def failing_for(self) -> timedelta:
        """How long it has not answered, in time that really passed."""
        seconds = 0.0 if self.failing_since is None else self._monotonic() - self._began
        return timedelta(seconds=seconds)

    def forget(self) -> None:
        """Nothing is known any more."""
        self.answered_at = self.failing_since = None
