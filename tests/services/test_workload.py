"""What is left to do: open payments, and accounts of people who are let in whose look has come."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.account.access import Access
from services.workload import Backlog, Workload
from storage import orders, people, watches
from storage.engine.database import Database
from storage.schema import watches as table
from tests.databases import opened
from tests.durations import DAY, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as database:
        async with database.write() as connection:
            for number, wait in ((1001, 3 * MINUTE), (1002, 2 * MINUTE), (1003, 0 * SECOND), (1004, -SECOND)):
                await people.create(connection, number, "en", NOW)
                await watches.watch(connection, number, NOW - DAY, same_account=True)
                statement = table.update().where(table.c.telegram_id == number)
                await connection.execute(statement.values(next_look_at=NOW - wait))
            await watches.watch(connection, 1004, NOW + SECOND, same_account=True)
        yield database


async def test_due_are_those_whose_time_has_come_if_they_are_let_in(database: Database) -> None:
    assert await Workload(database, Access(), lambda: NOW).backlog() == Backlog(0, 0, 3, 180.0)
    assert await Workload(database, Access([1002, 1003]), lambda: NOW).backlog() == Backlog(0, 0, 2, 120.0)
    assert await Workload(database, Access([1004]), lambda: NOW).backlog() == Backlog(0, 0, 0, 0.0)


async def test_open_are_orders_under_way_and_those_of_unknown_outcome(database: Database) -> None:
    async with database.write() as connection:
        for nth, state in enumerate(("confirmed", "sending", "unknown", "unknown", "done", "unclear", "refused")):
            made = await an_order(connection, await a_confirmation(connection, str(nth)))
            await orders.move(connection, made, ["confirmed"], {"state": state, "due_at": NOW})
    backlog = await Workload(database, Access(), lambda: NOW).backlog()
    assert (backlog.open_orders, backlog.unknown_orders) == (4, 2)
