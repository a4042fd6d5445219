"""SQLite's own: the file, its modes, the checks before it is opened for writing. Nothing is async."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from model.errors import StorageError
from storage.engine.crypto import SEALED, CannotOpen, Keyring
from storage.engine.errors import as_storage_error

MAGIC = b"SQLite format 3\x00"
BUSY_SECONDS = 5
BUSY_MS = 1000 * BUSY_SECONDS  # as SQLite itself counts them
BUSY_PAUSE = 0.01  # seconds between tries where SQLite itself does not wait
# Two bytes of the file's header say which versions of SQLite may write and read it: 2 where it has a WAL.
VERSIONS_OF_WAL, WAL_ENTERED = slice(18, 20), b"\x02\x02"
CHECKPOINT_SECONDS = 0.2  # that one try waits for readers of an older state
PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
)
# After these errors a connection cannot be used again, for SQLite keeps parts of the file in memory: to it a file
# that was damaged stays damaged when it is whole again, and one that was opened read-only stays read-only.
SPOILED = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)
VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


def path_of(url: str) -> Path:
    """The file of `sqlite:///data/bot.sqlite3`. StorageError for another kind of database."""
    scheme, _, path = url.partition(":///")
    if scheme not in ("sqlite", "sqlite+aiosqlite") or not path or path == ":memory:":
        raise StorageError("DATABASE_URL must name a SQLite file. Example: DATABASE_URL=sqlite:///data/bot.sqlite3")
    return Path(path)


def spoils(error: BaseException | None) -> bool:
    """Whether a connection cannot be used again after this error."""
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", None)  # Python's own errors have none: the connection may be closed
    return code is None or code & 0xFF in SPOILED or "no such table" in str(error)  # it saw an emptied file


def prepare(path: Path, keyring: Keyring, bot_id: int | None) -> str:
    """Check the file and the master keys before anything is touched; make what is missing.

    Gives the revision that was found, "" in a new database. StorageError: not a database, unreadable, of a newer
    version, another bot's, or the master keys are missing or others.
    """
    revision = inspect(path, keyring, bot_id) if is_begun(path) else ""
    if not keyring:
        keyring.make_key_file()
    make_file(path)
    enter_wal(path)
    return revision


def newest_revision() -> str:
    """That of this version of the bot."""
    return max(known_revisions())


def is_begun(path: Path) -> bool:
    """Whether there is a file with something in it. StorageError when that cannot be seen, or it is no file."""
    with as_storage_error(f"DATABASE_URL names {path}, which cannot be used"):
        if path.exists() and not path.is_file():
            raise StorageError(f"DATABASE_URL names {path}, which is no file")
        return path.exists() and path.stat().st_size > 0


def inspect(path: Path, keyring: Keyring, bot_id: int | None = None) -> str:
    """The revision of an existing database of this bot's (None: any bot's), whose sealed values the ring opens. Only
    reads."""
    check_length(path)
    try:
        with closing(read_only(path)) as connection:
            revision = revision_of(connection)
            if revision and revision not in known_revisions():
                raise StorageError(
                    f"{path} was written by a newer version of the bot: update the bot; nothing was changed"
                )
            check_bot(connection, bot_id)
            check_keys(connection, keyring)
            return revision
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be used as the database: {error}") from None


def check_length(path: Path) -> None:
    """See that no end of the file is missing: SQLite itself would notice only when it reads there.

    Its header holds the size of a page and their number (https://www.sqlite.org/fileformat.html); with a WAL beside
    it they may be ahead of the file.
    """
    if has_wal(path):
        return
    try:
        with path.open("rb") as file:
            header = file.read(32)
    except OSError as error:
        raise StorageError(f"the database {path} cannot be read: {error.strerror}") from None
    if not header.startswith(MAGIC[: len(header)]):
        raise StorageError(f"{path} is not a database: DATABASE_URL names another file; nothing was changed")
    page = int.from_bytes(header[16:18], "big")
    size = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    if len(header) < 32 or path.stat().st_size < size:
        raise StorageError(f"{path} is cut off: restore a backup (python -m bot restore FILE); nothing was changed")


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that leaves no files behind: a database without a WAL is nobody's at the moment."""
    alone = not path.with_name(path.name + "-wal").exists()
    return sqlite3.connect(f"{path.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}", uri=True)


@cache
def known_revisions() -> frozenset[str]:
    return frozenset(file.stem.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def tables_of(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def revision_of(connection: sqlite3.Connection) -> str:
    """The revision; empty for an empty database. StorageError when the tables are not the bot's."""
    return revision_among(tables_of(connection), connection)


def revision_among(tables: set[str], connection: Any) -> str:
    """As `revision_of`, of either database, whose driver executes a statement. `tables`: those that it has."""
    if "alembic_version" not in tables:
        if tables:
            raise StorageError("DATABASE_URL names a database of another program")
        return ""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def check_bot(connection: sqlite3.Connection, bot_id: int | None) -> None:
    """StorageError when the database is another bot's: whom that one knows, this one cannot write to."""
    row = connection.execute("SELECT bot_id FROM bots").fetchone() if "bots" in tables_of(connection) else None
    check_owner(None if row is None else row[0], bot_id)


def check_owner(owner: int | None, bot_id: int | None) -> None:
    """StorageError when a database of the bot `owner` is not `bot_id`'s (None: anybody's)."""
    if bot_id is not None and owner is not None and owner != bot_id:
        raise StorageError(
            f"the database belongs to bot {owner}, and BOT_TOKEN is bot {bot_id}'s: set the right one, or "
            "give the database to this bot (python -m bot --adopt-database); nothing was changed"
        )


def sealed_values(connection: sqlite3.Connection) -> Iterator[tuple[str, int, bytes]]:
    """Of each column, one sealed value of every master key: (column, Telegram id, value)."""
    tables = tables_of(connection)
    for column in SEALED:
        table, _, name = column.partition(".")
        if table in tables:
            # The names are those of our own schema.
            rows = connection.execute(
                f"SELECT min(telegram_id), {name} FROM {table} GROUP BY substr({name}, 1, 2)"  # noqa: S608
            )
            yield from ((column, telegram_id, sealed) for telegram_id, sealed in rows)


def check_keys(connection: sqlite3.Connection, keyring: Keyring) -> None:
    """See that the ring opens what is sealed. StorageError, one line, when it does not."""
    check_opens(sealed_values(connection), keyring)


def check_opens(values: Iterable[tuple[str, int, bytes]], keyring: Keyring) -> None:
    """See that the ring opens each of these (column, Telegram id, sealed value)."""
    for column, telegram_id, sealed in values:
        if not keyring:
            where = f"{keyring.file} does not exist" if keyring.file else "there is none"
            raise StorageError(
                f"the database holds encrypted keys, but the master key is missing ({where}): "
                "restore ENCRYPTION_KEY_FILE or set ENCRYPTION_KEYS; nothing was changed"
            )
        try:
            keyring.open(sealed, telegram_id, column)
        except CannotOpen:
            raise StorageError(
                "the master key is not the one that the database was encrypted with: "
                "put the right one into ENCRYPTION_KEYS or ENCRYPTION_KEY_FILE; nothing was changed"
            ) from None


def make_file(path: Path) -> None:
    """Create the file with mode 0600 (WAL and shared memory take it over), or narrow an existing one's."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StorageError(f"the database {path} cannot be written: {error.strerror}") from None


def enter_wal(path: Path) -> None:
    """Readers and the writer do not wait for each other from now on; the file itself remembers it.

    While another connection has begun to write, SQLite refuses this at once, where it waits for others elsewhere: of
    two bots that start on a new file together, one would not start.
    """
    last = time.monotonic() + BUSY_SECONDS
    while not is_in_wal(path):
        try:
            with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.Error as error:
            if not is_busy(error) or time.monotonic() > last:
                raise StorageError(f"the database {path} cannot be used: {error}") from None
        time.sleep(BUSY_PAUSE)


def is_in_wal(path: Path) -> bool:
    """Whether the file remembers that it has a WAL."""
    with as_storage_error(f"the database {path} cannot be used"), path.open("rb") as file:
        return file.read(20)[VERSIONS_OF_WAL] == WAL_ENTERED


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection is in the way; Python's own errors have no code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF == sqlite3.SQLITE_BUSY


def has_wal(path: Path) -> bool:
    """Whether something stands in the WAL beside the database."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size > 0
    except FileNotFoundError:
        return False


def truncate_wal(path: Path) -> bool:
    """Copy the WAL into the database and cut it to nothing; False while somebody still reads an older state.

    Over a connection of its own: inside a transaction a checkpoint always fails.
    """
    if not has_wal(path):
        return True
    with closing(sqlite3.connect(path, timeout=CHECKPOINT_SECONDS, isolation_level=None)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
