"""A database as a whole, for its owner: what tools and backups do to it, whichever it is. Nothing is async."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from storage.engine import database_tools, sqlite
from storage.engine.crypto import Keyring
from storage.engine.errors import as_storage_error

POSTGRESQL = "postgresql://"


def is_postgresql(url: str) -> bool:
    """Whether `DATABASE_URL` names a PostgreSQL."""
    return url.startswith(POSTGRESQL)


def store_of(url: str) -> Store:
    """The database that `DATABASE_URL` names. StorageError for another kind of address."""
    if is_postgresql(url):
        from storage.engine.postgresql_store import PostgresqlStore  # imports psycopg

        return PostgresqlStore(url)
    return SqliteStore(sqlite.path_of(url))


class Store(ABC):
    """Every method raises StorageError, of one line. `place`: which one it is, without a password."""

    place: str

    @property
    def file(self) -> Path | None:
        """The file that holds it; None: it is on a server."""
        return None

    @abstractmethod
    def is_begun(self) -> bool:
        """Whether there is anything in it."""

    @abstractmethod
    def inspect(self, keyring: Keyring, bot_id: int | None = None) -> str:
        """The revision of a database of this bot's (None: any bot's), whose sealed values the ring opens."""

    @abstractmethod
    def check_whole(self) -> None:
        """See that nothing of it is damaged, as far as that can be seen."""

    @abstractmethod
    def check_writing(self) -> None:
        """See that it can be written, as far as that can be seen without writing."""

    @abstractmethod
    def sealed_in(self, column: str) -> list[tuple[int, bytes]]:
        """(Telegram id, sealed value) of each row of such a column; none where there is no such table yet."""

    @abstractmethod
    def people(self) -> set[int]:
        """Those who have begun a chat with the bot and have not blocked it."""

    @abstractmethod
    def backup(
        self, target: Path, keyring: Keyring | None = None, stopped: Callable[[], bool] = database_tools.never
    ) -> None:
        """Copy one consistent moment of it to a new SQLite file: see `database_tools.backup`."""

    @abstractmethod
    def restore(self, file: Path, keyring: Keyring) -> Path | None:
        """Put such a file in its place: see `database_tools.restore`. Gives where the former database was kept."""

    @abstractmethod
    def rotate(self, keyring: Keyring) -> tuple[int, int]:
        """Seal with the newest master key what an older one sealed: (how many now, how many there are)."""


class SqliteStore(Store):
    """A file."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, str(path)

    @property
    def file(self) -> Path | None:
        return self.path

    def is_begun(self) -> bool:
        return sqlite.is_begun(self.path)

    def inspect(self, keyring: Keyring, bot_id: int | None = None) -> str:
        return sqlite.inspect(self.path, keyring, bot_id)

    def check_whole(self) -> None:
        database_tools.check_whole(self.path)

    def check_writing(self) -> None:
        if self.path.exists():
            with as_storage_error(f"{self.path} cannot be written"):
                os.close(os.open(self.path, os.O_RDWR))

    def sealed_in(self, column: str) -> list[tuple[int, bytes]]:
        with closing(database_tools.read_only(self.path)) as connection:
            return database_tools.sealed_in(connection, column)

    def people(self) -> set[int]:
        query = "SELECT telegram_id FROM people WHERE blocked_at IS NULL"
        with (
            as_storage_error(f"{self.path} cannot be read"),
            closing(database_tools.read_only(self.path)) as connection,
        ):
            return {person for (person,) in connection.execute(query)}

    def backup(
        self, target: Path, keyring: Keyring | None = None, stopped: Callable[[], bool] = database_tools.never
    ) -> None:
        database_tools.backup(self.path, target, keyring, stopped)

    def restore(self, file: Path, keyring: Keyring) -> Path | None:
        return database_tools.restore(file, self.path, keyring)

    def rotate(self, keyring: Keyring) -> tuple[int, int]:
        return database_tools.rotate(self.path, keyring)
