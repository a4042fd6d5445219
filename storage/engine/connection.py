"""A connection to SQLite whose statements cross to its thread once.

aiosqlite crosses to the thread four times for a statement: for the cursor, the statement, its rows, and to close the
cursor. SQLAlchemy on top of it changes between greenlets each time. Together that takes ten times as long as a short
statement itself. Here SQLAlchemy compiles and runs a statement in the connection's thread, and reads all its rows
there: one crossing for a read; three for a write, with BEGIN and COMMIT (`tests/storage/engine/test_connection.py`
counts them). This leans on private parts of aiosqlite: `_thread`, `_tx`, `_execute`, `_conn`, and the thread's work.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import aiosqlite
from aiosqlite.core import _connection_worker_thread

from storage.engine.sqlite import PRAGMAS

CHUNK = 64  # an argument that aiosqlite wants; nothing here iterates over a cursor

Result = TypeVar("Result")


async def connect(path: Path, *, write: bool) -> Connection:
    """A connection with our pragmas; without `write` SQLite refuses every statement that would change something."""
    connection = Connection(path, [*PRAGMAS, *([] if write else ["PRAGMA query_only=ON"])])
    await connection
    return connection


def opened(address: str, pragmas: Sequence[str]) -> sqlite3.Connection:
    """A connection with these pragmas, for use in the calling thread."""
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        for pragma in pragmas:
            connection.execute(pragma).fetchall()
    except BaseException:
        connection.close()  # no caller has it yet, so none could close it
        raise
    return connection


def work(queue: SimpleQueue[Any], connections: list[sqlite3.Connection]) -> None:
    """The work of a connection's thread. An answer for a loop that is closed by then is nobody's: it ends quietly.

    What is open then is closed, also where the opening was cancelled: aiosqlite does not know of that one.
    """
    try:
        _connection_worker_thread(queue)
    except RuntimeError as error:
        if "loop is closed" not in str(error):
            raise
    finally:
        for connection in connections:
            connection.close()


class Connection(aiosqlite.Connection):
    """As aiosqlite's. Begins no transaction of its own and never makes a file."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        """Use `connect`."""
        self._opened: list[sqlite3.Connection] = []
        super().__init__(partial(self._open, f"{path.absolute().as_uri()}?mode=rw", pragmas, self._opened), CHUNK)
        # A daemon: one that is left open must not keep the process from ending.
        self._thread = Thread(target=work, args=(self._tx, self._opened), daemon=True)

    @staticmethod
    def _open(address: str, pragmas: Sequence[str], to: list[sqlite3.Connection]) -> sqlite3.Connection:
        connection = opened(address, pragmas)
        to.append(connection)
        return connection

    async def run(self, work: Callable[..., Result], *given: Any, **more: Any) -> Result:
        """Do this in the connection's thread, after what was asked for before. Who is cancelled leaves it behind."""
        result: Result = await self._execute(work, *given, **more)  # type: ignore[no-untyped-call]  # untyped there
        return result

    @property
    def driver(self) -> sqlite3.Connection:
        """SQLite's own, for use in the connection's thread."""
        return self._conn
