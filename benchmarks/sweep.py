"""A sweep of reminders over a large database: how fast is it, and does anybody else notice?

    python -m benchmarks.sweep [DUE]

100,000 accounts with 1,000,000 proxies are in the database; three times DUE of them (1,000) become due: each with a
proxy that ends soon, none with anything to say, and again each with a proxy that ends soon, behind 30 keys that px6
never answers. px6 is 250 ms away, Telegram 60 ms. The bot is a process of its own, which measures its event loop;
px6 is another (`benchmarks/far_px6.py`); this one is Telegram, the way to it, and the person who taps.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

import sandbox
from benchmarks.customers import ENDS, HANGS, MASTER_KEY, PROXIES, QUIET, fill, key_of, make_due
from benchmarks.strict_px6 import delaying
from benchmarks.taps import People, resident_megabytes
from bot.app import App
from bot.collector import leave_full_collections_to_us, spare_collector
from bot.settings import Settings
from bot.wiring import wired
from services.reminders.planning import LOOK_EVERY
from services.sweep import LEASE
from storage import watches

ACCOUNTS = 100_000
DUE, HANGING = 1_000, 30
TAPPER = 1
TOKEN = "1001:" + "a" * 35
TELEGRAM_ONE_WAY = 0.030  # seconds
LAG_EVERY = 0.005  # seconds between looks at the loop's clock
PAUSE = 0.05  # seconds between two taps
TAPS = 100
QUERIES = 200
LONGEST = 900.0  # seconds that a sweep is waited for


# -- the bot's process


async def bot() -> None:
    """Serve; at each SIGUSR1 run one sweep and print what it cost as a line of JSON."""
    spare_collector()  # as `python -m bot` does, before the wiring and after it
    stop, begin = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, begin.set)
    async with wired(Settings.load(_env_file=None)) as app:
        spare_collector()
        leave_full_collections_to_us()
        serving = asyncio.ensure_future(app.run(stop))
        sweeping = asyncio.ensure_future(sweeps(app, begin))
        await serving
        sweeping.cancel()


async def sweeps(app: App, begin: asyncio.Event) -> None:
    while await begin.wait():
        begin.clear()
        print(json.dumps(await measured(app)), flush=True)


async def measured(app: App) -> dict[str, float]:
    """One sweep: how long it took, the longest time that the loop was blocked, the memory it added."""
    due = await due_query_seconds(app)
    before = resident_megabytes(os.getpid())
    lags: list[float] = []
    own: list[float] = []
    watching = asyncio.ensure_future(watch(lags, own))
    began, busy = time.perf_counter(), time.process_time()
    await app.services.sweep.run()
    await app.services.sweep._looks.wait(LONGEST)
    took, busy = time.perf_counter() - began, time.process_time() - busy
    watching.cancel()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {
        "due_p50_ms": statistics.median(due) * 1e3,
        "seconds": took,
        "busy_seconds": busy,
        "blocked_max_ms": max(lags) * 1e3,
        "blocked_p99_ms": sorted(lags)[int(len(lags) * 0.99)] * 1e3,
        "own_max_ms": max(own) * 1e3,
        "own_p99_ms": sorted(own)[int(len(own) * 0.99)] * 1e3,
        "rest_mb": before,
        "more_mb": peak - before,
    }


async def watch(lags: list[float], own: list[float]) -> None:
    """Note by how much each short sleep was late, and how much of the processor the loop used meanwhile.

    On a machine that does other things the first is mostly waiting for the processor; the second is the bot's own.
    """
    while True:
        begin, used = time.perf_counter(), time.thread_time()
        await asyncio.sleep(LAG_EVERY)
        late = time.perf_counter() - begin - LAG_EVERY
        lags.append(late)
        own.append(min(late, time.thread_time() - used))


async def due_query_seconds(app: App) -> list[float]:
    """How long the question "who is due?" takes, through all layers."""
    taken = []
    now = app.services.now()
    for _ in range(QUERIES):
        begin = time.perf_counter()
        async with app.services.sweep._database.read() as connection:
            await watches.due_query(now, now + 2 * LOOK_EVERY, LEASE, 100).telegram_ids(connection)
        taken.append(time.perf_counter() - begin)
    return taken


# -- this process


@dataclass
class Round:
    """A sweep: who is due, for whom px6 is silent, and how many messages are to come of it."""

    name: str
    due: range
    hanging: range
    messages: int

    @property
    def looks(self) -> int:
        return len(self.due)


def rounds(due: int) -> tuple[list[Round], dict[int, str]]:
    """The three sweeps, and the key of everybody who becomes due in one."""
    first, second, third = (range(2 + nth * due, 2 + (nth + 1) * due) for nth in range(3))
    hanging = range(third.stop, third.stop + HANGING)
    keys = {person: key_of(ENDS, person) for person in (*first, *third)}
    keys |= {person: key_of(QUIET, person) for person in second}
    keys |= {person: key_of(HANGS, person) for person in hanging} | {TAPPER: key_of(QUIET, TAPPER)}
    nobody = range(0)
    return [
        Round("a digest each", first, nobody, due),
        Round("nothing to say", second, nobody, 0),
        Round(f"a digest each, behind {HANGING} keys that hang", third, hanging, due),
    ], keys


async def median_tap(people: People, message_id: int, until: asyncio.Future[bytes] | None = None) -> float:
    """The median of some taps that need no px6 call: so many, or until something has ended."""
    taken: list[float] = []
    while not until.done() if until is not None else len(taken) < TAPS:
        taken.append(await people.taps(TAPPER, message_id))
        await asyncio.sleep(PAUSE)
    return statistics.median(taken)


def busiest_second(moments: list[float]) -> int:
    """The most that lies within any one second."""
    most, start = 0, 0
    for end, moment in enumerate(moments):
        while moment - moments[start] > 1:
            start += 1
        most = max(most, end - start + 1)
    return most


@asynccontextmanager
async def far_px6(now: datetime) -> AsyncIterator[str]:
    """px6, as a process of its own; gives its address."""
    arguments = [sys.executable, "-m", "benchmarks.far_px6", str(now.timestamp())]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(await process.stdout.readline())}"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def far_telegram(url: str) -> AsyncIterator[str]:
    """The way to Telegram, with its delay; gives the address to use."""
    way = await asyncio.start_server(delaying(int(url.rpartition(":")[2]), lambda: TELEGRAM_ONE_WAY), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{way.sockets[0].getsockname()[1]}"
    finally:
        way.close()


@asynccontextmanager
async def launched(database_url: str, telegram_url: str, px6_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The bot."""
    env = os.environ | {
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": telegram_url,
        "PX6_API_URLS": f"{px6_url}/api",
        "DATABASE_URL": database_url,
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(MASTER_KEY).decode(),
        "LOG_LEVEL": "WARNING",
        "SYNC_SECONDS": "86400",
    }
    arguments = [sys.executable, "-m", "benchmarks.sweep", "--bot"]
    process = await asyncio.create_subprocess_exec(*arguments, env=env, stdout=subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


async def main(due: int) -> None:
    now = datetime.now(UTC)
    plan, keys = rounds(due)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bot.sqlite3"
        await fill(path, keys, ACCOUNTS, now)
        async with (
            sandbox.running() as stand_ins,
            far_px6(now) as px6_url,
            far_telegram(stand_ins.telegram_url) as telegram_url,
            launched(f"sqlite:///{path}", telegram_url, px6_url) as process,
        ):
            for person in keys:
                stand_ins.telegram.private_chat(stand_ins.telegram.bot(TOKEN), person).started = True
            stand_ins.telegram.flood.on = True
            people = People(stand_ins, TOKEN)
            message_id = await people.starts(TAPPER)
            await median_tap(people, message_id)
            print(f"{ACCOUNTS:,} accounts, {ACCOUNTS * PROXIES:,} proxies")
            for each in plan:
                await play(each, path, process, stand_ins, px6_url, people, message_id)


async def play(
    each: Round,
    path: Path,
    process: asyncio.subprocess.Process,
    stand_ins: sandbox.Running,
    px6_url: str,
    people: People,
    message_id: int,
) -> None:
    """One sweep, with somebody who taps before it and during it."""
    assert process.stdout is not None
    if each.hanging:
        make_due(path, each.hanging, waited=60)
    make_due(path, each.due)
    quiet = await median_tap(people, message_id)
    await asked_of(px6_url)
    arrivals: list[float] = []
    stop = stand_ins.telegram.events.listen(
        lambda event: arrivals.append(time.monotonic()) if event.kind == "message" else None
    )
    process.send_signal(signal.SIGUSR1)
    ended = asyncio.ensure_future(process.stdout.readline())
    during = await median_tap(people, message_id, ended)
    stop()
    asked = await asked_of(px6_url)
    asked["429 of Telegram"] = sum(request.status == 429 for request in stand_ins.telegram.requests)
    report(each, json.loads(await ended), arrivals, asked, quiet, during)


async def asked_of(px6_url: str) -> dict[str, int]:
    """What px6 was asked since this was last asked."""
    async with aiohttp.ClientSession() as session, session.get(f"{px6_url}/stats") as response:
        asked: dict[str, int] = await response.json()
        return asked


def report(
    each: Round, figures: dict[str, float], arrivals: list[float], asked: dict[str, int], quiet: float, during: float
) -> None:
    calls = ", ".join(
        f"{method} {count / each.looks:.2f}" for method, count in sorted(asked.items()) if method.startswith("get")
    )
    print(f"\n{each.name}: {len(arrivals)} of {each.messages} messages")
    print(f"who is due: p50 {figures['due_p50_ms']:.2f} ms")
    if arrivals:
        span = arrivals[-1] - arrivals[0]
        print(f"messages: all within {span:.1f} s, {len(arrivals) / max(span, 0.001):.1f} a second")
        print(f"in the busiest second: {busiest_second(arrivals)}; refused with 429: {asked['429 of Telegram']}")
    print(f"looks: {figures['seconds']:.1f} s, {each.looks / figures['seconds']:.1f} a second")
    print(f"calls of px6 for each look: {calls}; refused with 429: {asked.get('429', 0)}")
    print(f"processor: {figures['busy_seconds'] / each.looks * 1e3:.1f} ms for each look, taps included")
    print(f"loop blocked: longest {figures['blocked_max_ms']:.1f} ms, p99 {figures['blocked_p99_ms']:.1f} ms")
    print(f"by the bot's own work: longest {figures['own_max_ms']:.1f} ms, p99 {figures['own_p99_ms']:.1f} ms")
    print(f"memory: {figures['rest_mb']:.0f} MB at rest, {figures['more_mb']:.0f} MB more at most")
    print(f"a tap: p50 {quiet * 1e3:.1f} ms at rest, {during * 1e3:.1f} ms during, ratio {during / quiet:.2f}")


if __name__ == "__main__":
    asyncio.run(bot() if sys.argv[1:2] == ["--bot"] else main(int(sys.argv[1]) if sys.argv[1:] else DUE))
