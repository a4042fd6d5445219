"""Connections to the run's PostgreSQL that are used again: a new one costs the server as much as a short test.

A connection that is closed is a new one's first choice, its session as at its beginning: no setting, no lock, nothing
under way. What the server has learnt of the tables in it stays, and each statement of the program's is prepared when
it is first run. Only databases that tests are given are reached so.

An answer is waited for where it was asked for, without the event loop, for a moment: the server is on this machine,
and going through the loop takes several times as long as a short statement. Everybody else has had a turn before it.
What takes longer, such as a lock, leaves the loop free. A database that nobody has connected to since it was emptied
is not gone through when it is opened: there is nothing in it to find fault with. In `tests/storage/engine` all is as
the program has it, and so it is in every bot that is a process of its own.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any, Self

import psycopg
import pytest
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.waiting import Ready, Wait

from storage.engine import postgresql, postgresql_database, sqlite
from storage.engine.postgresql_statements import can_be_read

KEPT = 6  # of one database, for whoever asks with the same parameters
SOON = 10  # milliseconds that an answer is waited for without the loop
STATEMENTS = 2000  # that the server prepares for one connection: more than there are
UNDONE: dict[int, bytes] = {  # by what is under way
    pq.TransactionStatus.IDLE: b"",
    pq.TransactionStatus.INTRANS: b"ROLLBACK; ",
    pq.TransactionStatus.INERROR: b"ROLLBACK; ",
}
LIKE_NEW = b"RESET ALL; SELECT pg_advisory_unlock_all()"

Place = frozenset[tuple[str, Any]]
IdleConnection = tuple[pq.abc.PGconn, Any]  # and which of its statements the server has prepared

names: set[str] = set()  # of the databases that are reached so
untouched: set[str] = set()  # and of those among them that are as they were laid
_idle: defaultdict[Place, list[IdleConnection]] = defaultdict(list)


def place_of(conninfo: str, given: dict[str, Any]) -> Place | None:
    """What tells a connection from others; None where none is kept."""
    place = conninfo_to_dict(conninfo, **given)
    untouched.discard(str(place.get("dbname")))
    kept = place.get("host") == os.environ.get("TEST_POSTGRESQL") and place.get("dbname") in names
    return frozenset(place.items()) if kept else None


def processes() -> list[int]:
    """The server's processes that wait for whoever connects next."""
    return [connection.backend_pid for kept in _idle.values() for connection, _ in kept]


def close_idle() -> None:
    """Close what is kept: whoever is connected from now on uses it."""
    while _idle:
        _, kept = _idle.popitem()
        for connection, _ in kept:
            connection.finish()


class Again:
    """What both kinds of connections have in common."""

    pgconn: pq.abc.PGconn
    _prepared: Any
    _autocommit: bool
    place: Place | None = None
    prepare_threshold: int | None
    prepared_max: int | None
    prepare_at = 5  # the time that a statement is run, as psycopg has it

    @classmethod
    def of(cls, place: Place, *, autocommit: bool) -> Self | None:
        """One that was closed, unless the server has ended it meanwhile."""
        while _idle[place]:
            connection, prepared = _idle[place].pop()
            if connection.status == pq.ConnStatus.OK and not can_be_read(connection.socket):
                new: Any = cls
                made: Self = new(connection)
                made._prepared, made._autocommit = prepared, autocommit
                return made.at(place)
            connection.finish()
        return None

    def at(self, place: Place | None) -> Self:
        """The same, which is kept if that is a place."""
        self.place = place
        if place is not None:
            self.prepare_threshold, self.prepared_max = self.prepare_at, STATEMENTS
        return self

    def keep(self) -> bool:
        """Whether it was kept. Nobody can use this object any more."""
        connection = self.pgconn
        if self.place is None or len(_idle[self.place]) >= KEPT or connection.status != pq.ConnStatus.OK:
            return False
        begin = UNDONE.get(connection.transaction_status)
        if begin is None or connection.exec_(begin + LIKE_NEW).status != pq.ExecStatus.TUPLES_OK:
            return False
        connection.notice_handler = connection.notify_handler = None
        _idle[self.place].append((connection, self._prepared))
        self.pgconn = CLOSED
        return True


class KeptConnection(Again, psycopg.Connection[Any]):
    """As `psycopg.Connection`."""

    @classmethod
    def connect(cls, conninfo: str = "", *, autocommit: bool = False, **given: Any) -> Self:
        place = place_of(conninfo, given)
        if place is not None and (found := cls.of(place, autocommit=autocommit)):
            return found
        made = super().connect(conninfo, autocommit=autocommit, **given)
        return made.at(place)

    def close(self) -> None:
        if not self.keep():
            super().close()


class KeptAsyncConnection(Again, psycopg.AsyncConnection[Any]):
    """As `psycopg.AsyncConnection`."""

    prepare_at = 0

    @classmethod
    async def connect(cls, conninfo: str = "", *, autocommit: bool = False, **given: Any) -> Self:
        place = place_of(conninfo, given)
        if place is not None and (found := cls.of(place, autocommit=autocommit)):
            return found
        made = await super().connect(conninfo, autocommit=autocommit, **given)
        return made.at(place)

    async def wait(self, gen: Any, *given: Any, **more: Any) -> Any:
        if self.place is not None:
            await asyncio.sleep(0)
            gen = at_once(gen, self.pgconn.socket)
        return await super().wait(gen, *given, **more)

    async def close(self) -> None:
        if not self.keep():
            await super().close()


def at_once(asking: Generator[Wait, Any, Any], socket: int) -> Generator[Wait, Any, Any]:
    """The same, without what the server answers soon: that is waited for here, once for a statement.

    Who waits for a lock is asked every tenth of a second, and must not keep the one who holds it from going on.
    """
    poll, soon = select.poll(), True
    poll.register(socket, select.POLLIN)
    try:
        wanted = next(asking)
        while True:
            if wanted == Wait.R and soon:
                soon = bool(poll.poll(SOON))
                wanted = asking.send(Ready.R if soon else (yield wanted))
            else:
                wanted = asking.send((yield wanted))
    except StopIteration as ended:
        return ended.value


def closed() -> pq.abc.PGconn:
    """What stands in a connection in place of what was kept of it."""
    nowhere = pq.PGconn.connect_start(b"host=/nonexistent")
    nowhere.finish()
    return nowhere


CLOSED = closed()


NEW: dict[str, Any] = {"connect": psycopg.connect, "AsyncConnection": psycopg.AsyncConnection}  # as psycopg has them


async def unless_untouched(function: Callable[..., Any], *given: Any) -> Any:
    """What the program does in a thread when it opens a database."""
    if function is postgresql.prepare:
        url, keyring, _ = given
        name = str(conninfo_to_dict(url).get("dbname"))
        if keyring and name in untouched:
            untouched.discard(name)
            return sqlite.newest_revision()
    return await asyncio.to_thread(function, *given)


def keep_connections() -> None:
    """Let all of this process use such connections."""
    driver: Any = psycopg
    driver.connect, driver.AsyncConnection = KeptConnection.connect, KeptAsyncConnection
    program: Any = postgresql_database
    program.to_thread = unless_untouched


def no_longer_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a test: whoever connects is new to the server, and whoever closes is gone."""
    close_idle()
    for name, made in NEW.items():
        monkeypatch.setattr(psycopg, name, made)
    monkeypatch.setattr(postgresql_database, "to_thread", asyncio.to_thread)
