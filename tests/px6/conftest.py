"""A px6 on loopback, and a client of it that is not slowed down: its throttle is wide and its pauses pass at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from px6 import Px6Client, Throttle
from tests.px6.server import KEY, Px6, serving


async def no_pause(seconds: float) -> None:
    """Passes at once, but lets others go on."""
    await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    """Waits for what happens on a socket, which no clock of ours moves. TimeoutError after 5 s."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the server sets no event for each thing that a test may wait for
            await asyncio.sleep(0.001)


def quick_client(urls: Sequence[str], key: str = KEY, timeout: float = 5.0) -> Px6Client:
    """A client without waiting."""
    return Px6Client(key, urls=urls, timeout=timeout, throttle=Throttle(1000), sleep=no_pause)


@pytest.fixture
async def server() -> AsyncIterator[Px6]:
    async with serving() as px6:
        yield px6


@pytest.fixture
async def client(server: Px6) -> AsyncIterator[Px6Client]:
    async with quick_client([server.url]) as px6:
        yield px6
