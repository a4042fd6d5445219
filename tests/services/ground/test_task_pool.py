"""Many tasks at once: how many run, and what one that hangs keeps the others from."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from services.ground.task_pool import TaskPool


class Works:
    """Tasks that run until they are ended, in the order of their beginnings."""

    def __init__(self) -> None:
        self.begun: list[asyncio.Event] = []
        self.ended = 0

    async def one(self) -> None:
        self.begun.append(end := asyncio.Event())
        await end.wait()
        self.ended += 1


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def asked(pool: TaskPool, begin: Callable[[], Coroutine[Any, Any, None]], times: int) -> list[asyncio.Task[None]]:
    return [asyncio.ensure_future(pool.start(begin)) for _ in range(times)]


async def end(works: Works, *waiting: asyncio.Task[None]) -> None:
    for one in waiting:
        one.cancel()
    for begun in works.begun:
        begun.set()
    await settle()


async def test_so_many_run_at_once_and_the_next_begins_when_one_ends() -> None:
    works, pool = Works(), TaskPool(2, slow=60)
    waiting = asked(pool, works.one, 4)
    await settle()
    assert len(works.begun) == 2
    works.begun[0].set()
    await settle()
    assert (len(works.begun), works.ended) == (3, 1)
    works.begun[1].set()
    await settle()
    assert len(works.begun) == 4
    await end(works, *waiting)


async def test_one_that_is_slow_makes_room_once_and_no_more_than_the_most_hang() -> None:
    works, pool = Works(), TaskPool(1, slow=0, most=3)
    waiting = asked(pool, works.one, 9)
    await asyncio.sleep(0.05)
    await settle()
    assert len(works.begun) == 3
    works.begun[0].set()
    await asyncio.sleep(0.05)
    await settle()
    assert len(works.begun) == 4, "its end makes no second room"
    await end(works, *waiting)


async def test_one_that_is_not_waited_for_takes_no_room() -> None:
    """The first hangs and makes room: there is some for the third, since the second is not waited for any more."""
    works, pool = Works(), TaskPool(1, slow=0.2, most=2)
    waiting = asked(pool, works.one, 2)
    await settle()
    waiting[1].cancel()
    await settle()
    await asyncio.wait_for(pool.start(works.one), 30)
    await settle()
    assert len(works.begun) == 2
    await end(works)


async def test_a_stop_waits_for_all_but_not_longer_than_it_may() -> None:
    works, pool = Works(), TaskPool(2, slow=60)
    await pool.wait(60)  # nothing is under way
    for _ in range(2):
        await pool.start(works.one)
    await settle()
    await pool.wait(0)
    assert works.ended == 0
    waiting = asyncio.ensure_future(pool.wait(60))
    works.begun[0].set()
    await settle()
    assert not waiting.done()
    works.begun[1].set()
    await asyncio.wait_for(waiting, 30)
    assert works.ended == 2


async def test_a_failed_task_makes_room_as_well() -> None:
    async def fails() -> None:
        raise ValueError

    begun: list[asyncio.Future[Any]] = []

    def start(work: Coroutine[Any, Any, None]) -> asyncio.Future[Any]:
        begun.append(asyncio.ensure_future(work))
        return begun[-1]

    pool = TaskPool(1, start, slow=60)
    for _ in range(3):
        await pool.start(fails)
    await pool.wait(60)
    assert [type(one.exception()) for one in begun] == [ValueError] * 3


async def test_tasks_begin_apart_and_farther_apart_while_the_loop_is_late() -> None:
    now, late, slept = 100.0, 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(round(seconds, 3))
        now += seconds + late

    async def nothing() -> None:
        pass

    pool = TaskPool(9, apart=0.25, clock=lambda: now, sleep=sleep)
    for late in (0, 0, 0.125, 9, 0, 0):  # noqa: B007 - `sleep` reads it
        await pool.start(nothing)
    assert slept == [0.25, 0.25, 0.375, 0.5, 0.25], "as late as one began, so much later begins the next, up to twice"
    now += 10
    await pool.start(nothing)
    assert len(slept) == 5, "nothing is made up for"
    await pool.wait(5)
