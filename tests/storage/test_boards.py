"""A pinned message: who claims its sending gets it once, and nobody else's board is touched."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import boards
from tests.sample_proxies import NOW

ANN, BOB = 1001, 1002


@pytest.fixture(autouse=True)
async def both_want_one(connection: AsyncConnection) -> None:
    for person in (ANN, BOB):
        await boards.switch_on(connection, person)


async def state_of(connection: AsyncConnection, person: int) -> tuple[str, int | None, bool, bool, str]:
    found = await boards.get(connection, person)
    assert found is not None
    return found.state, found.message_id, found.claimed_at is not None, found.pinned, found.mark


async def test_the_sending_is_claimed_once_and_only_for_the_person_it_is_for(connection: AsyncConnection) -> None:
    assert [await boards.claim(connection, ANN, NOW) for _ in range(2)] == [True, False]
    assert await state_of(connection, ANN) == ("on", None, True, False, "")
    assert await state_of(connection, BOB) == ("on", None, False, False, "")
    await boards.unclaim(connection, BOB)
    assert not await boards.claim(connection, ANN, NOW)
    await boards.unclaim(connection, ANN)
    assert await boards.claim(connection, ANN, NOW)


async def test_what_was_claimed_is_noted_once_for_its_person_alone(connection: AsyncConnection) -> None:
    assert not await boards.note_sent(connection, ANN, 7, "a"), "nobody has claimed it"
    for person in (ANN, BOB):
        assert await boards.claim(connection, person, NOW)
    assert [await boards.note_sent(connection, ANN, 7, "a") for _ in range(2)] == [True, False]
    assert await state_of(connection, ANN) == ("on", 7, True, False, "a")
    assert await state_of(connection, BOB) == ("on", None, True, False, "")


async def test_what_becomes_of_a_message_is_noted_for_its_person_alone(connection: AsyncConnection) -> None:
    for person in (ANN, BOB):
        assert await boards.claim(connection, person, NOW)
        assert await boards.note_sent(connection, person, 7, "a")
    assert await boards.note_shown(connection, ANN, 7, "b")
    assert await boards.note_pinned(connection, ANN, 7)
    assert not await boards.note_shown(connection, ANN, 8, "of a message that was there before")
    assert not await boards.note_pinned(connection, ANN, 8)
    assert await state_of(connection, ANN) == ("on", 7, True, True, "b")
    assert await state_of(connection, BOB) == ("on", 7, True, False, "a")
    await boards.note_lost(connection, ANN, 8)
    assert await state_of(connection, ANN) == ("on", 7, True, True, "b")
    await boards.note_lost(connection, ANN, 7)
    assert await state_of(connection, ANN) == ("lost", None, False, True, "")
    assert await state_of(connection, BOB) == ("on", 7, True, False, "a")
    assert await boards.switch_off(connection, BOB) == 7
    assert await boards.get(connection, BOB) is None


async def test_one_that_is_wanted_no_longer_is_kept_until_its_message_is_taken_away(
    connection: AsyncConnection,
) -> None:
    for person in (ANN, BOB):
        assert await boards.claim(connection, person, NOW)
        assert await boards.note_sent(connection, person, 7, "a")
    assert [await boards.to_take_away(connection, ANN), await boards.message_of(connection, ANN)] == [None, 7]
    for _ in range(2):
        assert await boards.switch_off(connection, ANN) == 7
    assert [await boards.note_shown(connection, ANN, 7, "b"), await boards.note_pinned(connection, ANN, 7)] == [
        False,
        False,
    ]
    assert [await boards.to_take_away(connection, person) for person in (ANN, BOB)] == [7, None]
    await boards.note_taken_away(connection, BOB, 7)
    await boards.note_taken_away(connection, ANN, 8)
    assert [await boards.message_of(connection, person) for person in (ANN, BOB)] == [7, 7]
    await boards.switch_on(connection, ANN)
    assert await state_of(connection, ANN) == ("on", 7, False, False, "")
    await boards.switch_off(connection, ANN)
    await boards.note_taken_away(connection, ANN, 7)
    assert await boards.message_of(connection, ANN) is None
    await boards.switch_on(connection, ANN)
    assert await boards.switch_off(connection, ANN) is None
    await boards.switch_on(connection, ANN)
    assert await state_of(connection, ANN) == ("on", None, False, False, ""), "no message: nothing was kept"
