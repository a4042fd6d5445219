"""Everything that changes, numbered, for whoever follows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime

from .model import Event

KEPT = 1000

Listener = Callable[[Event], None]


class Events:
    """Calls each listener at once, in order; the last thousand are kept for those who come late."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._listeners: list[Listener] = []
        self._made = 0
        self.kept: deque[Event] = deque(maxlen=KEPT)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with every coming event; answers the function that ends this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def emit(self, type: str, /, **data: object) -> None:
        self._made += 1
        event = Event(number=self._made, type=type, at=self._now(), data=data)
        self.kept.append(event)
        for listener in tuple(self._listeners):
            listener(event)
