"""The database: readers, and one writer whose transactions begin with BEGIN IMMEDIATE.

Two engines on one file, because a `begin` hook on a single one would also lock readers out, and would fire under
AUTOCOMMIT, so that a WAL checkpoint could never succeed. Queries are SQLAlchemy Core; what is SQLite's own stands in
`storage/engine/sqlite.py` and here, so that PostgreSQL could take over.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, Select, event
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as AllConnectionsBusy
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from model.errors import StorageError
from storage.engine import sqlite
from storage.engine.connection import Connection, connect
from storage.engine.crypto import Keyring

READERS = 4
WAIT_SECONDS = 30  # for a connection that is free
TRIED = 2**16  # bytes that are written to see whether it can be done
CHECKPOINT_TRIES = 25  # of at most 0.2 s each


SaveFirst = Callable[[Path, Keyring], object]
"""Makes a backup of the database; raises StorageError."""


class Lookup:
    """A SELECT compiled once, for the queries that every tap makes. Its rows hold raw column values."""

    def __init__(self, statement: Select[Any]) -> None:
        """Its parameters are taken in the order in which they stand."""
        self.sql = str(statement.compile(dialect=sqlite_dialect.dialect()))


class Database:
    """One file. `read` and `write` give connections; leave neither open while waiting for the network."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        """Use `open`."""
        self.path, self.keyring = path, keyring
        self._reader = engine_on(path, READERS, write=False)
        self._writer = engine_on(path, 1, write=True)
        self._lookups: Connection | None = None
        self._connecting = asyncio.Lock()

    @classmethod
    async def open(
        cls, url: str, keyring: Keyring, bot_id: int | None = None, save_first: SaveFirst | None = None
    ) -> Database:
        """Check everything, migrate when behind, and connect. StorageError: one clear line, nothing was touched.

        With a `bot_id` a database of another bot's is refused. `save_first` is called before a migration: while that
        fails, nothing is migrated.
        """
        path = sqlite.path_of(url)
        revision = await asyncio.to_thread(sqlite.prepare, path, keyring, bot_id)
        database = cls(path, keyring)
        try:
            if revision != sqlite.newest_revision():
                if revision and save_first is not None:
                    await asyncio.to_thread(save, save_first, path, keyring)
                await database._migrate()
            await database.truncate_wal()
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        """Close every connection; one left open would keep the process from ending."""
        if self._lookups is not None:
            await self._lookups.close()
            self._lookups = None
        await self._reader.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees what is committed, each statement for itself."""
        with storage_errors():
            async with self._reader.connect() as connection, replaced_if_unusable(connection):
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: no other process writes meanwhile; committed durably at the end, or undone."""
        with storage_errors():
            async with self._writer.connect() as connection, replaced_if_unusable(connection), connection.begin():
                yield connection

    async def look_up(self, lookup: Lookup, *values: Any) -> Any:
        """The first row, or None.

        A connection of its own and one crossing to its thread: a fifth of the engine's time.
        """
        with storage_errors():
            connection = self._lookups or await self._connect_for_lookups()
            try:
                rows = await connection.execute_fetchall(lookup.sql, values)
            except sqlite3.Error as error:
                if sqlite.spoils(error):
                    await self._replace_after_error(connection)
                raise
        return next(iter(rows), None)

    async def can_be_written(self) -> bool:
        """Whether as much as a payment takes can be written durably now. It is tried, and leaves nothing."""
        try:
            async with self.write() as connection:
                await connection.exec_driver_sql(
                    "INSERT INTO bots (bot_id, since) VALUES (-1, zeroblob(?))", (TRIED,)
                )
                await connection.exec_driver_sql("DELETE FROM bots WHERE bot_id = -1")  # of no bot; never committed
        except StorageError:
            return False
        return True

    async def truncate_wal(self) -> bool:
        """Copy the WAL into the database and empty it. False when somebody reads an older state all the time."""
        for _ in range(CHECKPOINT_TRIES):
            try:
                if await asyncio.to_thread(sqlite.truncate_wal, self.path):
                    return True
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise StorageError(f"the database cannot be written: {error}") from None
            await asyncio.sleep(0.02)
        return False

    async def _connect_for_lookups(self) -> Connection:
        """Connect once, however many callers come first: a second connection would never be closed."""
        async with self._connecting:
            if self._lookups is None:
                self._lookups = await connect(self.path, write=False)
            return self._lookups

    async def _replace_after_error(self, spoiled: Connection) -> None:
        """Close a connection that cannot be used again; the next lookup makes another."""
        if self._lookups is spoiled:
            self._lookups = None
            await spoiled.close()

    async def _migrate(self) -> None:
        from storage.engine.migrating import upgrade  # imports Alembic, which takes longer than all else here

        async with self.write() as connection:
            await connection.run_sync(upgrade)


def save(save_first: SaveFirst, path: Path, keyring: Keyring) -> None:
    """Make the backup before a migration."""
    try:
        save_first(path, keyring)
    except StorageError as error:
        raise StorageError(f"nothing was migrated, for the backup before it failed: {error}") from None


class storage_errors:
    """Raises StorageError of one line, without the statement and its values, in place of an error of the database."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, IntegrityError):
            return  # a unique index spoke: the caller knows what that means
        if isinstance(error, OverflowError):
            raise StorageError("a number is larger than the database can keep") from None
        if isinstance(error, AllConnectionsBusy):
            raise StorageError("the database cannot be used: all connections to it are busy") from None
        if isinstance(error, DBAPIError | sqlite3.Error):
            said = error.orig if isinstance(error, DBAPIError) else error
            raise StorageError(f"the database cannot be used: {said}") from None


@asynccontextmanager
async def replaced_if_unusable(connection: AsyncConnection) -> AsyncIterator[None]:
    """Has the pool replace a connection that cannot be used again after an error in the block.

    Its transaction is rolled back first: a connection closed within one would lock the file for a while.
    """
    try:
        yield
    except DBAPIError as error:
        if sqlite.spoils(error.orig):
            await connection.invalidate()
        raise


def engine_on(path: Path, size: int, *, write: bool) -> AsyncEngine:
    """An engine whose transactions begin with BEGIN IMMEDIATE (the writer), or that has none (readers).

    Connecting neither makes a file nor writes to one: should the database be gone, an empty one would hide that.
    """
    options: dict[str, Any] = {}
    if not write:  # no transaction: there is nothing to commit or to roll back
        options = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True, "pool_reset_on_return": None}
    engine = create_async_engine(
        "sqlite+aiosqlite://",
        async_creator=partial(connect, path, write=write),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        hide_parameters=True,
        **options,
    )

    if write:

        @event.listens_for(engine.sync_engine, "begin")
        def begun(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
