"""Looks under way: how many at once, what ends them, and what the log says of those that fail."""

from __future__ import annotations

import asyncio
import logging

import pytest

from model.errors import StorageError
from services.orders.look_tasks import LookTasks


async def turns() -> None:
    """Let all tasks go on until each of them waits for something."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_at_most_eight_looks_go_at_once_and_what_is_about_no_order_waits_for_none() -> None:
    tasks, may_end, began = LookTasks(), asyncio.Event(), list[int]()

    async def look(number: int) -> None:
        began.append(number)
        await may_end.wait()

    for number in range(1, 11):
        tasks.start(look(number), frozenset({number, 100 + number}))
    await turns()
    assert began == [*range(1, 9)]
    tasks.start(look(0), frozenset())
    await turns()
    assert began == [*range(1, 9), 0]
    assert tasks.under_way == {*range(1, 11), *range(101, 111)}
    assert (tasks.has(frozenset()), tasks.has(frozenset({1, 101})), tasks.has(frozenset({1}))) == (True, True, False)
    await tasks.wait(0)
    assert tasks.has(frozenset())
    may_end.set()
    await tasks.wait(60)
    assert began == [*range(1, 9), 0, 9, 10]
    assert (tasks.under_way, tasks.has(frozenset())) == (frozenset(), False)
    await tasks.wait(60)


async def test_a_stop_ends_looks_that_wait_for_their_turn_too(caplog: pytest.LogCaptureFixture) -> None:
    tasks, ended = LookTasks(), list[int]()

    async def look(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    for number in range(10):
        tasks.start(look(number), frozenset({number}))
    await turns()
    await tasks.close()
    assert (ended, tasks.under_way, caplog.records) == ([*range(8)], frozenset(), [])


async def test_a_look_that_fails_is_in_the_log_and_in_nobodys_way(caplog: pytest.LogCaptureFixture) -> None:
    tasks = LookTasks()

    async def fails(error: Exception) -> None:
        raise error

    tasks.start(fails(StorageError("the disk is full")), frozenset({1}))
    tasks.start(fails(ValueError("odd")), frozenset({2}))
    tasks.start(asyncio.sleep(0), frozenset({3}))
    await tasks.wait(60)
    said = [(record.levelno, record.getMessage(), bool(record.exc_info)) for record in caplog.records]
    assert sorted(said) == [
        (logging.ERROR, "A look at an order failed", True),
        (logging.ERROR, "A look at an order failed: the disk is full", False),
    ]
    await tasks.close()
