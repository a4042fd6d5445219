"""Python's garbage collector, kept from holding up everybody while there is much to do.

A full collection walks through everything that is alive: 20 ms at rest, 70 ms in the middle of a sweep of reminders.
It finds next to nothing, for what dies young is found by the short collections. So full ones are made here, once a
minute, when little goes on.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

FEW_TASKS = 40  # of asyncio's; at rest there are about ten, in a sweep hundreds
LONGEST = 900.0  # seconds without a full collection, however much goes on
NOT_BY_ITSELF = 1_000_000  # collections of the middle generation before Python makes a full one


def spare_collector() -> None:
    """Take what is there by now out of what the collector walks through: it never goes away.

    aiogram's import leaves some 190,000 objects, the wiring 20,000. During the import the collector does not work: it
    would go through them again and again.
    """
    gc.collect()
    gc.freeze()
    gc.enable()


def leave_full_collections_to_us() -> None:
    """Python makes no full collection by itself any more."""
    youngest, middle, _ = gc.get_threshold()
    gc.set_threshold(youngest, middle, NOT_BY_ITSELF)


class QuietCollector:
    """Makes full collections when little goes on."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        count_tasks: Callable[[], int] = lambda: len(asyncio.all_tasks()),
        collect: Callable[[], object] = gc.collect,
    ) -> None:
        self._monotonic, self._count_tasks, self._collect = monotonic, count_tasks, collect
        self._last = monotonic()

    async def collect_if_quiet(self) -> None:
        """Called once a minute."""
        now = self._monotonic()
        if self._count_tasks() <= FEW_TASKS or now - self._last >= LONGEST:
            self._collect()
            self._last = now
