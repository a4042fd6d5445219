"""What is over goes from each table from its time on; what is of that very moment stays, and so does what is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import pruning
from storage.schema import metadata
from tests.databases import opened
from tests.storage.owners import ANN, CAROL, THEN, fill, number

T = metadata.tables
MOMENT = timedelta(microseconds=1)
# Ann's rows are of THEN, and Carol's of two hours later. The tables whose rows are over by their time alone:
BY_TIME = {
    *("reminders", "silences", "colleague_reminders", "colleague_silences", "notices", "last_known"),
    *("check_histories", "account_messages", "health_falls", "colleague_actions", "invites"),
}
# Those of which a row stays until it has ended, and how it is then.
UNTIL_ENDED: dict[str, dict[str, Any]] = {
    "digests": {"again_at": None},
    "unsaid": {"again_at": None},
    "runs": {"state": "done"},
    "kept_payments": {"state": "paid"},
    "stock_watches": {"told_at": THEN},
    "replacements": {"state": "dropped"},
}


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    async with opened(tmp_path) as database:
        await fill(database, ANN, CAROL)
        async with database.write() as writing:
            await writing.execute(
                delete(T["notices"]).where(T["notices"].c.kind == "look")
            )  # one row of each is enough
            yield writing


async def lost(connection: AsyncConnection, later: timedelta, most: int = 100) -> set[str]:
    """The tables that have lost Ann's row when all from before that moment goes; no other row may go."""
    before = await rows(connection)
    removed = await pruning.remove_reminders(connection, THEN + later, most)
    gone = before - await rows(connection)
    assert removed == len(gone)
    assert {person for _, person in gone} <= {ANN}
    return {table for table, _ in gone}


async def rows(connection: AsyncConnection) -> set[tuple[str, int]]:
    return {
        (table, person)
        for table in (*BY_TIME, *UNTIL_ENDED)
        for person in (await connection.execute(select(T[table].c.telegram_id))).scalars()
    }


async def change(connection: AsyncConnection, table: str, **values: object) -> None:
    await connection.execute(update(T[table]).where(T[table].c.telegram_id == ANN).values(**values))


async def test_each_goes_after_its_time_and_none_that_is_open(connection: AsyncConnection) -> None:
    assert await lost(connection, timedelta(0)) == set()
    assert await lost(connection, MOMENT) == BY_TIME
    for table, ended in UNTIL_ENDED.items():
        await change(connection, table, **ended)
    assert await lost(connection, timedelta(0)) == set()
    assert await lost(connection, MOMENT) == set(UNTIL_ENDED)


@pytest.mark.parametrize("state", ["announcing", "announced", "paying", "done", "skipped", "dropped"])
async def test_a_purchase_of_a_twin_is_kept_while_its_watch_could_announce_another(
    connection: AsyncConnection, state: str
) -> None:
    await change(connection, "replacements", state=state, watch_id=number(ANN))
    assert ("replacements" in await lost(connection, MOMENT)) is (state == "dropped")
    await connection.execute(delete(T["health_watches"]).where(T["health_watches"].c.telegram_id == ANN))
    assert ("replacements" in await lost(connection, MOMENT)) is (state in ("done", "skipped"))


@pytest.mark.parametrize(
    ("table", "state", "is_over"),
    [
        *(("runs", state, state in ("done", "skipped", "dropped")) for state in ("announcing", "running", "skipped")),
        *(("kept_payments", state, state == "asked") for state in ("paying", "asked")),
    ],
)
async def test_only_what_has_ended_goes(connection: AsyncConnection, table: str, state: str, is_over: bool) -> None:
    await change(connection, table, state=state)
    assert (table in await lost(connection, MOMENT)) is is_over


async def test_one_time_takes_at_most_so_many_of_each_table(connection: AsyncConnection) -> None:
    later = THEN + timedelta(hours=3)
    removed = [await pruning.remove_reminders(connection, later, 1) for _ in range(3)]
    assert removed == [len(BY_TIME), len(BY_TIME) - 1, 0], "the newest of what colleagues did stays"
