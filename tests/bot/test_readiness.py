"""`/readyz`: red when polls stop ending, the database takes no writes or sweeps stop; green again by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from bot.readiness import Readiness
from sandbox.telegram.faults import Answer
from tests.bot.disk_faults import IMPATIENT, locked
from tests.bot.watching import BEGAN, Watched
from tests.ports import reserved_port
from tests.world import World, new_world, world_without_bot


async def test_the_poll_that_ended_last_is_missed_after_55_seconds_and_the_next_one_ends_that() -> None:
    watched = Watched()
    watched.passed = 55.0
    assert await watched.reasons() == []
    watched.passed = 55.5
    assert await watched.reasons() == ["no poll for updates has ended for 56 seconds"]
    watched.readiness.poll.note()
    assert await watched.reasons() == []
    assert (await watched.readiness.state())["last_poll"] == "2026-11-28T12:00:55+00:00"


async def test_by_webhook_no_update_for_hours_is_no_fault_but_an_address_that_telegram_was_not_told_is() -> None:
    watched = Watched(polls=False)
    watched.passed = 7200.0
    watched.readiness.sweep.note()
    assert await watched.reasons() == []
    watched.readiness.is_connected = lambda: False
    assert await watched.reasons() == ["Telegram has not been told yet where to deliver updates"]


@pytest.mark.parametrize(("sync_seconds", "longest"), [(60.0, 180.0), (1.0, 15.0)])
async def test_a_sweep_is_missed_after_three_of_its_periods(sync_seconds: float, longest: float) -> None:
    watched = Watched(sync_seconds, polls=False)
    watched.passed = longest
    assert await watched.reasons() == []
    watched.passed = longest + 1
    assert await watched.reasons() == [f"no sweep of the accounts has run for {longest + 1:.0f} seconds"]
    watched.readiness.sweep.note()
    assert await watched.reasons() == []


async def test_what_is_missed_is_counted_from_the_beginning_of_the_work() -> None:
    watched = Watched()
    watched.passed = 600.0
    watched.readiness.begin()
    state = await watched.readiness.state()
    assert state == {
        "ready": True,
        "reasons": [],
        "database": True,
        "last_poll": None,
        "last_update": None,
        "last_sweep": None,
    }


async def test_a_database_that_takes_no_writes_is_a_reason_and_one_try_is_enough_for_all_who_ask() -> None:
    watched = Watched()
    watched.can_be_written = False
    every = await asyncio.gather(*(watched.reasons() for _ in range(3)))
    assert every == [["the database cannot be written"]] * 3
    assert watched.tries == 1
    watched.can_be_written = True
    assert await watched.reasons() == []


async def test_a_try_to_write_that_hangs_is_an_answer_after_some_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.readiness.WRITE_SECONDS", 0.01)
    release = asyncio.Event()

    async def hangs() -> bool:
        return await release.wait()

    readiness = Readiness(lambda: BEGAN, lambda: 0.0, hangs, 60.0, polls=True)
    assert (await readiness.state())["reasons"] == ["the database cannot be written"]
    release.set()
    assert (await readiness.state())["ready"] is True


async def test_the_end_waits_for_a_try_that_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is made after the database was closed would keep the process from ending."""
    monkeypatch.setattr("bot.readiness.WRITE_SECONDS", 0.01)
    release = asyncio.Event()
    readiness = Readiness(lambda: BEGAN, lambda: 0.0, release.wait, 60.0, polls=True)
    await readiness.end()
    assert not (await readiness.state())["ready"]
    ending = asyncio.ensure_future(readiness.end())
    await asyncio.sleep(0)
    assert not ending.done()
    release.set()
    await ending


async def test_a_bot_that_stops_is_not_ready() -> None:
    watched = Watched()
    watched.readiness.stopping = True
    assert await watched.reasons() == ["the bot is stopping"]


async def test_the_answer_is_200_or_503_and_says_why() -> None:
    watched, request = Watched(), cast(Any, None)
    ready = await watched.readiness.answer(request)
    assert (ready.status, json.loads(ready.text or "")) == (200, await watched.readiness.state())
    watched.can_be_written = False
    not_ready = await watched.readiness.answer(request)
    assert (not_ready.status, json.loads(not_ready.text or "")["reasons"]) == (
        503,
        ["the database cannot be written"],
    )


# -- the running bot


@pytest.fixture
async def watched_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A world whose bot is asked over HTTP, polls all the time, and gives up soon on what keeps silent."""
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", IMPATIENT)
    for name, seconds in {"polling.LONG_POLL": 0, "polling.MARGIN": 0.1, "outage.FIRST_PAUSE": 0.05}.items():
        monkeypatch.setattr(f"bot.{name}", seconds)
    with reserved_port() as port:
        async with new_world(tmp_path, http_listen=f"127.0.0.1:{port}") as world:
            await world.until(lambda: world.app.http.opened and world.app.readiness.poll.at is not None)
            yield world


async def asked(world: World) -> tuple[int, list[str]]:
    """The status of `/readyz`, and its reasons without their numbers of seconds."""
    host, port = world.settings.listens_at or ("", 0)
    async with world.http.get(f"http://{host}:{port}/readyz") as answer:
        state: dict[str, Any] = await answer.json()
    assert state["ready"] is (answer.status == 200)
    return answer.status, [reason.partition(" for ")[0] for reason in state["reasons"]]


def polls(world: World) -> int:
    """How many requests for updates have come by now."""
    return sum(request.method == "getupdates" for request in world.telegram.requests)


async def test_a_running_bot_turns_red_for_each_fault_and_green_again_by_itself(
    watched_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, readiness = watched_world, watched_world.app.readiness
    assert readiness.update.at is None
    await world.phone().says("/help")
    assert readiness.update.at is not None
    assert await asked(world) == (200, [])
    async with locked(world, monkeypatch):
        assert await asked(world) == (503, ["the database cannot be written"])
    assert await asked(world) == (200, [])

    world.telegram.fail("getUpdates", 200, times=1000, answer=Answer.SILENT)
    begun = polls(world)
    await world.until(lambda: polls(world) > begun + 1)
    world.move(timedelta(seconds=56))
    assert await asked(world) == (503, ["no poll"])
    world.telegram.faults.clear()
    await world.until(lambda: readiness.poll.age < 5)
    assert await asked(world) == (200, [])

    world.move(timedelta(seconds=125))
    await world.until(lambda: readiness.poll.age < 5)
    assert await asked(world) == (503, ["no sweep of the accounts has run"])
    await world.sweep()
    assert await asked(world) == (200, [])


async def test_once_the_bot_has_stopped_nothing_is_looked_up_any_more(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            await world.until(lambda: world.app.http.opened)
        assert not world.app.http.opened
        assert world.app.readiness.stopping
