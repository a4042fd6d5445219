"""The order in which the updates of one person are handled, and how many may wait. Nobody waits for others."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from aiogram.types import CallbackQuery, TelegramObject

TAPS_AT_ONCE = 4  # of one person; more wait in line, and only that person waits
LANE_LENGTH = 30  # messages, or taps, of one person that are under way or wait; what comes beyond is not done
LANES_KEPT = 10_000


class Lane:
    """The messages, or the taps, of one person: a few at a time. `told`: the person knows that the lane is full.

    Whoever reads something before entering holds `entrance` meanwhile: they enter in the order in which they came.
    """

    def __init__(self, at_once: int) -> None:
        self.entrance = asyncio.Lock()
        self._turns, self._length, self.told = asyncio.Semaphore(at_once), 0, False

    async def __aenter__(self) -> None:
        self._length += 1
        try:
            await self._turns.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._turns.release()
        self._leave()

    def _leave(self) -> None:
        self._length -= 1
        self.told = self.told and self.is_used

    @property
    def is_used(self) -> bool:
        return self._length > 0

    @property
    def is_full(self) -> bool:
        return self._length >= LANE_LENGTH


class Lanes:
    """One person's messages are handled one after another, their taps a few at a time; nobody waits for others."""

    def __init__(self) -> None:
        self._lanes: OrderedDict[tuple[int, str], Lane] = OrderedDict()

    def of(self, person_id: int, event: TelegramObject) -> Lane:
        key = (person_id, type(event).__name__)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(TAPS_AT_ONCE if isinstance(event, CallbackQuery) else 1)
            self._forget_idle()
        self._lanes.move_to_end(key)
        return lane

    def _forget_idle(self) -> None:
        while len(self._lanes) > LANES_KEPT:
            oldest = next(iter(self._lanes))
            if self._lanes[oldest].is_used or self._lanes[oldest].entrance.locked():
                return  # somebody is in it; it goes next time
            del self._lanes[oldest]
