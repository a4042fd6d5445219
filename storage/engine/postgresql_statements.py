"""SQLAlchemy on a connection of psycopg's that the event loop waits for: one greenlet for a statement.

With SQLAlchemy's own adapter there are several around a read: to lend a connection, to run the statement, to read its
rows, to set the connection back and to return it.
"""

from __future__ import annotations

import select
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

import psycopg
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.util import await_only, greenlet_spawn

from storage.engine import postgresql
from storage.engine.statements import Rows, Statements, Transactionless

# As bytes: what each transaction begins with is nothing of ours that is worth to be prepared.
BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED"


class PostgresqlStatements(Statements):
    """Each statement is a transaction of its own, but within `transaction`."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        """`connection` belongs to this one from now on."""
        self._connection = connection
        super().__init__(greenlet_spawn, engine(), Driver(connection))

    @classmethod
    async def connect(cls, given: dict[str, Any]) -> PostgresqlStatements:
        """A new connection to the server, with these parameters."""
        connection = await psycopg.AsyncConnection.connect(**given, autocommit=True)
        try:
            await connection.execute(postgresql.BOT_SESSION, prepare=False)
        except BaseException:
            await connection.close()
            raise
        return cls(connection)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    @property
    def is_gone(self) -> bool:
        return is_gone(self._connection)

    def is_spoilt(self, error: BaseException | None) -> bool:
        """Also where something is under way, and where a statement was cancelled: SQLAlchemy gives it up then."""
        return self._connection.pgconn.transaction_status != TransactionStatus.IDLE or self._proxied.invalidated

    async def first(self, sql: str, values: Sequence[Any]) -> Any:
        """The first row of raw values, or None, without SQLAlchemy."""
        return await (await self._connection.execute(sql, values)).fetchone()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Committed durably at the end of the block, or undone."""
        try:
            await self._connection.execute(BEGIN, prepare=False)
            yield
            await self._connection.commit()
        except BaseException:  # also where somebody is cancelled, whose statement psycopg has cancelled
            with suppress(psycopg.Error):  # the server is gone, and has undone it
                await self._connection.rollback()
            raise

    async def run_sync(self, fn: Any, *arg: Any, **kw: Any) -> Any:
        """Whoever uses SQLAlchemy's own connection needs what it finds out about a server."""
        await greenlet_spawn(self.sync_engine.dialect.initialize, self.sync_connection)
        return await super().run_sync(fn, *arg, **kw)


class Driver(Transactionless):
    """A connection of psycopg's as SQLAlchemy sees it, in a greenlet."""

    closed = broken = is_valid = False  # nor is it SQLAlchemy that closes it

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self._connection = connection

    @property
    def dbapi_connection(self) -> Driver:
        return self

    @property
    def info(self) -> psycopg.ConnectionInfo:
        return self._connection.info

    def cursor(self) -> Cursor:
        return Cursor(self._connection)


class Cursor(Rows):
    """A cursor that has read all rows: nobody waits for them."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        super().__init__()
        self._connection = connection

    def execute(self, sql: str, parameters: Any = None) -> None:
        """Run one statement."""
        await_only(self._execute(sql, parameters))

    def executemany(self, sql: str, rows: Iterable[Any]) -> None:
        """Run one statement for each row of parameters."""
        await_only(self._executemany(sql, rows))

    async def _execute(self, sql: str, parameters: Any) -> None:
        cursor = await self._connection.execute(sql, parameters)
        self.rowcount, result = cursor.rowcount, cursor.pgresult
        if result is not None and result.status == ExecStatus.TUPLES_OK:
            self.description = [(_name(result.fname(at)), result.ftype(at)) for at in range(result.nfields)]
            self._rows = iter(await cursor.fetchall())

    async def _executemany(self, sql: str, rows: Iterable[Any]) -> None:
        cursor = self._connection.cursor()
        await cursor.executemany(sql, rows)
        self.rowcount = cursor.rowcount


@cache
def _name(column: bytes) -> str:
    return column.decode()


@cache
def engine() -> Engine:
    """What all connections share: the dialect, and what was compiled once. It connects to nothing."""
    return create_engine("postgresql+psycopg://", poolclass=NullPool, use_native_hstore=False, hide_parameters=True)


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
