"""Updates that the bot has taken and not yet confirmed to Telegram: a kill must not lose what is not on disk yet.

A `getUpdates` confirms all updates below its offset. So the offset stays at the oldest update whose turn has not yet
written what it changes. Meanwhile Telegram sends that one and all newer ones again with every answer; this module
knows which of them were taken before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

ANSWER = 100  # updates that an answer of `getUpdates` has room for, those that come again among them
MOST = 80  # updates held at once, or coming again where an answer was full of these


class UnconfirmedUpdates:
    """The updates that are held (not to be confirmed yet), and the offset that leaves them with Telegram."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._held: dict[int, None] = {}
        self._taken: set[int] = set()
        self._none_held = asyncio.Event()

    @property
    def offset(self) -> int | None:
        """The offset for the next `getUpdates`: the oldest held update, else the one after the newest taken update.

        None: no update was taken yet.
        """
        if self._held:
            return min(self._held)
        return None if self._newest is None else self._newest + 1

    @property
    def any_held(self) -> bool:
        """Whether Telegram must keep at least one update."""
        return bool(self._held)

    def was_taken(self, number: int) -> bool:
        """Whether this update was taken before and Telegram only sends it again."""
        return number in self._taken

    def take(self, number: int) -> None:
        """Note that an update was taken; it may be confirmed from now on, unless it is held."""
        self._newest = number
        self._taken.add(number)

    def hold(self, number: int) -> Callable[[], None]:
        """Have Telegram keep an update until the returned function is called. Beyond MOST, the oldest is released."""
        self._held[number] = None
        self._none_held.clear()
        if len(self._held) > MOST:
            self._release(min(self._held))
        return partial(self._release, number)

    def make_room(self) -> None:
        """Where an answer has no room for anything new, release the oldest until it has.

        One update whose turn takes long, such as a key that px6 does not answer for, would keep everybody else from
        being answered. What is released so does not come again: where a kill or a stop cuts its turn off before it
        has written what it changes, the person gets no answer and must tap or write again. Nothing was spent by it.
        """
        if self._coming_again < ANSWER:
            return
        while self._held and self._coming_again > MOST:
            self._release(min(self._held))

    def note_confirmed(self, offset: int | None) -> None:
        """Note that Telegram was asked with this offset, and so sends nothing below it again.

        It is the offset of that request: `offset` may have grown since.
        """
        if offset is not None:
            self._taken = {number for number in self._taken if number >= offset}

    async def wait_until_none_is_held(self, seconds: float) -> None:
        """Wait for so many seconds at most."""
        if self._held:
            try:
                await asyncio.wait_for(self._none_held.wait(), seconds)
            except TimeoutError:
                return

    @property
    def _coming_again(self) -> int:
        """How many updates that were taken Telegram sends again with the next answer."""
        oldest = self.offset
        return 0 if oldest is None else sum(number >= oldest for number in self._taken)

    def _release(self, number: int) -> None:
        self._held.pop(number, None)
        if not self._held:
            self._none_held.set()
