"""What a person is told of a confirmation, and that it is sent once."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import Confirmation
from storage import confirmations, quotes
from storage.schema import confirmations as stored
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, a_quote, an_order


async def read(connection: AsyncConnection, confirmation_id: int) -> Confirmation:
    found = await confirmations.get(connection, confirmation_id)
    assert found is not None
    return found


async def test_a_confirmation_is_taken_for_sending_once(connection: AsyncConnection) -> None:
    one, other = [await a_confirmation(connection, name) for name in "ab"]
    assert await confirmations.start(connection, one, NOW)
    assert not await confirmations.start(connection, one, NOW)
    await confirmations.start_anew(connection, other)
    assert not await confirmations.start(connection, one, NOW)
    assert await confirmations.start(connection, other, NOW)
    await confirmations.start_anew(connection, one)
    assert await confirmations.start(connection, one, NOW)


async def test_news_are_counted_and_told_to_the_last(connection: AsyncConnection) -> None:
    one, other = [await a_confirmation(connection, name) for name in "ab"]
    for _ in range(2):
        await confirmations.changed(connection, one, NOW)
    found = await read(connection, one)
    assert (found.changes, found.told, found.told_at) == (2, 0, None)
    for told, at in ((2, NOW), (1, NOW + HOUR), (2, NOW + HOUR)):
        await confirmations.told(connection, one, told, at)
    found = await read(connection, one)
    assert (found.told, found.told_at) == (2, NOW)
    assert await confirmations.untold(connection) == []
    await confirmations.changed(connection, one, NOW)
    await confirmations.told(connection, one, 2, NOW)
    assert await confirmations.untold(connection) == [one]
    untouched = await read(connection, other)
    assert (untouched.changes, untouched.told, untouched.told_at) == (0, 0, None)


async def test_what_is_told_is_tried_no_more_and_what_comes_meanwhile_is(connection: AsyncConnection) -> None:
    one, other = [await a_confirmation(connection, name) for name in "ab"]
    for each, at in ((other, NOW + SECOND), (one, NOW)):
        await confirmations.changed(connection, each, at)
    assert await confirmations.untold(connection) == [one, other]
    assert await confirmations.untold(connection, NOW) == [one]
    assert await confirmations.untold(connection, NOW - SECOND) == []
    await confirmations.postpone_telling(connection, one, NOW + HOUR)
    assert await confirmations.untold(connection, NOW + SECOND) == [other]
    await confirmations.postpone_telling(connection, one, None)
    assert await confirmations.untold(connection) == [other]


async def test_the_owner_is_told_what_a_colleague_did_to_the_last(connection: AsyncConnection) -> None:
    one, other = [await a_confirmation(connection, name) for name in "ab"]
    await connection.execute(update(stored).values(by_person=1002))
    for each in (one, one, other):
        await confirmations.changed(connection, each, NOW)
    for told, message in ((1, 7), (2, 8), (1, 9)):
        await confirmations.told(connection, one, told, NOW)
        await confirmations.told_owner(connection, one, told, message)
        assert await confirmations.untold(connection) == ([one, other] if told == 1 and message == 7 else [other])
    found = await read(connection, one)
    assert (found.told_owner, found.owner_message) == (2, 8), "what was told before is not told once more"
    await confirmations.changed(connection, one, NOW)
    await confirmations.told(connection, one, 3, NOW)
    await confirmations.told_owner(connection, one, 2, 9)
    assert await confirmations.untold(connection) == [one, other], "the owner has not heard the last of it"
    untouched = await read(connection, other)
    assert (untouched.told_owner, untouched.owner_message) == (0, None)


async def test_who_is_back_is_told_what_they_have_not_been(connection: AsyncConnection) -> None:
    told, untold = [await a_confirmation(connection, name) for name in "ab"]
    for each in (told, untold):
        await confirmations.changed(connection, each, NOW + HOUR)
    await confirmations.told(connection, told, 1, NOW)
    for each in (told, untold):
        await confirmations.postpone_telling(connection, each, None)
    await confirmations.tell_again(connection, 1001, NOW)
    assert await confirmations.untold(connection, NOW) == [untold]


async def test_who_is_back_is_told_what_they_have_not_been_where_colleagues_paid(
    connection: AsyncConnection,
) -> None:
    told, untold, own = [await a_confirmation(connection, name) for name in "abc"]
    others = await a_confirmation(connection, "d", 1002)
    by_colleague = stored.c.id.in_((told, untold, others))
    await connection.execute(update(stored).where(by_colleague).values(by_person=1003))
    for each in (told, untold, own, others):
        await confirmations.changed(connection, each, NOW + HOUR)
    await confirmations.told_owner(connection, told, 1, 7)
    for each in (told, untold, own, others):
        for to_owner in (False, True):
            await confirmations.postpone_telling(connection, each, None, to_owner=to_owner)
    for person, due in ((1002, [others]), (1001, [untold, own, others]), (1003, [told, untold, own, others])):
        await confirmations.tell_again(connection, person, NOW)
        assert await confirmations.untold(connection, NOW) == due


async def test_a_confirmation_comes_with_its_message_its_orders_and_the_new_quote(
    connection: AsyncConnection,
) -> None:
    one, other = [await a_confirmation(connection, name) for name in "ab"]
    made = [await an_order(connection, each) for each in (one, other, one)]
    await quotes.set_message(connection, "a", 1001, 55)
    await confirmations.set_requote(connection, one, await a_quote(connection, "new"))
    found, plain = await read(connection, one), await read(connection, other)
    assert (found.chat_id, found.message_id, plain.message_id) == (1001, 55, None)
    assert [[order.id for order in each.orders] for each in (found, plain)] == [[made[0], made[2]], [made[1]]]
    assert found.requote is not None
    assert (found.requote.id, plain.requote) == ("new", None)
    assert await confirmations.of_quote(connection, 1001, "b") == other
    assert await confirmations.get(connection, other + 1) is None
