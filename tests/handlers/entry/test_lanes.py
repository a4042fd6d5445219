"""Who floods the bot waits for themselves, and not without end; nobody else waits."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiogram.types import CallbackQuery, Chat, Message, User

from handlers.entry import lanes as module
from handlers.entry.lanes import Lane, Lanes
from tests.direct_phone import DirectPhone
from tests.intakes import WAYS
from tests.world import new_world

TOO_MUCH = "Too much at once. Wait for the answers, then send the rest again."


@pytest.mark.parametrize("webhook", [False, True], ids=WAYS)
async def test_a_flood_is_bounded_and_said_once_while_another_person_is_served(tmp_path: Path, webhook: bool) -> None:
    async with new_world(tmp_path, px6_timeout_seconds=3.0, webhook=webhook) as world:
        token = world.settings.bot_token.get_secret_value()
        flooding, other = (DirectPhone(world.telegram, token, person) for person in (1001, 1002))
        await world.phone().connects()
        world.px6.fault("silent_before", "getproxy", times=1)
        flooding.says("/proxies")
        for _ in range(90):
            flooding.says("/nonsense")
        other.says("/nonsense")
        await world.until(lambda: any("no such command" in text for text in other.seen))
        assert not any("no such command" in text for text in flooding.seen), "one after another"
        taps = [flooding.forges("open:proxies") for _ in range(90)]
        await world.quiet()
        assert flooding.seen.count(TOO_MUCH) == 1
        assert sum("no such command" in text for text in flooding.seen) == 29, (
            "30 with the one that px6 does not answer"
        )
        assert all(tap.answer is not None for tap in taps)
        assert [tap.answer["text"] for tap in taps if tap.answer].count(TOO_MUCH) == 1

        flooding.says("/nonsense")
        await world.quiet()
        assert sum("no such command" in text for text in flooding.seen) == 30, "afterwards all is as ever"


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
    tasks.append(asyncio.ensure_future(enters(lane, go_on, inside, 29)))
    await asyncio.sleep(0)
    assert lane.is_full
    lane.told = True
    tasks.pop().cancel()  # one that waits gives up
    await asyncio.sleep(0)
    assert not lane.is_full
    assert lane.told
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
