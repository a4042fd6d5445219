"""Connections to SQLite without a thread: a statement is run in the event loop, which has a turn before its result.

Two crossings between threads take several times as long as a short statement, and a test makes hundreds. Whoever
asks waits for the loop all the same, so that everybody else goes on meanwhile; who is cancelled leaves the statement
behind, which is run as in a thread. Waiting for a lock leaves the loop free, too: what holds it may be of the same
process. All that read a file do so over one connection: each statement is for itself and sees what is committed, and
to open one takes as long as dozens of them, for the whole schema is read. Rows whose order nobody asked for come the
other way round than SQLite likes: on PostgreSQL they come in any order. The program's connections with threads stay
where it matters which statement ends first: in `tests/storage/engine`, `tests/faults`, where a module asks for them
(`threads`) because things race there, and in every bot that is a process of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.exc import DBAPIError

from storage.engine import connection, sqlite, sqlite_database
from tests import onlookers
from tests.databases import is_as_laid

AGAIN = 0.001  # seconds until a lock is tried again
UNORDERED = "PRAGMA reverse_unordered_selects=ON"

_readers = WeakValueDictionary[tuple[object, ...], "LoopConnection"]()  # over which others read, by file and pragmas
_users = Counter[sqlite3.Connection]()

Asked = tuple[asyncio.Future[Any] | None, Callable[[], Any]]


class Turns:
    """What stands in place of the queue of a connection's thread, and of the thread."""

    def __init__(self) -> None:
        self._waiting = deque[Asked]()
        self.patience = self._until = 0.0  # seconds that a lock is waited for, and the moment when that ends

    def start(self) -> None:
        """Nothing is to be started."""

    @property
    def are_idle(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def put_nowait(self, asked: Asked) -> None:
        """Have it run with the next turn, after what was asked before it."""
        self._waiting.append(asked)
        if len(self._waiting) == 1:
            self._next()

    def _next(self) -> None:
        try:
            asyncio.get_running_loop().call_soon(self._run)
        except RuntimeError:  # no loop any more: a connection that was left open is closed
            self._run()

    def _run(self) -> None:
        future, function = self._waiting[0]
        try:
            result = function()
        except BaseException as error:  # noqa: BLE001 - it is the asking one's
            if self.is_to_wait(error):
                asyncio.get_running_loop().call_later(AGAIN, self._run)
                return
            if future is not None and not future.done():
                future.set_exception(error)
        else:
            if isinstance(result, sqlite3.Connection):
                self.patience = impatient(result)
            if future is not None and not future.done():
                future.set_result(result)
        self._until = 0.0
        self._waiting.popleft()
        if self._waiting:
            self._next()

    def is_to_wait(self, error: BaseException) -> bool:
        """Whether a lock may still come free within the time that the connection has for it."""
        told = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(told, sqlite3.OperationalError) or told.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            return False
        self._until = self._until or time.monotonic() + self.patience
        if time.monotonic() < self._until:
            return True
        self._until = 0.0
        return False


def impatient(opened: sqlite3.Connection) -> float:
    """Let it say at once that the file is locked; gives the seconds that it would have waited."""
    (milliseconds,) = opened.execute("PRAGMA busy_timeout").fetchone()
    opened.execute("PRAGMA busy_timeout=0").fetchone()
    return float(milliseconds) / 1000


class LoopConnection(connection.Connection):
    """The program's, without a thread."""

    def __init__(self, path: Path, pragmas: Sequence[str]) -> None:
        super().__init__(path, pragmas)
        turns: Any = Turns()
        self._tx = self._thread = self._turns = turns
        self._path = path

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """At once, unless it has to wait for a lock or for what waits for one: without a future and a second turn."""
        if self._running and self._connection and self._turns.are_idle:
            try:
                result = fn(*args, **kwargs)
            except Exception as error:
                if not self._turns.is_to_wait(error):
                    await asyncio.sleep(0)
                    raise
            else:
                await asyncio.sleep(0)
                return result
        return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # untyped there

    run = _execute  # type: ignore[assignment]  # the program's says more of its types, and does the same

    async def open(self) -> None:
        """Open a connection of its own."""
        await self
        _users[self.driver] = 1

    def read_over(self, other: LoopConnection) -> None:
        """Use the other's, as if it had been opened."""
        self._connection = other.driver
        self._turns.patience = other._turns.patience
        _users[self.driver] += 1

    async def close(self) -> None:
        """Whoever looks on lets go first. Nobody new reads over what somebody has closed, for it may be spoiled."""
        if self._connection is not None:
            onlookers.end(self._path)
            onlookers.take_back(self._path, self._connection)
            for key in [key for key, reader in _readers.items() if reader._connection is self._connection]:
                del _readers[key]
            _users[self._connection] -= 1
            if _users[self._connection]:
                self._connection = None
                await self.stop()  # type: ignore[misc]  # there is a loop, so it gives a future
            else:
                del _users[self._connection]
        await super().close()


async def connect(path: Path, *, write: bool) -> connection.Connection:
    """As the program's `connect`."""
    program: Any = connection  # tests change its pragmas
    pragmas = [*program.PRAGMAS, UNORDERED, *([] if write else ["PRAGMA query_only=ON"])]
    await asyncio.sleep(0)  # whoever is cancelled here has taken nothing yet
    made = LoopConnection(path, pragmas)
    key = (path, onlookers.file_of(path), *pragmas)
    if (other := _readers.get(key)) is not None:
        made.read_over(other)
    else:
        await made.open()
        if not write:
            _readers[key] = made
            onlookers.lend(path, made.driver)
    onlookers.begin(path)
    return made


async def at_once(function: Callable[..., Any], *given: Any) -> Any:
    """What the program does in a thread when it opens a file: to begin and to end one takes as long as the work.

    A database that was laid as the program makes it is not gone through when it is first opened: to read its whole
    schema takes half of all that opening it does.
    """
    await asyncio.sleep(0)
    if function is sqlite.prepare:
        path, keyring, _ = given
        if keyring and is_as_laid(path):
            return sqlite.newest_revision()
    return function(*given)


def without_threads() -> None:
    """Let every database of this process have such connections."""
    program: Any = sqlite_database
    program.connect, program.to_thread = connect, at_once
