"""What a server of px6 turned out not to have: methods and answers that are newer than it, or that it gave up."""

from __future__ import annotations

from collections.abc import Callable

REMEMBERED = 86_400.0
"""Seconds: a server may learn something new, and that is found out once a day."""


class Missing:
    """Shared by all clients of a server, so that one of them finds out for all. `clock`: monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def found(self, what: str) -> None:
        """The server does not have this: a method by its name, or a Method by its title."""
        self._until[what] = self._clock() + REMEMBERED

    def __contains__(self, what: str) -> bool:
        return self._clock() < self._until.get(what, 0.0)
