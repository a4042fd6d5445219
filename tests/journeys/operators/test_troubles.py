"""Operators are told of what goes wrong once, and once when it is over; both sides of each edge, by moved clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import update

from model.errors import StorageError
from model.operators import News
from sandbox.telegram.writing import Letter
from services.account.access import Access
from services.backups import BackupResult
from services.notifications.kinds import Gone, NotSent, Unsure
from services.operators.reach import Reach
from services.operators.troubles import MOST_ERRORS, Troubles
from storage import people
from storage.engine.database import Database
from storage.schema import orders
from tests.durations import HOUR, MINUTE
from tests.failing_disk import FailingDisk
from tests.journeys.operators.conftest import CUSTOMER, OPERATOR
from tests.storage.sample_rows import a_confirmation, an_order
from tests.world import World, webhook_at, world_without_bot

SECOND, MOMENT = timedelta(seconds=1), timedelta(milliseconds=1)


async def look(world: World, after: timedelta = timedelta(0)) -> list[str]:
    """What the operator is told with one look; the first line of each message."""
    phone = world.phone(OPERATOR)
    before = len(await phone.texts())
    world.move(after)
    await world.app.services.troubles.look()
    return [text.splitlines()[0] for text in (await phone.texts())[before:]]


async def test_px6_is_told_after_five_minutes_once_and_when_it_is_back(world: World) -> None:
    phone = world.phone(CUSTOMER)
    await world.phone(OPERATOR).says("/start")
    await phone.connects()
    assert await look(world) == []
    world.px6.fault("503_before", times=None)
    await phone.says("/balance")
    assert [await look(world), await look(world, 5 * MINUTE - 5 * SECOND)] == [[], []]
    world.px6.clear_faults()
    assert await look(world) == [], "it came back within five minutes"
    world.px6.fault("503_before", times=None)
    await phone.says("/balance")
    assert await look(world, 5 * MINUTE - 5 * SECOND) == []
    assert await look(world, 6 * SECOND) == ["⚠️ px6 does not answer"]
    assert [await look(world, HOUR), await look(world, HOUR)] == [[], []]
    world.px6.clear_faults()
    assert await look(world) == ["px6 answers again"], "nobody has asked px6 but the look"
    assert "lasted 2 hours" in await world.phone(OPERATOR).reads()
    assert await look(world, HOUR) == []


async def test_what_was_told_is_not_told_again_after_a_restart(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"admin_user_ids": frozenset({OPERATOR})}
    async with world_without_bot(tmp_path, **settings) as world:
        async with world.running_bot(**settings):
            await world.phone(OPERATOR).connects()
            world.px6.fault("503_before", times=None)
            await world.phone(OPERATOR).says("/balance")
            await look(world)
            assert await look(world, 6 * MINUTE) == ["⚠️ px6 does not answer"]
        async with world.running_bot(**settings):
            assert [await look(world), await look(world, 6 * MINUTE)] == [[], []]
            world.px6.clear_faults()
            assert await look(world) == ["px6 answers again"]


async def test_payments_unknown_for_fifteen_minutes_are_told_together_and_once(world: World) -> None:
    await world.phone(OPERATOR).says("/start")
    world.px6.fault("drop_before", "buy", times=None)
    phone = world.phone(CUSTOMER)
    await phone.connects()
    for _ in range(2):
        await phone.says("/buy 1 30 de")
        await phone.taps("Buy · ")
    world.px6.fault("503_before", "getproxy", times=None)
    assert [await look(world), await look(world, 15 * MINUTE - 30 * SECOND)] == [[], []]
    assert world.rows("SELECT state FROM orders") == [("unknown",)] * 2
    assert "⚠️ Payments of unknown outcome" in await look(world, 31 * SECOND)
    said = next(text for text in await world.phone(OPERATOR).texts() if "unknown outcome" in text)
    assert "2 payments are so for more than 15 minutes" in said
    assert "⚠️ Payments of unknown outcome" not in await look(world, HOUR)
    world.px6.clear_faults()
    world.move(3 * HOUR)
    await world.app.services.orders.settle_due()
    await world.quiet()
    await look(world)
    left = world.rows("SELECT name FROM troubles WHERE name LIKE 'payment %'")
    assert len(left) == len(world.rows("SELECT id FROM orders WHERE state = 'unknown'"))


@pytest.mark.unforeseen
async def test_an_unforeseen_error_is_told_by_type_and_place_once_an_hour(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = world.phone(OPERATOR)
    await operator.says("/start")

    def fails(*_: object) -> None:
        raise KeyError("a secret")

    monkeypatch.setattr("handlers.account.settings.settings_screen", fails)
    for _ in range(2):
        await world.phone(CUSTOMER).says("/settings")
    assert await look(world) == ["⚠️ An error that nobody foresaw"]
    said = await operator.reads()
    assert "KeyError at handlers/account/settings.py:" in said and "secret" not in said
    await world.phone(CUSTOMER).says("/settings")
    assert await look(world, HOUR - MINUTE) == []
    await world.phone(CUSTOMER).says("/settings")
    assert await look(world, MINUTE) == ["⚠️ An error that nobody foresaw"]


async def test_polls_that_failed_are_over_once_the_bot_takes_updates_by_webhook(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path, webhook=True, admin_user_ids=frozenset({OPERATOR})) as world:
        assert world.settings.listens_at is not None
        by_webhook = {**webhook_at(world.settings.listens_at[1]), "admin_user_ids": frozenset({OPERATOR})}
        async with world.running_bot(**by_webhook | {"webhook_url": "", "http_listen": ""}):
            await world.phone(OPERATOR).says("/start")
            world.telegram.fail("getUpdates", 409, times=1000, description="Conflict: another one polls")
            await world.until(lambda: world.app.services.troubles._polls.failing_since is not None)
            assert await look(world, 6 * MINUTE) == ["⚠️ Telegram gives the bot no updates"]
        async with world.running_bot(**by_webhook):
            await world.until(lambda: world.app.intake.is_connected)
            assert await look(world) == ["Telegram gives updates again"]
            assert await look(world, HOUR) == []


def take_away(database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is asked of the database from now on fails at once."""

    def refuse(*_: object) -> Any:
        raise StorageError("the database cannot be used: connection refused")

    async def refuse_later(*_: object) -> Any:
        refuse()

    async def cannot(*_: object) -> bool:
        return False

    for name, instead in {
        "read": refuse,
        "write": refuse,
        "single": refuse,
        "look_up": refuse_later,
        "can_be_written": cannot,
    }.items():
        monkeypatch.setattr(type(database), name, instead)


@pytest.mark.parametrize("speaks_russian", [False, True])
async def test_a_database_that_is_away_is_told_at_the_next_look_in_the_language_last_known(
    world: World, monkeypatch: pytest.MonkeyPatch, speaks_russian: bool
) -> None:
    await world.phone(OPERATOR).says("/start")
    assert await look(world) == []
    if speaks_russian:
        await world.phone(OPERATOR).says("/language ru")
        world.app.services.troubles.note_error("KeyError", "handlers/x.py:1")
        assert await look(world) == ["⚠️ Непредвиденная ошибка"]
    with monkeypatch.context() as away:
        take_away(world.app.services.people._database, away)
        world.app.services.troubles.note_error("KeyError", "handlers/x.py:2")
        assert await look(world, MINUTE) == (
            ["⚠️ Не удаётся писать в базу данных", "⚠️ Непредвиденная ошибка"]
            if speaks_russian
            else ["⚠️ The database cannot be written", "⚠️ An error that nobody foresaw"]
        )
        assert [await look(world, MINUTE), await look(world, MINUTE)] == [[], []]
    assert await look(world) == [
        "В базу данных снова можно писать" if speaks_russian else "The database can be written again"
    ]
    assert await look(world, MINUTE) == []


async def test_where_nobody_operates_nothing_is_looked_at(world: World) -> None:
    world.app.access.take((), ())
    await world.phone(OPERATOR).connects()
    world.px6.fault("503_before", times=None)
    await world.phone(OPERATOR).says("/balance")
    asked = len(world.px6.calls)
    assert await look(world, HOUR) == [] and len(world.px6.calls) == asked


class TroubleRig:
    """Troubles over a database, backups and a Telegram that a test sets, with a clock that stands still."""

    def __init__(self, world: World) -> None:
        self.last: BackupResult | None = None
        self.told: list[tuple[int, News]] = []
        self.raises: list[Exception] = []
        self.now, self.passed = world.clock(), 0.0
        self.telegram = Reach(self.clock, self.monotonic)
        self.polls = Reach(self.clock, self.monotonic)
        self.answers: list[bool] = []
        self.database = FailingDisk(world.app.services.people._database)
        self.troubles = Troubles(
            cast(Database, self.database),
            Access((), (1, 2)),
            self.last_backup,
            (Reach(self.clock, self.monotonic), self.ask),
            (self.telegram, self.ask_telegram),
            self.polls,
            self.tell,
            self.clock,
            self.monotonic,
        )

    def clock(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.passed

    async def last_backup(self) -> BackupResult | None:
        return self.last

    def move(self, by: timedelta) -> None:
        self.now, self.passed = self.now + by, self.passed + by.total_seconds()

    async def ask(self) -> None:
        """Whoever is asked stays as they are."""

    async def ask_telegram(self) -> None:
        """Telegram is asked, and does the next of `answers`."""
        if self.answers:
            self.telegram.note(self.answers.pop(0))

    async def tell(self, operator: int, news: News) -> None:
        if self.raises:
            raise self.raises.pop(0)
        self.told.append((operator, news))

    async def look(self) -> list[tuple[int, str, bool, str]]:
        """Who is told what: the kind, whether it is over, the detail."""
        self.told.clear()
        await self.troubles.look()
        return [(operator, news.kind, news.over is not None, news.detail) for operator, news in self.told]


async def test_backups_the_disk_and_telegram_are_told_once_to_each_operator(world: World) -> None:
    rig, second_process = TroubleRig(world), TroubleRig(world)
    assert await rig.look() == []
    at = rig.now
    rig.last = BackupResult(at, None, "no space")
    assert await rig.look() == [(1, "backup", False, "no space"), (2, "backup", False, "no space")]
    rig.last = second_process.last = BackupResult(at + HOUR, None, "no space")
    assert [await rig.look(), await second_process.look()] == [[], []]
    rig.last = BackupResult(at + HOUR, Path("x"))
    assert await rig.look() == [(1, "backup", True, ""), (2, "backup", True, "")]
    rig.database.fails = True
    assert [each[1:3] for each in await rig.look()] == [("disk", False)] * 2
    assert await rig.look() == [] and world.rows("SELECT * FROM troubles") == []
    rig.database.fails = False
    assert [each[1:3] for each in await rig.look()] == [("disk", True)] * 2
    assert await rig.look() == []
    rig.telegram.note(False)
    rig.move(5 * MINUTE - MOMENT)
    assert await rig.look() == [] and not rig.raises
    rig.move(MOMENT)
    rig.raises = [NotSent(), NotSent()]
    assert await rig.look() == []
    rig.telegram.note(True)
    assert [each[1:3] for each in await rig.look()] == [("telegram", True)] * 2, "that it began was not told in time"


async def test_what_is_told_while_the_disk_is_full_is_written_down_after_it_and_told_once(world: World) -> None:
    rig = TroubleRig(world)
    rig.database.fails = True
    rig.last = BackupResult(world.clock(), None, "no space")
    assert {each[1:3] for each in await rig.look()} == {("disk", False), ("backup", False)}
    assert await rig.look() == [] and world.rows("SELECT * FROM troubles") == []
    rig.database.fails = False
    assert {each[1:3] for each in await rig.look()} == {("disk", True)}
    assert world.rows("SELECT name FROM troubles") == [("backup",)]
    assert await rig.look() == []
    rig.database.fails = True
    rig.last = BackupResult(world.clock(), Path("x"))
    assert {each[1:3] for each in await rig.look()} == {("disk", False)}, "that it is over cannot be noted yet"
    rig.database.fails = False
    assert {each[1:3] for each in await rig.look()} == {("disk", True), ("backup", True)}
    assert await rig.look() == [] and world.rows("SELECT * FROM troubles") == []


async def test_what_telegram_did_not_take_is_told_later_and_what_may_have_arrived_is_not(world: World) -> None:
    rig = TroubleRig(world)
    rig.troubles.note_error("KeyError", "handlers/x.py:1")
    rig.raises = [NotSent(), Unsure()]
    assert await rig.look() == []
    assert await rig.look() == [(1, "error", False, "KeyError at handlers/x.py:1")]
    rig.troubles.note_error("KeyError", "handlers/x.py:2")
    rig.raises = [Gone(), Gone()]
    assert [await rig.look(), await rig.look()] == [[], []]


async def test_the_same_place_is_told_again_after_an_hour_and_another_one_at_once(world: World) -> None:
    rig = TroubleRig(world)
    told = []
    for after, place in ((HOUR, "a.py:1"), (HOUR - MOMENT, "a.py:1"), (MOMENT, "a.py:1"), (MOMENT, "a.py:2")):
        rig.move(after)
        rig.troubles.note_error("KeyError", place)
        told.append([each[3] for each in await rig.look()][:1])
    assert told == [["KeyError at a.py:1"], [], ["KeyError at a.py:1"], ["KeyError at a.py:2"]]
    for number in range(MOST_ERRORS + 1):
        rig.troubles.note_error("KeyError", f"b.py:{number}")
    assert len(await rig.look()) == 2 * MOST_ERRORS, "a flood of them is cut"


async def test_a_payment_is_told_of_when_its_outcome_is_unknown_for_just_fifteen_minutes(world: World) -> None:
    rig = TroubleRig(world)
    await world.phone(CUSTOMER).connects()
    async with world.app.services.people._database.write() as connection:
        await people.create(connection, 1001, "en", rig.now)
        made = await an_order(connection, await a_confirmation(connection, "q"), state="unknown")
        values = {"state": "unknown", "sent_at": rig.now}
        await connection.execute(update(orders).where(orders.c.id == made).values(values))
    rig.move(15 * MINUTE - MOMENT)
    assert await rig.look() == []
    rig.move(MOMENT)
    assert [each[1] for each in await rig.look()] == ["unknown", "unknown"]
    assert await rig.look() == []
    assert world.rows("SELECT name FROM troubles") == [(f"payment {made}",)]
    async with world.app.services.people._database.write() as connection:
        await connection.execute(update(orders).where(orders.c.id == made).values(state="done"))
    assert await rig.look() == [] and world.rows("SELECT name FROM troubles") == []


async def test_polls_that_fail_while_telegram_answers_are_a_trouble_of_their_own(world: World) -> None:
    rig = TroubleRig(world)
    rig.polls.note(True)
    assert await rig.look() == []
    rig.polls.note(False)
    rig.answers = [True] * 4
    rig.move(5 * MINUTE - MOMENT)
    assert await rig.look() == []
    rig.move(MOMENT)
    assert [each[1:3] for each in await rig.look()] == [("updates", False)] * 2
    assert await rig.look() == []
    rig.polls.note(True)
    assert [each[1:3] for each in await rig.look()] == [("updates", True)] * 2
    rig.polls.note(False)
    rig.answers = [False]
    assert await rig.look() == []
    rig.move(5 * MINUTE)
    assert [each[1:3] for each in await rig.look()] == [("telegram", False)] * 2, "it is silent altogether"


async def test_the_running_bot_looks_publishes_menus_and_carries_broadcasts_on_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TROUBLES_EVERY", "MENUS_EVERY", "RESUME_EVERY"):
        monkeypatch.setattr(f"bot.app.{name}", 0.02)
    settings: dict[str, Any] = {"admin_user_ids": frozenset({OPERATOR})}
    async with world_without_bot(tmp_path, **settings) as world, world.running_bot(**settings):
        for person in (OPERATOR, CUSTOMER):
            world.phone(person)._side.write(
                world.telegram.bot(world.token),
                world.telegram.person(person),
                world.phone(person)._chat,
                Letter("/language"),
            )
        await world.until(lambda: len(world.rows("SELECT 1 FROM people")) == 2)
        broadcasts = world.app.services.broadcasts
        number = await broadcasts.draft(OPERATOR, "hello", [])
        await broadcasts.begin(OPERATOR, number, None)
        await world.until(lambda: world.rows("SELECT state, sent FROM broadcasts") == [("done", 1)])
        world.app.services.troubles.note_error("KeyError", "handlers/x.py:1")
        await world.until(lambda: any("KeyError" in str(call.params.get("text")) for call in world.telegram.requests))
        world.app.access.take((), (CUSTOMER,))
        await world.until(lambda: [c.method for c in world.telegram.requests].count("deletemycommands") == 2)
