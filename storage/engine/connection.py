"""A connection to SQLite whose statements cross to its thread once.

aiosqlite crosses to the thread four times for a statement: for the cursor, the statement, its rows, and to close the
cursor. Together that takes four times as long as a short statement itself. Here all of it is one crossing: one for a
read; four for a write, with BEGIN, COMMIT and giving back (`tests/storage/engine/test_connection.py` counts them).
This leans on private parts of aiosqlite: `_thread`, `_tx`, `_execute`, `_conn`, and the thread's work.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiosqlite
from aiosqlite.core import _connection_worker_thread

from storage.engine.sqlite import BUSY_MS, PRAGMAS

CHUNK = 64  # an argument that aiosqlite wants; nothing here iterates over a cursor


async def connect(path: Path, *, write: bool) -> Connection:
    """A connection with our pragmas; without `write` SQLite refuses every statement that would change something."""
    connection = Connection(path, [*PRAGMAS, *([] if write else ["PRAGMA query_only=ON"])])
    await connection
    return connection


def opened(address: str, pragmas: Sequence[str]) -> sqlite3.Connection:
    """A connection with these pragmas, for use in the calling thread."""
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
    try:
        for pragma in pragmas:
            connection.execute(pragma).fetchall()
    except BaseException:
        connection.close()  # no caller has it yet, so none could close it
        raise
    return connection


def close_all(connections: list[sqlite3.Connection]) -> None:
    """Close each of them once."""
    while connections:
        connections.pop().close()


def work(queue: SimpleQueue[Any], connections: list[sqlite3.Connection]) -> None:
    """The work of a connection's thread. An answer for a loop that is closed by then is nobody's: it ends quietly."""
    try:
        _connection_worker_thread(queue)
    except RuntimeError as error:
        if "loop is closed" not in str(error):
            raise
    finally:
        close_all(connections)


class Connection(aiosqlite.Connection):
    """As aiosqlite's, with cursors that cross once. Begins no transaction of its own and never makes a file."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        """Use `connect`."""
        self._opened: list[sqlite3.Connection] = []
        super().__init__(partial(self._open, f"{path.absolute().as_uri()}?mode=rw", pragmas, self._opened), CHUNK)
        # A daemon: one that is left open must not keep the process from ending.
        self._thread = Thread(target=work, args=(self._tx, self._opened), daemon=True)

    @staticmethod
    def _open(address: str, pragmas: Sequence[str], to: list[sqlite3.Connection]) -> sqlite3.Connection:
        to.append(opened(address, pragmas))
        return to[0]

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread. One whose opening was cancelled is closed as well: aiosqlite does not know of it."""
        self._tx.put_nowait((None, partial(close_all, self._opened)))
        ended: asyncio.Future[Any] | None = super().stop()
        return ended

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy enters what it is given
        """A cursor of one statement at a time."""
        return Cursor(self)

    async def run(self, statement: Callable[[sqlite3.Cursor], object]) -> Outcome:
        """Run the statement on a cursor, read all its rows and close the cursor, in the connection's thread."""
        outcome: Outcome = await self._execute(self._run, statement)  # type: ignore[no-untyped-call]  # untyped there
        return outcome

    def _run(self, statement: Callable[[sqlite3.Cursor], object]) -> Outcome:
        cursor = self._conn.cursor()
        try:
            statement(cursor)
            rows = cursor.fetchall() if cursor.description else []
            return Outcome(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
        finally:
            cursor.close()


class Outcome(NamedTuple):
    """The result of a statement, in the names of a DB-API cursor."""

    rows: Sequence[Any]
    description: Any
    rowcount: int
    lastrowid: int | None


NOTHING_RUN = Outcome(rows=(), description=None, rowcount=-1, lastrowid=None)


class Cursor:
    """The part of an aiosqlite cursor that SQLAlchemy asks for."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        """Nothing is done before a statement comes."""
        self._connection = connection
        self._outcome = NOTHING_RUN

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Run one statement; `fetchall` gives its rows."""
        self._outcome = await self._connection.run(lambda cursor: cursor.execute(sql, parameters))
        return self

    async def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> Self:
        """Run one statement for each row of parameters."""
        self._outcome = await self._connection.run(lambda cursor: cursor.executemany(sql, rows))
        return self

    async def fetchall(self) -> Sequence[Any]:
        """All rows; they were read with the statement."""
        return self._outcome.rows

    @property
    def description(self) -> Any:
        """A tuple for each column; None for a statement without rows."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed; -1 where SQLite does not say."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Of the last row inserted."""
        return self._outcome.lastrowid

    async def close(self) -> None:
        """Nothing is open: the statement closed its cursor."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass
