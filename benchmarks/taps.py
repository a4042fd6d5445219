"""How long a tap takes that needs no px6 call, against a bare aiogram bot that does the same calls of Telegram.

    python -m benchmarks.taps

Every bot is a process of its own; the stand-ins and the people are this process. A tap ends when it has been
answered and its message edited. The bots take turns, several rounds, and each figure is the median of its rounds.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import sandbox
from sandbox.telegram.bots import Bot
from sandbox.telegram.events import Event
from sandbox.telegram.writing import Letter, PersonSide

ROUNDS = 5
ALONE = 200  # taps one after another
TOGETHER = 100  # people who tap at the same time
WAVES = 5  # taps of each of them
SCREENS = ("open:help", "open:language")


@dataclass
class Contender:
    """A bot under test, and what was measured of it."""

    name: str
    token: str
    process: subprocess.Popen[bytes]
    start: float = 0.0
    memory: float = 0.0
    p50: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)


class People:
    """Taps buttons of one bot and waits until each tap was answered and its message edited."""

    def __init__(self, stand_ins: sandbox.Running, token: str) -> None:
        self._state, self._side = stand_ins.telegram, PersonSide(stand_ins.telegram)
        self.bot: Bot = self._state.bot(token)
        self._screens: dict[int, Iterator[str]] = {}

    async def starts(self, person: int) -> int:
        """/start; gives the id of the message that the bot answers with."""
        with self._waiting(person, {"message"}) as arrived:
            chat = self._state.private_chat(self.bot, person)
            self._side.write(self.bot, self._state.person(person), chat, Letter("/start"))
            message: int = (await arrived)["message"]["message_id"]
            return message

    async def taps(self, person: int, message_id: int) -> float:
        """One tap, on another screen than the one before; gives its seconds."""
        data = next(self._screens.setdefault(person, cycle(SCREENS)))
        chat = self._state.private_chat(self.bot, person)
        with self._waiting(person, {"answer", "edit"}) as arrived:
            begin = time.perf_counter()
            self._side.tap(self.bot, self._state.person(person), chat, message_id, data)
            await arrived
            return time.perf_counter() - begin

    @contextmanager
    def _waiting(self, person: int, kinds: set[str]) -> Iterator[asyncio.Future[dict[str, Any]]]:
        """A future that ends once an event of each kind has come from the bot to this person."""
        left, done = set(kinds), asyncio.get_running_loop().create_future()

        def hear(event: Event) -> None:
            message = event.data.get("message")
            by_person = isinstance(message, dict) and message.get("from") == "person"
            if event.data.get("bot") == self.bot.id and event.data.get("chat") == person and not by_person:
                left.discard(event.kind)
                if not left and not done.done():
                    done.set_result(event.data)

        stop: Callable[[], None] = self._state.events.listen(hear)
        try:
            yield done
        finally:
            stop()


async def measure(contender: Contender, people: People, message_ids: dict[int, int]) -> None:
    """One round: taps alone, then taps of many at once."""
    first = next(iter(message_ids))
    alone = [await people.taps(first, message_ids[first]) for _ in range(ALONE)]
    contender.p50.append(statistics.median(alone))

    async def wave(person: int) -> None:
        for _ in range(WAVES):
            await people.taps(person, message_ids[person])

    begin = time.perf_counter()
    await asyncio.gather(*(wave(person) for person in message_ids))
    contender.rate.append(len(message_ids) * WAVES / (time.perf_counter() - begin))


def resident_megabytes(pid: int) -> float:
    """Resident memory of a process, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def launch(stand_ins: sandbox.Running, folder: Path) -> list[Contender]:
    """Our bot, and the bare one with and without a frozen collector, each with a token of its own."""
    env = os.environ | {
        "BOT_TOKEN": "1001:" + "a" * 35,
        "TELEGRAM_API_URL": stand_ins.telegram_url,
        "PX6_API_URLS": stand_ins.px6_url,
        "DATABASE_URL": f"sqlite:///{folder}/bot.sqlite3",
        "ENCRYPTION_KEY_FILE": f"{folder}/key",
        "LOG_LEVEL": "WARNING",
    }
    ours = Contender("this bot", env["BOT_TOKEN"], subprocess.Popen([sys.executable, "-m", "bot"], env=env))
    found = [ours]
    for number, name, options in ((2, "bare aiogram", []), (3, "bare aiogram, gc.freeze", ["--freeze"])):
        token = f"100{number}:" + "a" * 35
        arguments = [token, stand_ins.telegram_url, f"{folder}/bare{number}.sqlite3", *options]
        process = subprocess.Popen([sys.executable, "-m", "benchmarks.bare_bot", *arguments])
        found.append(Contender(name, token, process))
    return found


async def first_answer(stand_ins: sandbox.Running, folder: Path, rounds: int) -> list[float]:
    """Seconds from start to first answer, of our bot over the bare one's: one ratio a round."""
    ratios = []
    for _ in range(rounds):
        seconds = []
        for index in (0, 1):
            begin = time.perf_counter()
            contenders = launch(stand_ins, folder)
            others = [c for i, c in enumerate(contenders) if i != index]
            for other in others:
                other.process.kill()
                other.process.wait()
            await People(stand_ins, contenders[index].token).starts(9000)
            seconds.append(time.perf_counter() - begin)
            contenders[index].process.terminate()
            await asyncio.to_thread(contenders[index].process.wait)
        ratios.append(seconds[0] / seconds[1])
    return ratios


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with sandbox.running() as stand_ins:
            ratios = await first_answer(stand_ins, folder, ROUNDS)
            contenders = launch(stand_ins, folder)
            try:
                everyone = []
                for contender in contenders:
                    people = People(stand_ins, contender.token)
                    await people.starts(1)
                    contender.memory = resident_megabytes(contender.process.pid)
                    everyone.append(
                        (contender, people, {p: await people.starts(p) for p in range(100, 100 + TOGETHER)})
                    )
                for _ in range(ROUNDS):
                    for contender, people, message_ids in everyone:
                        await measure(contender, people, message_ids)
            finally:
                for contender in contenders:
                    contender.process.terminate()
                    contender.process.wait()
    report(contenders, ratios)


def report(contenders: list[Contender], start_ratios: list[float]) -> None:
    """A table of medians, and ours over the bare bot's."""
    bare = contenders[1]
    print(f"{'':26}{'p50 ms':>9}{'ratio':>7}{'taps/s':>9}{'ratio':>7}{'MB':>8}{'more':>8}")
    for each in contenders:
        p50, rate = statistics.median(each.p50), statistics.median(each.rate)
        slower = statistics.median(a / b for a, b in zip(each.p50, bare.p50, strict=True))
        faster = statistics.median(a / b for a, b in zip(each.rate, bare.rate, strict=True))
        more = each.memory - bare.memory
        print(f"{each.name:26}{p50 * 1e3:9.2f}{slower:7.2f}{rate:9.0f}{faster:7.2f}{each.memory:8.1f}{more:8.1f}")
    print(f"start to first answer, ours over bare: {statistics.median(start_ratios):.2f}")


if __name__ == "__main__":
    asyncio.run(main())
