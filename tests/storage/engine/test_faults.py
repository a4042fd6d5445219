"""The disk fails in every way that can be made on purpose: one clear line, nothing damaged, and on it goes after."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.errors import StorageError
from storage import people
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.engine.stores import Store
from tests.databases import lay_file

pytestmark = pytest.mark.sqlite("faults of a disk")

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RING = Keyring([bytes(range(32))])
NOBODY = 65534


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    await lay_file(path)
    database = await Database.open(f"sqlite:///{path}", RING)
    try:
        yield database
    finally:
        await database.close()


async def greet(database: Database, telegram_id: int) -> None:
    """Any write."""
    async with database.write() as connection:
        await people.create(connection, telegram_id, "en", NOW)


async def known(database: Database) -> list[int]:
    async with database.read() as connection:
        return [row[0] for row in await connection.exec_driver_sql("SELECT telegram_id FROM people ORDER BY 1")]


def intact(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def one_clear_line(error: pytest.ExceptionInfo[StorageError]) -> bool:
    text = str(error.value)
    chained = error.value.__cause__ or (error.value.__context__ and not error.value.__suppress_context__)
    return "\n" not in text and 20 < len(text) < 400 and "INSERT" not in text and not chained


async def test_a_full_disk_says_so_and_damages_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path) as database:
        await greet(database, 1)
        async with database.write() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            # SQLite's own limit answers exactly as a full disk does: SQLITE_FULL.
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageError, match="full") as full:
            for telegram_id in range(2, 2000):
                await greet(database, telegram_id)
        assert one_clear_line(full)
        before = await known(database)
        async with database.write() as connection:
            await connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        await greet(database, 5000)
        assert await known(database) == [*before, 5000]
    assert intact(path)


async def test_a_database_that_another_process_locks_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path) as database:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            waiting = asyncio.ensure_future(greet(database, 1))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            assert await known(database) == [], "reading goes on meanwhile"
            other.execute("COMMIT")
            await waiting
        assert await known(database) == [1]


async def test_a_database_that_stays_locked_says_so_and_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path) as database:
        await greet(database, 1)
        async with database.write() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout=50")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="locked") as locked:
                await greet(database, 2)
            assert one_clear_line(locked)
            other.execute("ROLLBACK")
        await greet(database, 2)
        assert await known(database) == [1, 2]


async def test_a_failed_transaction_leaves_nothing_behind(tmp_path: Path) -> None:
    async with opened(tmp_path / "bot.sqlite3") as database:
        with pytest.raises(StorageError, match="no such table") as failed:
            async with database.write() as connection:
                await people.create(connection, 1, "en", NOW)
                await connection.exec_driver_sql("INSERT INTO nowhere VALUES ('a secret value')")
        assert one_clear_line(failed)
        assert "secret value" not in str(failed.value)
        await greet(database, 2)
        assert await known(database) == [2]


async def test_a_read_only_file_says_so_and_works_once_it_is_writable(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path) as database:
        await greet(database, 1)
        async with database.write() as connection:
            await connection.exec_driver_sql("PRAGMA query_only=ON")  # root writes to files of any mode
        with pytest.raises(StorageError, match="readonly") as readonly:
            await greet(database, 2)
        assert one_clear_line(readonly)
        async with database.read():
            assert await known(database) == [1]
    async with opened(path) as database:
        await greet(database, 2)
        assert await known(database) == [1, 2]


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Root writes to files of any mode: it gives the folder to somebody without rights, and becomes them."""
    if os.geteuid() != 0:
        yield
        return
    for path in (folder, *folder.iterdir()):
        os.chown(path, NOBODY, -1)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


async def test_a_file_that_may_not_be_written_is_refused_at_the_start() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to nobody
        path = Path(name) / "bot.sqlite3"
        async with opened(path):
            pass
        path.chmod(0o400)
        with as_nobody(path.parent), pytest.raises(StorageError, match="cannot be written") as refused:
            await Database.open(f"sqlite:///{path}", RING)
        assert one_clear_line(refused)


@pytest.mark.parametrize("left", [0.25, 0.5, 0.99])
async def test_a_cut_off_file_is_refused_and_not_touched(tmp_path: Path, left: float) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path) as database:
        for telegram_id in range(50):
            await greet(database, telegram_id)
    os.truncate(path, int(path.stat().st_size * left))
    before = path.read_bytes()
    with pytest.raises(StorageError, match="cut off") as cut:
        await Database.open(f"sqlite:///{path}", RING)
    assert one_clear_line(cut)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a text that somebody put there" * 40, "is not a database"),
        (b"SQLite format 3\x00" + bytes(4000), "cannot be used"),
        (b"SQLi", "cut off"),
    ],
)
async def test_a_file_that_is_no_database_is_refused_and_not_touched(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=said) as refused:
        await Database.open(f"sqlite:///{path}", RING)
    assert one_clear_line(refused)
    assert path.read_bytes() == content


async def test_a_lost_wal_loses_nothing_that_was_closed(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    async with opened(path) as database:
        await greet(database, 1)
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    async with opened(path) as database:
        assert await known(database) == [1]


async def test_what_was_committed_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    path, copy = tmp_path / "bot.sqlite3", tmp_path / "copy.sqlite3"
    async with opened(path) as database:
        await greet(database, 1)
        # What a killed process leaves behind: the files as they are, while every connection is still open.
        for beside in ("", "-wal"):
            copy.with_name(copy.name + beside).write_bytes(path.with_name(path.name + beside).read_bytes())
    async with opened(copy) as database:
        assert await known(database) == [1]


async def test_a_start_empties_the_wal_that_another_process_keeps_unless_that_one_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bot.sqlite3"
    wal = path.with_name("bot.sqlite3-wal")
    monkeypatch.setattr("storage.engine.sqlite.CHECKPOINT_SECONDS", 0.01)
    monkeypatch.setattr("storage.engine.sqlite_database.CHECKPOINT_TRIES", 2)
    async with opened(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("INSERT INTO bots (bot_id, since) VALUES (7, 0)")
        assert wal.stat().st_size > 0
        async with opened(path) as database:
            assert wal.stat().st_size == 0
            other.execute("BEGIN")
            other.execute("SELECT * FROM bots").fetchall()
            await greet(database, 1)
            assert not await database.forget_deleted()
            other.execute("COMMIT")
            assert await database.forget_deleted()


async def test_every_commit_reaches_the_disk_before_it_returns(tmp_path: Path) -> None:
    async with opened(tmp_path / "bot.sqlite3") as database, database.write() as connection:
        assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 2, "2 is FULL"
        assert (await connection.exec_driver_sql("PRAGMA journal_mode")).scalar_one() == "wal"


async def test_a_place_where_nothing_may_be_written_is_refused_in_one_line() -> None:
    with pytest.raises(StorageError, match="cannot be written") as refused:
        await Database.open("sqlite:////proc/bot/bot.sqlite3", RING)
    assert one_clear_line(refused)


def connection_threads() -> set[threading.Thread]:
    """Threads but those that asyncio keeps for calls that block: as many as it likes, and they end by themselves."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}


async def test_a_connection_that_is_given_back_after_the_end_is_closed_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.connection_pool.CLOSE_SECONDS", 0.01)
    before = connection_threads()
    async with opened(tmp_path / "bot.sqlite3") as database:
        async with database.read():
            await database.close()
            assert connection_threads() - before, "somebody still uses it"
        await assert_ended(connection_threads() - before)


async def test_no_connection_is_left_open_when_many_ask_first(tmp_path: Path) -> None:
    before = connection_threads()
    async with opened(tmp_path / "bot.sqlite3") as database:
        await asyncio.gather(*(people.look_up(database, telegram_id) for telegram_id in range(20)))
        await asyncio.gather(*(known(database) for _ in range(20)))
        await greet(database, 1)
    await assert_ended(connection_threads() - before)


async def assert_ended(threads: set[threading.Thread]) -> None:
    for thread in threads:
        await asyncio.to_thread(thread.join, 10)  # a closed connection's thread ends a moment later
        assert not thread.is_alive(), "a thread of a connection that nobody closes"


async def test_a_migration_that_fails_leaves_no_connection_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise RuntimeError("of the migration")

    monkeypatch.setattr("storage.engine.migrating.upgrade", fails)
    before = connection_threads()
    with pytest.raises(RuntimeError, match="of the migration"):
        await Database.open(f"sqlite:///{tmp_path}/bot.sqlite3", RING)
    await assert_ended(connection_threads() - before)


async def test_a_new_database_has_nothing_to_be_saved_before_it_is_made(tmp_path: Path) -> None:
    saved: list[Store] = []
    database = await Database.open(
        f"sqlite:///{tmp_path}/bot.sqlite3", RING, save_first=lambda store, _: saved.append(store)
    )
    assert (await known(database), saved) == ([], [])
    await database.close()
