"""Which turn may edit a message, which message shows a payment, and that nothing is kept of messages at rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiogram.utils.formatting import Text

from handlers.ground import edit_rights
from handlers.ground.edit_rights import EditRights, MessageRef
from handlers.ground.screen import Open, Screen, button
from model.errors import StorageError
from services.ground.presence import Presence, SharedLeases
from services.ground.shared_messages import SharedMessages
from tests.databases import opened
from tests.several_processes import running

HERE: MessageRef = (1001, 5)
ELSEWHERE: MessageRef = (1001, 6)
OUTCOME = Screen(Text("Paid"), [[button("My proxies", Open(screen="proxies"))]])
LEADS_ON = "open:proxies"


@dataclass(eq=False)
class Tap:
    """An editor: its message, and what its button carries."""

    message_ref: MessageRef = HERE
    data: str | None = LEADS_ON
    number: int = 0
    owes_outcome: bool = False


def test_the_newest_turn_on_a_message_is_the_one_that_began_last_there() -> None:
    rights, first, second, other = EditRights(), Tap(), Tap(), Tap(ELSEWHERE)
    rights.enter(first)
    assert rights.state_of(first).newest is first
    rights.enter(second)
    rights.enter(other)
    assert rights.state_of(first) is rights.state_of(second)
    assert rights.state_of(first).newest is second
    assert rights.state_of(other).newest is other


def test_a_message_is_forgotten_with_its_last_turn_and_no_sooner() -> None:
    rights, first, second = EditRights(), Tap(), Tap()
    rights.enter(first)
    rights.enter(second)
    state = rights.state_of(first)
    rights.leave(second)
    assert rights.state_of(first) is state
    rights.leave(first)
    assert not rights._states
    rights.enter(first)
    assert rights.state_of(first) is not state


async def test_edits_of_a_message_come_one_after_another_and_then_it_is_forgotten() -> None:
    rights, events = EditRights(), list[str]()
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with rights.editing(HERE):
            events.append("slow begins")
            inside.set()
            await go_on.wait()
            events.append("slow ends")

    async def quick(message_ref: MessageRef) -> None:
        async with rights.editing(message_ref):
            events.append(f"quick in {message_ref[1]}")

    first = asyncio.ensure_future(slow())
    await inside.wait()
    second = asyncio.ensure_future(quick(HERE))
    await quick(ELSEWHERE)
    go_on.set()
    await asyncio.gather(first, second)
    assert events == ["slow begins", "quick in 6", "slow ends", "quick in 5"]
    assert not rights._states


async def test_an_edit_that_fails_leaves_nothing_behind() -> None:
    rights = EditRights()
    with pytest.raises(ValueError, match="refused"):
        async with rights.editing(HERE):
            raise ValueError("refused")
    assert not rights._states
    async with asyncio.timeout(20), rights.editing(HERE):
        pass


def test_what_a_message_shows_of_a_payment() -> None:
    rights = EditRights()
    assert (rights.shows_payment(HERE), rights.shows_outcome(HERE)) == (False, False)
    rights.note_payment(HERE)
    assert (rights.shows_payment(HERE), rights.shows_outcome(HERE)) == (True, False), "only confirmed"
    rights.note_payment(HERE, Screen(Text("Unclear")))
    assert (rights.shows_payment(HERE), rights.shows_outcome(HERE)) == (True, True), "an outcome without buttons too"
    assert (rights.shows_payment(ELSEWHERE), rights.shows_outcome(ELSEWHERE)) == (False, False)


def test_only_a_button_of_the_outcome_frees_the_message_and_only_once() -> None:
    rights = EditRights()
    assert rights.may_edit(Tap())
    rights.note_payment(HERE)
    assert not rights.may_edit(Tap()), "no outcome yet, so no button of one"
    rights.note_payment(HERE, OUTCOME)
    assert not rights.may_edit(Tap(data="open:home"))
    assert not rights.may_edit(Tap(data=None))
    assert rights.shows_payment(HERE)
    assert rights.may_edit(Tap(ELSEWHERE, "open:home")), "another message is another matter"
    assert rights.may_edit(Tap())
    assert not rights.shows_payment(HERE)
    assert rights.may_edit(Tap(data="open:home")), "it is a screen like any other now"


def test_an_ending_takes_the_message_as_a_payment_does_and_shows_none() -> None:
    rights, earlier = EditRights(), Tap()
    rights.enter(earlier)
    rights.note_ending(HERE, OUTCOME)
    assert not rights.is_newest(earlier)
    assert (rights.is_taken(HERE), rights.shows_payment(HERE), rights.shows_outcome(HERE)) == (True, False, False)
    assert not rights.may_edit(Tap(data="open:home"))
    assert rights.may_edit(Tap())
    assert not rights.is_taken(HERE), "it is a screen like any other now"


def test_an_ending_gives_way_to_a_payment_and_takes_the_place_of_none() -> None:
    rights = EditRights()
    rights.note_ending(HERE, OUTCOME)
    rights.note_payment(HERE)
    assert (rights.shows_payment(HERE), rights.shows_outcome(HERE)) == (True, False)
    rights.note_ending(HERE, OUTCOME)  # it was being edited when the payment was confirmed there
    assert (rights.shows_payment(HERE), rights.shows_outcome(HERE)) == (True, False)


def test_turns_that_began_before_a_payment_are_the_newest_no_longer() -> None:
    rights, earlier, elsewhere, later = EditRights(), Tap(), Tap(ELSEWHERE), Tap()
    rights.enter(earlier)
    rights.enter(elsewhere)
    rights.note_payment(HERE, OUTCOME)
    assert rights.state_of(earlier).newest is None
    assert rights.state_of(elsewhere).newest is elsewhere
    rights.enter(later)
    assert rights.state_of(later).newest is later


def test_a_payment_is_found_in_the_message_that_took_the_place_of_its_own() -> None:
    rights = EditRights()
    assert rights.current_message(1001, 5) == 5
    rights.replace_message(HERE, 9)
    assert rights.current_message(1001, 5) == 9
    assert rights.current_message(1002, 5) == 5, "numbers of messages are those of a chat"
    rights.replace_message(ELSEWHERE, 6)
    assert rights.current_message(1001, 6) == 6
    assert ELSEWHERE not in rights._replaced, "a message in its own place takes no memory"


def test_of_very_many_payments_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edit_rights, "SHOWN_KEPT", 3)
    rights = EditRights()
    for message_id in (1, 2, 3):
        rights.note_payment((1001, message_id))
        rights.replace_message((1001, message_id), 100 + message_id)
    assert all(rights.shows_payment((1001, message_id)) for message_id in (1, 2, 3))
    rights.note_payment((1001, 1), OUTCOME)  # it is spoken of again: the oldest is another one now
    rights.note_payment((1001, 4))
    assert [rights.shows_payment((1001, message_id)) for message_id in (1, 2, 3, 4)] == [True, False, True, True]
    assert rights.current_message(1001, 1) == 101
    rights.replace_message((1001, 4), 104)
    assert [rights.current_message(1001, message_id) for message_id in (1, 2, 3, 4)] == [1, 102, 103, 104]


# -- several processes on one database


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[list[EditRights]]:
    """The edit rights of two processes, which know of each other."""
    async with opened(tmp_path) as database:
        presences = [Presence(database) for _ in "ab"]
        async with running(presences):
            for each in presences:
                await each.beat()
            yield [EditRights(SharedMessages(database, each, SharedLeases(each), "secret")) for each in presences]


async def begun(rights: EditRights, number: int) -> Tap:
    """A tap on a button that leads on from the payment, as Telegram numbers it."""
    tap = Tap(number=number)
    rights.enter(tap)
    await rights.tell_entered(tap)
    return tap


@pytest.mark.parametrize(("number", "newest"), [(8, False), (9, True), (10, True)])
async def test_a_tap_is_the_newest_until_a_newer_one_began_in_another_process(
    two: list[EditRights], number: int, newest: bool
) -> None:
    here, there = two
    tap = await begun(here, number)
    await begun(there, 9)
    assert await here.is_still_newest(tap) is newest


async def test_a_payment_that_another_process_shows_is_covered_by_no_tap_from_before_it(
    two: list[EditRights],
) -> None:
    """Its button would lead on from the outcome as well: that screen would take the receipt's place, unread."""
    here, there = two
    slow = await begun(here, 9)
    assert await here.is_still_newest(slow)
    there.note_payment(HERE, OUTCOME)
    await there.tell_changes()
    async with here.editing(HERE):
        assert not here.is_newest(slow)
        assert here.shows_outcome(HERE)
        assert here.current_message(1001, 5) == 5
    later = await begun(here, 10)
    async with here.editing(HERE):
        assert here.is_newest(later) and here.may_edit(later)


async def test_an_ending_that_another_process_shows_is_no_payment_and_is_covered_by_no_tap_from_before_it(
    two: list[EditRights],
) -> None:
    here, there = two
    slow = await begun(here, 9)
    there.note_ending(HERE, OUTCOME)
    await there.tell_changes()
    async with here.editing(HERE):
        assert not here.is_newest(slow)
        assert (here.is_taken(HERE), here.shows_payment(HERE)) == (True, False), "it may be ended anew"
    later = await begun(here, 10)
    async with here.editing(HERE):
        assert here.is_newest(later) and here.may_edit(later)


async def test_the_message_that_took_a_payments_place_is_known_to_the_other_process(two: list[EditRights]) -> None:
    here, there = two
    for message_ref in (HERE, ELSEWHERE):
        there.note_payment(message_ref, OUTCOME)
    await there.tell_changes()
    there.replace_message(HERE, 9)
    await there.tell_changes()
    for message_ref in (HERE, ELSEWHERE):
        async with here.editing(message_ref):
            assert here.shows_outcome(message_ref)
    assert [here.current_message(1001, message_id) for message_id in (5, 6)] == [9, 6]
    assert ELSEWHERE not in here._replaced, "a message in its own place takes no memory"


async def test_a_message_that_a_button_of_its_payment_has_freed_is_free_in_the_other_process(
    two: list[EditRights],
) -> None:
    here, there = two
    there.note_payment(HERE, OUTCOME)
    await there.tell_changes()
    tap = await begun(here, 10)
    async with here.editing(HERE):
        assert here.may_edit(tap)
    async with there.editing(HERE):
        assert not there.shows_payment(HERE)


async def test_what_this_process_has_not_told_yet_is_not_forgotten_for_what_another_one_knows(
    two: list[EditRights],
) -> None:
    """Between a payment and its telling a look at the message would free it: a screen would cover the receipt."""
    here, there = two
    await begun(there, 9)
    tap = await begun(here, 10)
    here.note_payment(HERE, OUTCOME)
    assert not await here.is_still_newest(tap)
    assert here.shows_outcome(HERE)
    await here.tell_changes()
    async with there.editing(HERE):
        assert there.shows_outcome(HERE)


async def test_a_process_that_is_alone_asks_and_tells_the_database_nothing_of_its_messages(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else every tap would wait for it. Where it cannot be reached, each question would be noted."""

    def refuse() -> None:
        raise StorageError("the server is away")

    caplog.set_level(logging.DEBUG, "services.ground.shared_messages")
    async with opened(tmp_path) as database:
        presence = Presence(database)
        alone = EditRights(SharedMessages(database, presence, SharedLeases(presence), "secret"))
        monkeypatch.setattr(database, "single", refuse)
        tap = await begun(alone, 9)
        assert await alone.is_still_newest(tap)
        async with alone.editing(HERE):
            alone.note_payment(HERE, OUTCOME)
            alone.replace_message(HERE, 9)
            assert alone.may_edit(tap)
        await alone.tell_changes()
        monkeypatch.undo()
    assert caplog.messages == []


async def test_of_a_turn_that_edits_no_message_the_others_are_told_nothing(two: list[EditRights]) -> None:
    here, _ = two
    command = Tap((1001, None), number=9)
    here.enter(command)
    await here.tell_entered(command)
    assert here._shared is not None
    assert await here._shared.read(command.message_ref) is None
