"""Who may edit which message: turns, one of which is the newest there, and the outcome sender of payments."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from handlers.ground.screen import Screen

CARRIED_KEPT = 10_000  # messages that are remembered to show a payment


Spot = tuple[int, int | None]  # a chat and a message in it


class Guest(Protocol):
    """What the board has to know of a turn: its message, and the data of the tapped button."""

    @property
    def spot(self) -> Spot: ...

    @property
    def data(self) -> str | None: ...


class Place:
    """One message: who edits it, how many are at work on it, and which turn on it came last."""

    def __init__(self) -> None:
        self.editing = asyncio.Lock()
        self.users = 0
        self.newest: Guest | None = None


class Board:
    """Who may edit which message. An older turn that ends later must not overwrite the screen of a newer one.

    A message that shows a payment belongs to the outcome sender. Turns that began earlier leave it alone, however
    late they end. Only the buttons that it shows for the payment lead on; any other tap is answered by a new message.
    """

    def __init__(self) -> None:
        self._places: dict[Spot, Place] = {}
        self._carried: OrderedDict[Spot, frozenset[str] | None] = OrderedDict()
        self._moved: OrderedDict[Spot, int] = OrderedDict()

    def enter(self, turn: Guest) -> None:
        """From now on this turn is the newest on its message."""
        self._use(turn.spot).newest = turn

    def leave(self, turn: Guest) -> None:
        """The turn has ended; the message is forgotten with the last of those at work on it."""
        self._drop(turn.spot)

    def place(self, turn: Guest) -> Place:
        """The message of a turn that is under way."""
        return self._places[turn.spot]

    @asynccontextmanager
    async def editing(self, spot: Spot) -> AsyncIterator[None]:
        """One edit of a message at a time, so that what is decided inside still holds when Telegram takes it."""
        place = self._use(spot)
        try:
            async with place.editing:
                yield
        finally:
            self._drop(spot)

    def carry(self, spot: Spot, screen: Screen | None = None) -> None:
        """The message shows this of a payment (None: it was confirmed there just now); no turn of before edits it."""
        self._carried[spot] = None if screen is None else frozenset(screen.choices)
        self._carried.move_to_end(spot)
        if len(self._carried) > CARRIED_KEPT:
            self._carried.popitem(last=False)
        if spot in self._places:
            self._places[spot].newest = None

    def move(self, spot: Spot, message_id: int) -> None:
        """What the message was to show of a payment stands in this one: the other takes no edits any more."""
        if message_id != spot[1]:
            self._moved[spot] = message_id
            if len(self._moved) > CARRIED_KEPT:
                self._moved.popitem(last=False)

    def now_in(self, chat_id: int, message_id: int) -> int:
        """The message that shows what this one was to show."""
        return self._moved.get((chat_id, message_id), message_id)

    def is_told(self, spot: Spot) -> bool:
        """Whether the message shows more of a payment than that it was confirmed."""
        return self._carried.get(spot) is not None

    def is_carrying(self, spot: Spot) -> bool:
        """Whether the message shows anything of a payment."""
        return spot in self._carried

    def leads_on(self, turn: Guest) -> bool:
        """Whether a turn may put its screen into its message; what leads away from a payment frees the message."""
        if turn.spot not in self._carried:
            return True
        if turn.data not in (self._carried[turn.spot] or ()):
            return False
        del self._carried[turn.spot]
        return True

    def _use(self, spot: Spot) -> Place:
        place = self._places.setdefault(spot, Place())
        place.users += 1
        return place

    def _drop(self, spot: Spot) -> None:
        place = self._places[spot]
        place.users -= 1
        if not place.users:
            del self._places[spot]
