"""A database on a server as a whole, for its owner; copies of it are SQLite files, which either database restores.

For backups of a large or busy server there are PostgreSQL's own tools (`docs/operating.md`). Nothing is async.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, create_engine

from model.errors import StorageError
from storage.engine import database_tools, postgresql, sqlite
from storage.engine.crypto import SEALED, Keyring
from storage.engine.errors import as_storage_error
from storage.engine.files import made_beside, sync_directory
from storage.engine.stores import Store

ROWS = 5_000  # that are copied at a time
VERSION_TABLE = "alembic_version"  # migrations write it; everything else is copied
KEPT = "before_restore"  # the schema that the former tables are moved to; "_2" and so on after the first

Driver = psycopg.Connection[Any]


class PostgresqlStore(Store):
    """A database on a server. The server sees to it by itself that it is whole."""

    def __init__(self, url: str) -> None:
        self._url, self.place = url, postgresql.place_of(url)

    def is_begun(self) -> bool:
        with postgresql.connected(self._url) as connection:
            return bool(postgresql.tables_of(connection))

    def inspect(self, keyring: Keyring, bot_id: int | None = None) -> str:
        with postgresql.connected(self._url) as connection:
            postgresql.check_server(connection)
            return postgresql.inspect(connection, keyring, bot_id)

    def check_whole(self) -> None:
        pass

    def check_writing(self) -> None:
        with postgresql.connected(self._url) as connection:
            read_only = connection.execute("SHOW transaction_read_only").fetchone()
            may = connection.execute("SELECT has_schema_privilege(current_schema(), 'CREATE')").fetchone()
        if read_only != ("off",) or may != (True,):
            raise StorageError(f"the {self.place} cannot be written: its user may only read")

    def sealed_in(self, column: str) -> list[tuple[int, bytes]]:
        table, _, name = column.partition(".")
        with postgresql.connected(self._url) as connection:
            if table not in postgresql.tables_of(connection):
                return []
            query = sql.SQL("SELECT telegram_id, {} FROM {} ORDER BY 1")
            found = connection.execute(query.format(sql.Identifier(name), sql.Identifier(table)))
            return [(telegram_id, bytes(sealed)) for telegram_id, sealed in found]

    def people(self) -> set[int]:
        with postgresql.connected(self._url) as connection:
            found = connection.execute("SELECT telegram_id FROM people WHERE blocked_at IS NULL")
            return {telegram_id for (telegram_id,) in found}

    def backup(
        self, target: Path, keyring: Keyring | None = None, stopped: Callable[[], bool] = database_tools.never
    ) -> None:
        try:
            with as_storage_error(f"the backup {target} cannot be written"):
                if target.exists():
                    raise StorageError(f"{target} exists: choose another name; nothing was written")
                with made_beside(target) as copy:
                    self._copy_out(copy, stopped)
                    database_tools.check_whole(copy, stopped)
                    if keyring is not None:
                        sqlite.inspect(copy, keyring)
                    os.link(copy, target)  # a rename would replace a file that somebody made meanwhile
                    sync_directory(target.absolute().parent)
        except StorageError:
            if stopped():
                raise database_tools.Stopped from None
            raise

    def _copy_out(self, copy: Path, stopped: Callable[[], bool]) -> None:
        """One moment of the database as a SQLite file of the same revision."""
        with postgresql.connected(self._url) as server, postgresql.as_storage_error(), server.transaction():
            server.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            revision = postgresql.revision_of(server)
            if not revision:
                raise StorageError(f"the {self.place} is empty: there is nothing to back up")
            lay_tables(copy, revision)
            with closing(sqlite3.connect(copy)) as file:
                for table, columns in tables_in(file):
                    copy_to_file(server, file, table, columns, stopped)
                file.commit()

    def restore(self, file: Path, keyring: Keyring) -> Path | None:
        """All of it is one transaction. The former tables, if there are any, are kept in a schema of their own."""
        revision = database_tools.check_backup(file, keyring)
        with server_transaction(self._url) as connection, closing(database_tools.read_only(file)) as source:
            server = driver_of(connection)
            check_unused(server)
            kept = keep_former_tables(server)
            lay_tables_of(connection, revision)
            with without_foreign_keys(server):
                for table, _ in tables_in(source):
                    copy_to_server(source, server, table)
                    go_on_counting(source, server, table)
            for statement in database_tools.after_restore(postgresql.tables_of(server)):
                server.execute(statement.replace(":now", "%(now)s").encode(), {"now": time.time_ns() // 1000})
            server.execute("ANALYZE")
        return kept

    def rotate(self, keyring: Keyring) -> tuple[int, int]:
        """Each hundred is one transaction, as on SQLite."""
        changed = whole = 0
        self.inspect(keyring)
        for column in SEALED:
            ids = [telegram_id for telegram_id, _ in self.sealed_in(column)]
            with postgresql.connected(self._url) as connection, postgresql.as_storage_error():
                for start in range(0, len(ids), database_tools.BATCH):
                    batch = ids[start : start + database_tools.BATCH]
                    with connection.transaction():
                        changed += seal_anew(connection, keyring, column, batch)
                    whole += len(batch)
        return changed, whole


def seal_anew(connection: Driver, keyring: Keyring, column: str, batch: list[int]) -> int:
    """Within a transaction; gives how many values were under an older key. Rows are read locked: nobody changes them
    in between."""
    table, _, name = column.partition(".")
    names = {"table": sql.Identifier(table), "name": sql.Identifier(name)}
    query = "SELECT telegram_id, {name} FROM {table} WHERE telegram_id = ANY(%s) ORDER BY 1 FOR UPDATE"
    update = sql.SQL("UPDATE {table} SET {name} = %s WHERE telegram_id = %s").format(**names)
    changed = 0
    for telegram_id, sealed in connection.execute(sql.SQL(query).format(**names), (batch,)).fetchall():
        if not keyring.is_newest(bytes(sealed), telegram_id, column):
            opened = keyring.open(bytes(sealed), telegram_id, column)
            connection.execute(update, (keyring.seal(opened, telegram_id, column), telegram_id))
            changed += 1
    return changed


def lay_tables(file: Path, revision: str) -> None:
    """The tables of that revision, without rows, in an empty SQLite file."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        lay_tables_of(connection, revision)
    engine.dispose()


def lay_tables_of(connection: Connection, revision: str) -> None:
    from storage.engine.migrating import upgrade  # imports Alembic

    upgrade(connection, revision)


def tables_in(file: sqlite3.Connection) -> list[tuple[str, list[str]]]:
    """Name and columns of each table that is copied."""
    names = sorted(name for name in sqlite.tables_of(file) if not name.startswith(("sqlite_", VERSION_TABLE)))
    return [(name, columns_of(file, name)) for name in names]


def columns_of(file: sqlite3.Connection, table: str) -> list[str]:
    return [name for (name,) in file.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def named(columns: list[str]) -> str:
    """The columns as both databases understand them."""
    return ", ".join(f'"{name}"' for name in columns)


def copy_to_file(
    server: Driver, file: sqlite3.Connection, table: str, columns: list[str], stopped: Callable[[], bool]
) -> None:
    """All rows of a table, and up to where its ids were counted."""
    if stopped():
        raise database_tools.Stopped
    into = f'INSERT INTO "{table}" ({named(columns)}) VALUES ({", ".join("?" * len(columns))})'  # noqa: S608 - our names
    with server.cursor(name="copied") as rows:
        rows.itersize = ROWS
        rows.execute(f'SELECT {named(columns)} FROM "{table}"'.encode())  # noqa: S608 - as above
        for some in batches(rows):
            if stopped():
                raise database_tools.Stopped
            file.executemany(into, some)
    if counts(file, table) and (last := last_id(server, table)):
        file.execute("DELETE FROM sqlite_sequence WHERE name = ?", (table,))
        file.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(itertools.islice(rows, ROWS)):
        yield some


def counts(file: sqlite3.Connection, table: str) -> bool:
    """Whether SQLite remembers the highest id that a table has ever had."""
    made = file.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return made is not None and "AUTOINCREMENT" in made[0]


def sequence_of(server: Driver, table: str) -> str | None:
    """What counts the ids of a table; None where nothing does."""
    columns = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND "
    has_id = server.execute(f"{columns} table_name = %s AND column_name = 'id'".encode(), (table,)).fetchone()
    if has_id is None:
        return None
    row = server.execute("SELECT pg_get_serial_sequence(%s, 'id')", (f'"{table}"',)).fetchone()
    return None if row is None else row[0]


def last_id(server: Driver, table: str) -> int:
    """The highest id that a table has ever had; 0 for none."""
    sequence = sequence_of(server, table)
    if sequence is None:
        return 0
    row = server.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}".encode()).fetchone()  # noqa: S608 - the server's own name of it
    return 0 if row is None else int(row[0])


@contextmanager
def server_transaction(url: str) -> Iterator[Connection]:
    """One transaction over SQLAlchemy, for migrations, and over the driver below it. StorageError."""
    given = postgresql.parameters(url)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(**given), use_native_hstore=False)
    try:
        with postgresql.as_storage_error(), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def driver_of(connection: Connection) -> Driver:
    """psycopg's connection, in the same transaction."""
    driver: Any = connection.connection.driver_connection
    return driver  # type: ignore[no-any-return]  # SQLAlchemy knows it as anything


def check_unused(server: Driver) -> None:
    """StorageError while a bot is connected. Until the end of this transaction none can connect."""
    row = server.execute("SELECT pg_try_advisory_xact_lock(%s)", (postgresql.RUNNING,)).fetchone()
    if row != (True,):
        raise StorageError("the database is in use: stop every bot first; nothing was changed")


def keep_former_tables(server: Driver) -> Path | None:
    """Move the tables that are there to a schema of their own; gives its name. None where there are none."""
    tables = postgresql.tables_of(server)
    if not tables:
        return None
    postgresql.revision_of(server)  # refuses tables of another program
    taken = {name for (name,) in server.execute("SELECT nspname FROM pg_namespace")}
    names = (KEPT if number == 1 else f"{KEPT}_{number}" for number in itertools.count(1))
    schema = next(name for name in names if name not in taken)
    server.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    for table in sorted(tables):
        move = sql.SQL("ALTER TABLE {} SET SCHEMA {}")
        server.execute(move.format(sql.Identifier(table), sql.Identifier(schema)))
    return Path(schema)


@contextmanager
def without_foreign_keys(server: Driver) -> Iterator[None]:
    """Rows come in any order, and are checked at the end all at once: one by one takes twice as long."""
    found = server.execute(
        "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
    ).fetchall()
    for table, name, _ in found:
        server.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    yield
    for table, name, definition in found:
        server.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())


def copy_to_server(file: sqlite3.Connection, server: Driver, table: str) -> None:
    """All rows of a table. SQLite keeps flags as numbers, and may have a character that PostgreSQL takes nowhere."""
    columns = columns_of(file, table)
    types = dict(
        server.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = %s",
            (table,),
        ).fetchall()
    )
    flags = {place for place, name in enumerate(columns) if types[name] == "boolean"}
    rows = file.execute(f'SELECT {named(columns)} FROM "{table}"')  # noqa: S608 - our own names
    with server.cursor().copy(f'COPY "{table}" ({named(columns)}) FROM STDIN'.encode()) as copy:
        for row in rows:
            copy.write_row([taken(value, flag=place in flags) for place, value in enumerate(row)])


def taken(value: Any, *, flag: bool) -> Any:
    """A value of SQLite's as PostgreSQL takes it."""
    if flag and value is not None:
        return bool(value)
    return value.replace("\x00", "\ufffd") if isinstance(value, str) and "\x00" in value else value


def go_on_counting(file: sqlite3.Connection, server: Driver, table: str) -> None:
    """Let the next id be one that was never given."""
    sequence = sequence_of(server, table)
    if sequence is None:
        return
    (highest,) = file.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"').fetchone()  # noqa: S608 - as above
    if counts(file, table):
        row = file.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        highest = max(highest, row[0] if row else 0)
    if highest:
        server.execute("SELECT setval(%s, %s)", (sequence, highest))
