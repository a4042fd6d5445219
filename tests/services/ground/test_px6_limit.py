"""px6's limit of a key that two processes share: three slots, by the database's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from services.ground.presence import Presence
from services.ground.px6_limit import SharedThrottle, SharedThrottles
from storage import px6_slots
from storage.engine.database import Database
from tests.databases import opened, rows_of
from tests.several_processes import running

pytestmark = pytest.mark.postgresql("several processes share a server")

KEY = "a-key-of-px6"


class Shared:
    """The throttles of one key in two processes. Nobody waits for a slot: whoever would waits until `go_on`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.folder, self.waits = folder, list[float]()
        self.may_go_on, self.waiting = asyncio.Event(), asyncio.Event()
        self.database = database
        self.processes = [Presence(database) for _ in range(2)]
        self.a, self.b = (SharedThrottles(database, each, "secret", self.sleep)(KEY) for each in self.processes)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.waiting.set()
        self.may_go_on.clear()
        await self.may_go_on.wait()

    async def until_waiting(self) -> None:
        await self.waiting.wait()

    def change(self, query: str, *values: object) -> None:
        """Something happens in the rows."""
        rows_of(self.folder, query, *values)
        self.waits.clear()
        self.waiting.clear()
        self.may_go_on.set()

    def rest_is_over(self) -> None:
        self.change("UPDATE px6_slots SET free_at = 0 WHERE holder IS NULL")


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Shared]:
    async with opened(tmp_path) as database:
        both = Shared(database, tmp_path)
        async with running(both.processes):
            yield both


async def call(throttle: SharedThrottle, done: list[str], name: str, *, background: bool = False) -> None:
    async with throttle.slot(background=background):
        done.append(name)


async def test_three_calls_of_all_processes_are_under_way_and_the_next_waits_until_one_has_rested(
    shared: Shared,
) -> None:
    done = list[str]()
    async with shared.a.slot(), shared.b.slot():
        async with shared.a.slot():
            waiting = asyncio.ensure_future(call(shared.b, done, "fourth"))
            await shared.until_waiting()
        assert shared.waits[0] <= 0.2, "it is asked again soon whether a call has ended"
        shared.change("SELECT 1")
        await shared.until_waiting()
        assert (done, 0 < shared.waits[0] <= 0.2) == ([], True), "the slot of the third rests"
        shared.rest_is_over()
        await waiting
    assert done == ["fourth"]
    assert shared.a.idle
    assert shared.b.idle


async def test_the_slots_of_a_process_that_is_gone_are_free(shared: Shared) -> None:
    done = list[str]()
    async with shared.a.slot(), shared.a.slot(), shared.a.slot():
        waiting = asyncio.ensure_future(call(shared.b, done, "fourth"))
        await shared.until_waiting()
        shared.change("UPDATE processes SET until = 1 WHERE id = ?", shared.processes[0].process)
        await waiting
    assert done == ["fourth"]


async def test_background_work_leaves_a_slot_to_people_and_they_go_first(shared: Shared) -> None:
    done = list[str]()
    async with shared.a.slot(), shared.a.slot():
        behind = asyncio.ensure_future(call(shared.b, done, "background", background=True))
        await shared.until_waiting()
        await call(shared.b, done, "person")
        assert done == ["person"]
    await asyncio.sleep(0)
    shared.rest_is_over()
    await behind
    assert done == ["person", "background"]


async def test_who_is_cancelled_while_waiting_keeps_no_slot(shared: Shared) -> None:
    async with shared.a.slot(), shared.a.slot(), shared.a.slot():
        waiting = asyncio.ensure_future(call(shared.b, [], "never"))
        await shared.until_waiting()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert rows_of(shared.folder, "SELECT count(*) FROM px6_slots WHERE holder IS NOT NULL") == [(0,)]
    assert shared.b.idle


async def test_a_slot_that_the_database_does_not_take_back_is_given_back_before_the_next_is_asked_for(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be missing for two minutes."""
    await leave_two(shared, monkeypatch)
    async with shared.a.slot():
        assert held(shared) == 1
    assert (held(shared), shared.a.idle) == (0, True)


async def test_where_its_process_asks_for_no_other_it_is_given_back_once_the_database_is_there_again(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may go on with what this one called px6 for, and background work needs two slots."""
    await leave_two(shared, monkeypatch)
    await shared.processes[0].beat()
    assert (held(shared), shared.a.idle) == (0, True)


async def leave_two(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is away when the first process would give two slots back."""

    async def refuse(*_: object) -> None:
        raise StorageError("the server is away")

    with monkeypatch.context() as away:
        async with shared.a.slot(), shared.a.slot():
            away.setattr("storage.px6_slots.give_back", refuse)
    assert (held(shared), shared.a.idle) == (2, False)


@pytest.mark.parametrize("then", ["beat", "call"])
async def test_a_slot_that_was_taken_without_an_answer_is_given_back_and_those_in_use_are_not(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """The database took it down and went away before it could say so."""
    take = px6_slots.take

    async def unanswered(connection: AsyncConnection, slots: str, process: str, needs: int) -> px6_slots.Taken:
        await take(connection, slots, process, needs)
        raise StorageError("the server is away")

    async with shared.a.slot():
        with monkeypatch.context() as away:
            away.setattr("storage.px6_slots.take", unanswered)
            with pytest.raises(StorageError):
                await call(shared.a, [], "never")
        assert (held(shared), shared.a.idle) == (2, False)
        if then == "beat":
            await shared.processes[0].beat()
        else:
            await call(shared.a, [], "another")
        assert held(shared) == 1
    assert (held(shared), shared.a.idle) == (0, True)


def held(shared: Shared) -> int:
    ((count,),) = rows_of(shared.folder, "SELECT count(*) FROM px6_slots WHERE holder IS NOT NULL")
    return int(count)


async def test_slots_that_were_never_used_stay_as_long_as_one_of_the_key_is_and_then_all_go(shared: Shared) -> None:
    async with shared.a.slot():
        shared.change("UPDATE px6_slots SET free_at = 0 WHERE holder IS NULL")
        await remove_unused(shared)
        assert rows_of(shared.folder, "SELECT count(*) FROM px6_slots") == [(3,)]
    shared.change("UPDATE px6_slots SET free_at = 0")
    await remove_unused(shared)
    assert rows_of(shared.folder, "SELECT count(*) FROM px6_slots") == [(0,)]
    async with shared.b.slot(background=True):
        assert rows_of(shared.folder, "SELECT count(*) FROM px6_slots") == [(3,)]


async def remove_unused(shared: Shared) -> None:
    async with shared.database.write() as connection:
        await px6_slots.remove_unused(connection)


async def test_the_key_is_not_in_the_database(shared: Shared) -> None:
    async with shared.a.slot():
        pass
    ((name,),) = rows_of(shared.folder, "SELECT DISTINCT name FROM px6_slots")
    assert KEY not in name
    assert len(name) == 32
