"""The bot's own backups: at their time, beside its work, and one line where one fails."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from services.backups import BackupResult, Backups
from services.ground.leases import Leases, LocalLeases
from services.ground.presence import Presence, SharedLeases
from storage.engine.backups import BackupFolder
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, url_of
from tests.failing_disk import FailingDisk
from tests.several_processes import running

NOW = datetime(2026, 11, 28, 9, 40, 50, tzinfo=UTC)
RING = Keyring([bytes(range(32))])
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Owner:
    """Whoever runs the bot: a clock, a database, a folder of backups."""

    database: Database
    path: Path
    now: datetime = NOW
    stopping: bool = False
    threads: list[threading.Thread] = field(default_factory=list)

    def stops(self) -> bool:
        self.threads.append(threading.current_thread())
        return self.stopping

    def backups(self, every: timedelta = DAY, keep: int = 7, leases: Leases | None = None) -> Backups:
        """Those of a bot that has just been started."""
        return Backups(self.database, BackupFolder(self.path, keep), every, lambda: self.now, self.stops, leases)

    def made(self) -> list[str]:
        return sorted(path.name for path in self.path.iterdir()) if self.path.exists() else []


@pytest.fixture
async def owner(tmp_path: Path) -> AsyncIterator[Owner]:
    await lay_database(tmp_path)
    database = await Database.open(url_of(tmp_path), RING)
    yield Owner(database, tmp_path / "backups")
    await database.close()


async def test_the_age_of_the_newest_is_known_whoever_made_it(owner: Owner) -> None:
    assert await owner.backups().newest_at() is None
    await owner.backups().back_up()
    owner.now += HOUR
    assert await owner.backups().newest_at() == NOW
    assert await Backups(owner.database, None, DAY, lambda: NOW, owner.stops).newest_at() is None


async def test_the_first_is_made_at_once_and_the_next_after_the_period(owner: Owner) -> None:
    backups = owner.backups()
    assert backups.last is None
    await backups.back_up()
    assert owner.made() == ["px6-bot-20261128T094050Z.sqlite3"]
    assert backups.last == BackupResult(NOW, owner.path / owner.made()[0])
    owner.now = NOW + DAY - SECOND
    await backups.back_up()
    assert len(owner.made()) == 1
    owner.now = NOW + DAY
    await backups.back_up()
    assert owner.made()[1:] == ["px6-bot-20261129T094050Z.sqlite3"]


@pytest.mark.parametrize(("later", "made"), [(6 * HOUR - SECOND, 1), (6 * HOUR, 2)])
async def test_a_start_makes_one_only_when_the_newest_is_older_than_the_period(
    owner: Owner, later: timedelta, made: int
) -> None:
    await owner.backups(6 * HOUR).back_up()
    owner.now += later
    await owner.backups(6 * HOUR).back_up()
    assert len(owner.made()) == made


async def test_a_year_of_backups_leaves_the_newest(owner: Owner) -> None:
    backups = owner.backups(keep=3)
    for _ in range(5):
        await backups.back_up()
        owner.now += DAY
    assert owner.made() == [f"px6-bot-202611{day}T094050Z.sqlite3" for day in (30,)] + [
        f"px6-bot-202612{day}T094050Z.sqlite3" for day in ("01", "02")
    ]


async def test_a_clock_that_is_set_back_keeps_none_waiting(owner: Owner) -> None:
    backups = owner.backups()
    await backups.back_up()
    owner.now -= 30 * DAY
    await backups.back_up()
    assert len(owner.made()) == 2


async def test_it_runs_beside_the_loop(owner: Owner) -> None:
    await owner.backups().back_up()
    assert owner.threads and threading.main_thread() not in owner.threads


async def test_two_at_once_are_one(owner: Owner) -> None:
    backups = owner.backups(SECOND)
    await asyncio.gather(backups.back_up(), backups.back_up())
    assert len(owner.made()) == 1


async def test_while_one_process_makes_one_another_waits_and_then_needs_none(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    leases, goes_on = LocalLeases(), threading.Event()
    first, second = owner.backups(leases=leases), owner.backups(leases=leases)
    with monkeypatch.context() as slow:
        slow.setattr(owner, "stops", lambda: not goes_on.wait(20))
        making = asyncio.ensure_future(owner.backups(leases=leases).back_up())
        await asyncio.sleep(0)
        owner.now += SECOND
        await first.back_up()
        assert (first.last, making.done()) == (None, False)
        goes_on.set()
        await making
    for backups in (first, second):
        owner.now += SECOND
        await backups.back_up()
    assert owner.made() == ["px6-bot-20261128T094050Z.sqlite3"]


async def test_what_failed_is_not_failed_any_more_once_another_process_has_made_one(owner: Owner) -> None:
    owner.path.write_text("a file in the place of the folder")
    first, second, elsewhere = owner.backups(), owner.backups(), owner.backups()
    for backups in (first, second):
        owner.now += SECOND * 3 / 4
        await backups.back_up()
        assert (await backups.last_now()) == BackupResult(owner.now, None, backups.last.error if backups.last else "")
    owner.path.unlink()
    assert (await second.last_now()) == second.last is not None, "none was made yet"
    await elsewhere.back_up()  # in the very second in which the other failed
    found = BackupResult(NOW + SECOND, owner.path / owner.made()[0])
    assert [await backups.last_now() for backups in (first, second)] == [found, found]
    owner.now += HOUR
    for backups in (first, second):
        await backups.back_up()
        assert backups.last == found
    assert len(owner.made()) == 1


async def test_what_failed_stays_so_where_only_older_ones_are_there(owner: Owner) -> None:
    await owner.backups().back_up()
    owner.now += DAY
    backups, aside = owner.backups(), owner.path.with_name("aside")
    owner.path.rename(aside)
    owner.path.write_text("a file in the place of the folder")
    await backups.back_up()
    owner.path.unlink()
    aside.rename(owner.path)
    last = await backups.last_now()
    assert last is not None and (last.at, last.file) == (owner.now, None)


@pytest.mark.parametrize("is_away", [True, False])
async def test_while_nobody_can_say_whether_another_process_makes_one_none_is_begun_and_nothing_has_failed(
    owner: Owner, caplog: pytest.LogCaptureFixture, is_away: bool
) -> None:
    disk = FailingDisk(owner.database)
    presence = Presence(cast(Database, disk))
    backups = owner.backups(leases=SharedLeases(presence))
    async with running([presence]):
        disk.fails = is_away
        await backups.back_up()
        assert (len(owner.made()), backups.last is None) == ((0, True) if is_away else (1, False))
        disk.fails = False
        await backups.back_up()
        assert len(owner.made()) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_failed_one_is_one_line_an_hour_and_is_made_up_for(
    owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    owner.path.write_text("a file in the place of the folder")
    backups = owner.backups()
    for later in (0 * HOUR, 0 * HOUR, HOUR - SECOND):
        owner.now = NOW + later
        await backups.back_up()
    (record,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert record.getMessage().startswith("A backup failed: the folder of backups ")
    assert backups.last is not None
    assert (backups.last.at, backups.last.file) == (NOW, None)
    assert record.getMessage() == f"A backup failed: {backups.last.error}"
    owner.now = NOW + HOUR
    await backups.back_up()
    assert backups.last.at == NOW + HOUR
    owner.path.unlink()
    owner.now += HOUR
    await backups.back_up()
    assert backups.last == BackupResult(NOW + 2 * HOUR, owner.path / owner.made()[0])


async def test_after_a_failure_a_shorter_period_is_kept(owner: Owner) -> None:
    owner.path.write_text("")
    backups = owner.backups(HOUR / 2)
    await backups.back_up()
    owner.path.unlink()
    owner.now += HOUR / 2 - SECOND
    await backups.back_up()
    assert owner.made() == []
    owner.now += SECOND
    await backups.back_up()
    assert len(owner.made()) == 1


async def test_a_failure_before_the_clock_was_set_back_keeps_none_waiting(owner: Owner) -> None:
    owner.path.write_text("")
    backups = owner.backups()
    await backups.back_up()
    owner.path.unlink()
    owner.now -= DAY
    await backups.back_up()
    assert len(owner.made()) == 1


async def test_a_stop_gives_it_up_without_a_word(owner: Owner, caplog: pytest.LogCaptureFixture) -> None:
    backups = owner.backups()
    owner.stopping = True
    await backups.back_up()
    assert (owner.made(), backups.last, caplog.records) == ([], None, [])


async def test_who_wants_none_gets_none(owner: Owner) -> None:
    backups = Backups(owner.database, None, DAY, lambda: owner.now, owner.stops)
    await backups.back_up()
    assert not backups.wanted
    assert (owner.made(), backups.last) == ([], None)
    assert owner.backups().wanted


async def test_a_folder_that_somebody_emptied_is_filled_again(owner: Owner) -> None:
    backups = owner.backups()
    await backups.back_up()
    shutil.rmtree(owner.path)
    owner.now += SECOND
    await backups.back_up()
    assert len(owner.made()) == 1
