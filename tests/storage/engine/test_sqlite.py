"""Addresses of databases, what is seen of a file before it is opened, and errors that spoil a connection."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from model.errors import StorageError
from storage.engine.crypto import SEALED, Keyring
from storage.engine.sqlite import (
    MAGIC,
    check_bot,
    check_keys,
    check_length,
    enter_wal,
    is_begun,
    is_in_wal,
    make_file,
    path_of,
    read_only,
    revision_of,
    spoils,
    tables_of,
    truncate_wal,
)
from tests.databases import lay_database

pytestmark = pytest.mark.sqlite("the file and its modes")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/bot.sqlite3", "data/bot.sqlite3"),
        ("sqlite+aiosqlite:///data/bot.sqlite3", "data/bot.sqlite3"),
        ("sqlite:////var/bot.sqlite3", "/var/bot.sqlite3"),
        ("postgresql:///data/bot", None),
        ("sqlite:///", None),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("data/bot.sqlite3", None),
    ],
)
def test_an_address_names_a_sqlite_file(url: str, path: str | None) -> None:
    if path is not None:
        assert path_of(url) == Path(path)
        return
    with pytest.raises(StorageError, match="must name a SQLite file"):
        path_of(url)


def error(code: int, text: str = "disk I/O error") -> sqlite3.Error:
    made = sqlite3.OperationalError(text)
    made.sqlite_errorcode = code
    return made


@pytest.mark.parametrize(
    ("code", "text", "spoiled"),
    [
        (sqlite3.SQLITE_READONLY, "", True),
        (sqlite3.SQLITE_IOERR, "", True),
        (sqlite3.SQLITE_CORRUPT, "", True),
        (sqlite3.SQLITE_CANTOPEN, "", True),
        (sqlite3.SQLITE_NOTADB, "", True),
        (sqlite3.SQLITE_IOERR_WRITE, "", True),
        (sqlite3.SQLITE_CORRUPT_INDEX, "", True),
        (sqlite3.SQLITE_FULL, "database or disk is full", False),
        (sqlite3.SQLITE_BUSY, "database is locked", False),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "database is locked", False),
        (sqlite3.SQLITE_INTERRUPT, "interrupted", False),
        (sqlite3.SQLITE_ERROR, "syntax error", False),
        (sqlite3.SQLITE_ERROR, "no such table: people", True),
    ],
)
def test_a_connection_is_spoiled_by_errors_of_the_file_and_not_by_others(code: int, text: str, spoiled: bool) -> None:
    assert spoils(error(code, text)) is spoiled


def test_what_is_no_error_of_sqlite_spoils_nothing() -> None:
    assert not spoils(None)
    assert not spoils(ValueError("no such table"))


def made(folder: Path, pages: int = 2) -> Path:
    """A database of so many pages of 4096 bytes."""
    path = folder / "bot.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (id)")
        connection.commit()
    assert path.stat().st_size == pages * 4096
    return path


def test_a_file_that_lacks_a_byte_of_its_end_is_cut_off(tmp_path: Path) -> None:
    path = made(tmp_path)
    check_length(path)
    whole = path.read_bytes()
    for length in (len(whole) - 1, 4096, 31):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError, match=r"is cut off: restore a backup"):
            check_length(path)
    path.write_bytes(whole + b"x")
    check_length(path)


def test_the_wal_may_hold_what_the_file_lacks_and_an_empty_one_holds_nothing(tmp_path: Path) -> None:
    path = made(tmp_path)
    path.write_bytes(path.read_bytes()[:4096])
    wal = tmp_path / "bot.sqlite3-wal"
    wal.write_bytes(b"x")
    check_length(path)
    wal.write_bytes(b"")
    with pytest.raises(StorageError, match="is cut off"):
        check_length(path)


@pytest.mark.parametrize(("size", "is_whole"), [(2 * 65536, True), (2 * 65536 - 1, False)])
def test_a_page_size_of_one_means_64_kib(tmp_path: Path, size: int, is_whole: bool) -> None:
    path = tmp_path / "bot.sqlite3"
    header = MAGIC + b"\x00\x01" + bytes(10) + (2).to_bytes(4, "big")
    path.write_bytes(header.ljust(size, b"\x00"))
    if is_whole:
        check_length(path)
    else:
        with pytest.raises(StorageError, match="is cut off"):
            check_length(path)


def test_all_bytes_of_the_number_of_pages_count(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    for pages, is_whole in ((2, True), (2 + 2**24, False)):
        header = MAGIC + b"\x02\x00" + bytes(10) + pages.to_bytes(4, "big")
        path.write_bytes(header.ljust(1024, b"\x00"))
        if is_whole:
            check_length(path)
        else:
            with pytest.raises(StorageError, match="is cut off"):
                check_length(path)


def test_other_files_are_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "songs.txt"
    path.write_bytes(b"la la la")
    with pytest.raises(StorageError, match="is not a database: DATABASE_URL names another file; nothing was changed"):
        check_length(path)
    path.write_bytes(MAGIC[:5])
    with pytest.raises(StorageError, match="is cut off"):
        check_length(path)
    assert [is_begun(tmp_path / "none"), is_begun(path)] == [False, True]
    with pytest.raises(StorageError, match="cannot be read: Is a directory"):
        check_length(tmp_path)
    path.write_bytes(b"x")
    assert is_begun(path)
    path.write_bytes(b"")
    assert not is_begun(path)
    with pytest.raises(StorageError, match=r"which is no file$"):
        is_begun(tmp_path)


@pytest.mark.parametrize(("before", "after"), [(0o600, 0o600), (0o640, 0o600), (0o601, 0o600), (0o700, 0o700)])
def test_a_file_that_others_may_read_is_narrowed(tmp_path: Path, before: int, after: int) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"kept")
    path.chmod(before)
    make_file(path)
    assert (path.stat().st_mode & 0o777, path.read_bytes()) == (after, b"kept")


def test_missing_folders_are_made_and_nothing_new_is_ever_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrowed: list[int] = []
    mask, path = os.umask(0), tmp_path / "a" / "data" / "bot.sqlite3"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", lambda _, mode: narrowed.append(mode))
        try:
            make_file(path)
        finally:
            os.umask(mask)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert narrowed == [], "it was narrow from the first moment on"
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match=r"cannot be written: .*"):
        make_file(tmp_path / "file" / "bot.sqlite3")


def test_looking_leaves_nothing_beside_the_file_and_changes_nothing(tmp_path: Path) -> None:
    path = made(tmp_path)
    enter_wal(path)
    for wal in (False, True):
        with closing(sqlite3.connect(path)) as writing:
            if wal:
                writing.execute("INSERT INTO songs VALUES (1)")
                writing.commit()
            before = sorted(each.name for each in tmp_path.iterdir())
            with closing(read_only(path)) as connection:
                assert tables_of(connection) == {"songs"}
                assert len(connection.execute("SELECT * FROM songs").fetchall()) == int(wal)
                with pytest.raises(sqlite3.OperationalError, match="readonly"):
                    connection.execute("DELETE FROM songs")
            assert sorted(each.name for each in tmp_path.iterdir()) == before


def test_a_database_belongs_to_one_bot_or_to_none_yet() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        check_bot(connection, 7)
        connection.execute("CREATE TABLE bots (bot_id)")
        check_bot(connection, 7)
        connection.execute("INSERT INTO bots VALUES (7)")
        check_bot(connection, 7)
        check_bot(connection, None)
        with pytest.raises(StorageError, match="belongs to bot 7, and BOT_TOKEN is bot 8's"):
            check_bot(connection, 8)


def test_a_revision_is_read_of_the_bots_own_tables_only() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert revision_of(connection) == ""
        connection.execute("CREATE TABLE alembic_version (version_num)")
        assert revision_of(connection) == ""
        connection.execute("INSERT INTO alembic_version VALUES ('0007')")
        assert revision_of(connection) == "0007"
        connection.execute("DROP TABLE alembic_version")
        connection.execute("CREATE TABLE songs (id)")
        with pytest.raises(StorageError, match="another program"):
            revision_of(connection)


def test_the_wal_is_emptied_whoever_has_it_open(tmp_path: Path) -> None:
    path = made(tmp_path)
    enter_wal(path)
    wal = tmp_path / "bot.sqlite3-wal"
    with closing(sqlite3.connect(path, isolation_level=None)) as writing:
        writing.execute("INSERT INTO songs VALUES (1)")
        assert wal.stat().st_size > 0
        assert truncate_wal(path)
        assert wal.stat().st_size == 0


def test_a_database_that_stays_locked_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(tmp_path)
    monkeypatch.setattr("storage.engine.sqlite.BUSY_SECONDS", 0.02)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match=r"cannot be used: database is locked$"):
            enter_wal(path)


def test_of_two_that_start_on_a_new_file_together_neither_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another one has begun to write, SQLite refuses at once, without the time that it waits elsewhere."""
    path = made(tmp_path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        pauses = list[float]()

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 3:
                other.execute("COMMIT")

        monkeypatch.setattr(time, "sleep", sleep)
        enter_wal(path)
        assert (len(pauses), is_in_wal(path)) == (3, True)


def test_a_master_key_that_is_missing_is_named_by_its_file_where_it_has_one(tmp_path: Path) -> None:
    column = next(iter(SEALED))
    table, _, name = column.partition(".")
    ring, file = Keyring([bytes(32)]), tmp_path / "encryption.key"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE {table} (telegram_id, {name})")
        check_keys(connection, Keyring([]))
        connection.execute(f"INSERT INTO {table} VALUES (7, ?)", (ring.seal("a key", 7, column),))  # noqa: S608
        check_keys(connection, ring)
        for without, where in (
            (Keyring([]), "(there is none)"),
            (Keyring.load([], file), f"({file} does not exist)"),
        ):
            with pytest.raises(StorageError) as missing:
                check_keys(connection, without)
            assert where in str(missing.value)
        with pytest.raises(StorageError, match="is not the one that the database was encrypted with"):
            check_keys(connection, Keyring([bytes(range(32))]))


async def test_tables_that_are_little_more_than_their_key_are_stored_by_it(tmp_path: Path) -> None:
    """Which `KEPT_BY_KEY` sees to."""
    await lay_database(tmp_path)
    with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as connection:
        stored = connection.execute("SELECT name FROM pragma_table_list WHERE wr AND schema = 'main' ORDER BY 1")
        assert [name for (name,) in stored] == ["colleague_reminders", "reminders"]
