"""PostgreSQL's own: connections, and the checks before the database is used. Nothing is async.

All that libpq understands may stand in the address: several hosts (the first that takes writes is used), `sslmode`, a
Unix socket, a password file (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from model.errors import StorageError
from storage.engine import sqlite
from storage.engine.crypto import SEALED, Keyring
from storage.engine.errors import first_line

OLDEST = 12  # the version whose functions and ALTER TABLE the migrations and locks need
MIGRATING = 0x7078365F  # the number of the advisory lock that whoever migrates holds
RUNNING = MIGRATING + 1  # that every connection of a bot shares, and a restore needs alone
# What is set unless the address says otherwise: nobody waits for ever for a server that is gone.
DEFAULTS: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "target_session_attrs": "read-write",
    "application_name": "px6-bot",
}
# A lock is waited for no longer than SQLite's; a process that hangs in a transaction does not hold it for ever.
SESSION = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '60s'"
BOT_SESSION = f"{SESSION}; SELECT pg_advisory_lock_shared({RUNNING})"
COULD_NOT = "the database cannot be used"


def parameters(url: str) -> dict[str, Any]:
    """The parameters of a connection. StorageError for an address that libpq cannot read, without it."""
    try:
        return {**DEFAULTS, **conninfo_to_dict(url)}
    except psycopg.Error:
        raise StorageError("DATABASE_URL is no address of a PostgreSQL: is its password percent-encoded?") from None


def place_of(url: str) -> str:
    """Which database it is, without login and password."""
    given = parameters(url)
    host = given.get("host") or given.get("hostaddr") or "its socket"
    port = f":{given['port']}" if "port" in given else ""
    return f"PostgreSQL database {given.get('dbname') or given.get('user') or ''} at {host}{port}"


@contextmanager
def as_storage_error(what: str = COULD_NOT) -> Iterator[None]:
    """Raises StorageError of one line in place of every error of PostgreSQL in the block."""
    try:
        yield
    except psycopg.Error as error:
        raise StorageError(f"{what}: {first_line(error)}") from None


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection each statement of which is a transaction, for use in the calling thread. StorageError."""
    with as_storage_error(), psycopg.connect(**parameters(url), autocommit=True) as connection:
        connection.execute(SESSION)
        yield connection


def prepare(url: str, keyring: Keyring, bot_id: int | None) -> str:
    """Check the database and the master keys before anything is touched; make a first master key.

    Gives the revision that was found, "" in a new database. StorageError: it cannot be reached, is another program's,
    of a newer version, another bot's, or the master keys are missing or others.
    """
    with connected(url) as connection:
        check_server(connection)
        revision = inspect(connection, keyring, bot_id)
    if not keyring:
        keyring.make_key_file()
    return revision


def check_server(connection: psycopg.Connection[Any]) -> None:
    """StorageError for a server that is too old, or that would not keep every text."""
    version = connection.info.server_version // 10_000
    if version < OLDEST:
        raise StorageError(f"DATABASE_URL names a PostgreSQL {version}: at least {OLDEST} is needed")
    encoding = connection.execute("SHOW server_encoding").fetchone()
    if encoding != ("UTF8",):
        raise StorageError(
            "DATABASE_URL names a database whose encoding is not UTF8: create one with ENCODING 'UTF8'"
        )


def inspect(connection: psycopg.Connection[Any], keyring: Keyring, bot_id: int | None = None) -> str:
    """The revision of a database of this bot's (None: any bot's), whose sealed values the ring opens. Only reads."""
    tables = tables_of(connection)
    revision = sqlite.revision_among(tables, connection)
    if revision and revision not in sqlite.known_revisions():
        raise StorageError(
            "the database was written by a newer version of the bot: update the bot; nothing was changed"
        )
    sqlite.check_owner(bot_of(connection, tables), bot_id)
    sqlite.check_opens(sealed_values(connection, tables), keyring)
    return revision


def tables_of(connection: psycopg.Connection[Any]) -> set[str]:
    rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    return {name for (name,) in rows}


def revision_of(connection: psycopg.Connection[Any]) -> str:
    """The revision; empty for an empty database. StorageError when the tables are not the bot's."""
    return sqlite.revision_among(tables_of(connection), connection)


def bot_of(connection: psycopg.Connection[Any], tables: set[str]) -> int | None:
    """The bot that the database, which has these tables, belongs to."""
    row = connection.execute("SELECT bot_id FROM bots").fetchone() if "bots" in tables else None
    return None if row is None else int(row[0])


def sealed_values(connection: psycopg.Connection[Any], tables: set[str]) -> Iterator[tuple[str, int, bytes]]:
    """Of each column, one sealed value of every master key: (column, Telegram id, value)."""
    for column in SEALED:
        table, _, name = column.partition(".")
        if table in tables:
            query = sql.SQL("SELECT DISTINCT ON (substr({0}, 1, 2)) telegram_id, {0} FROM {1}")
            rows = connection.execute(query.format(sql.Identifier(name), sql.Identifier(table)))
            yield from ((column, telegram_id, bytes(sealed)) for telegram_id, sealed in rows)
