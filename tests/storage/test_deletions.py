"""Deletions and what is known of bought proxies."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from model.deletions import DeletionProxy
from storage import deletions, processes
from tests.durations import HOUR
from tests.sample_proxies import NOW

PROXIES = [DeletionProxy(id=one, host="10.0.0.1", days_left=1.5, gone=None) for one in (1, 2)]


async def add(connection: AsyncConnection, person: int = 1001, holder: str | None = None) -> int:
    return await deletions.add(connection, person, px6_user_id="7", now=NOW, proxies=PROXIES, holder=holder)


async def test_a_deletion_is_uncertain_until_it_is_known_and_told(connection: AsyncConnection) -> None:
    one, other = await add(connection), await add(connection, 1002)
    made = await deletions.get(connection, one)
    assert made is not None
    assert (made.certain, made.unknown, made.deleted_at, made.px6_user_id) == (False, [1, 2], NOW, "7")
    assert await deletions.take_over(connection, None) == [one, other]
    await deletions.change(connection, one, certain=True, deleted_at=NOW + HOUR)
    assert await deletions.take_over(connection, None) == [other]
    changed = await deletions.get(connection, one)
    assert changed is not None
    assert (changed.certain, changed.deleted_at) == (True, NOW + HOUR)
    assert await deletions.get(connection, other + 1) is None


async def test_a_persons_deletions_come_newest_first_and_in_parts(connection: AsyncConnection) -> None:
    made = [await add(connection) for _ in range(3)]
    await add(connection, 1002)
    assert [each.id for each in await deletions.of_person(connection, 1001)] == made[::-1]
    assert [each.id for each in await deletions.of_person(connection, 1001, 1)] == [made[2]]
    assert [each.id for each in await deletions.of_person(connection, 1001, 1, 1)] == [made[1]]


async def test_of_several_processes_one_takes_over_what_those_had_that_are_gone(connection: AsyncConnection) -> None:
    here, there, gone = "a" * 16, "b" * 16, "c" * 16
    for process in (here, there):
        await processes.begin(connection, process, HOUR)
    made = {holder: await add(connection, holder=holder) for holder in (there, gone, None, here)}
    await deletions.change(connection, await add(connection, holder=gone), certain=True)
    assert await deletions.held_by(connection, here) == [made[here]]
    assert await deletions.take_over(connection, here) == [made[gone], made[None]]
    assert await deletions.held_by(connection, here) == [made[gone], made[None], made[here]]
    assert await deletions.held_by(connection, there) == [made[there]]
    assert await deletions.held_by(connection, None) == sorted(made.values())
    for holder, is_held in ((here, False), (there, True), (None, False)):
        assert await deletions.is_held_by_another(connection, made[gone], holder) is is_held
    nobodys = await add(connection)
    assert await deletions.is_held_by_another(connection, nobodys, here), "until it is taken over"
    assert not await deletions.is_held_by_another(connection, nobodys + 1, here)
