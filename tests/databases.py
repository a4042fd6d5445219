"""Empty databases, migrated once for all tests: migrating takes as long as a test.

A test names its database by a folder, whichever database the tests run on (`tests/postgresql.py`).
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import sqlite_database
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.engine.sqlite import PRAGMAS
from tests.onlookers import forget, lent, onlooker

ON_POSTGRESQL = os.environ.get("DATABASE") == "postgresql"
READERS = 10 if ON_POSTGRESQL else sqlite_database.READERS  # connections of one process
PAGE = 4096  # bytes; a text that fills more than one goes on after a number
Books = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
State = tuple[int, int, int]  # of a file, which is another when it was written

_migrated: list[bytes] = []  # the content of the file, once it was made
_laid: dict[Path, State] = {}  # files that nobody has opened yet


def url_of(folder: Path) -> str:
    """The `DATABASE_URL` of the database of this folder."""
    if ON_POSTGRESQL:
        from tests import postgresql  # imports psycopg

        return postgresql.url_of(folder)
    return f"sqlite:///{folder}/bot.sqlite3"


def rows_of(folder: Path, query: str, *values: object) -> Sequence[tuple[Any, ...]]:
    """Read the database of this folder through a connection that does not write: it sees only what was committed."""
    if ON_POSTGRESQL:
        from tests import postgresql

        return postgresql.rows(folder, spelled(query), values)
    path = folder / "bot.sqlite3"
    if query.startswith("SELECT") and (programs := lent(path)):
        with suppress(sqlite3.Error):  # it waits for no lock: who looks on over one of their own does
            return programs.execute(query, values).fetchall()
    if kept := onlooker(path):
        try:
            with kept:
                return kept.execute(query, values).fetchall()
        except sqlite3.Error:
            forget(path)
            raise
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(query, values).fetchall()


@contextmanager
def books_of(folder: Path) -> Iterator[Books]:
    """As `rows_of`, over one connection: for whoever looks many times a second."""
    if ON_POSTGRESQL:
        from tests import postgresql

        with postgresql.books_of(folder) as read:
            yield lambda query, values: read(spelled(query), values)
        return
    with closing(sqlite3.connect(folder / "bot.sqlite3")) as connection:
        yield lambda query, values: connection.execute(query, values).fetchall()


def spelled(query: str) -> str:
    """A query as the database of these tests takes it; `?` stands for a value."""
    return query.replace("%", "%%").replace("?", "%s") if ON_POSTGRESQL else query


async def run(connection: AsyncConnection, query: str, values: Sequence[object] = ()) -> CursorResult[Any]:
    """Run one statement; `?` stands for a value."""
    return await connection.exec_driver_sql(spelled(query) if values else query, tuple(values) or None)


def refusing(table: str, when: str) -> list[str]:
    """Statements after which no row of a table is changed from OLD to NEW as `when` says: IntegrityError."""
    if ON_POSTGRESQL:
        refuse = "BEGIN RAISE integrity_constraint_violation; END"
        begin = f"CREATE TRIGGER broken BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when})"
        return [
            f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ {refuse} $$",
            f"{begin} EXECUTE FUNCTION broken()",
        ]
    refuse = "SELECT RAISE(ABORT, 'broken')"
    return [f"CREATE TRIGGER broken BEFORE UPDATE ON {table} WHEN {when} BEGIN {refuse}; END"]


async def count_from(connection: AsyncConnection, table: str, last: int) -> None:
    """Let the next id of a table without rows be the one after `last`."""
    if ON_POSTGRESQL:
        await run(connection, f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {last})")
    else:
        await run(connection, "INSERT INTO sqlite_sequence VALUES (?, ?)", (table, last))


async def lay_database(folder: Path) -> None:
    """See to it that the folder has an empty, migrated database, unless it has one."""
    if ON_POSTGRESQL:
        url_of(folder)
        return
    await lay_file(folder / "bot.sqlite3")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    """The database of the folder, empty and migrated unless it is there, until the block ends."""
    await lay_database(folder)
    database = await Database.open(url_of(folder), Keyring([bytes(32)]))
    try:
        yield database
    finally:
        await database.close()


async def lay_file(path: Path) -> None:
    """See to it that this is an empty, migrated database of SQLite, unless it is there."""
    write_new(path, await migrated_file())


def write_new(path: Path, content: bytes) -> None:
    """Lay a database in which there is nothing to find fault with, unless the file is there."""
    if not path.exists():
        path.touch(0o600)
        path.write_bytes(content)
        _laid[path] = state_of(path)


def is_as_laid(path: Path) -> bool:
    """Whether the database is as it was laid. That is said once: whoever asks is about to open it."""
    laid = _laid.pop(path, None)
    with suppress(OSError):
        return laid == state_of(path) and not path.with_name(f"{path.name}-wal").exists()
    return False


def state_of(path: Path) -> State:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


async def migrated_file() -> bytes:
    """The content of a database as the bot itself makes it: migrated, without rows."""
    if not _migrated:
        with tempfile.TemporaryDirectory() as name:
            path = Path(name) / "bot.sqlite3"
            await (await Database.open(f"sqlite:///{path}", Keyring([bytes(32)]))).close()
            _migrated.append(path.read_bytes())
    return _migrated[0]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program holds the database of this folder: nobody can write orders."""
    if ON_POSTGRESQL:
        from tests import postgresql

        with postgresql.locked(folder):
            yield
        return
    with closing(sqlite3.connect(folder / "bot.sqlite3", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def wait_briefly_for_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that are opened from now on do not wait for who holds them."""
    if ON_POSTGRESQL:
        from storage.engine import postgresql

        monkeypatch.setattr(postgresql, "BOT_SESSION", postgresql.BOT_SESSION + "; SET lock_timeout = '20ms'")
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", (*PRAGMAS[1:], "PRAGMA busy_timeout=20"))


def wait_briefly_for_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a connection that is free, of the databases that are opened from now on."""
    if ON_POSTGRESQL:
        monkeypatch.setattr("storage.engine.postgresql_database.WAIT_SECONDS", 0.05)
    monkeypatch.setattr(sqlite_database, "WAIT_SECONDS", 0.05)


def without_empty_pages(content: bytes) -> bytes:
    """A database without the pages that are as when it was laid: four in five, in which nobody need look again."""
    laid = kept_pages(*_migrated) if _migrated else []
    pages = enumerate(pages_of(content))
    return b"".join(page for number, page in pages if page not in laid[number : number + 1])


@cache
def kept_pages(content: bytes) -> list[bytes]:
    return pages_of(content)


def pages_of(content: bytes) -> list[bytes]:
    return [content[at : at + PAGE] for at in range(0, len(content), PAGE)]
