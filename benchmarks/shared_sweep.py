"""A sweep of reminders by one process, and by two that share a PostgreSQL: in turn, several rounds.

    python -m benchmarks.shared_sweep [DUE] [ROUNDS]

10,000 accounts are in the database, of which DUE (300) become due at once; each has a proxy that ends soon, so that
everybody gets a digest. px6 is 250 ms away and counts each key's calls strictly, Telegram is 60 ms away and keeps to
its limits, as in `benchmarks.sweep`. The server keeps what it commits (fsync). An account is looked at once where px6
was asked for its list twice: at the look, and just before sending.
"""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg

import sandbox
from benchmarks.customers import ENDS, MASTER_KEY, fill, key_of, micro
from benchmarks.sweep import TOKEN, asked_of, busiest_second, far_px6, far_telegram, launched
from tests import postgresql

ACCOUNTS, DUE, ROUNDS = 10_000, 300, 3
PROCESSES = (1, 2)
ON_A_DISK = "/var/tmp"  # noqa: S108 - the server is to wait for a disk, as everywhere
SETTLED = 3.0  # seconds in which processes that are there hear of each other


@dataclass
class Swept:
    """What one sweep came to. `most_lists`: how often one account was read at most."""

    processes: int
    seconds: float
    messages: int
    people: int
    twice: int
    busiest: int
    refused: int
    most_lists: int


async def sweep(
    stand_ins: sandbox.Running, database_url: str, telegram_url: str, px6_url: str, people: range, processes: int
) -> Swept:
    """So many processes begin at once."""
    arrivals, got = list[float](), Counter[int]()
    async with AsyncExitStack() as stack:
        bots = [
            await stack.enter_async_context(launched(database_url, telegram_url, px6_url)) for _ in range(processes)
        ]
        await all_run(database_url, processes)
        await asked_of(px6_url)
        refused = len(stand_ins.telegram.refusals)
        make_due(database_url, people)

        def hear(event: object) -> None:
            if getattr(event, "kind", "") == "message":
                arrivals.append(time.monotonic())
                got[event.data["chat"]] += 1  # type: ignore[attr-defined]  # an event of the stand-in

        stack.callback(stand_ins.telegram.events.listen(hear))
        began = time.monotonic()
        for bot in bots:
            bot.send_signal(signal.SIGUSR1)
        await asyncio.gather(*(bot.stdout.readline() for bot in bots if bot.stdout is not None))
        asked = await asked_of(px6_url)
        return Swept(
            processes, arrivals[-1] - began, len(arrivals), len(got), sum(count > 1 for count in got.values()),
            busiest_second(arrivals), asked.get("429", 0) + len(stand_ins.telegram.refusals) - refused,
            asked["most lists"],
        )  # fmt: skip


async def all_run(database_url: str, processes: int) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        while connection.execute("SELECT count(*) FROM processes").fetchone() != (processes,):  # noqa: ASYNC110 - theirs
            await asyncio.sleep(0.1)
    await asyncio.sleep(SETTLED)


def make_due(database_url: str, people: range) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE watches SET next_look_at = %s WHERE telegram_id BETWEEN %s AND %s",
            (micro(datetime.now(UTC)), people[0], people[-1]),
        )


async def filled(folder: Path, server: Path, keys: dict[int, str], now: datetime) -> str:
    """A database of the server with everybody in it; gives its address."""
    await fill(folder / "bot.sqlite3", keys, ACCOUNTS, now)
    with psycopg.connect(postgresql.address("postgres", server), autocommit=True) as connection:
        connection.execute("CREATE DATABASE sweep")
    url = postgresql.address("sweep", server)
    env = os.environ | {
        "BOT_TOKEN": TOKEN,
        "DATABASE_URL": url,
        "ENCRYPTION_KEYS": base64.urlsafe_b64encode(MASTER_KEY).decode(),
    }
    restore = [sys.executable, "-m", "bot", "restore", str(folder / "bot.sqlite3")]
    process = await asyncio.create_subprocess_exec(*restore, env=env, stdout=subprocess.DEVNULL)
    assert await process.wait() == 0
    return url


async def main(due: int, rounds: int) -> None:
    now, count = datetime.now(UTC), len(PROCESSES) * rounds
    groups = [range(2 + nth * due, 2 + (nth + 1) * due) for nth in range(count)]
    keys = {person: key_of(ENDS, person) for group in groups for person in group}
    swept = list[Swept]()
    settings = postgresql.SETTINGS | postgresql.DURABLE
    with tempfile.TemporaryDirectory() as name, postgresql.running_server(settings, ON_A_DISK) as server:
        url = await filled(Path(name), server, keys, now)
        async with (
            sandbox.running() as stand_ins,
            far_px6(now) as px6_url,
            far_telegram(stand_ins.telegram_url) as telegram_url,
        ):
            for person in keys:
                stand_ins.telegram.private_chat(stand_ins.telegram.bot(TOKEN), person).started = True
            stand_ins.telegram.flood.on = True
            for nth, group in enumerate(groups):
                processes = PROCESSES[nth % len(PROCESSES)]
                swept.append(await sweep(stand_ins, url, telegram_url, px6_url, group, processes))
                print(swept[-1], flush=True)
    for processes in PROCESSES:
        seconds = [each.seconds for each in swept if each.processes == processes]
        print(f"{processes}: {due} digests within {statistics.median(seconds):.1f} s (each round: {seconds})")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    asyncio.run(main(given[0] if given else DUE, given[1] if len(given) > 1 else ROUNDS))
