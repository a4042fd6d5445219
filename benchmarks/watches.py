"""Background checks of 1,000 accounts: what do they cost, and does anybody who taps, or a reminder, notice?

    python -m benchmarks.watches [SECONDS]

1,000 accounts with ten watched proxies each, all due at once, and as many with a digest due; px6 and Telegram are as
far as for `benchmarks.sweep`, and the bot is a process of its own. One person taps: at rest, for SECONDS (60) while
proxies are checked, and while digests are said beside the checks.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import sandbox
from benchmarks.customers import ENDS, MASTER_KEY, QUIET, fill, key_of, make_due, micro
from benchmarks.sweep import LONGEST, TAPPER, TOKEN, asked_of, far_px6, far_telegram, median_tap
from benchmarks.taps import People
from bot.app import App
from bot.collector import leave_full_collections_to_us, spare_collector
from bot.settings import Settings
from bot.wiring import wired

ACCOUNTS, DIGESTS = 1_000, 100
SECONDS = 60.0


async def bot() -> None:
    """Serve; at SIGUSR1 begin the checks, at SIGUSR2 a sweep, and say how long that took."""
    spare_collector()
    stop, begin, sweep = asyncio.Event(), asyncio.Event(), asyncio.Event()
    for number, event in ((signal.SIGTERM, stop), (signal.SIGUSR1, begin), (signal.SIGUSR2, sweep)):
        asyncio.get_running_loop().add_signal_handler(number, event.set)
    async with wired(Settings.load(_env_file=None)) as app:
        spare_collector()
        leave_full_collections_to_us()
        serving = asyncio.ensure_future(app.run(stop))
        beside = [asyncio.ensure_future(checks(app, begin)), asyncio.ensure_future(sweeps(app, sweep))]
        await serving
        for each in beside:
            each.cancel()


async def checks(app: App, begin: asyncio.Event) -> None:
    await begin.wait()
    await app.services.health.look()


async def sweeps(app: App, begin: asyncio.Event) -> None:
    await begin.wait()
    began = time.perf_counter()
    await app.services.sweep.run()
    await app.services.sweep._looks.wait(LONGEST)
    print(json.dumps({"seconds": time.perf_counter() - began, "busy": time.process_time()}), flush=True)


def watch_all(path: Path, people: range) -> None:
    """Have all proxies of these checked once a day, from now on."""
    at = micro(datetime.now(UTC))
    columns = "telegram_id, px6_user_id, which, value, minutes, night, look_at, stage, suspects, fallen, down, back"
    rows = ((person, str(person), "all", "", 1440, 0, at, 0, "[]", "[]", "[]", "[]") for person in people)
    with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
        marks = ", ".join("?" * 12)
        connection.executemany(
            f"INSERT INTO health_watches ({columns}, checked, worked) VALUES ({marks}, 0, 0)",  # noqa: S608 - ours
            rows,
        )


def written(path: Path) -> int:
    """How many proxies have a history by now."""
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM check_histories").fetchone()
        return int(count)


def seconds_of(process: asyncio.subprocess.Process) -> float:
    """How long a process has used the processor."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main(seconds: float) -> None:
    now = datetime.now(UTC)
    watched, digests = range(2, 2 + ACCOUNTS), range(2 + ACCOUNTS, 2 + ACCOUNTS + DIGESTS)
    keys = {person: key_of(QUIET, person) for person in (TAPPER, *watched)}
    keys |= {person: key_of(ENDS, person) for person in digests}
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bot.sqlite3"
        await fill(path, keys, digests.stop, now)
        async with (
            sandbox.running() as stand_ins,
            far_px6(now) as px6_url,
            far_telegram(stand_ins.telegram_url) as telegram_url,
        ):
            env = os.environ | {
                "BOT_TOKEN": TOKEN,
                "TELEGRAM_API_URL": telegram_url,
                "PX6_API_URLS": f"{px6_url}/api",
                "DATABASE_URL": f"sqlite:///{path}",
                "ENCRYPTION_KEYS": base64.urlsafe_b64encode(MASTER_KEY).decode(),
                "LOG_LEVEL": "WARNING",
                "SYNC_SECONDS": "86400",
            }
            arguments = [sys.executable, "-m", "benchmarks.watches", "--bot"]
            process = await asyncio.create_subprocess_exec(*arguments, env=env, stdout=asyncio.subprocess.PIPE)
            try:
                await play(path, process, stand_ins, px6_url, (watched, digests), seconds)
            finally:
                process.terminate()
                await process.wait()


async def play(
    path: Path,
    process: asyncio.subprocess.Process,
    stand_ins: sandbox.Running,
    px6_url: str,
    people: tuple[range, range],
    seconds: float,
) -> None:
    assert process.stdout is not None
    watched, digests = people
    for person in (TAPPER, *watched, *digests):
        stand_ins.telegram.private_chat(stand_ins.telegram.bot(TOKEN), person).started = True
    tapping = People(stand_ins, TOKEN)
    message_id = await tapping.starts(TAPPER)
    await median_tap(tapping, message_id)
    rest = await median_tap(tapping, message_id)
    watch_all(path, watched)
    await asked_of(px6_url)
    busy = seconds_of(process)
    process.send_signal(signal.SIGUSR1)
    begun = time.perf_counter()
    sleeping: asyncio.Future[bytes] = asyncio.ensure_future(asyncio.sleep(seconds, b""))
    during = await median_tap(tapping, message_id, sleeping)
    took, busy = time.perf_counter() - begun, seconds_of(process) - busy
    asked = await asked_of(px6_url)
    print(f"checks: {asked.get('check', 0) / took:.0f} a second, refused with 429: {asked.get('429', 0)}")
    print(f"processor: {busy / max(asked.get('check', 0), 1) * 1e3:.1f} ms for each check, taps included")
    print(f"a tap: p50 {rest * 1e3:.1f} ms at rest, {during * 1e3:.1f} ms beside checks, ratio {during / rest:.2f}")
    print(f"histories written: {written(path):,}")
    await sweep_beside(path, process, stand_ins, tapping, message_id, digests)


async def sweep_beside(
    path: Path,
    process: asyncio.subprocess.Process,
    stand_ins: sandbox.Running,
    tapping: People,
    message_id: int,
    digests: range,
) -> None:
    """Digests that are due while proxies are checked: how soon each comes."""
    assert process.stdout is not None
    arrivals: list[float] = []
    make_due(path, digests)
    stop = stand_ins.telegram.events.listen(
        lambda event: arrivals.append(time.perf_counter()) if event.kind == "message" else None
    )
    begun = time.perf_counter()
    process.send_signal(signal.SIGUSR2)
    ended = asyncio.ensure_future(process.stdout.readline())
    tap = await median_tap(tapping, message_id, ended)
    stop()
    late = sorted(moment - begun for moment in arrivals)
    middle, last = statistics.median(late), late[-1]
    came = f"{len(late)} of {len(digests)}"
    print(f"digests beside checks: {came}, the median after {middle:.1f} s, the last {last:.1f} s")
    print(f"a tap then: p50 {tap * 1e3:.1f} ms")


if __name__ == "__main__":
    asyncio.run(bot() if sys.argv[1:2] == ["--bot"] else main(float(sys.argv[1]) if sys.argv[1:] else SECONDS))
