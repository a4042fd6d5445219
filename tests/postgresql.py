"""A PostgreSQL of our own for the tests: one server for a run, on a Unix socket, that keeps nothing on a disk.

`DATABASE=postgresql pytest …` runs the tests on it. Whoever deals out the tests starts it; the workers find its
folder in the environment. A test has a database of a template that was migrated once; it is emptied, not dropped:
to make one takes several times as long, and connections to it are used again (`tests/kept_connections.py`).
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus

from tests import kept_connections

FOLDER = "TEST_POSTGRESQL"  # the environment's name for the folder of the server
SUPERUSER = "postgres"  # of the machine: the server does not run as root
TEMPLATE = "migrated"
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",  # a table of a few rows has one plan, whatever is looked for
    "track_counts": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "2GB",
    "log_min_messages": "fatal",
}
# As a server is that keeps what it was told: for tests that kill it.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
VACUUM_EVERY = 20  # tests; what they leave is gone through by all that come after them
ENDED = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)
"""
# What a test may have made besides rows.
LEFT_OVER = ("DROP FUNCTION IF EXISTS broken CASCADE", "DROP SCHEMA IF EXISTS before_restore CASCADE")
# Foreign keys and triggers have no say. Said within a session, this would have every statement planned anew.
ALONE = "-c session_replication_role=replica"
_free: list[str] = []
_taken: dict[Path, str] = {}
_queries: list[str] = []
_emptied = Counter[str]()


def binaries() -> Path | None:
    """Where the server's programs are; None where it is not installed."""
    on_path = shutil.which("pg_ctl")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return installed[-1].parent if installed else Path(on_path).parent if on_path else None


@contextmanager
def running_server(settings: Mapping[str, str] = SETTINGS, where: str | None = None) -> Iterator[Path]:
    """A new server, until the block ends; gives the folder of its socket. `where`: on which disk, else in memory."""
    where = where or os.environ.get("PYTEST_DEBUG_TEMPROOT") or None
    with tempfile.TemporaryDirectory(prefix="px6-postgresql-", dir=where) as name:
        folder = Path(name)
        run = Runner(folder)
        set_up(run, folder, settings)
        run.start()
        try:
            yield folder
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")


def set_up(run: Runner, folder: Path, settings: Mapping[str, str]) -> None:
    """The files of a new server."""
    run("initdb", "-A", "trust", "-U", "bot", "--locale=C", "-E", "UTF8", "--no-sync", "-D", f"{folder}/data")
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{key} = {value}\n" for key, value in settings.items())
        file.write(f"unix_socket_directories = '{folder}'\n")


class Runner:
    """Runs the server's programs, as another user where this one is root."""

    def __init__(self, folder: Path) -> None:
        """The folder of a server. SystemExit where PostgreSQL is not installed."""
        programs = binaries()
        if programs is None:
            raise SystemExit("DATABASE=postgresql needs a PostgreSQL: apt-get install postgresql")
        self._programs, self._folder = programs, folder
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": SUPERUSER, "group": SUPERUSER, "extra_groups": []}
            shutil.chown(folder, SUPERUSER, SUPERUSER)

    def start(self) -> None:
        """Start the server; after a kill it takes from its log what was committed."""
        self("pg_ctl", "-D", f"{self._folder}/data", "-l", f"{self._folder}/log", "-w", "start")

    @property
    def pid(self) -> int:
        """Of the process that the others of the server end with."""
        return int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def give(self, file: Path) -> None:
        """Let the server own a file, where another user runs it."""
        if self._as:
            shutil.chown(file, SUPERUSER, SUPERUSER)

    def __call__(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd="/",
            text=True,
            check=False,
            **self._as,
        )
        if done.returncode:
            raise SystemExit(f"{program}: {done.stderr}")


def address(database: str, folder: Path | None = None) -> str:
    """The `DATABASE_URL` of a database of the server, of the run's unless another one's folder is given."""
    return f"postgresql:///{database}?host={folder or os.environ[FOLDER]}&user=bot"


@cache
def _keeper() -> psycopg.Connection[Any]:
    """Makes the databases of this process."""
    keeper = psycopg.connect(address("postgres"), autocommit=True)
    atexit.register(keeper.close)
    return keeper


def hang_up() -> None:
    """Nobody makes databases just now: a process that forks has no connection that its children share."""
    _keeper().close()
    _keeper.cache_clear()


def make(name: str, template: str = "template1") -> None:
    """A new database."""
    query = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    _keeper().execute(query)


def url_of(folder: Path) -> str:
    """The address of the database that stands for the file in this folder; made when it is first asked for."""
    folder = folder.resolve()
    if folder not in _taken:
        if not _free:
            worker = os.environ.get("PYTEST_XDIST_WORKER", "gw")
            _free.append(f"{worker}_{os.getpid()}_{len(_taken)}_{len(_made)}")
            _made.append(_free[-1])
            make(_free[-1], TEMPLATE)
            kept_connections.names.add(_free[-1])
        _taken[folder] = _free.pop()
        kept_connections.untouched.add(_taken[folder])
    return address(_taken[folder])


_made: list[str] = []


def give_back() -> None:
    """Empty the databases that were taken, for the next test."""
    while _taken:
        _, name = _taken.popitem()
        empty(name)
        _free.append(name)


def empty(name: str) -> None:
    """Delete all rows, whoever is still connected, and count ids from 1 again."""
    _emptied[name] += 1
    with psycopg.connect(address(name), autocommit=True, options=ALONE) as connection:
        connection.execute(ENDED, (kept_connections.processes(),), prepare=True)
        needed = [statement for (statement,) in connection.execute(_how_to_empty(connection), prepare=True)]
        # Not by psycopg: after a DROP it has the server forget what is prepared.
        done = connection.pgconn.exec_("; ".join(["BEGIN", *LEFT_OVER, *needed, "COMMIT"]).encode())
        assert done.status == ExecStatus.COMMAND_OK, done.error_message
        if _emptied[name] % VACUUM_EVERY == 0:
            connection.execute("VACUUM")


def _how_to_empty(connection: psycopg.Connection[Any]) -> bytes:
    """The query for the statements that are needed."""
    if not _queries:
        tables = connection.execute(
            "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> %s",
            ("alembic_version",),
        )
        _queries.extend(
            f"SELECT 'DELETE FROM {each}' WHERE EXISTS (SELECT FROM {each})"  # noqa: S608 - our own names
            for (each,) in tables
        )
        sequences = connection.execute("SELECT quote_ident(sequencename) FROM pg_sequences")
        _queries.extend(
            f"SELECT 'SELECT setval(''{each}'', 1, false)' FROM {each} WHERE is_called"  # noqa: S608 - our own names
            for (each,) in sequences
        )
    return " UNION ALL ".join(_queries).encode()


@contextmanager
def books_of(folder: Path) -> Iterator[Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]]:
    """Reads what is committed, over one connection."""
    with closing(psycopg.connect(url_of(folder), autocommit=True)) as connection:
        yield lambda query, values: connection.execute(query.encode(), values).fetchall()


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """The database of this folder is gone: every connection is cut, and none can be made."""
    name = sql.Identifier(_taken[folder.resolve()])
    _keeper().execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
    cut(folder)
    try:
        yield
    finally:
        _keeper().execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


def cut(folder: Path) -> None:
    """The server closes every connection, as at its restart."""
    name = _taken[folder.resolve()]
    _keeper().execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (name,))


def rows(folder: Path, query: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    """What is committed, read through another connection."""
    with closing(psycopg.connect(url_of(folder), autocommit=True)) as connection:
        found = connection.execute(query.encode(), values)
        return found.fetchall() if found.description else []


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program holds the orders of this folder's database."""
    with closing(psycopg.connect(url_of(folder))) as connection:
        connection.execute("LOCK TABLE orders IN EXCLUSIVE MODE")
        yield
        connection.rollback()
