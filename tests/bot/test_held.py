"""Which updates Telegram keeps, and up to where the next getUpdates may confirm."""

from __future__ import annotations

from bot.held import Held


def test_the_offset_stays_at_the_oldest_that_is_held() -> None:
    held = Held()
    assert held.offset is None
    for number in range(5, 9):
        held.take(number)
    first, second = held.hold(6), held.hold(7)
    assert held.offset == 6
    second()
    assert held.offset == 6
    first()
    assert held.offset == 9
    assert not held.any


def test_what_comes_again_is_known_until_it_is_confirmed() -> None:
    held = Held()
    held.take(5)
    done = held.hold(5)
    held.take(6)
    asked_with = held.offset
    done()  # while Telegram answers
    held.confirmed(asked_with)
    assert held.knows(5) and held.knows(6)
    held.confirmed(held.offset)
    assert not held.knows(5) and not held.knows(6)


def test_one_who_floods_the_bot_with_what_takes_long_does_not_fill_the_answers_of_telegram() -> None:
    held = Held()
    for number in range(90):
        held.take(number)
        held.hold(number)
    assert held.offset == 10


async def test_who_waits_for_all_to_be_free_waits_no_longer_than_said() -> None:
    held = Held()
    held.take(5)
    done = held.hold(5)
    await held.free(0.01)
    assert held.any
    done()
    await held.free(60)
