"""Jobs that are repeated: when each run comes, that two never overlap, and what a pause ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import bot.scheduler
from bot.scheduler import EverySeconds, Scheduler

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


async def nothing(_: timedelta) -> None:
    return


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - APScheduler sets no event
            await asyncio.sleep(0.002)


def test_the_next_run_is_so_many_seconds_from_now_whenever_the_last_one_was() -> None:
    trigger = EverySeconds(2.5)
    assert str(trigger) == "every 2.5 s"
    for last in (None, NOON - timedelta(days=3), NOON):
        assert trigger.get_next_fire_time(last, NOON) == NOON + timedelta(seconds=2.5)


async def test_a_run_that_takes_long_is_not_overtaken_and_a_pause_lets_it_end() -> None:
    began, go_on, ended = list[int](), asyncio.Event(), list[int]()

    async def job() -> None:
        began.append(len(began))
        await go_on.wait()
        ended.append(1)

    async def other() -> None:
        others.append(1)

    others = list[int]()
    jobs = Scheduler(lambda: datetime.now(UTC), asyncio.get_running_loop().time, nothing)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    jobs.every(0.01, job)
    jobs.every(0.01, other)
    jobs.start()
    try:
        await until(lambda: len(others) > 3)
        assert began == [0]
        jobs.pause()
        go_on.set()
        await until(lambda: bool(ended))
        count = len(others)
        await asyncio.sleep(0.05)
        assert (len(others), began) == (count, [0]), "nothing begins after a pause"
    finally:
        jobs.shutdown()
        logging.getLogger("apscheduler").setLevel(logging.NOTSET)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (timedelta(seconds=1), None),
        (timedelta(seconds=-1), None),
        (timedelta(seconds=1.5), "forward by 0:00:01.500000"),
        (timedelta(hours=-3), "back by 3:00:00"),
    ],
)
async def test_only_a_jump_of_more_than_a_second_runs_all_jobs_at_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, step: timedelta, said: str | None
) -> None:
    monkeypatch.setattr(bot.scheduler, "COMPARED_EVERY", 0.005)
    now, ran, stepped, looked = NOON, list[str](), list[timedelta](), list[int]()

    def clock() -> datetime:
        looked.append(1)
        return now + timedelta(seconds=monotonic())

    def monotonic() -> float:
        return 10.0 * len(looked)

    async def first() -> None:
        ran.append("first")

    async def second() -> None:
        ran.append("second")

    async def note(by: timedelta) -> None:
        assert ran == [], "whoever plans is told before the jobs run"
        stepped.append(by)

    jobs = Scheduler(clock, monotonic, note)
    jobs.every(3600, first)
    jobs.every(3600, second)
    assert jobs._comparing is None
    jobs.start()
    try:
        await until(lambda: len(looked) > 2)
        now += step
        before = len(looked)
        await until(lambda: len(looked) > before + 3)
        if said is None:
            assert (stepped, ran) == ([], [])
        else:
            await until(lambda: len(ran) == 2)
            assert stepped == [step], "it is told once"
            assert sorted(ran) == ["first", "second"]
        jobs.pause()
        looks = len(looked)
        await asyncio.sleep(0.03)
        assert len(looked) == looks, "nobody compares the clocks after a pause"
    finally:
        jobs.shutdown()
    await until(lambda: not jobs._scheduler.running)
    lines = [record.getMessage() for record in caplog.records if record.name == "bot.scheduler"]
    assert lines == ([f"The clock was set {said}"] if said else [])
