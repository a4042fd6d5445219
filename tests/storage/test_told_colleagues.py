"""Which colleagues are told of an account, and what each of them has put off."""

from __future__ import annotations

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people, told_colleagues
from storage.schema import colleagues
from tests.durations import DAY, HOUR
from tests.sample_proxies import NOW

ANN, BOB, CAROL = 1001, 1002, 1003
END = NOW + 3 * DAY


async def colleague(connection: AsyncConnection, person: int, *, told: bool, owner: int = ANN) -> None:
    given = {"granted": "look", "name": f"Colleague {person}", "by_name": "Ann", "since": NOW}
    await connection.execute(insert(colleagues).values(telegram_id=owner, person_id=person, told=told, **given))


async def test_each_is_told_or_not_and_puts_off_for_themselves(connection: AsyncConnection) -> None:
    await people.create(connection, CAROL, "en", NOW)
    await colleague(connection, BOB, told=False)
    for owner in (ANN, BOB):
        await colleague(connection, CAROL, told=True, owner=owner)
    assert await told_colleagues.ids(connection, ANN) == [CAROL]
    assert [await told_colleagues.is_told(connection, ANN, person) for person in (BOB, CAROL)] == [False, True]
    for person in (BOB, CAROL):
        await told_colleagues.put_off(connection, ANN, person, {7: END}, NOW + HOUR)
    off = [await told_colleagues.put_off_by(connection, ANN, person) for person in (BOB, CAROL)]
    assert off == [{}, {(7, END): NOW + HOUR}]
    assert await told_colleagues.put_off_by(connection, BOB, CAROL) == {}, "of another owner's account"
