"""Somebody sets the machine's clock under the running bot: by hours, by months, forward and back. Its jobs go on."""

from __future__ import annotations

import asyncio
import datetime as time_module
import logging
import tracemalloc
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.schedulers.base
import pytest

import bot.app
import bot.scheduler
from bot.scheduler import EPOCH, Scheduler
from services.sweep import LEASE
from storage import watches
from tests.customers import Customer, new_customer
from tests.durations import MINUTE
from tests.world import Clock, World, new_world, running_app

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTHS = timedelta(days=240)
SETTLE = (0.5, 0.7, 0.9, 1.1)
STEPS = [3 * HOUR, -3 * HOUR, MONTHS, -MONTHS]


def follow(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let APScheduler read the clock that the bot reads, as it does on a real machine."""

    class Now(time_module.datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock().astimezone(tz)

    monkeypatch.setattr(apscheduler.schedulers.base, "datetime", Now)


@pytest.fixture
async def hurried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A bot whose jobs come often, so that a test need not wait. Only a step wakes its sweep."""
    monkeypatch.setattr(bot.app, "SETTLE_EVERY", 0.15)
    monkeypatch.setattr(bot.app, "DELETIONS_EVERY", 0.15)
    monkeypatch.setattr(bot.scheduler, "COMPARED_EVERY", 0.05)
    async with new_world(tmp_path, settle_seconds=SETTLE, px6_timeout_seconds=0.5, sync_seconds=3600) as world:
        world.patient()
        follow(world.clock, monkeypatch)
        yield world


async def until(world: World, query: str, row: tuple[object, ...], *values: object) -> None:
    async with asyncio.timeout(20):
        while world.rows(query, *values) != [row]:  # noqa: ASYNC110 - another connection sees it
            await asyncio.sleep(0.05)


async def is_set(world: World, error: timedelta) -> None:
    """Somebody sets the clock; over when the bot has seen it. Set twice before that, it would see one step alone."""
    world.clock.error = error
    ahead = world.clock() - EPOCH - timedelta(seconds=world.clock.monotonic())
    query = "select abs(ahead - ?) < 1000000 from clock_steps"
    await until(world, query, (1,), ahead // timedelta(microseconds=1))


async def test_an_order_of_unknown_outcome_is_found_out_though_the_clock_is_set(hurried: World) -> None:
    """One person after the other, each with a clock that is right until it is set."""
    for person, step in enumerate(STEPS, 1001):
        await is_set(hurried, timedelta(0))
        phone = hurried.phone(person)
        await phone.connects(hurried.px6.add_account(balance="5000").key)
        await phone.says("/buy 1 30 de")
        hurried.px6.fault("drop_before", "buy")
        await phone.taps("Buy ·")
        state = "select state from orders where telegram_id = ?"
        await until(hurried, state, ("unknown",), person)
        hurried.clock.error += step
        await until(hurried, state, ("not_done",), person)
        await hurried.until(lambda: not hurried.app.background.busy)
        assert "nothing was spent" in (await phone.reads()).lower(), step


async def test_a_look_that_waits_is_made_within_seconds_after_a_step(hurried: World) -> None:
    """px6 did not answer, so the account is looked at again in ten minutes: of the new clock, not of the old one."""
    for person, step in enumerate(STEPS, 1001):
        await is_set(hurried, timedelta(0))
        await looked_at_after(hurried, step, person)


async def looked_at_after(world: World, step: timedelta, person: int) -> None:
    ann = await new_customer(world, person=person)
    world.px6.fault("500_before", "getproxy", key=ann.key, times=None)
    await ann.look()
    world.px6.clear_faults()
    ((planned,),) = world.rows("select next_look_at from watches where telegram_id = ?", person)
    world.clock.error += step
    soon = int((world.clock() + 10 * MINUTE).timestamp() * 1_000_000)
    if step < timedelta(0):
        await until(world, "select next_look_at <= ? from watches where telegram_id = ?", (1,), soon, person)
    else:
        await until(world, "select next_look_at <> ? from watches where telegram_id = ?", (1,), planned, person)
        await until(world, "select lease is null from watches where telegram_id = ?", (1,), person)


async def reminded(world: World) -> tuple[Customer, list[str]]:
    """A person who was reminded of one proxy, and what they were told."""
    ann = await new_customer(world)
    ann.add(1, ends_in=2 * DAY)
    await ann.settles()
    return ann, [m["text"] for m in await ann.phone.chat() if "ends" in m["text"]]


async def test_what_falls_due_by_the_new_clock_is_said_at_once_and_nothing_twice(hurried: World) -> None:
    ann, before = await reminded(hurried)
    hurried.clock.error += DAY + HOUR
    async with asyncio.timeout(20):
        while not (news := [text for text in await ann.news() if "1 proxy ends" in text]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert len(news) == 1
    for step in (-3 * HOUR, 2 * HOUR, -DAY, DAY, MONTHS, -MONTHS):
        hurried.clock.error += step
        await ann.sweep()
        await hurried.quiet()
        assert [text for text in await ann.news() if "1 proxy ends" in text] == [], step
    assert before is not None


async def test_a_long_step_makes_up_for_no_run_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty days of a job of every second would be 2,592,000 runs."""
    monkeypatch.setattr(bot.scheduler, "COMPARED_EVERY", 0.02)
    clock, ran, stepped = Clock(), list[datetime](), list[timedelta]()
    follow(clock, monkeypatch)

    async def job() -> None:
        ran.append(clock())

    async def note(by: timedelta) -> None:
        stepped.append(by)

    jobs = Scheduler(clock, clock.monotonic, note)
    jobs.every(1, job)
    jobs.start()
    await asyncio.sleep(0.05)
    tracemalloc.start()
    for step in (30 * DAY, -30 * DAY):
        clock.error += step
        async with asyncio.timeout(20):
            while len(ran) != len(stepped) or not stepped or abs(stepped[-1] - step) > HOUR:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    jobs.pause()
    jobs.shutdown()
    assert len(ran) == 2
    assert peak < 5_000_000


async def test_a_step_is_one_line_and_slow_drift_is_none(hurried: World, caplog: pytest.LogCaptureFixture) -> None:
    """APScheduler may have lines of its own: on a busy machine a run may last longer than these jobs pause."""

    def lines() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "bot.scheduler"]

    caplog.set_level(logging.WARNING, "bot.scheduler")
    for _ in range(5):
        hurried.clock.error += timedelta(milliseconds=300)
        await asyncio.sleep(0.08)
    assert lines() == []
    hurried.clock.error -= 3 * HOUR
    await hurried.until(lambda: bool(lines()))
    [line] = lines()
    assert line.startswith(("The clock was set back by 2:59:5", "The clock was set back by 3:00:0"))


async def test_a_clock_set_back_while_the_bot_was_stopped_keeps_nothing_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written down last tells the start so; nobody compares the clocks here."""
    monkeypatch.setattr(bot.scheduler, "COMPARED_EVERY", 3600)
    async with new_world(tmp_path) as world:
        ann = await new_customer(world)
        ann.add(1, ends_in=4 * DAY)
        await ann.settles()
        world.clock.error -= 5 * HOUR
        async with running_app(world.settings, world.clock):
            soon = int((world.clock() + 6 * HOUR + MINUTE).timestamp() * 1_000_000)
            await world.until(lambda: world.rows("select next_look_at < ? from watches", soon) == [(1,)])


async def test_a_lease_that_was_taken_before_the_clock_was_set_back_keeps_nobody_waiting(world: World) -> None:
    """Whoever took it is dead, and nobody saw the step."""
    ann = await new_customer(world)
    ann.add(1, ends_in=4 * DAY)
    await ann.settles()
    world.move(DAY + HOUR)
    database, now = world.app.services.sweep._database, world.clock()
    async with database.write() as connection:
        due = watches.due_query(now, now + 7 * HOUR, LEASE, 10)
        assert await watches.claim(connection, due, now + LEASE, "dead") == [1001]
    world.clock.error -= 3 * HOUR
    await ann.sweep()
    assert world.rows("select count(*) from watches where lease is null") == [(1,)]


async def test_a_deletion_is_given_its_time_and_told_whatever_the_clock_says(hurried: World) -> None:
    """px6 did not answer the deletion and still lists the proxy: it may go yet, for a minute that really passes."""
    phone = hurried.phone()
    await phone.connects()
    (one,) = [hurried.px6.add_proxy(hurried.key).id]
    await phone.says(f"/delete {one}")
    hurried.px6.fault("drop_before", "delete")
    await phone.taps("Delete")
    for step in (3 * HOUR, -6 * HOUR):
        hurried.clock.error += step
        await hurried.app.services.deletions.settle_due()
        await hurried.quiet()
        assert hurried.rows("select certain from deletions") == [(0,)]
    hurried.clock.offset += timedelta(minutes=2)
    await until(hurried, "select certain from deletions", (1,))


async def test_what_was_said_is_known_after_a_clock_that_was_months_ahead(world: World) -> None:
    ann = await new_customer(world)
    ann.add(1, ends_in=2 * DAY)
    [reminder] = [text for text in [*await ann.look(), *await ann.look()] if "1 proxy ends" in text]
    assert reminder
    world.clock.error += MONTHS
    await ann.look()
    world.clock.error += DAY
    await ann.look()
    world.clock.error -= MONTHS + DAY
    assert [text for text in await ann.look() if "1 proxy ends" in text] == []
