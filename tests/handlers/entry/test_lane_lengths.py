"""How many messages and taps of a person are under way at once, how many wait, and whose lane is forgotten."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from aiogram.types import CallbackQuery, Chat, Message, User

from handlers.entry import lanes as module
from handlers.entry.lanes import Lane, Lanes


def a_tap() -> CallbackQuery:
    return CallbackQuery(id="1", from_user=User(id=1, is_bot=False, first_name="A"), chat_instance="1")


def a_message() -> Message:
    return Message(message_id=1, date=datetime(2026, 11, 1, tzinfo=UTC), chat=Chat(id=1, type="private"))


async def enters(lane: Lane, go_on: asyncio.Event, inside: list[int], number: int) -> None:
    async with lane:
        inside.append(number)
        await go_on.wait()


async def test_messages_come_one_by_one_and_taps_four_at_a_time() -> None:
    lanes = Lanes()
    for event, at_once in ((a_message(), 1), (a_tap(), 4)):
        lane, go_on, inside = lanes.of(1, event), asyncio.Event(), list[int]()
        assert not lane.is_used
        tasks = [asyncio.ensure_future(enters(lane, go_on, inside, number)) for number in range(6)]
        await asyncio.sleep(0)
        assert lane.is_used
        assert inside == list(range(at_once))
        go_on.set()
        await asyncio.gather(*tasks)
        assert inside == list(range(6))
        assert not lane.is_used


async def test_a_lane_is_full_with_thirty_and_who_was_told_so_is_told_again_only_after_all_ended() -> None:
    lane, go_on, inside = Lanes().of(1, a_message()), asyncio.Event(), list[int]()
    tasks = [asyncio.ensure_future(enters(lane, go_on, inside, number)) for number in range(29)]
    await asyncio.sleep(0)
    assert not lane.is_full
    assert not lane.told
    tasks.append(asyncio.ensure_future(enters(lane, go_on, inside, 29)))
    await asyncio.sleep(0)
    assert lane.is_full
    lane.told = True
    tasks.pop().cancel()  # one that waits gives up
    await asyncio.sleep(0)
    assert not lane.is_full
    assert lane.told
    tasks.append(asyncio.ensure_future(enters(lane, go_on, inside, 30)))
    await asyncio.sleep(0)
    assert lane.is_full, "one place became free, no more"
    go_on.set()
    await asyncio.gather(*tasks)
    assert not lane.told


def test_everybody_has_a_lane_for_messages_and_one_for_taps() -> None:
    lanes = Lanes()
    assert lanes.of(1, a_message()) is lanes.of(1, a_message())
    assert len({id(lanes.of(person, event)) for person in (1, 2) for event in (a_message(), a_tap())}) == 4


async def test_of_very_many_lanes_the_oldest_unused_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LANES_KEPT", 2)
    lanes = Lanes()
    first, second = lanes.of(1, a_message()), lanes.of(2, a_message())
    assert lanes.of(1, a_message()) is first, "it is the newest again"
    third = lanes.of(3, a_message())
    assert lanes.of(1, a_message()) is first
    assert lanes.of(3, a_message()) is third
    assert lanes.of(2, a_message()) is not second
    lanes = Lanes()
    async with (used := lanes.of(1, a_message())):
        lanes.of(2, a_message())
        lanes.of(3, a_message())
        assert lanes.of(1, a_message()) is used, "somebody is in it"
