"""SQLAlchemy on a connection to SQLite without its greenlets: all that it does for a statement is one crossing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine.connection import Connection

Result = TypeVar("Result")


class Statements(AsyncConnection):
    """The part of SQLAlchemy's connection that is used. Each statement is for itself, but within `transaction`."""

    def __init__(self, connection: Connection) -> None:
        """`connection` belongs to this one from now on."""
        self._connection = connection
        driver: Any = Driver(connection.driver)  # as much of a pool's connection as statements need
        self.sync_engine = engine()
        self.sync_connection = sqlalchemy.Connection(self.sync_engine, driver)

    async def close(self) -> None:
        """Close the connection, after what is under way."""
        await self._connection.close()

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """A result, whose rows have been read."""
        run = self._proxied.execute
        return await self._connection.run(run, statement, parameters, execution_options=execution_options)

    async def exec_driver_sql(self, statement: str, parameters: Any = None, execution_options: Any = None) -> Any:
        """The same of SQLite's own words."""
        return await self._connection.run(
            self._proxied.exec_driver_sql, statement, parameters, execution_options=execution_options
        )

    async def run_sync(self, fn: Callable[..., Result], *arg: Any, **kw: Any) -> Result:
        """Let it use SQLAlchemy's own connection, in the thread."""
        return await self._connection.run(fn, self._proxied, *arg, **kw)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """Until the end of the block nobody else writes; committed durably at the end, or undone."""
        driver = self._connection.driver
        try:
            await self._connection.run(Cursor(driver).execute, "BEGIN IMMEDIATE")
            yield
            await self._connection.run(commit, driver)
        except BaseException:  # also where somebody is cancelled, whose statement is run for all that
            await self._connection.run(driver.rollback)
            raise


def commit(driver: sqlite3.Connection) -> None:
    """Commit durably. A full disk undoes a transaction by itself, also where the block went on after that error."""
    if not driver.in_transaction:
        raise sqlite3.OperationalError("the transaction was undone before its end")
    driver.commit()


class Driver:
    """A connection to SQLite as SQLAlchemy sees it: its transactions are not SQLAlchemy's affair."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> Cursor:
        return Cursor(self._connection)

    def commit(self) -> None:
        """Nothing is committed here."""

    def rollback(self) -> None:
        """Nor undone."""


class Cursor:
    """A cursor that has read all rows, so that nobody need go to the thread for them."""

    arraysize = 1

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._rows: Iterator[Any] = iter(())
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement."""
        self._read(self._connection.cursor().execute(sql, parameters))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each row of parameters."""
        self._read(self._connection.cursor().executemany(sql, rows))

    def _read(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.lastrowid = cursor.description, cursor.lastrowid
        self._rows = iter(cursor.fetchall() if cursor.description else ())
        self.rowcount = cursor.rowcount  # SQLite knows it after the last row
        cursor.close()

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int = arraysize) -> list[Any]:
        """So many of the rows that are left."""
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return list(self._rows)

    def close(self) -> None:
        """Nothing is open."""


@cache
def engine() -> Engine:
    """What all connections share: the dialect, and what was compiled once. It connects to no database of ours."""
    made = create_engine("sqlite://", poolclass=NullPool, hide_parameters=True)
    with made.connect():  # SQLAlchemy looks at the version of SQLite
        return made
