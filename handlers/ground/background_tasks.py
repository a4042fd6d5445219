"""Tasks that outlive the handler which started them: payments, checks, jobs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class BackgroundTasks:
    """Holds tasks that outlive the handler which started them, so that none is lost and a stop can wait for them.

    `stopping` tells work of many minutes that it should end at the next chance.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self.stopping = self._drained = False

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Future[Any]:
        """Run `work` until it ends. It must handle its own errors.

        Once all is drained nothing begins any more, a payment least of all: the next start carries it on.
        """
        loop = asyncio.get_running_loop()
        if self._drained:
            work.close()
            (never := loop.create_future()).cancel()
            return never
        task = loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def run(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work` and wait for it; when the one who waits is cancelled, the work itself goes on."""
        await asyncio.wait([self.start(work)])

    @property
    def busy(self) -> bool:
        return bool(self._tasks)

    async def drain(self, seconds: float) -> int:
        """Wait for all tasks, also those that they start; after `seconds` cancel the rest and say how many."""
        self.stopping = True
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self._tasks and loop.time() < end:
            await asyncio.wait(self._tasks, timeout=end - loop.time(), return_when=asyncio.FIRST_COMPLETED)
        self._drained = True
        left = list(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)
