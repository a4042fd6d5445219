"""Processes on one database: which run, which of them has a lease, and the words that are left for who has it."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import processes
from tests.durations import HOUR

A, B, SILENT = "a" * 16, "b" * 16, "c" * 16


@pytest.fixture(autouse=True)
async def running(connection: AsyncConnection) -> None:
    """Two that run, and one that has not said so for an hour."""
    for process, alive_for in ((A, HOUR), (B, HOUR), (SILENT, -HOUR)):
        await processes.begin(connection, process, alive_for)


async def took_before_its_silence(connection: AsyncConnection, lease: str) -> None:
    """The silent one has this lease."""
    await processes.begin(connection, SILENT, HOUR)
    assert await processes.take(connection, lease, SILENT)
    await processes.begin(connection, SILENT, -HOUR)


async def test_who_is_silent_is_counted_no_more_and_buried_once(connection: AsyncConnection) -> None:
    assert await processes.count_living(connection) == 2
    assert await processes.renew(connection, SILENT, -HOUR), "nobody has buried it"
    assert [await processes.bury(connection) for _ in range(2)] == [[False], []]
    renewed = [await processes.renew(connection, process, HOUR) for process in (SILENT, A)]
    assert renewed == [False, True]
    await processes.begin(connection, SILENT, -HOUR)
    assert await processes.renew(connection, SILENT, HOUR)
    await processes.begin(connection, A, -HOUR)
    assert await processes.count_living(connection) == 2
    assert await processes.bury(connection) == [False]


async def test_who_has_ended_runs_no_more_and_is_buried_as_one_that_ended(connection: AsyncConnection) -> None:
    for lease, process in (("x", A), ("y", B)):
        assert await processes.take(connection, lease, process)
    await processes.end(connection, B)
    assert await processes.count_living(connection) == 1
    await processes.release_left(connection)
    assert [await processes.is_told(connection, *each) for each in (("x", A), ("y", B))] == [True, False]
    assert sorted(await processes.bury(connection)) == [False, True]
    assert await processes.bury(connection) == []
    assert not await processes.renew(connection, B, HOUR)


async def test_a_lease_is_one_processs_until_it_lets_go_or_is_gone(connection: AsyncConnection) -> None:
    await took_before_its_silence(connection, "z")
    asked = [(A, "x"), (B, "x"), (A, "x"), (B, "y"), (SILENT, "z"), (A, "z"), (B, "z")]
    taken = [await processes.take(connection, lease, process) for process, lease in asked]
    assert taken == [True, False, True, True, False, True, False]
    await processes.release(connection, "x", B)
    assert not await processes.take(connection, "x", B), "only who has it lets go"
    await processes.release(connection, "x", A)
    assert [await processes.take(connection, lease, B) for lease in ("x", "z")] == [True, False]
    await processes.end(connection, B)
    assert await processes.take(connection, "y", A)


async def test_of_the_leases_those_are_taken_off_whose_process_was_buried(connection: AsyncConnection) -> None:
    assert await processes.take(connection, "x", A)
    await took_before_its_silence(connection, "y")
    await processes.release_left(connection)
    assert await processes.is_told(connection, "y", SILENT), "nobody has buried it yet"
    await processes.bury(connection)
    await processes.release_left(connection)
    assert [await processes.is_told(connection, *each) for each in (("x", A), ("y", SILENT))] == [True, False]


async def test_a_word_is_left_for_who_has_a_lease_and_runs(connection: AsyncConnection) -> None:
    for lease, process in (("x", A), ("z", B)):
        assert await processes.take(connection, lease, process)
    await took_before_its_silence(connection, "y")
    assert [await processes.tell(connection, lease, "word") for lease in ("none", "y", "x")] == [False, False, True]
    told = [await processes.is_told(connection, *each) for each in (("word", A), ("word", B), ("another", A))]
    assert told == [True, False, False]
    assert await processes.tell(connection, "z", "word"), "the one that was left before goes"
    await processes.release(connection, "word", A)
    assert [await processes.is_told(connection, "word", process) for process in (A, B)] == [False, True]
    await processes.release(connection, "word", B)
    assert not await processes.is_told(connection, "word", B)
