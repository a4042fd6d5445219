"""A px6 that counts strictly, and a slow way to it, for benchmarks.throttle: a process of its own.

Prints its two ports, the direct one and the slow one; `/stats/KEY` answers what it counted for a key.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable

from aiohttp import web

LIMIT, WINDOW = 3, 1.0
FLOOR, SCALE, SPREAD = 0.010, 0.005, 0.8
SPIKE, SPIKES = 0.150, 0.02
ANSWER = json.dumps(
    {"status": "yes", "user_id": "1", "balance": "48.80", "currency": "RUB", "proxy_id": 1, "proxy_status": True}
)


class Counting:
    """Calls let in and refused, by key: never more than 3 let in within any second, as they are received."""

    def __init__(self) -> None:
        self.recent: defaultdict[str, deque[float]] = defaultdict(deque)
        self.let_in: defaultdict[str, int] = defaultdict(int)
        self.refused: defaultdict[str, int] = defaultdict(int)

    def admit(self, key: str) -> bool:
        now, recent = time.monotonic(), self.recent[key]
        while recent and recent[0] <= now - WINDOW:
            recent.popleft()
        if len(recent) >= LIMIT:
            self.refused[key] += 1
            return False
        recent.append(now)
        self.let_in[key] += 1
        return True


def app(counting: Counting) -> web.Application:
    async def call(request: web.Request) -> web.Response:
        admitted = counting.admit(request.match_info["key"])
        return web.Response(text=ANSWER, content_type="application/json") if admitted else web.Response(status=429)

    async def stats(request: web.Request) -> web.Response:
        key = request.match_info["key"]
        return web.json_response({"let_in": counting.let_in[key], "refused": counting.refused[key]})

    application = web.Application()
    application.router.add_get("/stats/{key}", stats)
    application.router.add_get("/api/{key}/{method}/", call)
    return application


def one_way() -> float:
    """Seconds a packet takes: 10 ms and a lognormal rest (median 5 ms), now and then 150 ms more."""
    spike = SPIKE if random.random() < SPIKES else 0.0
    return FLOOR + random.lognormvariate(0, SPREAD) * SCALE + spike


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: Callable[[], float]) -> None:
    """Delivers each piece late, and all in their order, as TCP does."""
    loop = asyncio.get_running_loop()
    last = 0.0
    while piece := await reader.read(65536):
        last = max(last, loop.time() + seconds())
        loop.call_at(last, writer.write, piece)
    loop.call_at(max(last, loop.time()), writer.close)


def delaying(
    port: int, seconds: Callable[[], float] = one_way
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """What serves a connection that leads, late, to this port. `seconds`: how long a piece takes one way."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds() + seconds())  # the handshake
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.TaskGroup() as group:
            group.create_task(carry(reader, to_writer, seconds))
            group.create_task(carry(to_reader, writer, seconds))

    return connected


async def main() -> None:
    runner = web.AppRunner(app(Counting()), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    slow = await asyncio.start_server(delaying(port), "127.0.0.1", 0)
    print(port, slow.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
