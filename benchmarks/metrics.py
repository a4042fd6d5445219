"""What the metrics cost a tap: the bot against the same bot that counts nothing.

    python -m benchmarks.metrics [ROUNDS]

Both are processes of their own; their taps take turns one by one, so that what else the machine does meets both
alike. The processor time of each process is compared besides, which nothing else on the machine adds to.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import sandbox
from benchmarks.taps import People
from bot.metrics import Metrics

TAPS = 200  # of each bot in a round
ROUNDS = 10
PERSON = 100
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Contender:
    """A bot, and of each round the median seconds of a tap and the seconds of processor time for one."""

    module: str
    token: str
    process: subprocess.Popen[bytes]
    p50: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)

    def processor_seconds(self) -> float:
        """Of all its life."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK


def launched(
    stand_ins: sandbox.Running,
    folder: Path,
    number: int,
    name: str,
    module: str = "bot",
    checkout: Path | None = None,
) -> Contender:
    """A bot of its own process and number, from another checkout if there is one."""
    env = os.environ | {
        "BOT_TOKEN": f"100{number}:" + "a" * 35,
        "TELEGRAM_API_URL": stand_ins.telegram_url,
        "PX6_API_URLS": stand_ins.px6_url,
        "DATABASE_URL": f"sqlite:///{folder}/{number}.sqlite3",
        "ENCRYPTION_KEY_FILE": f"{folder}/{number}.key",
        "LOG_LEVEL": "WARNING",
    }
    return Contender(name, env["BOT_TOKEN"], subprocess.Popen([sys.executable, "-m", module], env=env, cwd=checkout))


def launch(stand_ins: sandbox.Running, folder: Path) -> list[Contender]:
    """The bot that counts nothing, and the bot."""
    modules = ("benchmarks.uncounted_bot", "bot")
    return [launched(stand_ins, folder, number, module, module) for number, module in enumerate(modules, 1)]


async def taps_in_turn(everyone: list[tuple[Contender, People, int]]) -> None:
    """A round."""
    seconds: list[list[float]] = [[] for _ in everyone]
    before = [contender.processor_seconds() for contender, _, _ in everyone]
    for _ in range(TAPS):
        for (_, people, message_id), found in zip(everyone, seconds, strict=True):
            found.append(await people.taps(PERSON, message_id))
    for (contender, _, _), found, began in zip(everyone, seconds, before, strict=True):
        contender.p50.append(statistics.median(found))
        contender.used.append((contender.processor_seconds() - began) / TAPS)


def counting_seconds() -> float:
    """What a tap tells the metrics: that it came, that it was answered, how it ended."""
    metrics, count = Metrics(time.monotonic, "polling"), 20_000
    began = time.perf_counter()
    for _ in range(count):
        metrics.tap_came("1")
        metrics.tap_answered("1")
        metrics.update_ended("callback_query", "done", "1")
    return (time.perf_counter() - began) / count


async def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        async with sandbox.running() as stand_ins:
            contenders = launch(stand_ins, Path(name))
            try:
                everyone = []
                for contender in contenders:
                    people = People(stand_ins, contender.token)
                    everyone.append((contender, people, await people.starts(PERSON)))
                for _ in range(rounds):
                    await taps_in_turn(everyone)
            finally:
                for contender in contenders:
                    contender.process.terminate()
                    await asyncio.to_thread(contender.process.wait)
    print_table(contenders)
    print(f"counting alone: {counting_seconds() * 1e6:.1f} µs a tap")


def print_table(contenders: Sequence[Contender]) -> None:
    """Medians of the rounds, and each one's over the first's."""
    first = contenders[0]
    print(f"{'':26}{'p50 ms':>9}{'ratio':>8}{'processor ms':>14}{'ratio':>8}")
    for each in contenders:
        slower = statistics.median(a / b for a, b in zip(each.p50, first.p50, strict=True))
        more = statistics.median(a / b for a, b in zip(each.used, first.used, strict=True))
        p50, used = statistics.median(each.p50) * 1e3, statistics.median(each.used) * 1e3
        print(f"{each.module:26}{p50:9.2f}{slower:8.3f}{used:14.2f}{more:8.3f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
