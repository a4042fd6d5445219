"""How long a tap takes by webhook, against the same bot by long polling.

    python -m benchmarks.webhook

Both bots are processes of their own, with the same settings but for the way of their updates; the stand-ins and the
people are this process. They take turns tap by tap, so that whatever else the machine does meets both alike; waves of
many taps at once take turns round by round, as in `benchmarks/taps.py`. Ratios are taken round by round.
"""

from __future__ import annotations

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sandbox
from benchmarks.taps import ALONE, ROUNDS, TOGETHER, WAVES, Contender, People, resident_megabytes

Everyone = list[tuple[Contender, People, dict[int, int]]]  # with the message that each person taps


def launch(stand_ins: sandbox.Running, folder: Path) -> list[Contender]:
    """The bot by polling, and by webhook, each with a token and a database of its own."""
    port = free_port()
    hook = {"WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram", "HTTP_LISTEN": f"127.0.0.1:{port}"}
    found = []
    for number, (name, more) in enumerate({"polling": {}, "webhook": hook}.items(), 1):
        env = os.environ | {
            "BOT_TOKEN": f"100{number}:" + "a" * 35,
            "TELEGRAM_API_URL": stand_ins.telegram_url,
            "PX6_API_URLS": stand_ins.px6_url,
            "DATABASE_URL": f"sqlite:///{folder}/{name}.sqlite3",
            "ENCRYPTION_KEY_FILE": f"{folder}/{name}.key",
            "LOG_LEVEL": "WARNING",
            **more,
        }
        process = subprocess.Popen([sys.executable, "-m", "bot"], env=env)
        found.append(Contender(name, env["BOT_TOKEN"], process))
    return found


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        async with sandbox.running() as stand_ins:
            contenders = launch(stand_ins, Path(name))
            try:
                everyone: Everyone = []
                for contender in contenders:
                    people = People(stand_ins, contender.token)
                    await people.starts(1)
                    contender.memory = resident_megabytes(contender.process.pid)
                    ids = {person: await people.starts(person) for person in range(100, 100 + TOGETHER)}
                    everyone.append((contender, people, ids))
                for _ in range(ROUNDS):
                    await taps_in_turn(everyone)
                    for contender, people, ids in everyone:
                        contender.rate.append(await rate_of(people, ids))
            finally:
                for contender in contenders:
                    contender.process.terminate()
                    await asyncio.to_thread(contender.process.wait)
    report(*contenders)


async def taps_in_turn(everyone: Everyone) -> None:
    """One tap after another, of each bot in its turn; the median of each is one of its rounds."""
    seconds: list[list[float]] = [[] for _ in everyone]
    for _ in range(ALONE):
        for (_, people, ids), found in zip(everyone, seconds, strict=True):
            person = next(iter(ids))
            found.append(await people.taps(person, ids[person]))
    for (contender, _, _), found in zip(everyone, seconds, strict=True):
        contender.p50.append(statistics.median(found))


async def rate_of(people: People, ids: dict[int, int]) -> float:
    """Taps a second, of many people at once."""

    async def wave(person: int) -> None:
        for _ in range(WAVES):
            await people.taps(person, ids[person])

    begin = time.perf_counter()
    await asyncio.gather(*map(wave, ids))
    return len(ids) * WAVES / (time.perf_counter() - begin)


def report(polling: Contender, webhook: Contender) -> None:
    """A table of medians, and the webhook's over the polling's."""
    print(f"{'':12}{'p50 ms':>9}{'ratio':>7}{'taps/s':>9}{'ratio':>7}{'MB':>8}")
    for each in (polling, webhook):
        p50, rate = statistics.median(each.p50), statistics.median(each.rate)
        slower = statistics.median(a / b for a, b in zip(each.p50, polling.p50, strict=True))
        faster = statistics.median(a / b for a, b in zip(each.rate, polling.rate, strict=True))
        print(f"{each.name:12}{p50 * 1e3:9.2f}{slower:7.2f}{rate:9.0f}{faster:7.2f}{each.memory:8.1f}")


if __name__ == "__main__":
    asyncio.run(main())
