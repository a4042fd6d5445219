"""A person has one check at a time, whichever process makes it, and stops it from any."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from model.errors import StorageError
from model.people import PersonId
from services.ground.presence import Presence
from services.proxies.checks import Checks
from tests.databases import opened, rows_of
from tests.several_processes import running

ANN, BEN = PersonId(1001), PersonId(1002)


@dataclass
class Run:
    stopped: bool = False


@dataclass
class Two:
    """The checks of two processes on one database, which know of each other."""

    here: Checks
    there: Checks
    folder: Path

    def leases(self) -> list[tuple[Any, ...]]:
        return list(rows_of(self.folder, "SELECT name FROM leases ORDER BY name"))


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    async with opened(tmp_path) as database:
        here, there = Presence(database), Presence(database)
        async with running((here, there)):
            await here.beat()
            yield Two(Checks(here), Checks(there), tmp_path)


async def ends(checks: Checks, person: PersonId) -> None:
    await checks.end(person, await checks.all_asked(person))


async def test_in_the_message_of_one_that_has_still_to_show_its_end_the_next_one_can_be_stopped(two: Two) -> None:
    first, second = Run(), Run()
    for run in (first, second):
        assert await two.here.begin(ANN, run)
        await two.here.shown_in(ANN, 7)
        if run is first:
            await two.here.all_asked(ANN)
    assert await two.here.stop(ANN, 7)
    assert second.stopped and not first.stopped
    second.stopped = False
    await two.here.end(ANN, 7)
    assert await two.there.stop(ANN, 7) and await two.here.is_stopped(ANN)
    await ends(two.here, ANN)
    assert two.leases() == []


async def test_a_second_one_begins_nowhere_until_the_first_has_ended(two: Two) -> None:
    assert await two.here.begin(ANN, Run())
    for each in (two.here, two.there):
        assert not await each.begin(ANN, Run())
    assert await two.there.begin(BEN, Run()), "another person's is another matter"
    await ends(two.here, ANN)
    assert await two.there.begin(ANN, Run())
    for person in (ANN, BEN):
        await ends(two.there, person)
    assert two.leases() == []


async def test_the_message_that_shows_it_stops_it_from_any_process_and_no_other_message_does(two: Two) -> None:
    for process in (two.there, two.here):
        run = Run()
        assert await two.here.begin(ANN, run)
        await two.here.shown_in(ANN, 5)
        assert [await each.stop(ANN, 4) for each in (two.here, two.there)] == [False, False]
        assert not await two.here.is_stopped(ANN)
        assert await process.stop(ANN, 5)
        assert (await two.here.is_stopped(ANN), run.stopped) == (True, True)
        await ends(two.here, ANN)
        assert [await each.stop(ANN, 5) for each in (two.here, two.there)] == [False, False]
        assert two.leases() == [], "the next check in this message is not stopped for that"


async def test_while_its_end_is_not_shown_yet_a_message_still_is_of_its_check_and_another_may_begin(two: Two) -> None:
    assert await two.here.begin(ANN, Run())
    await two.here.shown_in(ANN, 5)
    assert await two.here.all_asked(ANN) == 5
    for each in (two.here, two.there):
        assert await each.begin(ANN, Run())
        assert await each.stop(ANN, 5)
        await ends(each, ANN)
    await two.here.end(ANN, 5)
    assert [await each.stop(ANN, 5) for each in (two.here, two.there)] == [False, False]
    assert two.leases() == []


async def test_while_the_database_is_away_each_process_decides_for_itself(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any, **__: Any) -> Any:
        raise StorageError("the database is away")

    for what in ("take", "is_told"):
        monkeypatch.setattr(f"storage.processes.{what}", refuse)
    assert await two.here.begin(ANN, Run())
    await two.here.shown_in(ANN, 5)
    assert not await two.here.is_stopped(ANN)
    assert await two.here.stop(ANN, 5)
    assert await two.here.is_stopped(ANN)


async def test_a_process_without_others_knows_by_itself() -> None:
    checks = Checks()
    assert await checks.begin(ANN, Run())
    await checks.shown_in(ANN, 5)
    assert [await checks.begin(ANN, Run()), await checks.stop(ANN, 4), await checks.is_stopped(ANN)] == [False] * 3
    assert await checks.stop(ANN, 5) and await checks.is_stopped(ANN)
    await ends(checks, ANN)
    assert not await checks.stop(ANN, 5)
    assert await checks.begin(ANN, Run())
