"""What px6 said in a check is kept while the account is the person's, and a database that fails stops no check."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

import px6
from model.accounts import StoredAccount
from services.proxies.check_histories import CheckHistories
from storage import accounts, people
from storage.engine.database import Database
from tests.databases import opened, run
from tests.sample_proxies import NOW

ANN = 1001
SAID = px6.Check(user_id="77", balance=Decimal("5.00"), currency="RUB", alive=True)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with opened(tmp_path) as database:
        async with database.write() as connection:
            await people.create(connection, ANN, "en", NOW)
            await accounts.put(connection, ANN, px6_user_id="77", currency="RUB", sealed=b"key", now=NOW)
        yield database


async def account_of(database: Database) -> StoredAccount:
    found = await accounts.look_up(database, ANN)
    assert found is not None
    return found[0]


async def test_nothing_is_kept_of_an_account_that_is_gone(database: Database) -> None:
    histories = CheckHistories(database, lambda: NOW)
    writer = histories.writer(await account_of(database))
    await writer.add(7, SAID)
    async with database.write() as connection:
        await people.erase(connection, ANN)
    await writer.flush()
    assert await histories.of(ANN, [7]) == {}


async def test_a_hundred_answers_are_written_at_once_and_the_rest_at_the_end(database: Database) -> None:
    """So that of a long check that a kill ends no more than half a minute is lost."""
    histories = CheckHistories(database, lambda: NOW)
    writer = histories.writer(await account_of(database))
    kept = []
    for number in range(1, 102):
        await writer.add(number, SAID)
        if number in (99, 100, 101):
            kept.append(len(await histories.of(ANN, range(1, 102))))
    await writer.flush()
    await writer.flush()
    found = await histories.of(ANN, range(1, 102))
    assert [*kept, len(found)] == [0, 100, 100, 101]
    assert all(len(each.entries) == 1 for each in found.values())


async def test_a_database_that_cannot_be_written_stops_no_check(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    writer = CheckHistories(database, lambda: NOW).writer(await account_of(database))
    async with database.write() as connection:
        await run(connection, "ALTER TABLE check_histories RENAME TO lost")
    await writer.add(7, SAID)
    await writer.flush()
    async with database.write() as connection:
        await run(connection, "ALTER TABLE lost RENAME TO check_histories")
    assert "What a check said could not be kept" in caplog.text
