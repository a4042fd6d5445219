"""A database whose disk fails when a test wants that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from model.errors import StorageError


class FailingDisk:
    """Stands before a database. While it `fails`, nothing can be written; if it `is_gone`, nothing read either.

    While it `hides` what becomes of it, all is written and nobody hears that.
    """

    def __init__(self, database: Any, *, is_gone: bool = False) -> None:
        self._database, self._is_gone, self.fails, self.hides = database, is_gone, False, False

    async def can_be_written(self) -> bool:
        return not self.fails

    def read(self) -> Any:
        return self.write() if self._is_gone else self._database.read()

    @property
    def keyring(self) -> Any:
        return self._database.keyring

    async def look_up(self, *query: Any, **values: Any) -> Any:
        if self.fails and self._is_gone:
            raise StorageError("gone")
        return await self._database.look_up(*query, **values)

    def write(self) -> Any:
        if self.fails:
            raise StorageError("full")
        return self._hidden() if self.hides else self._database.write()

    def single(self) -> Any:
        return self.write()

    @asynccontextmanager
    async def _hidden(self) -> AsyncIterator[Any]:
        async with self._database.write() as connection:
            yield connection
        raise StorageError("the server closed the connection")
