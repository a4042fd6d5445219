"""SQLAlchemy on a driver's connection without its adapters: a statement is compiled, run, and all rows read at once.

Where that is done is each database's affair (`sqlite_statements.py`, `postgresql_statements.py`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncConnection

Result = TypeVar("Result")
Run = Callable[..., Awaitable[Any]]


class Statements(AsyncConnection):
    """The part of SQLAlchemy's connection that is used. Each statement is for itself, but within `transaction`."""

    def __init__(self, run: Run, engine: Engine, driver: Any) -> None:
        """`run` calls a function where it may use `driver`: as much of a pool's connection as statements need."""
        self._run = run
        self.sync_engine = engine
        self.sync_connection = sqlalchemy.Connection(engine, driver)

    @abstractmethod
    async def close(self) -> None:
        """Close the connection."""

    @abstractmethod
    def transaction(self) -> AbstractAsyncContextManager[None]:
        """A block that is committed durably at its end, or undone."""

    @property
    def is_gone(self) -> bool:
        """Whether the database has closed it since it was used last."""
        return False

    @abstractmethod
    def is_spoilt(self, error: BaseException | None) -> bool:
        """Whether nobody can use it again, after this error or none."""

    async def execute(self, statement: Any, parameters: Any = None, *, execution_options: Any = None) -> Any:
        """A result, whose rows have been read."""
        run = self._proxied.execute
        return await self._run(run, statement, parameters, execution_options=execution_options)

    async def exec_driver_sql(self, statement: str, parameters: Any = None, execution_options: Any = None) -> Any:
        """As `execute`, of a statement in the database's own words."""
        return await self._run(
            self._proxied.exec_driver_sql, statement, parameters, execution_options=execution_options
        )

    async def run_sync(self, fn: Callable[..., Result], *arg: Any, **kw: Any) -> Result:
        """Let it use SQLAlchemy's own connection."""
        result: Result = await self._run(fn, self._proxied, *arg, **kw)
        return result


class Rows:
    """The part of a cursor that gives rows, which have all been read."""

    def __init__(self) -> None:
        self._rows: Iterator[Any] = iter(())
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int) -> list[Any]:
        """So many of the rows that are left."""
        return list(islice(self._rows, size))

    def fetchall(self) -> list[Any]:
        """The rows that are left."""
        return list(self._rows)

    def close(self) -> None:
        """Nothing is open."""


class Transactionless:
    """As much of a driver's connection as SQLAlchemy asks for: transactions are not its affair."""

    def commit(self) -> None:
        """Nothing is committed here."""

    def rollback(self) -> None:
        """Nor undone."""
