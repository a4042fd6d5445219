"""A long run by webhook: updates at a steady rate, and what becomes of memory, files and latencies meanwhile.

    python -m benchmarks.soak [MINUTES] [UPDATES_PER_SECOND]

One bot is a process of its own; the stand-ins and two hundred people are this one. Most updates are taps that need no
px6 call; every tenth is a message, every tenth changes something on disk, a few read px6. Each is waited for until it
is answered. A line a minute; at the end the growth since the fifth minute (or the first quarter of a shorter run),
which is to stay below 5 MB.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sandbox
from benchmarks.taps import People, resident_megabytes
from benchmarks.webhook import free_port
from sandbox.telegram.writing import Letter, PersonSide

TOKEN = "1001:" + "a" * 35
PEOPLE = 200
CONNECTED = 20  # of them have a px6 account
WARM_MINUTES = 5.0
GROWTH = 5.0  # MB that the resident memory may grow by after that
KEPT_MESSAGES = 20  # of a chat: the stand-in shares this process's memory and time
CHANGES = ("lang:en", "lang:ru")


@dataclass
class Minute:
    """What was measured in one minute."""

    updates: int
    late: int
    p50: float
    p99: float
    memory: float
    files: float

    def __str__(self) -> str:
        counts, seconds = f"{self.updates:9}{self.late:7}", f"{self.p50 * 1e3:9.1f}{self.p99 * 1e3:9.1f}"
        return f"{counts}{seconds}{self.memory:9.1f}{self.files:9.2f}"


@dataclass
class Soak:
    """The people, and what they have seen."""

    stand_ins: sandbox.Running
    people: People
    dice: random.Random
    messages: dict[int, int] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    seconds: list[float] = field(default_factory=list)
    late: int = 0

    async def prepare(self) -> None:
        """Everybody starts, some connect."""
        for person in range(1, PEOPLE + 1):
            self.messages[person] = await self.people.starts(person)
        keys = [self.stand_ins.px6.add_account(balance="1000.00").key for _ in range(CONNECTED)]
        for person, key in enumerate(keys, 1):
            await self.writes(person, f"/key {key}")
            await asyncio.sleep(0.5)

    async def writes(self, person: int, text: str) -> None:
        """A message, and the bot's answer to it."""
        state, bot = self.stand_ins.telegram, self.people.bot
        with self.people._waiting(person, {"message"}) as arrived:
            chat = state.private_chat(bot, person)
            PersonSide(state).write(bot, state.person(person), chat, Letter(text))
            await arrived

    async def one(self) -> None:
        """One update of somebody who waits for nothing just now, from the act to its answer."""
        person = self.dice.choice([each for each in self.messages if each not in self.busy])
        self.busy.add(person)
        begin = time.perf_counter()
        try:
            async with asyncio.timeout(30):
                await self.act(person)
            self.seconds.append(time.perf_counter() - begin)
        except TimeoutError:
            self.late += 1
        finally:
            self.busy.discard(person)
            self.forget(person)

    async def act(self, person: int) -> None:
        kind = self.dice.random()
        if kind < 0.02 and person <= CONNECTED:
            await self.writes(person, "/balance")
        elif kind < 0.12:
            await self.writes(person, "/help")
        elif kind < 0.22:
            await self.changes(person)
        else:
            await self.people.taps(person, self.messages[person])

    async def changes(self, person: int) -> None:
        """A tap whose answer is on disk before Telegram hears that it was taken."""
        state, bot = self.stand_ins.telegram, self.people.bot
        with self.people._waiting(person, {"answer"}) as arrived:
            chat = state.private_chat(bot, person)
            data = self.dice.choice(CHANGES)
            PersonSide(state).tap(bot, state.person(person), chat, self.messages[person], data)
            await arrived

    def forget(self, person: int) -> None:
        """Old messages and requests, which the stand-in would keep for ever."""
        chat = self.stand_ins.telegram.private_chat(self.people.bot, person)
        for old in list(chat.messages)[:-KEPT_MESSAGES]:
            if old != self.messages[person]:
                del chat.messages[old]


def launch(stand_ins: sandbox.Running, folder: Path) -> subprocess.Popen[bytes]:
    """The bot, by webhook."""
    port = free_port()
    env = os.environ | {
        "BOT_TOKEN": TOKEN,
        "TELEGRAM_API_URL": stand_ins.telegram_url,
        "PX6_API_URLS": stand_ins.px6_url,
        "DATABASE_URL": f"sqlite:///{folder}/bot.sqlite3",
        "ENCRYPTION_KEY_FILE": f"{folder}/key",
        "LOG_LEVEL": "WARNING",
        "WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
        "HTTP_LISTEN": f"127.0.0.1:{port}",
    }
    return subprocess.Popen([sys.executable, "-m", "bot"], env=env)


def megabytes(folder: Path) -> float:
    """The database and its log."""
    return sum(path.stat().st_size for path in folder.iterdir()) / 1e6


async def steady(soak: Soak, seconds: float, rate: float) -> int:
    """Updates at this rate for so long, whether those before were answered or not; gives how many."""
    begin, count = time.perf_counter(), 0
    async with asyncio.TaskGroup() as group:
        while (now := time.perf_counter() - begin) < seconds:
            while count < now * rate and len(soak.busy) < len(soak.messages) // 2:
                group.create_task(soak.one())
                count += 1
                await asyncio.sleep(0)
            await asyncio.sleep(0.005)
    return count


async def measured(soak: Soak, pid: int, folder: Path, seconds: float, rate: float) -> Minute:
    soak.seconds.clear()
    before = soak.late
    count = await steady(soak, seconds, rate)
    told = sorted(soak.seconds)
    return Minute(
        count,
        soak.late - before,
        statistics.median(told),
        told[len(told) * 99 // 100],
        resident_megabytes(pid),
        megabytes(folder),
    )


async def main(minutes: float, rate: float) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with sandbox.running() as stand_ins:
            process = launch(stand_ins, folder)
            try:
                soak = Soak(stand_ins, People(stand_ins, TOKEN), random.Random(7))
                await soak.prepare()
                print(f"{'minute':>6}{'updates':>9}{'late':>7}{'p50 ms':>9}{'p99 ms':>9}{'RSS MB':>9}{'file MB':>9}")
                found = await rows(soak, process.pid, folder, minutes, rate)
            finally:
                process.terminate()
                await asyncio.to_thread(process.wait)
    return report(found, min(WARM_MINUTES, minutes / 4), soak)


async def rows(soak: Soak, pid: int, folder: Path, minutes: float, rate: float) -> Sequence[tuple[float, Minute]]:
    """(minutes since the begin, what was measured until then), a row a minute, four of a shorter run."""
    step = min(1.0, minutes / 4)
    found: list[tuple[float, Minute]] = []
    while (done := found[-1][0] if found else 0.0) < minutes - 1e-9:
        found.append((done + step, await measured(soak, pid, folder, step * 60, rate)))
        print(f"{found[-1][0]:6.2f}{found[-1][1]}", flush=True)
    return found


def report(found: Sequence[tuple[float, Minute]], warm: float, soak: Soak) -> int:
    """The growth; 1 when it is too much, or an update was never answered."""
    before = next(minute for at, minute in found if at >= warm - 1e-9)
    grown = found[-1][1].memory - before.memory
    print(f"resident memory grew by {grown:+.1f} MB since minute {warm:g} (goal: less than {GROWTH:g})")
    refused = [each for each in soak.stand_ins.telegram.refusals if "is not modified" not in each.description]
    print(f"never answered: {soak.late}; refused by Telegram: {len(refused)}")
    return int(grown >= GROWTH or soak.late > 0)


if __name__ == "__main__":
    given = [float(each) for each in sys.argv[1:]]
    sys.exit(asyncio.run(main(*(given + [20.0, 50.0][len(given) :]))))
