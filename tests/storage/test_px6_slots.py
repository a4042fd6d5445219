"""The slots of px6's limit that several processes share: how many are free, and how long to wait for one."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import processes, px6_slots
from storage.px6_slots import SECOND
from tests.databases import run
from tests.durations import HOUR

OURS = "0" * 16


async def test_a_slot_rests_after_its_call_and_who_asks_is_told_for_how_long(connection: AsyncConnection) -> None:
    await processes.begin(connection, OURS, HOUR)
    assert await px6_slots.take(connection, "key", OURS, 1) == (None, float("inf"), False), "there are none yet"
    await px6_slots.add(connection, "key", 2)
    taken = [await px6_slots.take(connection, "key", OURS, 1) for _ in range(3)]
    assert taken == [(0, 0.0, True), (1, 0.0, True), (None, float("inf"), True)], "no call has ended"
    for number, rest in ((0, 50), (1, 90)):
        await px6_slots.give_back(connection, "key", number, OURS, rest * SECOND)
    for needs, rest in ((1, 50), (2, 90)):
        none, wait, made = await px6_slots.take(connection, "key", OURS, needs)
        assert (none, made) == (None, True)
        assert rest - 40 < wait <= rest
    await run(connection, "UPDATE px6_slots SET free_at = free_at - ?", [60 * SECOND])
    assert (await px6_slots.take(connection, "key", OURS, 2)).number is None
    assert (await px6_slots.take(connection, "key", OURS, 1)).number == 0


async def test_a_slot_is_free_again_when_its_process_is_gone_or_after_two_minutes(
    connection: AsyncConnection,
) -> None:
    theirs = "1" * 16
    for process in (OURS, theirs):
        await processes.begin(connection, process, HOUR)
    await px6_slots.add(connection, "key", 1)
    await px6_slots.add(connection, "another", 1)

    async def taken(process: str) -> bool:
        return (await px6_slots.take(connection, "key", process, 1)).number == 0

    assert [await taken(process) for process in (theirs, OURS)] == [True, False]
    await px6_slots.give_back(connection, "key", 0, OURS, 0)
    assert not await taken(OURS), "it is another's"
    await run(connection, "UPDATE px6_slots SET free_at = free_at - ?", [115 * SECOND])
    assert not await taken(OURS)
    await run(connection, "UPDATE px6_slots SET free_at = free_at - ?", [10 * SECOND])
    assert [await taken(process) for process in (OURS, theirs)] == [True, False]
    await processes.end(connection, OURS)
    assert await taken(theirs)
    assert (await px6_slots.take(connection, "another", OURS, 1)).number == 0


@pytest.mark.parametrize(("hours", "kept"), [(0.9, True), (1.1, False)])
async def test_the_slots_of_a_key_go_an_hour_after_the_last_of_them_was_used(
    connection: AsyncConnection, hours: float, kept: bool
) -> None:
    for key in ("key", "another"):
        await px6_slots.add(connection, key, 2)
    ago = "UPDATE px6_slots SET free_at = free_at - ? WHERE name = 'key'"
    await run(connection, ago, [int(hours * 3600) * SECOND])
    await run(connection, f"{ago} AND number = 0", [HOUR.seconds * SECOND])
    await px6_slots.remove_unused(connection)
    found = await run(connection, "SELECT name, count(*) FROM px6_slots GROUP BY name ORDER BY name")
    assert [tuple(row) for row in found] == [("another", 2), *([("key", 2)] if kept else [])]
