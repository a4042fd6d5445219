"""What people had px6 bind: what was asked, sent and is certain, and what goes, of this person and account alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import bindings
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002


async def test_with_another_px6_account_only_what_was_asked_of_the_others_goes(connection: AsyncConnection) -> None:
    asked = {
        (person, account): await bindings.propose(
            connection, person, px6_user_id=account, addresses=["198.51.100.7"], now=NOW
        )
        for person, account in ((ANN, "7"), (ANN, "8"), (BOB, "7"), (BOB, "8"))
    }
    await bindings.drop_others(connection, ANN, "7")
    left = {whose for whose, number in asked.items() if await bindings.get(connection, whose[0], number) is not None}
    assert left == {(ANN, "7"), (BOB, "7"), (BOB, "8")}


async def sent(connection: AsyncConnection, person: int, at: datetime, account: str = "7") -> int:
    """A binding that px6 was told of then, and has not answered."""
    number = await bindings.propose(connection, person, px6_user_id=account, addresses=["198.51.100.7"], now=at)
    assert await bindings.take(connection, person, number, account, at) is not None
    return number


async def last(connection: AsyncConnection, person: int = ANN, account: str = "7") -> int | None:
    found = await bindings.last_sent(connection, person, account)
    return None if found is None else found.id


async def test_once_px6_has_said_yes_what_was_sent_before_counts_no_more(connection: AsyncConnection) -> None:
    """What was sent after it may be so, and another person's is theirs."""
    before, bobs, same = [
        await sent(connection, who, NOW - hours * HOUR) for who, hours in ((ANN, 2), (BOB, 1), (ANN, 1))
    ]
    this = await sent(connection, ANN, NOW - HOUR)
    later, asked = await sent(connection, ANN, NOW), await sent(connection, ANN, NOW + HOUR)
    await bindings.note_unsent(connection, ANN, asked, None)
    for person in (BOB, ANN):
        await bindings.note_certain(connection, person, this)
    there = {number: await bindings.get(connection, ANN, number) for number in (before, same, this, later, asked)}
    assert {number: one.certain for number, one in there.items() if one} == {this: True, later: False, asked: False}
    other = await bindings.get(connection, BOB, bobs)
    assert other is not None
    assert not other.certain


async def test_what_is_certain_is_neither_sent_once_more_nor_noted_as_not_sent(connection: AsyncConnection) -> None:
    this = await sent(connection, ANN, NOW)
    await bindings.note_unsent(connection, ANN, this, None)
    assert await last(connection) is None
    assert await bindings.take(connection, ANN, this, "8", NOW) is None, "it is of another account"
    assert await bindings.take(connection, BOB, this, "7", NOW) is None
    assert await bindings.take(connection, ANN, this, "7", NOW + HOUR) is not None
    await bindings.note_certain(connection, ANN, this)
    await bindings.note_unsent(connection, ANN, this, None)
    assert await last(connection) == this
    assert await bindings.take(connection, ANN, this, "7", NOW) is None


async def test_what_was_sent_last_is_that_of_the_latest_moment_and_then_of_the_highest_number(
    connection: AsyncConnection,
) -> None:
    late, early = await sent(connection, ANN, NOW + SECOND), await sent(connection, ANN, NOW)
    await sent(connection, ANN, NOW + HOUR, account="8")
    await bindings.propose(connection, ANN, px6_user_id="7", addresses=[], now=NOW + HOUR)
    assert await last(connection) == late
    again = await sent(connection, ANN, NOW + SECOND)
    assert await last(connection) == again
    for number in (again, late):
        await bindings.drop(connection, ANN, number)
    assert await last(connection) == early
    assert await last(connection, BOB) is None


async def test_what_is_asked_takes_the_place_of_what_was_asked_and_not_sent(connection: AsyncConnection) -> None:
    kept = await sent(connection, ANN, NOW)
    given = {"addresses": ["198.51.100.7"], "now": NOW}
    gone, others, bobs = [
        await bindings.propose(connection, who, px6_user_id=account, **given)  # type: ignore[arg-type]
        for who, account in ((ANN, "7"), (ANN, "8"), (BOB, "7"))
    ]
    new = await bindings.propose(connection, ANN, px6_user_id="7", **given)  # type: ignore[arg-type]
    there = [await bindings.get(connection, ANN, number) is not None for number in (kept, gone, others, new)]
    assert there == [True, False, True, True]
    assert await bindings.get(connection, BOB, bobs) is not None
