"""Counts the points at which the program touches the disk or the network, and kills it at a chosen one.

The hooks stand where Python hands over to the outside: before each statement of sqlite3 or psycopg, before and after
each commit and each step of a request of aiohttp (connecting, sending, headers, body). What happens between two
points stays in memory, so being killed anywhere is the same as being killed at one of them. Installed only in the
harness's child.
"""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from aiohttp import client_reqrep, connector
from psycopg.pq import TransactionStatus
from yarl import URL

from bot import telegram_session
from px6 import transport

T = TypeVar("T")
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE)\s+(\w+)", re.IGNORECASE)
UPDATES = "getUpdates"  # a long poll: every run has another number of them, and no order waits for one
POST = "polling"  # the lease of who polls, asked for every second
READS = ("BEGIN", "SELECT", "WITH", "SET", "SHOW")  # a statement without a transaction that is nothing to come after


class Points:
    """Numbers what is passed once it is armed, notes it in a file, and kills the process at a chosen point."""

    def __init__(self, report: int, kill_at: int | str | None, orders: Path | None = None) -> None:
        """`kill_at`: the number of a point, a label (then its first point), or a label and which of its points.

        `orders`: a file that is read when it is armed, once more each time. JSON: `kill_at`, as above; `once`, a file
        that whoever is the first to reach the point makes: the others go on; `victim`, the id of a process that is
        killed instead of this one, as PostgreSQL's own immediate stop does it.
        """
        self._report, self._kill_at, self._orders = report, kill_at, orders
        self._once: str | None = None
        self._victim: int | None = None
        self._armed = False
        self._passed = 0
        self._of_label: Counter[str] = Counter()
        self._lock = threading.Lock()

    def arm(self, *_: object) -> None:
        """Begin to count: the handler of SIGUSR1, so that the harness chooses the moment."""
        if self._orders is not None and self._orders.exists():
            order = json.loads(self._orders.read_text())
            self._kill_at, self._once, self._victim = order["kill_at"], order["once"], order["victim"]
        self._passed, self._armed = 0, True
        self._of_label.clear()
        os.write(self._report, b"0 armed\n")

    def reach(self, label: str) -> None:
        """A point. What is written to the report is with the kernel, so it outlives the kill."""
        if not self._armed:
            return
        with self._lock:
            self._passed += 1
            self._of_label[label] += 1
            os.write(self._report, f"{self._passed} {label}\n".encode())
            here = (self._passed, label, f"{label} ({self._of_label[label]})")
            if self._kill_at in here and self._is_first():
                self._kill()

    def _is_first(self) -> bool:
        if self._once is None:
            return True
        with suppress(FileExistsError):
            os.close(os.open(self._once, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return True
        return False

    def _kill(self) -> None:
        """This process, or the server of the database: then it is gone when the next statement comes."""
        if self._victim is None:
            os.kill(os.getpid(), signal.SIGKILL)
            return
        os.kill(self._victim, signal.SIGQUIT)
        while _lives(self._victim):
            time.sleep(0.005)

    def install(self) -> None:
        """Put the hooks in place. Before anything is connected."""
        signal.signal(signal.SIGUSR1, self.arm)
        _count_statements(self)
        _count_statements_of_psycopg(self)
        _count_requests(self)


def _lives(pid: int) -> bool:
    """Whether the process is there, and has not ended without anybody asking for its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _count_statements(points: Points) -> None:
    class CountedCursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> CountedCursor:
            points.reach(f"disk: {_statement(sql)}")
            super().execute(sql, *values)
            return self

        def executemany(self, sql: str, values: Any) -> CountedCursor:
            points.reach(f"disk: {_statement(sql)}")
            super().executemany(sql, values)
            return self

    class CountedConnection(sqlite3.Connection):
        def cursor(self, *_: Any) -> CountedCursor:  # type: ignore[override] # a factory of one's own is not used
            return super().cursor(CountedCursor)

        def commit(self) -> None:
            points.reach("disk: COMMIT: before")
            super().commit()
            points.reach("disk: COMMIT: after")

    setattr(sqlite3, "connect", functools.partial(sqlite3.connect, factory=CountedConnection))  # noqa: B010


def _count_statements_of_psycopg(points: Points) -> None:
    """What a process says of itself every second is no point: every run has another number of these."""
    cursor, connection = psycopg.AsyncCursor, psycopg.AsyncConnection
    execute, commit = cursor.execute, connection.commit

    @functools.wraps(execute)
    async def counted_execute(self: psycopg.AsyncCursor[Any], query: Any, given: Any = None, **named: Any) -> Any:
        what = _statement(query) if isinstance(query, str) else ""
        if not what or what.endswith(" processes") or POST in _values(given):
            return await execute(self, query, given, **named)
        points.reach(f"disk: {what}")
        done = await execute(self, query, given, **named)
        is_committed = self.connection.info.transaction_status == TransactionStatus.IDLE
        if is_committed and not what.startswith(READS):
            points.reach(f"disk: {what}: after")
        return done

    @functools.wraps(commit)
    async def counted_commit(self: psycopg.AsyncConnection[Any]) -> None:
        if self.info.transaction_status != TransactionStatus.INTRANS:
            return await commit(self)
        points.reach("disk: COMMIT: before")
        await commit(self)
        points.reach("disk: COMMIT: after")

    setattr(cursor, "execute", counted_execute)  # noqa: B010 - mypy knows a method that is not to be assigned
    setattr(connection, "commit", counted_commit)  # noqa: B010 - the same


def _values(given: Any) -> tuple[object, ...]:
    """Of the parameters of a statement."""
    return tuple(given.values() if isinstance(given, dict) else given or ())


def _count_requests(points: Points) -> None:
    request, response, tcp = client_reqrep.ClientRequest, client_reqrep.ClientResponse, connector.TCPConnector
    _count(points, tcp, "_create_connection", lambda _, wanted: f"network: {_call(wanted.url)}: connect")
    _count(points, request, "send", lambda asked, _: f"network: {_call(asked.url)}: send")
    _count(points, response, "start", lambda answer, _: f"network: {_call(answer.url)}: headers")
    for room in (transport, telegram_session):  # both read for themselves, with a bound
        _count(points, room, "_read", lambda answer: f"network: {_call(answer.url)}: body")


def _count(points: Points, owner: object, name: str, label: Callable[..., str]) -> None:
    """Wrap a coroutine function; `label` gets its first arguments."""
    original = getattr(owner, name)

    @functools.wraps(original)
    async def counted(*given: Any, **named: Any) -> Any:
        what = label(*given[: label.__code__.co_argcount])
        if UPDATES in what:
            return await original(*given, **named)
        return await _around(points, what, original(*given, **named))

    setattr(owner, name, counted)


async def _around(points: Points, label: str, step: Awaitable[T]) -> T:
    points.reach(f"{label}: before")
    done = await step
    points.reach(f"{label}: after")
    return done


def _statement(sql: str) -> str:
    """`UPDATE orders` of a whole statement."""
    verb, table = sql.split(None, 1)[0].upper(), TABLE.search(sql)
    return f"{verb} {table[1]}" if table and verb not in ("BEGIN", "PRAGMA") else verb


def _call(url: URL) -> str:
    """`px6 buy` or `telegram editMessageText`: the method in the path, never the secret before it."""
    parts = url.path.strip("/").split("/")
    if parts[0] == "api":
        return f"px6 {parts[2] if len(parts) > 2 else 'account'}"
    return f"telegram {parts[-1]}"
