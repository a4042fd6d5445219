"""Which updates Telegram keeps, and up to where the next getUpdates may confirm."""

from __future__ import annotations

import asyncio

from bot.unconfirmed import UnconfirmedUpdates


def test_the_offset_stays_at_the_oldest_that_is_held() -> None:
    updates = UnconfirmedUpdates()
    assert updates.offset is None
    for number in range(5, 9):
        updates.take(number)
    first, second = updates.hold(6), updates.hold(7)
    assert updates.offset == 6
    second()
    assert updates.offset == 6
    first()
    assert updates.offset == 9
    assert not updates.any_held


def test_what_comes_again_is_known_until_it_is_confirmed() -> None:
    updates = UnconfirmedUpdates()
    updates.take(5)
    done = updates.hold(5)
    updates.take(6)
    asked_with = updates.offset
    done()  # while Telegram answers
    updates.note_confirmed(asked_with)
    assert updates.was_taken(5) and updates.was_taken(6)
    updates.note_confirmed(updates.offset)
    assert not updates.was_taken(5) and not updates.was_taken(6)


def test_one_who_floods_the_bot_with_what_takes_long_does_not_fill_the_answers_of_telegram() -> None:
    updates = UnconfirmedUpdates()
    for number in range(90):
        updates.take(number)
        updates.hold(number)
    assert updates.offset == 10


async def test_who_waits_for_all_to_be_free_waits_no_longer_than_said() -> None:
    updates = UnconfirmedUpdates()
    updates.take(5)
    done = updates.hold(5)
    await updates.wait_until_none_is_held(0.01)
    assert updates.any_held
    done()
    await updates.wait_until_none_is_held(60)


async def test_the_wait_ends_with_the_last_that_is_released_and_not_before() -> None:
    updates = UnconfirmedUpdates()
    async with asyncio.timeout(20):
        await updates.wait_until_none_is_held(60)  # nothing is held
    for _ in range(2):
        updates.take(5)
        updates.take(6)
        first, second = updates.hold(5), updates.hold(6)
        waiting = asyncio.ensure_future(updates.wait_until_none_is_held(60))
        await asyncio.sleep(0.001)
        first()
        await asyncio.sleep(0.001)
        assert not waiting.done() and updates.any_held
        second()
        async with asyncio.timeout(20):
            await waiting
        second()  # once more does no harm
        assert not updates.any_held


def test_80_are_held_and_not_one_more() -> None:
    updates = UnconfirmedUpdates()
    for number in range(1, 81):
        updates.take(number)
        updates.hold(number)
    assert updates.offset == 1
    updates.take(81)
    updates.hold(81)
    assert updates.offset == 2


def test_the_oldest_is_held_until_an_answer_is_full_of_what_was_taken_and_then_there_is_room_for_twenty() -> None:
    updates = UnconfirmedUpdates()
    for number in range(1, 101):
        if number in (1, 2, 21, 60):
            updates.hold(number)
        if number == 100:
            updates.make_room()
            assert updates.offset == 1, "99 come again, and one that is new"
        updates.take(number)
    updates.make_room()
    assert updates.offset == 21, "80 come again"
    updates.make_room()
    assert updates.offset == 21


def test_where_nothing_is_held_there_is_room() -> None:
    updates = UnconfirmedUpdates()
    updates.make_room()
    assert updates.offset is None
    for number in range(1, 151):
        updates.take(number)
    updates.make_room()
    assert updates.offset == 151
    updates.hold(1)()
    updates.hold(40)
    updates.make_room()
    assert updates.offset == 151, "the only one that is held"


def test_before_any_offset_nothing_is_confirmed() -> None:
    updates = UnconfirmedUpdates()
    updates.take(5)
    updates.note_confirmed(None)
    assert updates.was_taken(5) and not updates.was_taken(4)
    updates.note_confirmed(5)
    assert updates.was_taken(5)
    updates.note_confirmed(6)
    assert not updates.was_taken(5)
