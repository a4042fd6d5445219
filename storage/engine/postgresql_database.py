"""PostgreSQL: one pool of connections, whose transactions are READ COMMITTED. Imported only where it is used."""

from __future__ import annotations

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import ConnStatus
from sqlalchemy import AsyncAdaptedQueuePool, event, text
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from model.errors import StorageError
from storage.engine import postgresql, sqlite
from storage.engine.crypto import Keyring
from storage.engine.database import WAIT_SECONDS, Database, Lookup, SaveFirst, Turns, close_all, save, storage_errors
from storage.engine.postgresql_store import PostgresqlStore

CONNECTIONS = 10  # of one process; a server has 100 unless told otherwise


class PostgresqlDatabase(Database):
    """A database on a server, which any number of processes write at once."""

    is_shared = True

    def __init__(self, url: str, keyring: Keyring) -> None:
        """Use `open`."""
        super().__init__(keyring, PostgresqlStore(url))
        self._engine, self._turns = engine_on(url), Turns(CONNECTIONS, WAIT_SECONDS)
        self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @classmethod
    async def on(
        cls, url: str, keyring: Keyring, bot_id: int | None, save_first: SaveFirst | None
    ) -> PostgresqlDatabase:
        """See `Database.open`."""
        revision = await asyncio.to_thread(postgresql.prepare, url, keyring, bot_id)
        database = cls(url, keyring)
        try:
            if revision != sqlite.newest_revision():
                if revision and save_first is not None:
                    await asyncio.to_thread(save, save_first, database.store, keyring)
                await database._migrate()
            async with database.read():  # from now on the server knows that a bot is connected
                pass
        except BaseException:
            await database.close()
            raise
        return database

    async def close(self) -> None:
        await close_all(self._engine)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        with storage_errors():
            async with self._turns, self._reading.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        with storage_errors():
            async with self._turns, self._engine.begin() as connection:
                yield connection

    def single(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self.read()

    async def look_up(self, lookup: Lookup, *values: Any) -> Any:
        async with self.read() as connection:
            return (await connection.exec_driver_sql(sql_of(lookup), values)).first()

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


def engine_on(url: str) -> AsyncEngine:
    """An engine on the server. A connection that the server has closed meanwhile is replaced before it is used."""
    given = postgresql.parameters(url)

    async def connect() -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(**given, autocommit=True)
        try:
            await connection.execute(postgresql.BOT_SESSION)
            await connection.set_autocommit(False)
        except BaseException:
            await connection.close()
            raise
        return connection

    engine = create_async_engine(
        "postgresql+psycopg://",
        async_creator=connect,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT_SECONDS,
        pool_use_lifo=True,
        isolation_level="READ COMMITTED",
        use_native_hstore=False,
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def checked_out(connection: Any, record: object, proxy: object) -> None:
        if is_gone(connection.driver_connection):
            raise DisconnectionError

    return engine


def is_gone(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the server has closed it, as far as this machine has heard. Nothing is sent, and nothing waited for.

    Nobody has asked for anything on a connection that is not in use: what can be read there is a farewell.
    """
    return connection.pgconn.status != ConnStatus.OK or can_be_read(connection.pgconn.socket)


def can_be_read(socket: int) -> bool:
    """Whether something has come on a socket, or its end."""
    if not hasattr(select, "poll"):  # on Windows, where a socket's number may be anything
        return bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))
