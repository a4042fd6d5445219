"""Notices are written down before they are sent, and what becomes of those that Telegram did not take."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from model.accounts import StoredAccount
from model.errors import StorageError
from model.people import Person
from services.account.unchanged import AccountChanged
from services.notifications.delivery import NoticeDelivery, WrittenNotice
from services.notifications.kinds import (
    Change,
    Digest,
    Gone,
    KeyRefused,
    LowBalance,
    Notice,
    NotSent,
    Refused,
    Unsure,
)
from services.notifications.line import Line
from services.notifications.watching_kinds import HealthBack, HealthFell, ReplaceFailed
from storage import accounts, people, unsaid
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, url_of
from tests.durations import HOUR, MINUTE, SECOND
from tests.failing_disk import FailingDisk
from tests.sample_proxies import NOW

LOW = LowBalance(3, 2, Decimal("42.00"), Decimal("5.00"), "RUB", at_most=False)
CHANGE, REFUSED = Change(Decimal("5.00"), "RUB", {}, 0, "site", matches=False), KeyRefused(100, rules_stopped=False)


class Office:
    """Delivers to person 1001, whose messages fail as it is told."""

    def __init__(self, database: Database, person: Person, account: StoredAccount) -> None:
        self.database, self.person, self.account = database, person, account
        self.now = NOW
        self.fails: Exception | None = None
        self.sent: list[tuple[Notice, bool]] = []
        self.rewritten: list[tuple[int, Notice]] = []
        self.seconds, self.attempts = 0.0, 0
        self.due_meanwhile: datetime | None = None
        self.quiet_end: datetime | None = None
        self.delivery = NoticeDelivery(database, self, Line(self.ask, lambda: self.seconds), lambda: self.now)

    async def ask(self) -> None:
        """The harmless call."""
        if isinstance(self.fails, NotSent) and not isinstance(self.fails, Gone | Refused):
            raise self.fails

    async def room(self) -> bool:
        return False

    async def digest(self, person: Person, digest: Digest) -> int:
        raise AssertionError("a notice is delivered, no digest")

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        self.attempts += 1
        self.due_meanwhile = await self.delivery.next_try(1001)
        if self.fails:
            raise self.fails
        self.sent.append((notice, quietly))
        return 55

    async def rewrite(self, person: Person, message_id: int, notice: Notice) -> None:
        self.rewritten.append((message_id, notice))

    async def again(self) -> datetime | None:
        return await self.delivery.again(self.person, self.quiet_until)

    async def quiet_until(self, person: Person) -> datetime | None:
        return self.quiet_end

    async def left(self) -> int:
        async with self.database.read() as connection:
            return await unsaid.count(connection, 1001)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(range(32))]))
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        await accounts.put(connection, 1001, px6_user_id="7", currency="RUB", sealed=b"x", now=NOW)
        person = await people.get(connection, 1001)
    assert person is not None
    found = await accounts.look_up(database, 1001)
    assert found is not None
    yield Office(database, person, found[0])
    await database.close()


async def test_what_arrives_is_written_nowhere(office: Office) -> None:
    await office.delivery.say(office.person, office.account, LOW)
    assert (office.sent, await office.left()) == ([(LOW, False)], 0)
    await office.delivery.say(office.person, office.account, LOW, message_id=9)
    assert (office.rewritten, len(office.sent), await office.left()) == ([(9, LOW)], 1, 0)
    assert await office.again() is None


async def test_a_quiet_one_makes_no_sound_also_when_it_comes_later(office: Office) -> None:
    async with office.database.write() as connection:
        one = await office.delivery.write(connection, office.account, LOW, quietly=True)
    assert (one.again_at, one.written_at, one.tries) == (NOW + 5 * MINUTE, NOW, 0)
    office.now += 5 * MINUTE - SECOND
    assert await office.again() == NOW + 5 * MINUTE
    assert office.sent == []
    office.now += SECOND
    assert await office.again() is None
    assert office.sent == [(LOW, True)]
    assert office.due_meanwhile == office.now + 5 * MINUTE, "no other process sends it meanwhile"


async def test_nothing_is_said_of_an_account_that_is_another_one_by_now(office: Office) -> None:
    async with office.database.write() as connection:
        await accounts.put(connection, 1001, px6_user_id="8", currency="RUB", sealed=b"x", now=NOW)
    with pytest.raises(AccountChanged):
        await office.delivery.say(office.person, office.account, LOW)
    assert (office.sent, await office.left()) == ([], 0)


@pytest.mark.parametrize(
    ("error", "again", "said"),
    [(NotSent(), timedelta(0), "waits until Telegram takes it"), (NotSent(30), 30 * SECOND, "waits until"),
     (Unsure(), MINUTE, "may not have arrived"), (Refused(), None, "refuses a message of the kind 'low'")],
)  # fmt: skip
async def test_what_was_not_certainly_taken_comes_again(
    office: Office, error: Exception, again: timedelta | None, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    office.fails = error
    with caplog.at_level(logging.WARNING):
        await office.delivery.say(office.person, office.account, LOW)
    assert said in caplog.text
    due = None if again is None else NOW + again
    assert await office.delivery.next_try(1001) == due
    assert await office.left() == 1
    office.fails, office.now, office.seconds = None, NOW + HOUR, 100.0
    assert await office.again() is None
    assert len(office.sent) == (0 if again is None else 1)
    assert await office.left() == (1 if again is None else 0)


async def test_what_may_have_arrived_is_tried_after_a_minute_a_quarter_and_an_hour(office: Office) -> None:
    office.fails = Unsure()
    await office.delivery.say(office.person, office.account, LOW)
    pauses = []
    while (due := await office.delivery.next_try(1001)) is not None:
        pauses.append(due - office.now)
        office.now = due
        office.seconds += 10
        await office.again()
    assert pauses == [MINUTE, 15 * MINUTE, HOUR]
    assert await office.left() == 1


async def test_who_is_gone_gets_it_when_they_return(office: Office) -> None:
    office.fails = Gone()
    with pytest.raises(Gone):
        await office.delivery.say(office.person, office.account, LOW)
    assert await office.delivery.next_try(1001) == NOW
    with pytest.raises(Gone):
        await office.again()
    office.fails = None
    assert await office.again() is None
    assert len(office.sent) == 1


async def test_while_telegram_takes_nothing_nothing_is_tried(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    office.fails = NotSent()
    await office.delivery.say(office.person, office.account, LOW)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert await office.again() == NOW
        assert await office.again() == NOW
    assert [record.name for record in caplog.records] == ["services.notifications.line"], "the line says it, once"
    await office.delivery.say(office.person, office.account, LOW)
    assert office.attempts == 1
    office.fails = None
    assert await office.again() == NOW, "the harmless call is not due yet"
    office.seconds = 4.0
    assert await office.again() is None
    assert len(office.sent) == 2


async def test_what_telegram_took_while_nothing_could_be_written_is_not_sent_again_and_the_next_one_is(
    office: Office,
) -> None:
    delivery: Any = office.delivery
    disk = delivery._database = FailingDisk(office.database)
    async with office.database.write() as connection:
        one = await office.delivery.write(connection, office.account, LOW)
    disk.fails = True
    with pytest.raises(StorageError):
        await office.delivery.send(office.person, one)
    disk.fails = False
    for sent in (1, 2):
        office.now += 5 * MINUTE
        assert await office.again() is None
        assert (len(office.sent), await office.left()) == (sent, 0)
        assert not delivery._line.taken, "nothing is kept of what is over"
        async with office.database.write() as connection:
            await office.delivery.write(connection, office.account, LOW)


@pytest.mark.parametrize("error", [Unsure(), NotSent(60)], ids=["perhaps", "certainly not"])
async def test_a_low_balance_that_did_not_arrive_by_day_waits_until_the_night_is_over(
    office: Office, error: Exception
) -> None:
    office.fails = error
    await office.delivery.say(office.person, office.account, LOW)
    office.fails, office.quiet_end = None, NOW + 8 * HOUR
    office.now += MINUTE
    office.seconds += 60
    assert await office.again() == office.quiet_end and office.sent == []
    office.now, office.quiet_end = office.quiet_end, None
    assert await office.again() is None
    assert office.sent == [(LOW, False)]


FELL, BACK, NOT_REPLACED = HealthFell(7, 1, (), NOW), HealthBack(1, (), 0), ReplaceFailed("limit", 1, 1, ())
WANTED_AT_NIGHT = [(replace(each, night=True), False) for each in (FELL, BACK, NOT_REPLACED)]


@pytest.mark.parametrize("night", [True, False])
@pytest.mark.parametrize(
    ("notice", "is_silent"),
    [(CHANGE, True), (REFUSED, False), (FELL, True), (BACK, True), (NOT_REPLACED, True), *WANTED_AT_NIGHT],
)
async def test_what_did_not_arrive_by_day_makes_no_sound_at_night_unless_it_always_does(
    office: Office, notice: WrittenNotice, is_silent: bool, night: bool
) -> None:
    office.fails = Unsure()
    await office.delivery.say(office.person, office.account, notice)
    office.fails, office.quiet_end = None, NOW + 8 * HOUR if night else None
    office.now += MINUTE
    assert await office.again() is None
    assert office.sent == [(notice, is_silent and night)]
