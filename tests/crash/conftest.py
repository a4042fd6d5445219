"""One fork server for all tests of a worker: importing and warming up the bot takes longer than killing a dozen."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.crash.bots import Spawner, spawner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def warm() -> AsyncIterator[Spawner]:
    """Bots in processes of their own, started within milliseconds."""
    async with spawner() as found:
        yield found
