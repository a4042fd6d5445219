"""A SQLite file: readers, and one writer whose transactions begin with BEGIN IMMEDIATE."""

from __future__ import annotations

import asyncio
import sqlite3
from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from storage.engine import sqlite
from storage.engine.connection import Connection, connect
from storage.engine.connection_pool import ConnectionPool
from storage.engine.crypto import Keyring
from storage.engine.database import (
    TRIED,
    WAIT_SECONDS,
    Database,
    Lookup,
    SaveFirst,
    save,
    storage_errors,
)
from storage.engine.sqlite_statements import SqliteStatements
from storage.engine.stores import SqliteStore

READERS = 4
CHECKPOINT_TRIES = 25  # of at most 0.2 s each
CHECKPOINT_PAUSE = 0.02  # seconds between two of them


class SqliteDatabase(Database):
    """One file, which one process at a time writes, and in it one task."""

    def __init__(self, path: Path, keyring: Keyring) -> None:
        """Use `open`."""
        super().__init__(keyring, SqliteStore(path))
        self.path = path
        self._readers = ConnectionPool(lambda: self._connect(write=False), READERS, WAIT_SECONDS)
        self._writer = ConnectionPool(lambda: self._connect(write=True), 1, WAIT_SECONDS)
        self._lookups: Connection | None = None
        self._connecting = asyncio.Lock()

    @classmethod
    async def on(
        cls, path: Path, keyring: Keyring, bot_id: int | None, save_first: SaveFirst | None
    ) -> SqliteDatabase:
        """See `Database.open`."""
        revision = await to_thread(sqlite.prepare, path, keyring, bot_id)
        database = cls(path, keyring)
        try:
            if revision != sqlite.newest_revision():
                if revision and save_first is not None:
                    await to_thread(save, save_first, database.store, keyring)
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
        await self._readers.close()
        await self._writer.close()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees what is committed, each statement for itself."""
        with storage_errors():
            async with self._readers.one() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction: no other process writes meanwhile; committed durably at the end, or undone."""
        with storage_errors():
            async with self._writer.one() as connection, connection.transaction():
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

    async def forget_deleted(self) -> bool:
        """Deleted rows are overwritten in the file; the WAL still has them until it is cut."""
        return await self.truncate_wal()

    async def truncate_wal(self) -> bool:
        """Copy the WAL into the database and empty it. False when somebody reads an older state all the time."""
        for _ in range(CHECKPOINT_TRIES):
            try:
                if await to_thread(sqlite.truncate_wal, self.path):
                    return True
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise StorageError(f"the database cannot be written: {error}") from None
            await asyncio.sleep(CHECKPOINT_PAUSE)
        return False

    async def _connect(self, *, write: bool) -> SqliteStatements:
        """It neither makes a file nor writes to one: should the database be gone, an empty one would hide that."""
        return SqliteStatements(await connect(self.path, write=write))

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
