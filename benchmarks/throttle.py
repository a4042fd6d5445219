"""Calls a second and refusals, beside aiolimiter and a plain sliding log. `python -m benchmarks.throttle [SECONDS]`

Each variant calls as fast as it may, with a key of its own, for 60 seconds and all at once: on loopback, and over a
connection that delays every piece by 10 ms and a lognormal rest, 2 % of them by 150 ms more. The server, a process of
its own, lets in 3 calls within any second as it receives them, and refuses the others with 429. What can be reached
without refusals is 3 / (1 + round trip) calls a second.
"""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from px6 import Px6Client, Throttle
from tests.peers.environments import ROOT, environment

PEER = "aiolimiter==1.2.1"
WORKERS = 8
LIMIT = 3


@dataclass
class Variant:
    """One way of limiting on one way to the server: `start` gives a call to be repeated."""

    name: str
    way: str
    base: str
    start: Callable[[Variant], AbstractAsyncContextManager[Callable[[], Awaitable[object]]]]
    trips: list[float] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Its own, so that the server counts it by itself."""
        return f"{self.name}-{self.way}".replace(" ", "-").replace("(", "-").replace(")", "").replace(",", "-")


class Timed(Throttle):
    """Ours, that also notes how long the calls took."""

    def __init__(self, trips: list[float]) -> None:
        super().__init__()
        self._trips = trips

    @asynccontextmanager
    async def slot(self, *, background: bool = False) -> AsyncIterator[None]:
        async with super().slot(background=background):
            started = time.monotonic()
            yield
            self._trips.append(time.monotonic() - started)


@asynccontextmanager
async def ours(variant: Variant) -> AsyncIterator[Callable[[], Awaitable[object]]]:
    """The whole client, with calls that are not equal and so not shared."""
    numbers = iter(range(1, 10**9))
    async with Px6Client(variant.key, urls=[variant.base], throttle=Timed(variant.trips)) as client:
        yield lambda: client.check(next(numbers))


@asynccontextmanager
async def limited(variant: Variant, enter: Callable[[], Awaitable[object]]) -> AsyncIterator[Callable[[], Any]]:
    """A bare aiohttp session behind a limiter that is asked before each call."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def call() -> None:
            await enter()
            started = time.monotonic()
            async with session.get(f"{variant.base}/{variant.key}/check/?ids=1") as response:
                await response.read()
            variant.trips.append(time.monotonic() - started)

        yield call


def sliding_log(variant: Variant) -> AbstractAsyncContextManager[Callable[[], Awaitable[object]]]:
    """At most 3 calls sent in any second: exact at the sender."""
    sent: deque[float] = deque()
    turn = asyncio.Lock()

    async def enter() -> None:
        async with turn:
            if len(sent) == LIMIT:
                await asyncio.sleep(max(0.0, sent.popleft() + 1 - time.monotonic()))
            sent.append(time.monotonic())

    return limited(variant, enter)


def aiolimiter(variant: Variant) -> AbstractAsyncContextManager[Callable[[], Awaitable[object]]]:
    """AsyncLimiter(3, 1): a leaky bucket."""
    return limited(variant, importlib.import_module("aiolimiter").AsyncLimiter(LIMIT, 1).acquire)


def borrow_peer() -> None:
    """Makes aiolimiter importable here: pure Python, installed apart from the project's environment."""
    python = environment("throttle", [PEER])
    where = "import aiolimiter, pathlib; print(pathlib.Path(aiolimiter.__file__).parents[1])"
    done = subprocess.run([python, "-c", where], check=True, capture_output=True, text=True)
    sys.path.append(done.stdout.strip())


async def run(variant: Variant, seconds: float) -> None:
    """Workers that call again as soon as they are answered, stopped when the time is over."""

    async def work(call: Callable[[], Awaitable[object]]) -> None:
        while True:
            await call()

    async with variant.start(variant) as call:
        workers = asyncio.gather(*(work(call) for _ in range(WORKERS)))
        done, _ = await asyncio.wait([workers], timeout=seconds)
        for failed in done:
            failed.result()
        workers.cancel()
        await asyncio.gather(workers, return_exceptions=True)


async def report(variants: list[Variant], port: int, seconds: float) -> None:
    async with aiohttp.ClientSession() as session:
        for variant in variants:
            async with session.get(f"http://127.0.0.1:{port}/stats/{variant.key}") as response:
                counted = await response.json()
            rate, trip = counted["let_in"] / seconds, sum(variant.trips) / len(variant.trips)
            share = rate / (LIMIT / (1 + trip))
            print(
                f"{variant.way:9} {variant.name:16} {rate:5.2f} calls/s  {share:6.1%} of 3/(1+{trip * 1000:.0f} ms)"
                f"  {counted['refused']:4} refused"
            )


async def measure(fast: int, slow: int, seconds: float) -> None:
    ways = {"loopback": fast, "delaying": slow}
    starts = {"px6": ours, "aiolimiter(3, 1)": aiolimiter, "sliding log": sliding_log}
    variants = [
        Variant(name, way, f"http://127.0.0.1:{port}/api", start)
        for way, port in ways.items()
        for name, start in starts.items()
    ]
    await asyncio.gather(*(run(variant, seconds) for variant in variants))
    await report(variants, fast, seconds)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    borrow_peer()
    server = subprocess.Popen(
        [Path(sys.executable), "-m", "benchmarks.strict_px6"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        fast, slow = map(int, server.stdout.readline().split())
        asyncio.run(measure(fast, slow, seconds))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
