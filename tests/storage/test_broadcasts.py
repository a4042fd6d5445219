"""Whose turn it is: of two broadcasts under way at once each keeps its own place, its own figures and its state."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.operators import Broadcast
from storage import broadcasts, people
from tests.durations import HOUR
from tests.sample_proxies import NOW

ANN, BOB, CAROL, DAVE = 1001, 1002, 1003, 1004  # Ann and Bob are operators


@pytest.fixture
async def two(connection: AsyncConnection) -> list[int]:
    """Ann's broadcast and Bob's, both under way, to four people."""
    for person in (DAVE, CAROL):
        await people.create(connection, person, "en", NOW)
    return [await begun(connection, author) for author in (ANN, BOB)]


async def begun(connection: AsyncConnection, author: int) -> int:
    made = await broadcasts.add(connection, author, "hello", [{"type": "bold", "offset": 0, "length": 5}], NOW)
    assert await broadcasts.move(connection, author, made, "draft", "running", people=3, message_id=author + 10)
    return made


async def found(connection: AsyncConnection, number: int, author: int) -> Broadcast:
    broadcast = await broadcasts.get(connection, author, number)
    assert broadcast is not None
    return broadcast


async def figures(connection: AsyncConnection, number: int, author: int) -> tuple[Any, ...]:
    one = await found(connection, number, author)
    return one.state, one.reached, one.turns, one.sent, one.gone, one.failed


async def test_a_draft_is_kept_whole_and_has_reached_nobody(connection: AsyncConnection) -> None:
    entities = [{"type": "bold", "offset": 0, "length": 5}]
    number = await broadcasts.add(connection, ANN, "hello", entities, NOW)
    draft = await found(connection, number, ANN)
    assert (draft.text, draft.entities, draft.created_at, draft.message_id) == ("hello", entities, NOW, None)
    assert (draft.state, draft.people, draft.not_known) == ("draft", 0, 0)
    assert await figures(connection, number, ANN) == ("draft", 0, 0, 0, 0, 0)
    assert await broadcasts.running(connection) == []
    assert await broadcasts.take_next(connection, draft, ()) is None, "nobody has a turn of a draft"


async def test_turns_go_up_by_ids_past_the_author_and_whoever_has_blocked_the_bot(
    connection: AsyncConnection, two: list[int]
) -> None:
    mine = await found(connection, two[1], BOB)
    await people.change(connection, CAROL, blocked_at=NOW + HOUR)
    assert await broadcasts.count(connection, BOB, ()) == 2
    turns = [await broadcasts.take_next(connection, mine, ()) for _ in range(3)]
    assert turns == [ANN, DAVE, None]
    assert await figures(connection, two[1], BOB) == ("running", DAVE, 2, 0, 0, 0)
    assert await figures(connection, two[0], ANN) == ("running", 0, 0, 0, 0, 0)


async def test_only_those_who_may_use_the_bot_have_a_turn(connection: AsyncConnection, two: list[int]) -> None:
    allowed = {ANN, BOB, DAVE}
    mine = await found(connection, two[0], ANN)
    assert await broadcasts.count(connection, ANN, allowed) == 2
    assert [await broadcasts.take_next(connection, mine, allowed) for _ in range(3)] == [BOB, DAVE, None]


async def test_a_turn_that_is_given_back_comes_next_also_where_others_have_had_theirs_since(
    connection: AsyncConnection, two: list[int]
) -> None:
    mine, other = await found(connection, two[0], ANN), await found(connection, two[1], BOB)
    assert [await broadcasts.take_next(connection, mine, ()) for _ in range(2)] == [BOB, CAROL]
    for _ in range(2):
        await broadcasts.take_next(connection, other, ())  # Ann, Carol
    for person in (CAROL, BOB):
        await broadcasts.give_back(connection, mine, person)
    assert await figures(connection, two[0], ANN) == ("running", CAROL, 0, 0, 0, 0)
    assert await figures(connection, two[1], BOB) == ("running", CAROL, 2, 0, 0, 0), "it is about another broadcast"
    assert await broadcasts.take_next(connection, other, ()) == DAVE
    turns = [await broadcasts.take_next(connection, mine, ()) for _ in range(4)]
    assert turns == [BOB, CAROL, DAVE, None], "each once more"
    assert await figures(connection, two[0], ANN) == ("running", DAVE, 3, 0, 0, 0)


async def test_whose_turn_was_given_back_has_none_once_they_have_blocked_the_bot_or_are_forgotten(
    connection: AsyncConnection, two: list[int]
) -> None:
    mine = await found(connection, two[0], ANN)
    for _ in range(3):
        await broadcasts.take_next(connection, mine, ())  # Bob, Carol, Dave
    await people.change(connection, CAROL, blocked_at=NOW)
    await broadcasts.give_back(connection, mine, CAROL)
    await broadcasts.give_back(connection, mine, DAVE)
    await people.erase(connection, DAVE)
    await broadcasts.give_back(connection, mine, DAVE)
    assert await broadcasts.take_next(connection, mine, ()) is None


async def test_what_has_ended_goes_on_for_whose_turn_is_given_back_and_what_was_stopped_does_not(
    connection: AsyncConnection, two: list[int]
) -> None:
    mine, other = await found(connection, two[0], ANN), await found(connection, two[1], BOB)
    for broadcast, author, state in ((mine, ANN, "done"), (other, BOB, "stopped")):
        await broadcasts.take_next(connection, broadcast, ())
        assert await broadcasts.move(connection, author, broadcast.id, "running", state)
        await broadcasts.give_back(connection, broadcast, DAVE)
    assert await figures(connection, two[0], ANN) == ("running", BOB, 0, 0, 0, 0)
    assert await figures(connection, two[1], BOB) == ("stopped", ANN, 0, 0, 0, 0)
    assert await broadcasts.take_next(connection, mine, ()) == DAVE
    assert await broadcasts.take_next(connection, other, ()) is None


async def test_outcomes_are_counted_each_in_its_column(connection: AsyncConnection, two: list[int]) -> None:
    mine = await found(connection, two[0], ANN)
    for _ in range(3):
        await broadcasts.take_next(connection, mine, ())
    for outcome in ("sent", "sent", "gone"):
        await broadcasts.note(connection, mine, outcome)
    assert await figures(connection, two[0], ANN) == ("running", DAVE, 3, 2, 1, 0)
    await broadcasts.note(connection, await found(connection, two[1], BOB), "failed")
    assert await figures(connection, two[1], BOB) == ("running", 0, 0, 0, 0, 1)
    assert (await found(connection, two[0], ANN)).not_known == 0


async def test_a_state_changes_from_the_one_that_it_must_have_and_only_its_own(
    connection: AsyncConnection, two: list[int]
) -> None:
    assert [each.id for each in await broadcasts.running(connection)] == two
    assert not await broadcasts.move(connection, ANN, two[0], "draft", "running", message_id=1)
    assert not await broadcasts.move(connection, BOB, two[0], "running", "stopped"), "it is Ann's"
    assert await broadcasts.get(connection, BOB, two[0]) is None
    assert await broadcasts.move(connection, ANN, two[0], "running", "stopped")
    assert not await broadcasts.move(connection, ANN, two[0], "running", "done")
    stopped = await found(connection, two[0], ANN)
    assert (stopped.state, stopped.people, stopped.message_id) == ("stopped", 3, ANN + 10)
    assert [each.id for each in await broadcasts.running(connection)] == two[1:]
    assert await broadcasts.take_next(connection, stopped, ()) is None
    assert await broadcasts.take_next(connection, await found(connection, two[1], BOB), ()) == ANN
