"""Which colleagues are told of an account, and what each of them has put off."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import people, reminders, told_colleagues, watches
from storage.schema import colleagues
from storage.schema import watches as watch_table
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW

ANN, BOB, CAROL = 1001, 1002, 1003
END = NOW + 3 * DAY


async def colleague(
    connection: AsyncConnection, person: int, *, told: bool, owner: int = ANN, since: datetime = NOW
) -> None:
    given = {"granted": "look", "name": f"Colleague {person}", "by_name": "Ann", "since": since}
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


async def test_they_are_named_in_the_order_in_which_they_came(connection: AsyncConnection) -> None:
    for person, since in ((1003, NOW + SECOND), (1004, NOW), (1005, NOW), (1006, NOW - DAY)):
        await people.create(connection, person, "en", NOW)
        await colleague(connection, person, told=person != 1006, since=since)
    await colleague(connection, ANN, told=True, owner=BOB, since=NOW - DAY)
    assert await told_colleagues.ids(connection, ANN) == [1004, 1005, 1003]
    named = await told_colleagues.names(connection, ANN)
    assert list(named.items()) == [(person, f"Colleague {person}") for person in (1004, 1005, 1003)]


@pytest.mark.parametrize(
    ("planned", "lease", "after"),
    [(NOW + SECOND, "held", (NOW, None)), (NOW, "held", (NOW, "held")), (NOW - SECOND, None, (NOW - SECOND, None)),
     (None, None, (NOW, None))],
)  # fmt: skip
async def test_a_look_at_the_accounts_of_others_comes_by_a_moment_and_is_never_put_off(
    connection: AsyncConnection, planned: datetime | None, lease: str | None, after: tuple[datetime, str | None]
) -> None:
    """At those of which the person is told: not at their own, nor where they only have a right."""
    await people.create(connection, CAROL, "en", NOW)
    for owner, told in ((ANN, True), (CAROL, False)):
        await colleague(connection, BOB, told=told, owner=owner)
    await colleague(connection, ANN, told=True, owner=CAROL)
    for person in (ANN, BOB, CAROL):
        await watches.watch(connection, person, NOW, same_account=True)
    await connection.execute(update(watch_table).values(next_look_at=planned, lease=lease))
    await told_colleagues.wake_all_by(connection, BOB, NOW)
    query = select(watch_table.c.next_look_at, watch_table.c.lease).order_by(watch_table.c.telegram_id)
    assert [tuple(row) for row in await connection.execute(query)] == [after, (planned, lease), (planned, lease)]


async def test_what_was_said_and_put_off_is_theirs_until_its_end_is_past(connection: AsyncConnection) -> None:
    await people.create(connection, CAROL, "en", NOW)
    for person, owner in ((BOB, ANN), (CAROL, ANN), (CAROL, BOB)):
        await colleague(connection, person, told=True, owner=owner)

    async def said(person: int, lead: int, owner: int = ANN) -> bool:
        rows = [(7, END, lead), (8, NOW, lead)]
        return await reminders.write_digest(connection, owner, "soon", rows, {}, None, NOW, NOW, person) is not None

    assert [await said(*each) for each in ((BOB, 60), (BOB, 60), (BOB, 90), (CAROL, 60), (CAROL, 60, BOB))] == [
        True, False, True, True, True
    ]  # fmt: skip
    assert await told_colleagues.leads_said(connection, ANN, BOB) == {(7, END): {60, 90}, (8, NOW): {60, 90}}
    assert await told_colleagues.leads_said(connection, ANN, CAROL) == {(7, END): {60}, (8, NOW): {60}}
    assert await reminders.leads_said(connection, ANN) == {}, "nothing was said to the owner"
    recent = [len(await reminders.recent(connection, ANN, NOW, who)) for who in (None, BOB, CAROL)]
    assert recent == [0, 2, 1]
    for until in (NOW + HOUR, NOW + DAY):
        await told_colleagues.put_off(connection, ANN, BOB, {7: END, 8: NOW}, until)
    assert await told_colleagues.put_off_by(connection, ANN, BOB) == {(7, END): NOW + DAY, (8, NOW): NOW + DAY}
    await told_colleagues.forget_older(connection, ANN, NOW)
    assert len(await told_colleagues.put_off_by(connection, ANN, BOB)) == 2, "its end is of that very moment"
    await told_colleagues.forget_older(connection, ANN, NOW + SECOND)
    assert list(await told_colleagues.put_off_by(connection, ANN, BOB)) == [(7, END)]
    assert [set(await told_colleagues.leads_said(connection, *each)) for each in ((ANN, BOB), (BOB, CAROL))] == [
        {(7, END)}, {(7, END), (8, NOW)}
    ]  # fmt: skip
