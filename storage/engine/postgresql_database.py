"""PostgreSQL: one pool of connections, whose transactions are READ COMMITTED. Imported only where it is used."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache, partial
from typing import Any

import psycopg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from model.errors import StorageError
from storage.engine import postgresql, sqlite
from storage.engine.connection_pool import ConnectionPool
from storage.engine.crypto import Keyring
from storage.engine.database import WAIT_SECONDS, Database, Lookup, SaveFirst, save, storage_errors
from storage.engine.postgresql_statements import PostgresqlStatements
from storage.engine.postgresql_store import PostgresqlStore

CONNECTIONS = 10  # of one process; a server has 100 unless told otherwise


class PostgresqlDatabase(Database):
    """A database on a server, which any number of processes write at once."""

    is_shared = True

    def __init__(self, url: str, keyring: Keyring) -> None:
        """Use `open`."""
        super().__init__(keyring, PostgresqlStore(url))
        connect = partial(PostgresqlStatements.connect, postgresql.parameters(url))
        self._connections = ConnectionPool(connect, CONNECTIONS, WAIT_SECONDS)

    @classmethod
    async def on(
        cls, url: str, keyring: Keyring, bot_id: int | None, save_first: SaveFirst | None
    ) -> PostgresqlDatabase:
        """See `Database.open`."""
        revision = await to_thread(postgresql.prepare, url, keyring, bot_id)
        database = cls(url, keyring)
        try:
            if revision != sqlite.newest_revision():
                if revision and save_first is not None:
                    await to_thread(save, save_first, database.store, keyring)
                await database._migrate()
            async with database.read():  # from now on the server knows that a bot is connected
                pass
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        await self._connections.close()

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._each_for_itself()

    @asynccontextmanager
    async def _each_for_itself(self) -> AsyncIterator[AsyncConnection]:
        with storage_errors(psycopg.Error):
            async with self._connections.one() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        with storage_errors(psycopg.Error):
            async with self._connections.one() as connection, connection.transaction():
                yield connection

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._each_for_itself()

    async def look_up(self, lookup: Lookup, *values: Any) -> Any:
        with storage_errors(psycopg.Error):
            async with self._connections.one() as connection:
                return await connection.first(sql_of(lookup), values)

    async def can_be_written(self) -> bool:
        try:
            async with self.write() as connection:
                await connection.execute(text("INSERT INTO bots (bot_id, since) VALUES (-1, 0)"))
                await connection.execute(text("DELETE FROM bots WHERE bot_id = -1"))  # of no bot; never committed
        except StorageError:
            return False
        return True

    async def forget_deleted(self) -> bool:
        """The server overwrites deleted rows by itself, when it vacuums."""
        return True

    async def _migrate(self) -> None:
        """Several processes may start at once: the first migrates, the others wait and find it done."""
        from storage.engine.migrating import upgrade

        async with self.write() as connection:
            await connection.execute(text("SET LOCAL lock_timeout = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": postgresql.MIGRATING})
            await connection.run_sync(upgrade)


@cache
def sql_of(lookup: Lookup) -> str:
    """The statement with psycopg's placeholders."""
    dialect: Any = PGDialect_psycopg
    return str(lookup.statement.compile(dialect=dialect(paramstyle="format")))
