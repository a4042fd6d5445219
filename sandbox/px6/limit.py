"""px6's limit: no more than 3 calls in any sliding second, counted when they are received."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable


class Limit:
    """Times of the calls let in, by key or by address. Refused calls do not count."""

    def __init__(self, monotonic: Callable[[], float], window: float = 1.0) -> None:
        self._monotonic = monotonic
        self._window = window
        self._let_in: dict[str, deque[float]] = {}

    def admit(self, scope: str, limit: int) -> bool:
        """True and counted, or False when `limit` calls were let in within the last second."""
        times = self._recent(scope)
        if len(times) >= limit:
            return False
        times.append(self._monotonic())
        return True

    def meter(self, scope: str) -> int:
        """How many calls were let in within the last second."""
        return len(self._recent(scope))

    def _recent(self, scope: str) -> deque[float]:
        times = self._let_in.setdefault(scope, deque())
        since = self._monotonic() - self._window
        while times and times[0] <= since:
            times.popleft()
        return times
