"""Several processes of a bot, each a `Presence` on one database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from services.ground.presence import Presence


@asynccontextmanager
async def running(processes: Iterable[Presence]) -> AsyncIterator[None]:
    """They run until the block ends."""
    async with AsyncExitStack() as stack:
        for each in processes:
            await stack.enter_async_context(each.present())
        yield
