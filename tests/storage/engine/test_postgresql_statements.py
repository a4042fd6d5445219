"""Connections to PostgreSQL that are kept: what becomes of a write whose task is cancelled, and of its connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.engine.postgresql_database import CONNECTIONS
from tests.databases import rows_of, url_of

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
FOR_EVER = "SELECT pg_sleep(600)"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    yield opened
    await opened.close()


async def write(database: Database, *telegram_ids: int) -> None:
    async with database.write() as connection:
        for telegram_id in telegram_ids:
            await people.create(connection, telegram_id, "en", NOW)


def written(folder: Path) -> list[int]:
    return [telegram_id for (telegram_id,) in rows_of(folder, "SELECT telegram_id FROM people ORDER BY 1")]


@pytest.mark.parametrize("turns", range(12))
async def test_who_is_cancelled_at_any_moment_of_a_write_leaves_all_of_it_or_nothing_and_nobody_waits(
    database: Database, tmp_path: Path, turns: int
) -> None:
    await write(database, 1)
    writing = asyncio.ensure_future(write(database, 2, 3))
    for _ in range(turns):
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)
    writing.cancel()
    await asyncio.wait([writing])
    async with asyncio.timeout(10):
        await write(database, 4)
    assert written(tmp_path) in ([1, 4], [1, 2, 3, 4])
    assert writing.cancelled() or written(tmp_path) == [1, 2, 3, 4]


async def test_a_statement_that_nobody_waits_for_any_more_is_ended_and_its_connection_is_nobodys(
    database: Database, tmp_path: Path
) -> None:
    async def sleep() -> None:
        async with database.write() as connection:
            await people.create(connection, 1, "en", NOW)
            await connection.exec_driver_sql(FOR_EVER)

    for _ in range(CONNECTIONS + 1):
        sleeping = asyncio.ensure_future(sleep())
        async with asyncio.timeout(10):
            while rows_of(tmp_path, f"{OTHERS} AND query = ? AND state = 'active'", FOR_EVER) != [(1,)]:  # noqa: ASYNC110 - the server has no event
                await asyncio.sleep(0.001)
            sleeping.cancel()
            await asyncio.wait([sleeping])
        assert sleeping.cancelled()
    await write(database, 2)
    assert written(tmp_path) == [2]
    assert rows_of(tmp_path, OTHERS) == [(1,)]


async def test_a_statement_that_is_refused_undoes_what_was_written_and_the_connection_is_used_again(
    database: Database, tmp_path: Path
) -> None:
    with pytest.raises(IntegrityError):
        async with database.write() as connection:
            await people.create(connection, 1, "en", NOW)
            for _ in range(2):
                await connection.exec_driver_sql("INSERT INTO bots (bot_id, since) VALUES (5, 0)")
    assert written(tmp_path) == []
    await write(database, 1)
    assert written(tmp_path) == [1]
    assert rows_of(tmp_path, OTHERS) == [(1,)]


async def test_a_read_is_one_message_to_the_server_and_a_write_begins_and_commits_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    wait = psycopg.AsyncConnection.wait

    async def counted(self: psycopg.AsyncConnection[object], *given: object, **more: object) -> object:
        sent.append(given)
        return await wait(self, *given, **more)  # type: ignore[arg-type] # whatever psycopg gives

    monkeypatch.setattr(psycopg.AsyncConnection, "wait", counted)
    await people.look_up(database, 1001)
    assert len(sent) == 1
    async with database.read() as connection:
        assert (await connection.exec_driver_sql("SELECT 1")).scalar_one() == 1
    assert len(sent) == 2
    await write(database, 1001)
    assert len(sent) == 5


async def test_a_connection_that_is_given_back_after_the_database_was_closed_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.connection_pool.CLOSE_SECONDS", 0.01)
    database = await Database.open(url_of(tmp_path), Keyring([bytes(32)]))
    async with database.read() as connection:
        await database.close()
        assert (await connection.exec_driver_sql("SELECT 1")).scalar_one() == 1
    async with asyncio.timeout(10):
        while rows_of(tmp_path, OTHERS) != [(0,)]:  # noqa: ASYNC110 - the server has no event
            await asyncio.sleep(0.001)
