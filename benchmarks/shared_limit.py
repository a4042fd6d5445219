"""Calls a second of one key that several processes share, and refusals. `python -m benchmarks.shared_limit [SECONDS]`

Four processes on one PostgreSQL call as fast as they may, with one key, on loopback and over the delaying way of
`benchmarks.throttle`; its strict server counts. What can be reached without refusals is 3 / (1 + round trip).
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from px6 import Px6Client
from px6.throttle import Throttling
from services.ground.presence import Presence
from services.ground.px6_limit import SharedThrottles
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests import postgresql
from tests.peers.environments import ROOT
from tests.prepared_postgresql import migrate

PROCESSES, WORKERS, LIMIT = 4, 4, 3
KEY = "shared-key"


class Timed:
    """A throttle that also notes how long the calls took."""

    idle = False

    def __init__(self, throttle: Throttling, trips: list[float]) -> None:
        self._throttle, self._trips = throttle, trips

    @asynccontextmanager
    async def slot(self, *, background: bool = False) -> AsyncIterator[None]:
        async with self._throttle.slot(background=background):
            started = time.monotonic()
            yield
            self._trips.append(time.monotonic() - started)


async def call(url: str, base: str, number: int, seconds: float) -> None:
    """One of the processes; prints how many calls it made and how long they took in all."""
    database, trips = await Database.open(url, Keyring([bytes(32)])), list[float]()
    presence = Presence(database)
    async with presence.present():
        throttle = Timed(SharedThrottles(database, presence, "secret")(KEY), trips)
        async with Px6Client(KEY, urls=[base], throttle=throttle) as client:
            ids = iter(range(number * 10**6, 10**9))

            async def work() -> None:
                while True:
                    await client.check(next(ids))

            workers = asyncio.gather(*(work() for _ in range(WORKERS)))
            done, _ = await asyncio.wait([workers], timeout=seconds)
            for failed in done:
                failed.result()
            workers.cancel()
            await asyncio.gather(workers, return_exceptions=True)
    await database.close()
    print(len(trips), sum(trips))


async def report(way: str, port: int, seconds: float, ended: list[str]) -> None:
    calls = [line.split() for line in ended]
    trip = sum(float(total) for _, total in calls) / sum(int(count) for count, _ in calls)
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/stats/{KEY}") as response:
        counted = await response.json()
    share = counted["let_in"] / seconds / (LIMIT / (1 + trip))
    shares = "/".join(count for count, _ in calls)
    print(
        f"{way:9} {counted['let_in'] / seconds:5.2f} calls/s  {share:6.1%} of 3/(1+{trip * 1000:.0f} ms)"
        f"  {counted['refused']:3} refused, by process {shares}"
    )


def measure(seconds: float) -> None:
    """On both ways, each with a server of its own that has counted nothing yet."""
    for nth, way in enumerate(("loopback", "delaying")):
        server = strict_server()
        assert server.stdout is not None
        ports = list(map(int, server.stdout.readline().split()))
        url, base = postgresql.address(postgresql.TEMPLATE), f"http://127.0.0.1:{ports[nth]}/api"
        command = [sys.executable, "-m", "benchmarks.shared_limit", url, base]
        several = [
            subprocess.Popen([*command, str(number), str(seconds)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for number in range(1, PROCESSES + 1)
        ]
        asyncio.run(report(way, ports[0], seconds, [each.communicate()[0] for each in several]))
        server.terminate()
        server.wait()


def strict_server() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.strict_px6"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def main() -> None:
    if len(sys.argv) > 2:
        url, base, number, seconds = sys.argv[1:]
        return asyncio.run(call(url, base, int(number), float(seconds)))
    with postgresql.running_server() as folder:
        os.environ[postgresql.FOLDER] = str(folder)
        postgresql.make(postgresql.TEMPLATE)
        asyncio.run(migrate())
        measure(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
    return None


if __name__ == "__main__":
    main()
