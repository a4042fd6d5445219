"""Tasks that outlive their handler: none is lost, a stop waits for them, and afterwards nothing begins."""

from __future__ import annotations

import asyncio

import pytest

from handlers.ground.background_tasks import BackgroundTasks


async def ended(done: list[str], name: str, gate: asyncio.Event | None = None) -> str:
    if gate is not None:
        await gate.wait()
    done.append(name)
    return name


async def test_work_is_busy_until_it_ends_and_gives_its_result() -> None:
    background, done, gate = BackgroundTasks(), list[str](), asyncio.Event()
    assert not background.busy
    task = background.start(ended(done, "paid", gate))
    await asyncio.sleep(0)
    assert background.busy
    gate.set()
    assert await task == "paid"
    await asyncio.sleep(0)
    assert not background.busy


async def test_work_goes_on_when_the_one_who_waits_for_it_is_cancelled() -> None:
    background, done, gate = BackgroundTasks(), list[str](), asyncio.Event()
    waiting = asyncio.ensure_future(background.run(ended(done, "paid", gate)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.set()
    assert await background.drain(5) == 0
    assert done == ["paid"]


async def test_who_runs_work_waits_until_it_has_ended() -> None:
    background, done = BackgroundTasks(), list[str]()
    await background.run(ended(done, "paid"))
    assert done == ["paid"]


async def test_a_stop_waits_for_work_and_for_what_it_starts() -> None:
    background, done, gate = BackgroundTasks(), list[str](), asyncio.Event()

    async def first() -> None:
        await ended(done, "first", gate)
        background.start(ended(done, "second"))

    background.start(first())
    assert not background.stopping
    draining = asyncio.ensure_future(background.drain(5))
    await asyncio.sleep(0)
    assert background.stopping, "work of many minutes is told at once"
    assert not draining.done()
    gate.set()
    assert await draining == 0
    assert done == ["first", "second"]


async def test_what_does_not_end_in_time_is_cancelled_and_counted() -> None:
    background, done = BackgroundTasks(), list[str]()
    never = [background.start(ended(done, "never", asyncio.Event())) for _ in range(2)]
    background.start(ended(done, "in time"))
    assert await background.drain(0.02) == 2
    assert done == ["in time"]
    assert all(task.cancelled() for task in never)
    await asyncio.sleep(0)
    assert not background.busy


async def test_once_all_is_drained_nothing_begins() -> None:
    background, done = BackgroundTasks(), list[str]()
    assert await background.drain(0) == 0
    late = background.start(ended(done, "a payment"))
    assert late.cancelled()
    await background.run(ended(done, "another"))
    await asyncio.sleep(0)
    assert done == []
    assert not background.busy
