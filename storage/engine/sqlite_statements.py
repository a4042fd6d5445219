"""SQLAlchemy in the thread of a connection to SQLite: all that it does for a statement is one crossing."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine

from storage.engine import sqlite
from storage.engine.connection import Connection
from storage.engine.statements import Rows, Statements, Transactionless


class SqliteStatements(Statements):
    """Run in the connection's thread."""

    def __init__(self, connection: Connection) -> None:
        """`connection` belongs to this one from now on."""
        self._connection = connection
        super().__init__(connection.run, engine(), Driver(connection.driver))

    async def close(self) -> None:
        """Close the connection, after what is under way."""
        await self._connection.close()

    def is_spoilt(self, error: BaseException | None) -> bool:
        return sqlite.spoils(error)

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


class Driver(Transactionless):
    """A connection to SQLite as SQLAlchemy sees it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def cursor(self) -> Cursor:
        return Cursor(self._connection)


class Cursor(Rows):
    """A cursor that has read all rows, so that nobody need go to the thread for them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

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


@cache
def engine() -> Engine:
    """What all connections share: the dialect, and what was compiled once. It connects to no database of ours."""
    made = create_engine("sqlite://", poolclass=NullPool, hide_parameters=True)
    with made.connect():  # SQLAlchemy looks at the version of SQLite
        return made
