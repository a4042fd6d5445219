"""A broadcast under way: when it pauses, what it shows meanwhile, and that one process sends it once at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from model.operators import Broadcast
from services.account.access import Access
from services.account.people import People
from services.notifications.kinds import Gone, NotSent, Refused, Unsure
from services.operators.broadcasts import Broadcasts
from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, url_of
from tests.sample_proxies import NOW

ANN, OTHERS = 1001, (1002, 1003, 1004, 1005, 1006)


class BroadcastRig:
    """An operator, five people, and a Telegram that takes a second for each message; it is told what to do else."""

    def __init__(self, database: Database) -> None:
        self.database, self.seconds, self.room = database, 0.0, [True] * 20
        self.sent: list[int] = []
        self.shown: list[tuple[str, int]] = []  # the state, and how many turns there were
        self.raises: dict[int, Exception] = {}
        self.under_way, self.going_on = asyncio.Event(), asyncio.Event()
        self.going_on.set()
        self.people, self.access = People(database, lambda: NOW), Access(operators=(ANN,), clock=lambda: NOW)
        self.broadcasts = Broadcasts(
            database, self.people, self.access, self, lambda: NOW, lambda: False, lambda: self.seconds
        )

    async def has_room(self) -> bool:
        return self.room.pop(0)

    async def message(self, telegram_id: int, broadcast: Broadcast) -> None:
        assert broadcast.text == "hello"
        self.under_way.set()
        await self.going_on.wait()
        self.seconds += 1.0
        if telegram_id in self.raises:
            raise self.raises[telegram_id]
        self.sent.append(telegram_id)

    async def progress(self, broadcast: Broadcast) -> None:
        self.shown.append((str(broadcast.state), broadcast.turns))

    async def begin(self) -> int:
        number = await self.broadcasts.draft(ANN, "hello", ())
        assert await self.broadcasts.begin(ANN, number, 7)
        assert not await self.broadcasts.begin(ANN, number, 8)
        return number

    async def state(self, number: int) -> Broadcast:
        found = await self.broadcasts.find(ANN, number)
        assert found is not None
        return found


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[BroadcastRig]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    async with database.write() as connection:
        for person in (ANN, *OTHERS):
            await people.create(connection, person, "en", NOW)
    yield BroadcastRig(database)
    await database.close()


async def test_how_far_it_is_is_shown_every_two_seconds_and_at_its_end(rig: BroadcastRig) -> None:
    number = await rig.begin()
    await rig.broadcasts.carry_on()
    assert rig.sent == list(OTHERS)
    assert rig.shown == [("running", 2), ("running", 4), ("done", 5)]
    done = await rig.state(number)
    assert (done.people, done.message_id, done.created_at, done.sent) == (5, 7, NOW, 5)
    await rig.broadcasts.carry_on()
    assert len(rig.sent) == 5 and len(rig.shown) == 3


async def test_where_people_need_telegram_it_pauses_and_the_next_round_goes_on(rig: BroadcastRig) -> None:
    number = await rig.begin()
    rig.room = [True, False]
    await rig.broadcasts.carry_on()
    assert (rig.sent, (await rig.state(number)).state) == ([1002], "running")
    assert (await rig.state(number)).turns == 1, "nobody's turn is taken while there is no room"
    rig.room = [True] * 10
    await rig.broadcasts.carry_on()
    assert rig.sent == list(OTHERS)


async def test_a_round_that_begins_meanwhile_leaves_it_to_the_first(rig: BroadcastRig) -> None:
    await rig.begin()
    rig.going_on.clear()
    first = asyncio.ensure_future(rig.broadcasts.carry_on())
    await asyncio.wait_for(rig.under_way.wait(), 20)
    await asyncio.wait_for(rig.broadcasts.carry_on(), 20)
    assert (rig.sent, (await rig.state(1)).turns) == ([], 1)
    rig.going_on.set()
    await first
    assert rig.sent == list(OTHERS)


async def test_after_an_error_that_nobody_foresaw_the_next_round_goes_on_with_the_next_person(
    rig: BroadcastRig,
) -> None:
    await rig.begin()
    rig.raises[1003] = KeyError("odd")
    with pytest.raises(KeyError):
        await rig.broadcasts.carry_on()
    await rig.broadcasts.carry_on()
    assert rig.sent == [1002, 1004, 1005, 1006]


async def test_each_outcome_is_counted_and_one_line_tells_the_end(
    rig: BroadcastRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "services")
    number = await rig.begin()
    rig.raises = {1002: Gone(), 1003: Refused(), 1004: Unsure()}
    await rig.broadcasts.carry_on()
    done = await rig.state(number)
    assert (done.turns, done.sent, done.gone, done.failed, done.not_known) == (5, 2, 1, 1, 1)
    assert [record.getMessage() for record in caplog.records] == [
        "A broadcast is done: 2 of 5 people got it, 1 have blocked the bot, 1 were refused"
    ]
    blocked = await rig.people.find(1002)
    assert blocked is not None and blocked.blocked_at == NOW
    assert await rig.broadcasts.readers(ANN) == 4


async def test_a_telegram_that_takes_nothing_has_the_turn_given_back(rig: BroadcastRig) -> None:
    number = await rig.begin()
    rig.raises[1003] = NotSent()
    await rig.broadcasts.carry_on()
    found = await rig.state(number)
    assert (rig.sent, found.state, found.turns, found.sent) == ([1002], "running", 1, 1)
    rig.raises.clear()
    await rig.broadcasts.carry_on()
    assert rig.sent == list(OTHERS)


async def test_of_two_processes_one_gives_a_turn_back_and_either_sends_it_later(
    rig: BroadcastRig, caplog: pytest.LogCaptureFixture
) -> None:
    """The other one has gone on to others meanwhile, and found nobody left."""
    caplog.set_level(logging.INFO, "services")
    other, number = BroadcastRig(rig.database), await rig.begin()
    rig.raises[1002] = NotSent()
    rig.going_on.clear()
    first = asyncio.ensure_future(rig.broadcasts.carry_on())
    await asyncio.wait_for(rig.under_way.wait(), 20)
    await other.broadcasts.carry_on()
    assert (other.sent, other.shown[-1]) == ([1003, 1004, 1005, 1006], ("done", 5))
    rig.going_on.set()
    await first
    assert [(await rig.state(number)).state, (await rig.state(number)).not_known] == ["running", 0]
    await other.broadcasts.carry_on()
    await rig.broadcasts.carry_on()
    done = await rig.state(number)
    assert (rig.sent, other.sent[4:], done.state, done.turns, done.sent) == ([], [1002], "done", 5, 5)
    line = "A broadcast is done: %d of 5 people got it, 0 have blocked the bot, 0 were refused"
    assert [record.getMessage() for record in caplog.records] == [line % 4, line % 5]


async def test_what_two_processes_send_ends_once_in_the_log_and_shows_the_last_turn(
    rig: BroadcastRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "services")
    other = BroadcastRig(rig.database)
    await rig.begin()
    rig.going_on.clear()
    first = asyncio.ensure_future(rig.broadcasts.carry_on())
    await asyncio.wait_for(rig.under_way.wait(), 20)
    await other.broadcasts.carry_on()
    rig.going_on.set()
    await first
    assert sorted(rig.sent + other.sent) == list(OTHERS)
    assert (rig.shown[-1], len(caplog.records)) == (("done", 5), 1)


async def test_what_somebody_sends_who_is_no_operator_any_more_is_stopped(
    rig: BroadcastRig, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody else has the button that stops it."""
    caplog.set_level(logging.INFO, "services")
    number = await rig.begin()
    rig.going_on.clear()
    sending = asyncio.ensure_future(rig.broadcasts.carry_on())
    await asyncio.wait_for(rig.under_way.wait(), 20)
    rig.access.take((), ())
    rig.going_on.set()
    await sending
    assert (rig.sent, rig.shown, (await rig.state(number)).state) == ([1002], [("stopped", 1)], "stopped")
    assert [record.getMessage() for record in caplog.records] == [
        "A broadcast is stopped: 1 of 5 people got it, 0 have blocked the bot, 0 were refused"
    ]


async def test_a_process_that_read_who_operates_the_bot_before_a_broadcast_leaves_it_to_those_that_know_its_author(
    rig: BroadcastRig,
) -> None:
    """The settings of several processes are read again one after another."""
    older, number, read_at = BroadcastRig(rig.database), await rig.begin(), [NOW - timedelta(seconds=1)]
    older.access = older.broadcasts._access = Access(clock=lambda: read_at[0])
    await older.broadcasts.carry_on()
    assert (older.sent, older.shown, (await rig.state(number)).state) == ([], [], "running")
    rig.room = [True, False]
    await rig.broadcasts.carry_on()
    assert rig.sent == [1002]
    read_at[0] = NOW
    older.access.take((), ())
    await older.broadcasts.carry_on()
    assert (older.sent, (await rig.state(number)).state) == ([], "stopped")


async def test_what_is_stopped_shows_that_and_goes_to_nobody_else(rig: BroadcastRig) -> None:
    number = await rig.begin()
    assert await rig.broadcasts.stop(ANN, number) and not await rig.broadcasts.stop(ANN, number)
    await rig.broadcasts.carry_on()
    assert (rig.sent, rig.shown, (await rig.state(number)).state) == ([], [], "stopped")


async def test_two_seconds_count_from_what_was_shown_last(rig: BroadcastRig) -> None:
    await rig.begin()
    rig.seconds = float(timedelta(days=1).total_seconds())
    await rig.broadcasts.carry_on()
    assert rig.shown == [("running", 2), ("running", 4), ("done", 5)]
