"""Connections that stay open, each of which is one task's at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from storage.engine.database import CLOSE_SECONDS, RETURN_SECONDS, Turns
from storage.engine.statements import Statements

Kind = TypeVar("Kind", bound=Statements)


class ConnectionPool(Generic[Kind]):
    """Connections of one kind. The one that was given back last is lent first."""

    def __init__(self, connect: Callable[[], Awaitable[Kind]], count: int, seconds: float) -> None:
        """At most `count` of them; who has waited so many seconds for one gets AllConnectionsBusy."""
        self._connect, self._turns = connect, Turns(count, seconds)
        self._lent, self._idle, self._closed = 0, list[Kind](), False

    @asynccontextmanager
    async def one(self) -> AsyncIterator[Kind]:
        """One that is free."""
        async with self._turns:
            self._lent += 1
            try:
                connection = await self._lend()
                try:
                    yield connection
                except BaseException as error:
                    await self._take_back(connection, error)
                    raise
                await self._take_back(connection, None)
            finally:
                self._lent -= 1

    async def _lend(self) -> Kind:
        """One that was kept and is still there, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_gone:
                return connection
            await connection.close()
        return await self._connect()

    async def _take_back(self, connection: Kind, error: BaseException | None) -> None:
        """Keep it for the next, unless nobody can use it again."""
        if self._closed or connection.is_spoilt(error.orig if isinstance(error, DBAPIError) else error):
            await connection.close()
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close each, once all have been given back: whoever was just cancelled does that a little later."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._lent:  # noqa: ASYNC110 - there is no event for it
                    await asyncio.sleep(RETURN_SECONDS)
        self._closed = True
        while self._idle:
            await self._idle.pop().close()
