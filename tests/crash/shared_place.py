"""A place whose database is on a PostgreSQL, so that several processes may be there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from sandbox.running import Running
from tests import postgresql
from tests.crash.journeys import PERSON, Journey, Place


class SharedPlace(Place):
    """See `Place`. It reads over one connection, made anew once the server is back."""

    def __init__(
        self, stand_ins: Running, journey: Journey, folder: Path, number: int, url: str, person: int = PERSON
    ) -> None:
        super().__init__(stand_ins, journey, folder, number, person)
        self.url, self._connection = url, list[psycopg.Connection[Any]]()

    def close(self) -> None:
        while self._connection:
            self._connection.pop().close()
        super().close()

    @property
    def settings(self) -> dict[str, Any]:
        return super().settings | {"database_url": self.url}

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What was committed. Raises psycopg's OperationalError while the server is away."""
        try:
            if not self._connection:
                self._connection.append(psycopg.connect(self.url, autocommit=True))
            found = self._connection[0].execute(query.encode())
            return found.fetchall() if found.description else []
        except psycopg.OperationalError:
            self._connection.clear()
            raise

    async def until(self, true: Callable[[], bool], what: str) -> None:
        await super().until(lambda: self.holds(true), what)

    def holds(self, true: Callable[[], bool]) -> bool:
        """Whether it is true, and can be read."""
        try:
            return true()
        except psycopg.OperationalError:
            return False


def new_database(name: str) -> str:
    """Of the server of the run, migrated; gives its address."""
    postgresql.make(name, postgresql.TEMPLATE)
    return postgresql.address(name)
