"""The throttle, on a clock that is moved."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from px6 import Throttle
from tests.px6.clock import Clock


@dataclass
class Rig:
    """Calls through one throttle: when each began, in which order, and its task."""

    clock: Clock = field(default_factory=Clock)
    began: list[tuple[str, float]] = field(default_factory=list)
    ended: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.throttle = Throttle(clock=self.clock, sleep=self.clock.sleep)

    async def call(self, name: str, takes: float = 0.0, background: bool = False) -> None:
        async with self.throttle.slot(background=background):
            self.began.append((name, round(self.clock() - 1000, 3)))
            try:
                if takes:
                    await self.clock.sleep(takes)
            finally:
                self.ended.append(self.clock())

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.began]

    @property
    def times(self) -> list[float]:
        return [at for _, at in self.began]


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_a_slot_is_busy_until_one_second_after_the_answer(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(rig.call(str(number), takes=0.4))
        await rig.clock.move(5)
    assert rig.times == [0, 0, 0, 1.4, 1.4, 1.4]


async def test_a_failed_call_keeps_its_slot_busy_too(rig: Rig) -> None:
    async def fail() -> None:
        async with rig.throttle.slot():
            raise LookupError

    for _ in range(3):
        with pytest.raises(LookupError):
            await fail()
    async with asyncio.TaskGroup() as group:
        group.create_task(rig.call("next"))
        await rig.clock.move(0.999)
        assert rig.began == []
        await rig.clock.move(0.001)
    assert rig.times == [1.0]


async def test_a_cancelled_call_keeps_its_slot_busy_for_the_full_second(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        calls = [group.create_task(rig.call(str(number), takes=9)) for number in range(3)]
        await rig.clock.move(0.5)
        for call in calls:
            call.cancel()
        group.create_task(rig.call("next"))
        await rig.clock.move(2)
    assert rig.began[3] == ("next", 1.5)


async def test_a_cancelled_waiter_takes_no_slot_and_holds_nobody_up(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(rig.call(str(number)))
        await rig.clock.settle()
        gone = group.create_task(rig.call("gone"))
        group.create_task(rig.call("next"))
        await rig.clock.settle()
        gone.cancel()
        await rig.clock.move(1)
    assert rig.names == ["0", "1", "2", "next"]


async def test_people_go_before_background_work_that_came_first(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(rig.call(str(number)))
        await rig.clock.settle()
        for name, background in (("sweep", True), ("tap", False), ("tap again", False)):
            group.create_task(rig.call(name, background=background))
        await rig.clock.move(3)
    assert rig.names[3:] == ["tap", "tap again", "sweep"]


async def test_background_work_starts_only_while_two_slots_are_free(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(rig.call(f"sweep {number}", background=True))
        await rig.clock.settle()
        assert rig.names == ["sweep 0", "sweep 1"]
        group.create_task(rig.call("tap"))
        await rig.clock.settle()
        assert rig.began[2] == ("tap", 0)
        await rig.clock.move(3)
    assert len(rig.began) == 5


async def test_background_work_goes_in_the_order_in_which_it_came(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(6):
            group.create_task(rig.call(str(number), background=True))
        await rig.clock.move(4)
    assert rig.began == [("0", 0), ("1", 0), ("2", 1), ("3", 1), ("4", 2), ("5", 2)]


async def test_whoever_waits_begins_when_the_first_slot_has_rested(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for takes in (0.5, 0.0, 0.2):
            group.create_task(rig.call("first", takes=takes))
        await rig.clock.move(0.6)
        for number in range(3):
            group.create_task(rig.call(str(number)))
        group.create_task(rig.call("sweep", background=True))
        await rig.clock.move(3)
    assert rig.began[3:] == [("0", 1.0), ("1", 1.2), ("2", 1.5), ("sweep", 2.2)]


async def test_the_only_slot_goes_from_one_to_the_next(rig: Rig) -> None:
    rig.throttle = Throttle(1, clock=rig.clock, sleep=rig.clock.sleep)
    calls = [asyncio.ensure_future(rig.call(str(number))) for number in range(3)]
    await rig.clock.move(2)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert rig.times == [0, 1, 2]


async def test_background_work_is_not_forgotten_when_a_waiting_person_leaves(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(rig.call(str(number), takes=0.1))
        await rig.clock.settle()
        group.create_task(rig.call("sweep", background=True))
        tap = group.create_task(rig.call("tap"))
        await rig.clock.move(0.5)
        tap.cancel()
        await rig.clock.move(1)
    assert rig.names[3:] == ["sweep"]


async def test_whoever_waits_for_calls_under_way_waits_on_when_another_leaves(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for takes in (0.2, 0.4, 0.6):
            group.create_task(rig.call("sent", takes=takes))
        await rig.clock.settle()
        group.create_task(rig.call("first"))
        leaving = group.create_task(rig.call("leaving"))
        await rig.clock.settle()
        leaving.cancel()
        await rig.clock.settle()
        assert rig.names == ["sent"] * 3
        await rig.clock.move(3)
    assert rig.began[3:] == [("first", 1.2)]


async def test_whoever_says_nothing_of_it_is_a_person(rig: Rig) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(2):
            group.create_task(rig.call(str(number)))
        await rig.clock.settle()
        group.create_task(rig.call("sweep", background=True))
        await rig.clock.settle()
        async with rig.throttle.slot():
            assert rig.names == ["0", "1"]
        await rig.clock.move(3)
    assert rig.began[2:] == [("sweep", 1.0)]


async def test_a_throttle_is_idle_only_when_nothing_is_sent_rests_or_waits(rig: Rig) -> None:
    assert rig.throttle.idle
    calls = [asyncio.ensure_future(rig.call(str(number), takes=0.5)) for number in range(4)]
    await rig.clock.settle()
    assert not rig.throttle.idle, "three are under way, one waits"
    calls[3].cancel()
    await rig.clock.move(0.5)
    assert not rig.throttle.idle, "three rest"
    await rig.clock.move(0.999)
    assert not rig.throttle.idle
    await rig.clock.move(0.001)
    assert rig.throttle.idle
    await asyncio.gather(*calls, return_exceptions=True)


async def test_a_throttle_of_one_slot_lets_background_work_through() -> None:
    clock = Clock()
    throttle = Throttle(1, clock=clock, sleep=clock.sleep)
    async with throttle.slot(background=True):
        assert not throttle.idle
    await clock.move(1)
    assert throttle.idle


@given(
    calls=st.lists(
        st.tuples(st.floats(0, 3), st.floats(0, 2), st.booleans(), st.one_of(st.none(), st.floats(0, 2))), max_size=25
    )
)
@settings(max_examples=60, deadline=None)
def test_no_server_ever_counts_four_calls_in_a_second(
    calls: list[tuple[float, float, bool, float | None]],
) -> None:
    """It counts a call anywhere between its sending and its answer: whenever one is sent, at most three, itself
    included, are less than a second past their answer. Everybody gets a turn, whoever leaves the queue."""
    spans: list[tuple[float, float]] = []

    async def play() -> None:
        clock = Clock()
        throttle = Throttle(clock=clock, sleep=clock.sleep)

        async def call(after: float, takes: float, background: bool) -> None:
            await clock.sleep(after)
            async with throttle.slot(background=background):
                began = clock()
                try:
                    await clock.sleep(takes)
                finally:
                    spans.append((began, clock()))

        async def leave(task: asyncio.Task[None], after: float) -> None:
            await clock.sleep(after)
            task.cancel()

        async with asyncio.TaskGroup() as group:
            for after, takes, background, leaves in calls:
                task = group.create_task(call(after, takes, background))
                if leaves is not None:
                    group.create_task(leave(task, leaves))
            await clock.move(100)
        assert throttle.idle
        assert len(spans) >= sum(leaves is None for *_, leaves in calls)

    asyncio.run(play())
    for now, _ in spans:
        busy = [began for began, ended in spans if began <= now < ended + 1]
        assert len(busy) <= 3
