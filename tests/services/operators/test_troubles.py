"""What goes wrong, to the second: when it is told, who is asked first, what waits until Telegram takes it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from model.errors import StorageError
from model.operators import News
from services.account.access import Access
from services.backups import BackupResult
from services.ground.presence import Presence
from services.notifications.kinds import NotSent
from services.operators.reach import Reach
from services.operators.troubles import Troubles
from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, run, url_of
from tests.durations import HOUR, MINUTE, SECOND
from tests.failing_disk import FailingDisk
from tests.sample_proxies import NOW
from tests.several_processes import running
from tests.storage.sample_rows import a_confirmation, an_order

MOMENT = timedelta(microseconds=1)
Told = tuple[int, str, bool]  # the operator, the kind, whether it is over


class TroubleRig:
    """Operators 1 and 2 of a bot whose clock, px6, Telegram, polls and backups a test sets."""

    def __init__(self, database: Database) -> None:
        self.presence: Presence | None = None
        self.database, self.disk, self.passed = database, FailingDisk(database, is_gone=True), timedelta(0)
        self.px6, self.telegram, self.polls = (Reach(self.clock, self.monotonic) for _ in range(3))
        self.asked: list[str] = []
        self.last: BackupResult | None = None
        self.told: list[tuple[int, News]] = []
        self.takes = True
        self.unreachable: dict[int, Exception] = {}
        self.troubles = self.of_process()

    def of_process(self) -> Troubles:
        """As after a start: nothing is in memory."""
        return Troubles(
            cast(Database, self.disk),
            Access((), (2, 1)),
            self.last_backup,
            (self.px6, self.ask_px6),
            (self.telegram, self.ask_telegram),
            self.polls,
            self.tell,
            self.clock,
            self.monotonic,
            self.presence,
        )

    def among_others(self) -> Presence:
        """From now on it is one of several processes on the database."""
        self.presence = Presence(cast(Database, self.disk))
        self.troubles = self.of_process()
        return self.presence

    async def last_backup(self) -> BackupResult | None:
        return self.last

    def clock(self) -> datetime:
        return NOW + self.passed

    def monotonic(self) -> float:
        return self.passed.total_seconds()

    async def ask_px6(self) -> None:
        self.asked.append("px6")

    async def ask_telegram(self) -> None:
        self.asked.append("telegram")

    async def tell(self, operator: int, news: News) -> None:
        if not self.takes:
            raise NotSent
        if operator in self.unreachable:
            raise self.unreachable[operator]
        self.told.append((operator, news))

    async def look(self, after: timedelta = timedelta(0)) -> Sequence[Told]:
        self.passed += after
        self.told.clear()
        self.asked.clear()
        await self.troubles.look()
        return [(operator, news.kind, news.over is not None) for operator, news in self.told]


def both(kind: str, *, over: bool = False) -> list[Told]:
    return [(1, kind, over), (2, kind, over)]


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[TroubleRig]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    yield TroubleRig(database)
    await database.close()


class Two:
    """Two processes on one database, each with a px6, a Telegram, a disk and backups of its own."""

    def __init__(self, database: Database) -> None:
        self.a, self.b = TroubleRig(database), TroubleRig(database)
        self.presences = [rig.among_others() for rig in (self.a, self.b)]

    async def look(self, times: int = 1) -> list[tuple[str, str, bool]]:
        """Which of them tells the first operator what, and whether it is over, within so many minutes."""
        said = []
        for _ in range(times):
            for name, rig in (("a", self.a), ("b", self.b)):
                told = await rig.look(MINUTE)
                said += [(name, kind, over) for operator, kind, over in told if operator == 1]
        return said

    async def is_gone(self, presence: Presence) -> None:
        """As after a kill, once the others know."""
        async with self.a.database.write() as connection:
            await run(connection, "DELETE FROM leases WHERE holder = ?", [presence.process])
            await run(connection, "DELETE FROM processes WHERE id = ?", [presence.process])


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    both = Two(database)
    async with running(both.presences):
        yield both
    await database.close()


@pytest.mark.parametrize("name", ["px6", "telegram"])
async def test_silence_is_told_after_five_minutes_exactly_and_only_who_is_silent_is_asked(
    rig: TroubleRig, name: str
) -> None:
    reach = {"px6": rig.px6, "telegram": rig.telegram}[name]
    assert (await rig.look(), rig.asked) == ([], [])
    reach.note(False)
    assert (await rig.look(5 * MINUTE - MOMENT), rig.asked) == ([], [name])
    assert await rig.look(MOMENT) == both(name)
    assert rig.told[0][1].since == NOW
    assert (await rig.look(HOUR), rig.asked) == ([], [name])
    reach.note(True)
    assert (await rig.look(), rig.asked) == (both(name, over=True), [name]), "it was told: so it is asked"
    assert (rig.told[0][1].since, rig.told[0][1].over) == (NOW, rig.clock())
    assert (await rig.look(), rig.asked) == ([], [])


async def test_after_a_restart_it_is_over_only_once_somebody_has_answered(rig: TroubleRig) -> None:
    rig.px6.note(False)
    assert await rig.look(5 * MINUTE) == both("px6")
    rig.px6 = Reach(rig.clock, rig.monotonic)
    rig.troubles = rig.of_process()
    assert (await rig.look(), rig.asked) == ([], ["px6"]), "what nobody has seen yet is neither"
    rig.px6.note(True)
    assert await rig.look() == both("px6", over=True)


async def test_polls_that_fail_have_telegram_asked_and_are_told_after_five_minutes_exactly(rig: TroubleRig) -> None:
    rig.telegram.note(True)
    rig.polls.note(False)
    assert (await rig.look(5 * MINUTE - MOMENT), rig.asked) == ([], ["telegram"])
    assert await rig.look(MOMENT) == both("updates")
    assert rig.told[0][1].since == NOW
    rig.polls.note(True)
    assert await rig.look() == both("updates", over=True)


async def test_a_payment_is_unknown_for_fifteen_minutes_exactly_before_it_is_told_and_its_end_is_no_news(
    rig: TroubleRig,
) -> None:
    async with rig.database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        confirmed = await a_confirmation(connection, "q")
        for _ in range(2):
            await an_order(connection, confirmed, state="unknown")
        await run(connection, "UPDATE orders SET sent_at = confirmed_at - 1000000 * id")  # one second before, and two
    assert await rig.look() == []
    assert await rig.look(15 * MINUTE - 2 * SECOND - MOMENT) == []
    assert await rig.look(MOMENT) == both("unknown")
    assert (rig.told[0][1].count, rig.told[0][1].since) == (1, NOW - 2 * SECOND)
    assert await rig.look(SECOND - MOMENT) == []
    assert await rig.look(MOMENT) == both("unknown")
    assert (rig.told[0][1].count, rig.told[0][1].since) == (1, NOW - SECOND)
    async with rig.database.write() as connection:
        await run(connection, "UPDATE orders SET state = 'done' WHERE id = 1")
    assert await rig.look() == []
    async with rig.database.read() as connection:
        left = (await run(connection, "SELECT name FROM troubles")).scalars().all()
    assert left == ["payment 2"]
    async with rig.database.write() as connection:
        sent = f"{int(rig.clock().timestamp())}000000"
        await run(connection, f"UPDATE orders SET state = 'unknown', sent_at = {sent} WHERE id = 1")  # noqa: S608
    assert await rig.look(15 * MINUTE - SECOND) == []
    assert await rig.look(SECOND) == both("unknown"), "its time counts anew"


async def test_payments_that_are_told_at_once_are_one_piece_of_news_since_the_first_of_them(rig: TroubleRig) -> None:
    async with rig.database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        confirmed = await a_confirmation(connection, "q")
        for _ in range(3):
            await an_order(connection, confirmed, state="unknown")
        await run(connection, "UPDATE orders SET sent_at = confirmed_at - 1000000 * id")
    assert await rig.look(HOUR) == both("unknown")
    assert (rig.told[0][1].count, rig.told[0][1].since) == (3, NOW - 3 * SECOND)


async def test_an_error_is_told_again_after_an_hour_exactly_and_another_place_at_once(rig: TroubleRig) -> None:
    for place in ("a.py:1", "a.py:1", "b.py:2"):
        rig.troubles.note_error("KeyError", place)
    assert await rig.look() == [*both("error"), *both("error")]
    assert [news.detail for _, news in rig.told[::2]] == ["KeyError at a.py:1", "KeyError at b.py:2"]
    assert rig.told[0][1].since == rig.clock()
    rig.troubles.note_error("KeyError", "a.py:1")
    assert await rig.look(HOUR - MOMENT) == []
    rig.troubles.note_error("ValueError", "a.py:1")
    assert await rig.look(MOMENT) == both("error")
    rig.troubles.note_error("ValueError", "a.py:1")
    assert await rig.look(HOUR - MOMENT) == [], "the hour counts from when it was told last"


async def test_of_a_flood_of_errors_the_newest_twenty_places_are_told(rig: TroubleRig) -> None:
    for number in range(21):
        rig.troubles.note_error("KeyError", f"a.py:{number}")
    assert len(await rig.look()) == 40
    assert rig.told[0][1].detail == "KeyError at a.py:1"


async def test_what_waits_is_told_in_its_order_and_only_its_own_end_replaces_it(rig: TroubleRig) -> None:
    rig.takes = False
    rig.last = BackupResult(NOW, None, "no space")
    rig.troubles.note_error("KeyError", "a.py:1")
    rig.px6.note(False)
    assert await rig.look(5 * MINUTE) == []
    rig.px6.note(True)
    assert await rig.look() == []
    rig.takes = True
    assert await rig.look() == [*both("backup"), *both("error"), *both("px6", over=True)]
    assert await rig.look() == []


@pytest.mark.parametrize("kept_back_by", [NotSent(), StorageError("the database is away")])
async def test_what_cannot_be_told_now_waits_and_keeps_nobody_else_from_being_told(
    rig: TroubleRig, kept_back_by: Exception
) -> None:
    rig.unreachable = {1: kept_back_by}
    for number in range(2):
        rig.troubles.note_error("KeyError", f"a.py:{number}")
    assert await rig.look() == [(2, "error", False)] * 2
    assert await rig.look() == []
    rig.unreachable = {}
    assert await rig.look() == [(1, "error", False)] * 2
    assert [news.detail for _, news in rig.told] == ["KeyError at a.py:0", "KeyError at a.py:1"]


async def test_a_fault_of_ours_in_telling_one_thing_keeps_all_others(rig: TroubleRig) -> None:
    for number in range(2):
        rig.troubles.note_error("KeyError", f"a.py:{number}")
    rig.unreachable = {1: ValueError("a fault of ours")}
    with pytest.raises(ValueError, match="a fault of ours"):
        await rig.look()
    rig.unreachable = {}
    assert await rig.look() == [(2, "error", False), *both("error")]


async def test_of_what_waits_too_long_the_newest_hundred_stay(rig: TroubleRig) -> None:
    rig.takes = False
    for number in range(51):
        rig.troubles.note_error("KeyError", f"a.py:{number}")
        assert await rig.look() == []
    rig.takes = True
    assert len(await rig.look()) == 100
    assert rig.told[0][1].detail == "KeyError at a.py:1"


async def test_nobody_who_was_told_of_a_failed_backup_hears_of_the_next_and_all_hear_of_one_that_worked(
    rig: TroubleRig,
) -> None:
    rig.last = BackupResult(NOW - HOUR, None, "no space")
    assert await rig.look() == both("backup")
    assert (rig.told[0][1].since, rig.told[0][1].detail) == (NOW - HOUR, "no space")
    rig.last = None
    rig.troubles = rig.of_process()
    assert await rig.look() == [], "a new process has made none yet"
    rig.last = BackupResult(NOW, Path("x"))
    assert await rig.look() == both("backup", over=True)


async def test_a_disk_that_is_gone_is_told_once_and_what_was_told_before_it_is_not_told_again(
    rig: TroubleRig,
) -> None:
    rig.last = BackupResult(NOW, None, "no space")
    assert await rig.look() == both("backup")
    rig.disk.fails = True
    assert await rig.look() == [*both("disk"), *both("backup")], "what was told before cannot be read"
    assert await rig.look(HOUR) == []
    rig.disk.fails = False
    assert await rig.look() == both("disk", over=True)
    assert await rig.look() == []


# -- several processes


def set_wrong(rig: TroubleRig, name: str, *, wrong: bool) -> None:
    """This process has the trouble, or surely has it not."""
    if name == "backup":
        rig.last = BackupResult(rig.clock(), None if wrong else Path("x"), "no space" if wrong else "")
    elif name == "disk":
        rig.disk.fails = wrong
    else:
        {"px6": rig.px6, "telegram": rig.telegram}[name].note(not wrong)


@pytest.mark.parametrize("name", ["px6", "telegram", "backup", "disk"])
async def test_what_one_process_has_is_told_once_and_over_when_that_one_says_so(two: Two, name: str) -> None:
    set_wrong(two.b, name, wrong=False)
    assert await two.look() == []
    set_wrong(two.a, name, wrong=True)
    two.a.passed += 5 * MINUTE
    assert await two.look(times=5) == [("a", name, False)], "it is not over because the other is well"
    set_wrong(two.a, name, wrong=False)
    assert await two.look(times=5) == [("a", name, True)]
    set_wrong(two.b, name, wrong=True)
    two.b.passed += 5 * MINUTE
    assert await two.look(times=5) == [("b", name, False)], "now the other one may tell"
    set_wrong(two.b, name, wrong=False)
    assert await two.look(times=5) == [("b", name, True)]
    assert await leases(two) == []


@pytest.mark.parametrize("name", ["px6", "backup"])
async def test_what_both_have_is_told_once_and_not_over_before_who_told_it_says_so(two: Two, name: str) -> None:
    for rig in (two.a, two.b):
        set_wrong(rig, name, wrong=True)
        rig.passed += 5 * MINUTE
    assert await two.look(times=5) == [("a", name, False)]
    set_wrong(two.b, name, wrong=False)
    assert await two.look(times=5) == []
    set_wrong(two.a, name, wrong=False)
    assert await two.look(times=5) == [("a", name, True)]


async def test_of_a_process_that_is_gone_another_says_that_it_is_over(two: Two) -> None:
    set_wrong(two.a, "px6", wrong=True)
    set_wrong(two.b, "px6", wrong=False)
    two.a.passed += 5 * MINUTE
    assert await two.look() == [("a", "px6", False)]
    await two.is_gone(two.presences[0])
    assert await two.b.look() == both("px6", over=True)
    assert await leases(two) == []


async def test_of_a_process_that_is_gone_one_with_the_same_trouble_is_the_heir(two: Two) -> None:
    for rig in (two.a, two.b):
        set_wrong(rig, "px6", wrong=True)
        rig.passed += 5 * MINUTE
    assert await two.look() == [("a", "px6", False)]
    await two.is_gone(two.presences[0])
    assert await two.b.look() == []
    third = two.a.among_others()
    set_wrong(two.a, "px6", wrong=False)
    async with running([third]):  # the first one again, started anew
        assert await two.look(times=5) == [], "px6 answers it, but it has not told that"
        set_wrong(two.b, "px6", wrong=False)
        assert await two.look(times=5) == [("b", "px6", True)]


async def test_two_that_see_the_same_end_in_one_moment_tell_it_once_and_hold_nothing_after_it(two: Two) -> None:
    set_wrong(two.a, "px6", wrong=True)
    set_wrong(two.b, "px6", wrong=False)
    two.a.passed += 5 * MINUTE
    assert await two.look() == [("a", "px6", False)]

    async def over_meanwhile() -> None:
        set_wrong(two.a, "px6", wrong=False)
        assert await two.a.look() == both("px6", over=True)

    two.b.ask_px6 = over_meanwhile  # type: ignore[method-assign]
    two.b.troubles = two.b.of_process()
    assert await two.b.look() == []
    assert await leases(two) == []


async def leases(two: Two) -> list[str]:
    async with two.a.database.read() as connection:
        return list((await run(connection, "SELECT name FROM leases")).scalars())


async def test_who_has_polled_before_does_not_end_what_who_polls_now_tells(two: Two) -> None:
    for rig in (two.a, two.b):
        rig.telegram.note(True)
        rig.polls.note(True)
    assert await two.look() == []
    two.b.troubles.stands_by = lambda: True
    two.a.polls.note(False)
    two.a.passed += 5 * MINUTE
    assert await two.look(times=5) == [("a", "updates", False)]
    await two.is_gone(two.presences[0])
    two.b.troubles.stands_by = lambda: False
    assert await two.b.look() == [], "it has not polled yet since it has taken over"
    two.b.polls.note(True)
    assert await two.b.look() == both("updates", over=True)


async def test_who_polls_no_longer_tells_no_failures_of_before(two: Two) -> None:
    for rig in (two.a, two.b):
        rig.telegram.note(True)
    two.a.polls.note(False)
    two.a.passed += 5 * MINUTE
    assert await two.look() == [("a", "updates", False)]
    two.a.troubles.stands_by = lambda: True
    two.b.polls.note(True)
    assert await two.look(times=5) == [("b", "updates", True)]


async def test_while_the_database_is_away_each_process_tells_that_for_itself(two: Two) -> None:
    for rig in (two.a, two.b):
        rig.disk.fails = True
    assert await two.look(times=3) == [("a", "disk", False), ("b", "disk", False)]
    for rig in (two.a, two.b):
        rig.disk.fails = False
    assert await two.look(times=3) == [("a", "disk", True), ("b", "disk", True)]
    assert await leases(two) == []
