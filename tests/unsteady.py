"""An unsteady machine: what may come a little later does, at random (`make suite-unsteady`).

A test that passes on a quiet machine may hang on which of two answers comes first, or on what is done within half a
second. On a busy machine that is seen once in hundreds of runs; here within a few. Bytes that have come are noticed
up to 30 ms later, sleeps are longer, and the whole process stands still for a moment now and then, as it does when
another one has the processor. Nothing happens sooner than it could, and nothing that has an order changes it.

A pytest plugin: `pytest -p tests.unsteady`, in worker processes and in the bots that they fork as well.
"""

from __future__ import annotations

import asyncio
import os
import random
import selectors
import time
from typing import Any

UNSTEADY = float(os.environ.get("UNSTEADY", "1.5"))  # how much: twice as much is more than a busy machine does
HELD_UP, AT_MOST = 0.05 * UNSTEADY, 0.03  # the share of readable sockets that wait, and seconds
SLEEPS_ON, LONGER = 0.1 * UNSTEADY, 0.15  # the share of sleeps that last longer, and by how many seconds
STANDS_STILL, EVERY = 0.4 * UNSTEADY, 1.4  # for how many seconds at most, and seconds between two times on average

_select, _sleep = selectors.DefaultSelector.select, asyncio.sleep
_until = dict[tuple[int, int], float]()  # when a selector notices that a file is ready


class Chance:
    """Random numbers of this process: a forked one has others."""

    def __init__(self) -> None:
        self._pid, self._numbers = 0, random.Random()
        self._still_at = 0.0

    @property
    def numbers(self) -> random.Random:
        if self._pid != os.getpid():
            self._pid, self._numbers = os.getpid(), random.Random()
            self._still_at = time.monotonic() + self._numbers.expovariate(1 / EVERY)
        return self._numbers

    def stand_still(self) -> None:
        """Now and then: as if another process had the processor."""
        numbers = self.numbers
        if time.monotonic() > self._still_at:
            time.sleep(numbers.uniform(0, STANDS_STILL))
            self._still_at = time.monotonic() + numbers.expovariate(1 / EVERY)


chance = Chance()


def select(selector: Any, timeout: float | None = None) -> list[tuple[Any, int]]:
    """As the selector's, but some of what is ready is noticed later."""
    chance.stand_still()
    ready = _select(selector, timeout)
    noticed = [each for each in ready if is_noticed(selector, each[0].fd)]
    if ready and not noticed:
        time.sleep(0.0005)  # the loop asks again at once
    return noticed


def is_noticed(selector: object, file: int) -> bool:
    """Whether a file that is ready is noticed already."""
    place = id(selector), file
    if place in _until:
        if time.monotonic() < _until[place]:
            return False
        del _until[place]
    elif chance.numbers.random() < HELD_UP:
        _until[place] = time.monotonic() + chance.numbers.uniform(0, AT_MOST)
        return False
    return True


async def sleep(delay: float, result: Any = None) -> Any:
    """As asyncio's, but longer at times. One of no time is a turn of the loop, and stays one."""
    if delay > 0 and chance.numbers.random() < SLEEPS_ON:
        delay += chance.numbers.uniform(0, LONGER)
    return await _sleep(delay, result)


selectors.DefaultSelector.select = select  # type: ignore[method-assign,assignment]  # the same in all that is asked here
asyncio.sleep = asyncio.tasks.sleep = sleep
