"""Proxies that are checked again and again: claims of looks, and what belongs to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from model.health import HealthWatch
from storage import health_watches
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002


async def watched(
    connection: AsyncConnection, which: str = "all", value: str = "", person: int = ANN, **given: Any
) -> int:
    lists = dict.fromkeys(("suspects", "fallen", "down", "back"), ())
    usual = {"px6_user_id": "7", "minutes": 30, "night": False, "stage": 0, "checked": 0, "worked": 0, **lists}
    return await health_watches.put(connection, person, {**usual, "which": which, "value": value, **given})


async def one(connection: AsyncConnection, number: int, person: int = ANN) -> HealthWatch:
    found = await health_watches.one(connection, person, number)
    assert found is not None
    return found


async def test_the_same_proxies_are_watched_once_and_others_besides(connection: AsyncConnection) -> None:
    number = await watched(connection, "comment", "shop")
    others = [await watched(connection, "comment", "office"), await watched(connection, "country", "shop")]
    await watched(connection, "comment", "shop", BOB)
    assert await watched(connection, "comment", "shop", minutes=60) == number
    assert [(each.id, each.minutes) for each in await health_watches.of_person(connection, ANN)] == [
        (number, 60),
        *((each, 30) for each in others),
    ]
    assert await health_watches.one(connection, BOB, number) is None


async def test_a_look_that_was_cut_off_goes_on_as_it_began(connection: AsyncConnection) -> None:
    number = await watched(connection, look_at=NOW)
    began = []
    for later in (0 * HOUR, HOUR):
        now = NOW + later
        assert await health_watches.is_due(connection, now)
        [taken] = await health_watches.take(connection, now, now + HOUR, 5)
        began.append((taken.id, taken.began_at, taken.look_at))
    assert began == [(number, NOW, NOW + HOUR), (number, NOW, NOW + 2 * HOUR)]


async def test_a_look_is_ended_by_who_has_its_claim_and_a_change_ends_the_claim(connection: AsyncConnection) -> None:
    number, other = await watched(connection, look_at=NOW), await watched(connection, "country", "de", look_at=NOW)

    async def ends(claim: datetime, person: int = ANN) -> bool:
        return await health_watches.change_claimed(connection, person, number, claim, worked=9)

    await health_watches.take(connection, NOW, NOW + HOUR, 5)
    assert [await ends(NOW), await ends(NOW + HOUR, BOB), await ends(NOW + HOUR)] == [False, False, True]
    assert await health_watches.change(connection, ANN, number, look_at=NOW + SECOND)
    assert not await ends(NOW + HOUR), "the person has changed it meanwhile"
    assert not await health_watches.change(connection, BOB, number, minutes=5)
    assert [((found := await one(connection, each)).worked, found.minutes) for each in (number, other)] == [
        (9, 30),
        (0, 30),
    ]
    assert not await health_watches.remove(connection, BOB, number)
    assert [await health_watches.remove(connection, ANN, number) for _ in range(2)] == [True, False]
    assert [each.id for each in await health_watches.of_person(connection, ANN)] == [other]


async def test_a_message_about_what_fell_is_its_receivers(connection: AsyncConnection) -> None:
    first, second = [
        await health_watches.add_fall(connection, ANN, px6_user_id="7", ids=ids, at=NOW) for ids in ([1, 2], [3])
    ]
    found = [await health_watches.fall(connection, *each) for each in ((ANN, first), (ANN, second), (BOB, first))]
    assert [each and list(each.ids) for each in found] == [[1, 2], [3], None]
