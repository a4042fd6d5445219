"""What a server of px6 was found to have or not: methods, answers and versions that only some servers know."""

from __future__ import annotations

from collections.abc import Callable

REMEMBERED = 86_400.0
"""Seconds: a server may learn something new, and that is found out once a day."""


class Offers:
    """Shared by all clients of a server, so that one of them finds out for all. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._found: dict[str, tuple[float, bool]] = {}

    def learn(self, what: str, *, offered: bool) -> None:
        """The server has this, or has not: a method by its name, a version, an answer."""
        self._found[what] = (self._clock() + REMEMBERED, offered)

    def knows(self, what: str) -> bool | None:
        """Whether the server has this; None where that was not found out within a day."""
        found = self._found.get(what)
        return found[1] if found is not None and self._clock() < found[0] else None
