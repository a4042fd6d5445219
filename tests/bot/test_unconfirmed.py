"""Which updates Telegram keeps, and up to where the next getUpdates may confirm."""

from __future__ import annotations

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
