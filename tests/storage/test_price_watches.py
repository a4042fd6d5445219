"""Prices that are watched: one task tells of a change, and each watch is its person's."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import price_watches
from tests.durations import HOUR
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002
D = Decimal


async def watched(
    connection: AsyncConnection, version: str = "6", period: int = 30, person: int = ANN, price: str = "5.00"
) -> None:
    values = {"version": version, "period": period, "price": D(price), "currency": "RUB", "since": NOW}
    await price_watches.put(connection, person, {**values, "look_at": NOW})


@pytest.mark.parametrize(
    ("before", "is_told"),
    [((D("5.00"), "RUB"), True), ((D("5.01"), "RUB"), False), ((D("5.00"), "USD"), False)],
)
async def test_a_new_price_is_noted_where_the_one_before_is_still_what_was_told(
    connection: AsyncConnection, before: tuple[Decimal, str], is_told: bool
) -> None:
    for person in (ANN, BOB):
        await watched(connection, person=person)
    await watched(connection, period=60)
    [mine, other], [bobs] = [await price_watches.of_person(connection, person) for person in (ANN, BOB)]
    assert not await price_watches.set_price(connection, BOB, mine.id, before, (D("6.00"), "EUR"))
    assert await price_watches.set_price(connection, ANN, mine.id, before, (D("6.00"), "EUR")) is is_told
    assert not await price_watches.set_price(connection, ANN, mine.id, before, (D("7.00"), "EUR"))
    listed = [*await price_watches.of_person(connection, ANN), *await price_watches.of_person(connection, BOB)]
    now = (D("6.00"), "EUR") if is_told else (D("5.00"), "RUB")
    assert [(one.id, (one.price, one.currency)) for one in listed] == [
        (mine.id, now),
        (other.id, (D("5.00"), "RUB")),
        (bobs.id, (D("5.00"), "RUB")),
    ]


async def test_what_is_watched_anew_begins_with_the_price_of_now_and_others_stay(connection: AsyncConnection) -> None:
    for given in (("6", 30), ("6", 60), ("4", 30)):
        await watched(connection, *given)
    await watched(connection, person=BOB)
    before = await price_watches.of_person(connection, ANN)
    assert [(one.version, one.period) for one in before] == [("6", 30), ("6", 60), ("4", 30)]
    await watched(connection, price="9.00")
    after = await price_watches.of_person(connection, ANN)
    assert [(one.id, one.price) for one in after] == [
        (one.id, D(price)) for one, price in zip(before, ("9.00", "5.00", "5.00"), strict=True)
    ]
    await price_watches.put_off(connection, BOB, before[0].id, NOW + HOUR)
    await price_watches.put_off(connection, ANN, before[1].id, NOW + HOUR)
    await price_watches.note_looked(connection, [before[2].id], NOW)
    after = await price_watches.of_person(connection, ANN)
    assert [one.look_at for one in after] == [NOW, NOW + HOUR, NOW]
    assert [one.looked_at for one in after] == [None, None, NOW]
    assert not await price_watches.remove(connection, BOB, before[0].id)
    assert [await price_watches.remove(connection, ANN, before[0].id) for _ in range(2)] == [True, False]
    assert [one.id for one in await price_watches.of_person(connection, ANN)] == [before[1].id, before[2].id]
