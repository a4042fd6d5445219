"""Updates that were taken and are not confirmed yet: Telegram keeps what a kill must not lose until it is on disk.

Telegram confirms all below the offset of the next `getUpdates`. So that offset stays at the oldest update whose turn
has not yet written what it changes; meanwhile the newer ones come again with every answer, and are known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

MOST = 80  # held at once, of the 100 updates that an answer of Telegram has room for


class Held:
    """Which updates are held, and the offset that leaves them with Telegram."""

    def __init__(self) -> None:
        self._newest: int | None = None
        self._held: dict[int, None] = {}
        self._taken: set[int] = set()
        self._freed = asyncio.Event()

    @property
    def offset(self) -> int | None:
        """What the next `getUpdates` may confirm to: the oldest that is held, or all. None: nothing was taken yet."""
        if self._held:
            return min(self._held)
        return None if self._newest is None else self._newest + 1

    @property
    def any(self) -> bool:
        return bool(self._held)

    def knows(self, number: int) -> bool:
        """Whether this update was taken before and only comes again."""
        return number in self._taken

    def take(self, number: int) -> None:
        """It was taken; from now on it may be confirmed, unless it is held."""
        self._newest = number
        self._taken.add(number)

    def hold(self, number: int) -> Callable[[], None]:
        """Keep it with Telegram until the answer is called. Where very many are held, the oldest is let go."""
        self._held[number] = None
        self._freed.clear()
        if len(self._held) > MOST:
            self._free(min(self._held))
        return partial(self._free, number)

    def confirmed(self, offset: int | None) -> None:
        """Telegram was asked with this offset: nothing below comes again. The present one may be higher by now."""
        self._taken = {number for number in self._taken if number >= (offset or 0)}

    async def free(self, seconds: float) -> None:
        """Wait until none is held, for so many seconds at most."""
        if self._held:
            try:
                await asyncio.wait_for(self._freed.wait(), seconds)
            except TimeoutError:
                return

    def _free(self, number: int) -> None:
        self._held.pop(number, None)
        if not self._held:
            self._freed.set()
