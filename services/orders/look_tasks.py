"""Looks under way. A slow account must not keep the others waiting, so a look may outlive the round that began it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from model.errors import StorageError

log = logging.getLogger(__name__)

AT_ONCE = 8


class LookTasks:
    """Tasks, each with the orders that it is about."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], frozenset[int]] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    @property
    def under_way(self) -> frozenset[int]:
        """The orders that are looked at."""
        return frozenset().union(*self._tasks.values())

    def has(self, ids: frozenset[int]) -> bool:
        """Whether a task about just these is under way."""
        return ids in self._tasks.values()

    def start(self, work: Coroutine[Any, Any, None], ids: frozenset[int]) -> None:
        task = asyncio.get_running_loop().create_task(self._in_turn(work) if ids else work)
        self._tasks[task] = ids
        task.add_done_callback(self._ended)

    async def wait(self, seconds: float) -> None:
        """Until all are over, or for so long."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=seconds)

    async def close(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _in_turn(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with self._turn:
                await work
        finally:
            work.close()  # one that was cancelled before its turn never began

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StorageError):
            log.error("A look at an order failed: %s", error)
        elif error is not None:
            log.error("A look at an order failed", exc_info=error)
