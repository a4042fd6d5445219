"""How often a statement crosses to its connection's thread; aiosqlite writes each crossing to its log."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from model.errors import StorageError
from storage import people
from storage.engine.connection import connect
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database

pytestmark = pytest.mark.sqlite("SQLite's threads")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def opened(folder: Path) -> Database:
    await lay_database(folder)
    return await Database.open(f"sqlite:///{folder}/bot.sqlite3", Keyring([bytes(32)]))


async def test_a_read_crosses_once_and_a_write_to_begin_and_to_commit_too(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = await opened(tmp_path)
    try:
        for telegram_id in (1001, 1002):  # the first of them connects
            caplog.set_level(logging.DEBUG, "aiosqlite")
            caplog.clear()
            async with database.write() as connection:
                await people.create(connection, telegram_id, "en", NOW)
            written = crossings(caplog)
            caplog.clear()
            async with database.read() as connection:
                row = (await connection.exec_driver_sql("SELECT telegram_id FROM people ORDER BY 1 DESC")).first()
            read = crossings(caplog)
            assert row is not None and row.telegram_id == telegram_id
    finally:
        await database.close()
    assert (written, read) == (3, 1)


async def test_a_transaction_that_sqlite_undid_by_itself_is_not_told_as_committed(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    try:
        with pytest.raises(StorageError, match="undone"):
            async with database.write() as connection:
                await people.create(connection, 1, "en", NOW)
                pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
                await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
                with pytest.raises(OperationalError, match="full"):
                    await connection.exec_driver_sql("INSERT INTO bots (bot_id, since) VALUES (5, zeroblob(90000))")
        async with database.write() as connection:
            await people.create(connection, 2, "en", NOW)
            assert (await connection.exec_driver_sql("SELECT telegram_id FROM people")).all() == [(2,)]
    finally:
        await database.close()


async def test_an_error_of_the_module_that_is_none_of_sqlites_is_told_as_one_of_the_database(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    try:
        with pytest.raises(StorageError):
            async with database.read() as connection:
                await connection.exec_driver_sql("SELECT 1; SELECT 2")
        async with database.read() as connection:
            assert (await connection.exec_driver_sql("SELECT 1")).scalar() == 1
    finally:
        await database.close()


@pytest.mark.parametrize("turns", range(12))
async def test_who_is_cancelled_at_any_moment_of_a_write_leaves_all_of_it_or_nothing_and_nobody_waits(
    tmp_path: Path, turns: int
) -> None:
    database = await opened(tmp_path)

    async def write(*telegram_ids: int) -> None:
        async with database.write() as connection:
            for telegram_id in telegram_ids:
                await people.create(connection, telegram_id, "en", NOW)

    try:
        await write(1)
        writing = asyncio.ensure_future(write(2, 3))
        for _ in range(turns):
            await asyncio.sleep(0)
            await asyncio.to_thread(threading.Event().wait, 0.001)
        writing.cancel()
        await asyncio.wait([writing])
        async with asyncio.timeout(10):
            await write(4)
            async with database.read() as connection:
                rows = (await connection.exec_driver_sql("SELECT telegram_id FROM people ORDER BY 1")).scalars().all()
        assert list(rows) in ([1, 4], [1, 2, 3, 4])
        assert writing.cancelled() or list(rows) == [1, 2, 3, 4]
    finally:
        await database.close()


async def test_a_connection_whose_opening_is_cancelled_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lay_database(tmp_path)
    open_now, may_open, has_ended = list[int](), threading.Event(), threading.Event()

    class Counted(sqlite3.Connection):
        def __init__(self, *given: Any, **more: Any) -> None:
            may_open.wait()
            super().__init__(*given, **more)
            open_now.append(id(self))

        def close(self) -> None:
            super().close()
            open_now.remove(id(self))
            has_ended.set()

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Counted))
    opening = asyncio.ensure_future(connect(tmp_path / "bot.sqlite3", write=True))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    may_open.set()
    assert await asyncio.to_thread(has_ended.wait, 30)
    assert open_now == []


def crossings(caplog: pytest.LogCaptureFixture) -> int:
    return sum(record.getMessage().startswith("executing") for record in caplog.records)


def test_a_thread_whose_loop_is_closed_before_it_answers_ends_quietly_and_closes_its_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.sqlite3").touch()
    may_open, closed = threading.Event(), threading.Event()

    class Late(sqlite3.Connection):
        def __init__(self, *given: Any, **more: Any) -> None:
            may_open.wait()
            super().__init__(*given, **more)

        def close(self) -> None:
            super().close()
            closed.set()

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Late))
    before = set(threading.enumerate())

    async def opens_in_vain() -> None:
        opening = asyncio.ensure_future(connect(tmp_path / "bot.sqlite3", write=True))
        await asyncio.sleep(0)
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening

    asyncio.run(opens_in_vain())
    (thread,) = set(threading.enumerate()) - before
    may_open.set()
    thread.join(30)
    assert not thread.is_alive() and closed.is_set()
