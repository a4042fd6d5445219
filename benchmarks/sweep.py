"""A sweep of reminders over a large database: does anybody else notice?

    python -m benchmarks.sweep [DUE]

100,000 accounts with 1,000,000 proxies are in the database, DUE of them (1,000) are due, each with a proxy that ends
soon. The stand-ins and the person who taps are this process; the bot is another, which measures its own event loop.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import os
import resource
import secrets
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sandbox
from benchmarks.taps import People, resident_megabytes
from bot.app import App
from bot.settings import Settings
from bot.wiring import wired
from services.reminders.planning import LOOK_EVERY
from services.sweep import LEASE
from storage import watches
from storage.accounts import KEY_COLUMN
from storage.engine.crypto import Keyring
from storage.engine.database import Database

ACCOUNTS, PROXIES = 100_000, 10
DUE = 1_000
TAPPER = 1
TOKEN = "1001:" + "a" * 35
MASTER_KEY = bytes(range(32))
LAG_EVERY = 0.005  # seconds between looks at the loop's clock
TAPS = 200
QUERIES = 200


# -- the bot's process


async def bot(folder: Path) -> None:
    """Serve; at SIGUSR1 run one sweep and print what it cost as a line of JSON."""
    gc.collect()
    gc.freeze()  # as the bot does at its start
    stop, begin = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, begin.set)
    async with wired(Settings.load(_env_file=None)) as app:
        serving = asyncio.ensure_future(app.run(stop))
        await begin.wait()
        print(json.dumps(await measured(app)), flush=True)
        await serving


async def measured(app: App) -> dict[str, float]:
    """One sweep: how long it took, the longest time that the loop was blocked, the memory it added."""
    due = await due_query_seconds(app)
    before = resident_megabytes(os.getpid())
    lags: list[float] = []
    own: list[float] = []
    watching = asyncio.ensure_future(watch(lags, own))
    began, busy = time.perf_counter(), time.process_time()
    await app.services.sweep.run()
    took, busy = time.perf_counter() - began, time.process_time() - busy
    watching.cancel()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {
        "due_p50_ms": statistics.median(due) * 1e3,
        "due_max_ms": max(due) * 1e3,
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


async def fill(path: Path, keys: dict[int, str], now: datetime) -> None:
    """The accounts: those in `keys` are due now, the others some time within six hours."""
    ring = Keyring([MASTER_KEY])
    await (await Database.open(f"sqlite:///{path}", ring)).close()
    nobodys = secrets.token_hex(16)

    def micro(moment: datetime) -> int:
        return int(moment.timestamp() * 1e6)

    def people() -> Iterator[tuple[object, ...]]:
        for person in range(1, ACCOUNTS + 1):
            yield person, "{}", micro(now)

    def accounts() -> Iterator[tuple[object, ...]]:
        for person in range(1, ACCOUNTS + 1):
            sealed = ring.seal(keys.get(person, nobodys), person, KEY_COLUMN)
            yield person, str(person), "RUB", sealed, micro(now)

    def looks() -> Iterator[tuple[object, ...]]:
        for person in range(1, ACCOUNTS + 1):
            wait = -1 if person in keys else 1800 + person % 18_000
            yield person, micro(now + timedelta(seconds=wait)), micro(now - timedelta(days=90))

    def seen() -> Iterator[tuple[object, ...]]:
        for person in range(1, ACCOUNTS + 1):
            if person not in keys:
                ends = {str(person * PROXIES + n): int(now.timestamp()) + 86_400 * n for n in range(PROXIES)}
                yield person, str(person), micro(now), 5_000_000_000, "RUB", json.dumps(ends)

    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany("INSERT INTO people (telegram_id, choices, created_at) VALUES (?, ?, ?)", people())
        connection.executemany(
            "INSERT INTO accounts (telegram_id, px6_user_id, currency, sealed_key, added_at) VALUES (?, ?, ?, ?, ?)",
            accounts(),
        )
        connection.executemany("INSERT INTO watches (telegram_id, next_look_at, since) VALUES (?, ?, ?)", looks())
        connection.executemany(
            "INSERT INTO snapshots (telegram_id, px6_user_id, read_at, balance, currency, ends) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            seen(),
        )
        connection.execute("ANALYZE")


def customers(stand_ins: sandbox.Running, due: int) -> dict[int, str]:
    """The due ones at px6, with ten proxies each, one of which ends in two days; and the one who taps."""
    keys = {}
    for person in range(2, due + 2):
        account = stand_ins.px6.add_account(balance="5000", user_id=str(person))
        for n in range(PROXIES):
            ends_in = timedelta(days=2 if n == 0 else 20 + n)
            stand_ins.px6.add_proxy(account.key, country="de", comment="shop", ends_in=ends_in)
        stand_ins.telegram.private_chat(stand_ins.telegram.bot(TOKEN), person).started = True
        keys[person] = account.key
    return keys


async def taps(people: People, message_id: int, count: int) -> float:
    """The median of some taps that need no px6 call."""
    return statistics.median([await people.taps(TAPPER, message_id) for _ in range(count)])


async def taps_until(people: People, message_id: int, done: asyncio.Future[bytes]) -> tuple[float, int]:
    """The median of taps made while the sweep runs, and how many there were."""
    taken = []
    while not done.done():
        taken.append(await people.taps(TAPPER, message_id))
        await asyncio.sleep(0.05)
    return statistics.median(taken), len(taken)


def busiest_second(moments: list[float]) -> int:
    """The most that lies within any one second."""
    most, start = 0, 0
    for end, moment in enumerate(moments):
        while moment - moments[start] > 1:
            start += 1
        most = max(most, end - start + 1)
    return most


def launch(env: dict[str, str], folder: str) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "benchmarks.sweep", "--bot", folder]
    return subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE)


async def main(due: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with sandbox.running() as stand_ins:
            await fill(folder / "bot.sqlite3", customers(stand_ins, due), datetime.now(UTC))
            arrivals: list[float] = []
            stand_ins.telegram.events.listen(
                lambda event: arrivals.append(time.monotonic()) if event.kind == "message" else None
            )
            env = os.environ | {
                "BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": stand_ins.telegram_url,
                "PX6_API_URLS": stand_ins.px6_url,
                "DATABASE_URL": f"sqlite:///{folder}/bot.sqlite3",
                "ENCRYPTION_KEYS": base64.urlsafe_b64encode(MASTER_KEY).decode(),
                "LOG_LEVEL": "WARNING",
                "SYNC_SECONDS": "86400",
            }
            process = launch(env, name)
            try:
                people = People(stand_ins, TOKEN)
                message_id = await people.starts(TAPPER)
                await taps(people, message_id, TAPS)
                quiet = await taps(people, message_id, TAPS)
                arrivals.clear()
                process.send_signal(signal.SIGUSR1)
                assert process.stdout is not None
                done = asyncio.get_running_loop().run_in_executor(None, process.stdout.readline)
                during, count = await taps_until(people, message_id, asyncio.ensure_future(done))
                figures = json.loads(await done)
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait)
            refused = sum(call.status == 429 for call in stand_ins.px6.calls)
            report(figures, due, len(arrivals), busiest_second(arrivals), refused, quiet, during, count)


def report(
    figures: dict[str, float],
    due: int,
    sent: int,
    busiest: int,
    refused: int,
    quiet: float,
    during: float,
    count: int,
) -> None:
    print(f"{ACCOUNTS:,} accounts, {ACCOUNTS * PROXIES:,} proxies, {due:,} due; {sent:,} digests sent")
    print(f"who is due: p50 {figures['due_p50_ms']:.2f} ms, longest {figures['due_max_ms']:.2f} ms")
    print(f"sweep: {figures['seconds']:.1f} s, of which the processor {figures['busy_seconds']:.1f} s, taps included")
    print(f"loop blocked: longest {figures['blocked_max_ms']:.1f} ms, p99 {figures['blocked_p99_ms']:.1f} ms")
    print(f"by the bot's own work: longest {figures['own_max_ms']:.1f} ms, p99 {figures['own_p99_ms']:.1f} ms")
    print(f"memory: {figures['rest_mb']:.0f} MB at rest, {figures['more_mb']:.0f} MB more at most")
    print(f"messages in the busiest second: {busiest}; px6 calls refused with 429: {refused}")
    ratio = during / quiet
    print(f"a tap: p50 {quiet * 1e3:.2f} ms at rest, {during * 1e3:.2f} ms during ({count} taps), ratio {ratio:.2f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--bot"]:
        asyncio.run(bot(Path(sys.argv[2])))
    else:
        asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else DUE))
