"""Updates that may be delivered again to another process: whose each is, and how long that is known."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import processes, taken_updates
from storage.taken_updates import Claim
from tests.databases import run
from tests.durations import HOUR

A, B, SILENT = "a" * 16, "b" * 16, "c" * 16
MINE, AGAIN = (Claim(mine=True, again=again, taken=False) for again in (False, True))
ANOTHERS, TAKEN = (Claim(mine=False, again=False, taken=taken) for taken in (False, True))


@pytest.fixture(autouse=True)
async def running(connection: AsyncConnection) -> None:
    for process in (A, B):
        await processes.begin(connection, process, HOUR)


async def claim(connection: AsyncConnection, process: str, number: int = 7, *, at_once: bool = False) -> Claim:
    return await taken_updates.claim(connection, number, process, at_once=at_once)


async def test_an_update_is_handled_by_one_process_and_then_by_nobody(connection: AsyncConnection) -> None:
    assert [await claim(connection, process) for process in (A, B, A)] == [MINE, ANOTHERS, MINE]
    await taken_updates.settle(connection, 7, B, taken=True)
    assert await claim(connection, B) == ANOTHERS, "it was not its to settle"
    assert [await claim(connection, process, number) for process, number in ((B, 8), (A, 9))] == [MINE, MINE]
    await taken_updates.settle(connection, 7, A, taken=True)
    assert [await claim(connection, process) for process in (A, B)] == [TAKEN, TAKEN]
    assert [await claim(connection, process, number) for process, number in ((A, 8), (B, 9))] == [ANOTHERS, ANOTHERS]


async def test_an_update_whose_process_is_gone_is_the_next_ones_while_others_are_under_way(
    connection: AsyncConnection,
) -> None:
    await processes.begin(connection, SILENT, -HOUR)
    for process, number in ((SILENT, 7), (A, 8)):
        assert await claim(connection, process, number) == MINE
    assert [await claim(connection, B, number) for number in (7, 8)] == [MINE, ANOTHERS]


async def test_what_is_taken_at_once_comes_to_nobody_again(connection: AsyncConnection) -> None:
    assert [await claim(connection, process, at_once=True) for process in (A, A, B)] == [MINE, TAKEN, TAKEN]


async def test_what_is_to_come_again_is_known_to_have_come_before_by_whoever_has_it_then(
    connection: AsyncConnection,
) -> None:
    await claim(connection, A)
    await taken_updates.settle(connection, 7, A, taken=False)
    assert [await claim(connection, process) for process in (B, A)] == [AGAIN, ANOTHERS]
    await processes.end(connection, B)
    assert await claim(connection, A) == AGAIN, "who had it is gone"
    await taken_updates.settle(connection, 7, A, taken=True)
    assert await claim(connection, A) == TAKEN


@pytest.mark.parametrize(("hours", "kept"), [(23.9, True), (24.1, False)])
async def test_an_update_is_known_for_as_long_as_telegram_keeps_it(
    connection: AsyncConnection, hours: float, kept: bool
) -> None:
    await claim(connection, A, at_once=True)
    await run(connection, "UPDATE taken_updates SET at = at - ?", [int(hours * 3600) * 1_000_000])
    await taken_updates.remove_old(connection)
    assert await claim(connection, B) == (TAKEN if kept else MINE)
