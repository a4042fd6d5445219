"""Everything that changes, numbered: what a chat page listens to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

KEPT = 5_000


@dataclass(frozen=True, slots=True)
class Event:
    """One change. `kind` is message, edit, delete, tap, answer, action, draft, person, bot or chat."""

    number: int
    kind: str
    data: dict[str, object]


class EventLog:
    """The last events, numbered from 1 without gaps, and those who want to hear of new ones."""

    def __init__(self, kept: int = KEPT) -> None:
        self._events: deque[Event] = deque(maxlen=kept)
        self._listeners: list[Callable[[Event], None]] = []
        self.last = 0

    def add(self, kind: str, **data: object) -> Event:
        """Number a change, keep it and tell the listeners."""
        self.last += 1
        event = Event(self.last, kind, data)
        self._events.append(event)
        for listener in tuple(self._listeners):
            listener(event)
        return event

    def after(self, number: int) -> list[Event]:
        """The kept events with a higher number, oldest first."""
        if number >= self.last:
            return []
        return [event for event in self._events if event.number > number]

    def reaches(self, number: int) -> bool:
        """Whether everything after `number` is kept (otherwise a listener has to read the chat anew)."""
        if number > self.last:
            return False
        return not self._events or number >= self._events[0].number - 1

    def listen(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call `listener` with each new event; the answer stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)
