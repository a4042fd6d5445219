"""Messages that are not certainly sent: which are tried when, by one task at a time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from model.notifications import Unsaid
from storage import unsaid
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW


async def add(connection: AsyncConnection, again_at: datetime | None = NOW, kind: str = "low") -> Unsaid:
    values = {"kind": kind, "notice": "{}", "quietly": True, "message_id": 5, "written_at": NOW, "again_at": again_at}
    return await unsaid.add(connection, telegram_id=1001, **values)


async def test_a_message_is_taken_at_its_time_and_by_one_task(connection: AsyncConnection) -> None:
    early, late = await add(connection, NOW + SECOND), await add(connection)
    await add(connection, NOW + 2 * SECOND)
    assert (early.tries, early.notice, early.quietly, early.message_id) == (0, "{}", True, 5)
    assert await unsaid.next_try(connection, 1001) == NOW
    assert await unsaid.next_try(connection, 1002) is None
    assert [one.id for one in await unsaid.take(connection, 1001, NOW + SECOND, NOW + HOUR)] == [early.id, late.id]
    assert await unsaid.take(connection, 1001, NOW + SECOND, NOW + HOUR) == []
    taken = await unsaid.take(connection, 1001, NOW + HOUR, NOW + DAY)
    assert [one.again_at for one in taken] == [NOW + DAY] * 3
    assert await unsaid.count(connection, 1001) == 3


async def test_one_that_is_put_off_keeps_count_of_its_tries(connection: AsyncConnection) -> None:
    one, other = await add(connection), await add(connection)
    await unsaid.put_off(connection, one.id, NOW + HOUR, 2)
    await unsaid.put_off(connection, other.id, None, 3)
    [taken] = await unsaid.take(connection, 1001, NOW + DAY, NOW + DAY)
    assert (taken.id, taken.tries) == (one.id, 2)
    await unsaid.said(connection, other.id)
    assert [each.id for each in await unsaid.take(connection, 1001, NOW + DAY, NOW + DAY)] == [one.id]


async def test_those_of_a_kind_are_dropped_and_old_ones_forgotten(connection: AsyncConnection) -> None:
    await add(connection)
    await add(connection, kind="key")
    await unsaid.drop(connection, 1001, "low")
    [left] = await unsaid.take(connection, 1001, NOW, NOW)
    assert left.kind == "key"
    await unsaid.forget_older(connection, 1001, NOW)
    assert await unsaid.count(connection, 1001) == 1
    await unsaid.forget_older(connection, 1001, NOW + SECOND)
    assert await unsaid.count(connection, 1001) == 0
