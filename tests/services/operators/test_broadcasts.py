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


class Desk:
    """An operator, five people, and a Telegram that takes a second for each message; it is told what to do else."""

    def __init__(self, database: Database) -> None:
        self.seconds, self.room = 0.0, [True] * 20
        self.sent: list[int] = []
        self.shown: list[tuple[str, int]] = []  # the state, and how many turns there were
        self.raises: dict[int, Exception] = {}
        self.under_way, self.going_on = asyncio.Event(), asyncio.Event()
        self.going_on.set()
        self.people = People(database, lambda: NOW)
        self.broadcasts = Broadcasts(
            database, self.people, Access(), self, lambda: NOW, lambda: False, lambda: self.seconds
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
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    async with database.write() as connection:
        for person in (ANN, *OTHERS):
            await people.create(connection, person, "en", NOW)
    yield Desk(database)
    await database.close()


async def test_how_far_it_is_is_shown_every_two_seconds_and_at_its_end(desk: Desk) -> None:
    number = await desk.begin()
    await desk.broadcasts.carry_on()
    assert desk.sent == list(OTHERS)
    assert desk.shown == [("running", 2), ("running", 4), ("done", 5)]
    done = await desk.state(number)
    assert (done.people, done.message_id, done.created_at, done.sent) == (5, 7, NOW, 5)
    await desk.broadcasts.carry_on()
    assert len(desk.sent) == 5 and len(desk.shown) == 3


async def test_where_people_need_telegram_it_pauses_and_the_next_round_goes_on(desk: Desk) -> None:
    number = await desk.begin()
    desk.room = [True, False]
    await desk.broadcasts.carry_on()
    assert (desk.sent, (await desk.state(number)).state) == ([1002], "running")
    assert (await desk.state(number)).turns == 1, "nobody's turn is taken while there is no room"
    desk.room = [True] * 10
    await desk.broadcasts.carry_on()
    assert desk.sent == list(OTHERS)


async def test_a_round_that_begins_meanwhile_leaves_it_to_the_first(desk: Desk) -> None:
    await desk.begin()
    desk.going_on.clear()
    first = asyncio.ensure_future(desk.broadcasts.carry_on())
    await asyncio.wait_for(desk.under_way.wait(), 5)
    await asyncio.wait_for(desk.broadcasts.carry_on(), 5)
    assert (desk.sent, (await desk.state(1)).turns) == ([], 1)
    desk.going_on.set()
    await first
    assert desk.sent == list(OTHERS)


async def test_after_an_error_that_nobody_foresaw_the_next_round_goes_on_with_the_next_person(desk: Desk) -> None:
    await desk.begin()
    desk.raises[1003] = KeyError("odd")
    with pytest.raises(KeyError):
        await desk.broadcasts.carry_on()
    await desk.broadcasts.carry_on()
    assert desk.sent == [1002, 1004, 1005, 1006]


async def test_each_outcome_is_counted_and_one_line_tells_the_end(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "services")
    number = await desk.begin()
    desk.raises = {1002: Gone(), 1003: Refused(), 1004: Unsure()}
    await desk.broadcasts.carry_on()
    done = await desk.state(number)
    assert (done.turns, done.sent, done.gone, done.failed, done.not_known) == (5, 2, 1, 1, 1)
    assert [record.getMessage() for record in caplog.records] == [
        "A broadcast is done: 2 of 5 people got it, 1 have blocked the bot, 1 were refused"
    ]
    blocked = await desk.people.find(1002)
    assert blocked is not None and blocked.blocked_at == NOW
    assert await desk.broadcasts.readers(ANN) == 4


async def test_a_telegram_that_takes_nothing_has_the_turn_given_back(desk: Desk) -> None:
    number = await desk.begin()
    desk.raises[1003] = NotSent()
    await desk.broadcasts.carry_on()
    found = await desk.state(number)
    assert (desk.sent, found.state, found.turns, found.sent) == ([1002], "running", 1, 1)
    desk.raises.clear()
    await desk.broadcasts.carry_on()
    assert desk.sent == list(OTHERS)


async def test_what_is_stopped_shows_that_and_goes_to_nobody_else(desk: Desk) -> None:
    number = await desk.begin()
    assert await desk.broadcasts.stop(ANN, number) and not await desk.broadcasts.stop(ANN, number)
    await desk.broadcasts.carry_on()
    assert (desk.sent, desk.shown, (await desk.state(number)).state) == ([], [], "stopped")


async def test_two_seconds_count_from_what_was_shown_last(desk: Desk) -> None:
    await desk.begin()
    desk.seconds = float(timedelta(days=1).total_seconds())
    await desk.broadcasts.carry_on()
    assert desk.shown == [("running", 2), ("running", 4), ("done", 5)]
