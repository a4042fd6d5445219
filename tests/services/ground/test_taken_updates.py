"""Updates that Telegram delivers again: one process handles each, whichever gets it and whatever becomes of that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from model.errors import StorageError
from services.ground.presence import Presence
from services.ground.taken_updates import PATIENCE, SharedUpdates
from storage import taken_updates
from storage.engine.database import Database
from storage.taken_updates import Claim
from tests.databases import opened, rows_of, run
from tests.several_processes import running

pytestmark = pytest.mark.postgresql("several processes share a server")

MINE = Claim(mine=True, again=False, taken=False)
ANOTHERS, TAKEN = (Claim(mine=False, again=False, taken=taken) for taken in (False, True))


class Two:
    """Two processes; who waits for the other is woken at once."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.waited = database, folder, 0.0
        self.waits = asyncio.Event()
        self.presences = [Presence(database, lambda: 0.0, self.never) for _ in "ab"]
        self.a, self.b = (SharedUpdates(database, each, self.sleep) for each in self.presences)

    async def never(self, _: float) -> None:
        await asyncio.Event().wait()

    async def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.waits.set()
        await asyncio.sleep(0.001)


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with opened(tmp_path) as database:
        both = Two(database, tmp_path)
        async with running(both.presences):
            yield both


async def test_what_is_answered_at_once_is_nobody_elses(two: Two) -> None:
    found = await asyncio.gather(*(each.claim(7, at_once=True) for each in (two.a, two.b)))
    assert sorted(found) == sorted([MINE, TAKEN])
    assert await two.a.claim(8, at_once=True) == MINE, "another update is another matter"


async def test_one_that_is_under_way_is_waited_for_and_not_for_ever(two: Two) -> None:
    assert await two.a.claim(7, at_once=False) == MINE
    assert await two.b.claim(7, at_once=False) == ANOTHERS
    assert PATIENCE <= two.waited < PATIENCE + 1
    two.waits.clear()
    waiting = asyncio.ensure_future(two.b.claim(7, at_once=False))
    await two.waits.wait()
    await two.a.settle(7, taken=True)
    assert await waiting == TAKEN


async def test_one_that_could_not_be_written_down_is_the_next_ones_who_knows_that(two: Two) -> None:
    await two.a.claim(7, at_once=False)
    await two.a.settle(7, taken=False)
    assert await two.b.claim(7, at_once=False) == Claim(mine=True, again=True, taken=False)
    await two.b.settle(7, taken=True)
    assert await two.a.claim(7, at_once=False) == TAKEN


async def test_one_whose_process_is_gone_is_handled_by_the_next(two: Two) -> None:
    await two.a.claim(7, at_once=False)
    async with two.database.write() as connection:
        await run(connection, "UPDATE processes SET until = 1 WHERE id = ?", [two.presences[0].process])
    assert await two.b.claim(7, at_once=False) == MINE
    await two.a.settle(7, taken=False)
    assert rows_of(two.folder, "SELECT holder FROM taken_updates") == [(two.presences[1].process,)]


async def test_while_the_database_is_away_each_decides_for_itself_and_tells_later(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise StorageError("the database is away")

    await two.a.claim(7, at_once=False)
    with monkeypatch.context() as away:
        away.setattr("storage.taken_updates.settle", refuse)
        away.setattr("storage.taken_updates.claim", refuse)
        await two.a.settle(7, taken=True)
        assert await two.b.claim(7, at_once=False) == MINE
    assert await two.b.claim(7, at_once=False) == ANOTHERS
    await two.a.claim(8, at_once=True)
    assert await two.b.claim(7, at_once=False) == TAKEN


async def test_what_ends_in_the_same_moment_is_settled_all(two: Two) -> None:
    """More than there are connections, which are made only now."""
    for number in range(12):
        await two.a.claim(number, at_once=False)
    await asyncio.gather(*(two.a.settle(number, taken=number % 3 > 0) for number in range(12)))
    assert [await two.b.claim(number, at_once=False) for number in range(12)] == [
        TAKEN if number % 3 else Claim(mine=True, again=True, taken=False) for number in range(12)
    ]


async def test_what_is_still_to_be_told_is_told_once_by_many_who_ask_at_once(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    settle = taken_updates.settle

    async def refuse(*_: Any, **__: Any) -> Any:
        raise StorageError("the database is away")

    async def count(connection: Any, number: int, process: str, *, taken: bool) -> None:
        told.append(number)
        await settle(connection, number, process, taken=taken)

    for number in range(12):
        await two.a.claim(number, at_once=False)
    with monkeypatch.context() as away:
        away.setattr("storage.taken_updates.settle", refuse)
        for number in range(12):
            await two.a.settle(number, taken=False)
    monkeypatch.setattr("storage.taken_updates.settle", count)
    found = await asyncio.gather(*(two.a.claim(number, at_once=False) for number in range(20)))
    assert found == [Claim(mine=True, again=number < 12, taken=False) for number in range(20)]
    assert sorted(told) == list(range(12))
    assert rows_of(two.folder, "SELECT count(*) FROM taken_updates WHERE holder = ?", two.presences[0].process) == [
        (20,)
    ]
