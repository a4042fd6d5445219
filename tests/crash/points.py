"""Counts the points at which the program touches the disk or the network, and kills it at a chosen one.

The hooks stand where Python hands over to the outside: before each statement of sqlite3, before and after each commit
and each step of a request of aiohttp (connecting, sending, headers, body). What happens between two points stays in
memory, so being killed anywhere is the same as being killed at one of them. Installed only in the harness's child.
"""

from __future__ import annotations

import functools
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import client_reqrep, connector
from yarl import URL

from bot import telegram_session
from px6 import transport

T = TypeVar("T")
TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|TABLE)\s+(\w+)", re.IGNORECASE)
UPDATES = "getUpdates"  # a long poll: every run has another number of them, and no order waits for one


class Points:
    """Numbers what is passed once it is armed, notes it in a file, and kills the process at `kill_at`."""

    def __init__(self, report: int, kill_at: int | str | None) -> None:
        """`kill_at` is the number of a point, or a label: then its first point."""
        self._report, self._kill_at = report, kill_at
        self._armed = False
        self._passed = 0
        self._lock = threading.Lock()

    def arm(self, *_: object) -> None:
        """Begin to count: the handler of SIGUSR1, so that the harness chooses the moment."""
        self._armed = True
        os.write(self._report, b"0 armed\n")

    def reach(self, label: str) -> None:
        """A point. What is written to the report is with the kernel, so it outlives the kill."""
        if not self._armed:
            return
        with self._lock:
            self._passed += 1
            os.write(self._report, f"{self._passed} {label}\n".encode())
            if self._kill_at in (self._passed, label):
                os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        """Put the hooks in place. Before anything is connected."""
        signal.signal(signal.SIGUSR1, self.arm)
        _count_statements(self)
        _count_requests(self)


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
