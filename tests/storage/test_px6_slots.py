"""The slots of px6's limit that several processes share: how many are free, and how long to wait for one."""

from __future__ import annotations

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
