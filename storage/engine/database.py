"""The database: what every part of the bot is given, whichever of the two keeps the rows.

Queries are SQLAlchemy Core; SQLite's own stands in `storage/engine/sqlite_database.py`, PostgreSQL's in
`storage/engine/postgresql_database.py`, and what statements say differently in `storage/engine/dialects.py`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as AllConnectionsBusy
from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from storage.engine import sqlite
from storage.engine.crypto import Keyring
from storage.engine.errors import first_line
from storage.engine.stores import Store, is_postgresql

WAIT_SECONDS = 30  # for a connection that is free
CLOSE_SECONDS = 5  # for all connections to be given back
RETURN_SECONDS = 0.005  # between two looks whether all connections have been given back
TRIED = 2**16  # bytes that are written to see whether it can be done
NUMERIC_VALUE_OUT_OF_RANGE = "22003"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
TOO_LARGE = "a number is larger than the database can keep"


SaveFirst = Callable[[Store, Keyring], object]
"""Makes a backup of the database; raises StorageError."""


class Lookup:
    """A SELECT compiled once, for the queries that every tap makes. Its rows hold raw column values."""

    def __init__(self, statement: Select[Any]) -> None:
        """Its parameters are taken in the order in which they stand."""
        self.statement = statement
        self.sql = str(statement.compile(dialect=sqlite_dialect.dialect()))


class Database(ABC):
    """`read` and `write` give connections, `single` one for a statement that writes alone; leave none open while
    waiting for the network.

    Between two statements of one `write` others write too, unless what was read is locked (`storage/__init__.py`).
    `is_shared`: any number of processes may use it at once, each of which others may outlive.
    """

    is_shared = False

    def __init__(self, keyring: Keyring, store: Store) -> None:
        """Use `open`. `store`: the database as a whole, for its owner."""
        self.keyring, self.store = keyring, store

    @staticmethod
    async def open(
        url: str, keyring: Keyring, bot_id: int | None = None, save_first: SaveFirst | None = None
    ) -> Database:
        """Check everything, migrate when behind, and connect. StorageError: one clear line, nothing was touched.

        With a `bot_id` a database of another bot's is refused. `save_first` is called before a migration: while that
        fails, nothing is migrated.
        """
        if is_postgresql(url):
            from storage.engine.postgresql_database import PostgresqlDatabase  # imports psycopg

            return await PostgresqlDatabase.on(url, keyring, bot_id, save_first)
        from storage.engine.sqlite_database import SqliteDatabase

        return await SqliteDatabase.on(sqlite.path_of(url), keyring, bot_id, save_first)

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    @abstractmethod
    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection that sees what is committed, each statement for itself."""

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction, committed durably at the end, or undone."""

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection each statement of which is a transaction of its own, where the database has such."""
        return self.write()

    @abstractmethod
    async def look_up(self, lookup: Lookup, *values: Any) -> Any:
        """The first row, or None."""

    @abstractmethod
    async def can_be_written(self) -> bool:
        """Whether as much as a payment takes can be written durably now. It is tried, and leaves nothing."""

    @abstractmethod
    async def forget_deleted(self) -> bool:
        """Remove what was deleted from where the database still keeps it; False when it could not be done now."""


class Turns:
    """Lets so many at a time have a connection, in the order in which they came.

    SQLAlchemy's pool alone would not: who waits there is not told when a connection could not be made, and waits all
    its time for one that nobody has. Of thirty who asked a server that was away, ten heard so, and twenty waited.
    """

    def __init__(self, at_once: int, seconds: float) -> None:
        self._free, self._seconds = asyncio.Semaphore(at_once), seconds

    async def __aenter__(self) -> None:
        """Raises AllConnectionsBusy after so many seconds."""
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise AllConnectionsBusy from None

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


def save(save_first: SaveFirst, store: Store, keyring: Keyring) -> None:
    """Make the backup before a migration."""
    try:
        save_first(store, keyring)
    except StorageError as error:
        raise StorageError(f"nothing was migrated, for the backup before it failed: {error}") from None


class storage_errors:
    """Raises StorageError of one line, without the statement and its values, in place of an error of the database."""

    def __init__(self, of_driver: type[Exception] = sqlite3.Error) -> None:
        """`of_driver`: what a driver raises where SQLAlchemy is not asked."""
        self._kinds = (DBAPIError, of_driver)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            return  # a unique index spoke: the caller knows what that means
        if isinstance(error, OverflowError):
            raise StorageError(TOO_LARGE) from None
        if isinstance(error, AllConnectionsBusy):
            raise StorageError("the database cannot be used: all connections to it are busy") from None
        if isinstance(error, self._kinds):
            raise StorageError(told(error.orig if isinstance(error, DBAPIError) else error)) from None


def told(error: BaseException | None) -> str:
    """One line for the owner. PostgreSQL's further lines hold the statement and values of the row."""
    if getattr(error, "sqlstate", None) == NUMERIC_VALUE_OUT_OF_RANGE:
        return TOO_LARGE
    return f"the database cannot be used: {first_line(error)}"
