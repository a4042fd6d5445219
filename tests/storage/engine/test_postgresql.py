"""PostgreSQL: what is refused at the start, copies from and to a SQLite file, and a server that comes and goes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr

from bot.doctor import local_findings
from bot.settings import Settings
from model.errors import StorageError
from storage import accounts, bots, people, schema, selections
from storage.engine import sqlite
from storage.engine.crypto import Keyring, new_master_key
from storage.engine.database import WAIT_SECONDS, Database
from storage.engine.postgresql import RUNNING
from storage.engine.postgresql_database import CONNECTIONS, PostgresqlDatabase
from storage.engine.stores import SqliteStore, store_of
from tests.databases import lay_database, rows_of, url_of
from tests.storage.older import with_what_people_did
from tests.world import MASTER_KEY, PATIENCE, SHORTEST, settings_for

pytestmark = pytest.mark.postgresql

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RING = Keyring([bytes(range(32))])  # as `with_what_people_did` needs
OTHER_RING = Keyring([bytes(32)])


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of an empty, migrated database."""
    return url_of(tmp_path)


@pytest.fixture
async def with_a_key(url: str) -> str:
    """The same, with a sealed key of Ann's, of bot 777."""
    database = await Database.open(url, RING)
    await bots.belong(database, 777, NOW)
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        sealed = RING.seal("px6 key", 1001, accounts.KEY_COLUMN)
        await accounts.put(connection, 1001, px6_user_id="1", currency="RUB", sealed=sealed, now=NOW)
    await database.close()
    return url


@pytest.fixture
def empty(tmp_path: Path) -> str:
    """The address of a database without tables."""
    from tests import postgresql

    name = f"empty_{os.getpid()}_{tmp_path.name}"
    postgresql.make(name)
    return postgresql.address(name)


async def test_of_three_starts_at_once_one_migrates(empty: str) -> None:
    databases = await asyncio.gather(*(Database.open(empty, RING) for _ in range(3)))
    async with databases[2].write() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), schema.metadata)
        )
    assert differences == []
    assert store_of(empty).inspect(RING) == sqlite.newest_revision()
    for database in databases:
        await database.close()


async def refused(url: str, ring: Keyring = RING, bot_id: int | None = None) -> str:
    with pytest.raises(StorageError) as caught:
        await Database.open(url, ring, bot_id)
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_what_is_not_this_bots_database_is_refused(with_a_key: str, tmp_path: Path) -> None:
    assert "belongs to bot 777" in await refused(with_a_key, bot_id=8)
    assert "the master key is not the one" in await refused(with_a_key, OTHER_RING)
    assert "the master key is missing" in await refused(with_a_key, Keyring.load([], tmp_path / "key"))
    rows_of(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    assert "was written by a newer version" in await refused(with_a_key)
    rows_of(tmp_path, "ALTER TABLE alembic_version RENAME TO theirs")
    try:
        assert await refused(with_a_key) == "DATABASE_URL names a database of another program"
    finally:
        rows_of(tmp_path, "ALTER TABLE theirs RENAME TO alembic_version")
        rows_of(tmp_path, "UPDATE alembic_version SET version_num = ?", sqlite.newest_revision())


async def test_a_server_that_cannot_be_reached_is_one_line_without_the_password() -> None:
    said = await refused("postgresql://bot:hunter2@127.0.0.1:1/bot")
    assert said.startswith("the database cannot be used: ")
    assert "hunter2" not in said
    said = await refused("postgresql://bot:hunter%zz2@127.0.0.1/bot")
    assert said == "DATABASE_URL is no address of a PostgreSQL: is its password percent-encoded?"


async def test_the_next_host_is_used_where_the_first_is_gone(with_a_key: str) -> None:
    several = with_a_key.replace("host=", "host=/nowhere,")
    database = await Database.open(several, RING, 777)
    assert await people.look_up(database, 1001) is not None
    await database.close()
    assert store_of("postgresql://bot:hunter2@db1,db2:5433/bot").place.endswith("bot at db1,db2:,5433")


# -- copies


def content(file: Path) -> dict[str, set[tuple[object, ...]]]:
    """All rows of a SQLite file, and up to where its ids were counted."""
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: set(connection.execute(f"SELECT * FROM {table}"))  # noqa: S608 - our own names
            for table in sqlite.tables_of(connection)
            if table not in ("alembic_version",)
        }


async def newest(file: Path) -> None:
    await (await Database.open(f"sqlite:///{file}", RING)).close()


async def test_everything_goes_from_sqlite_to_postgresql_and_back(empty: str, tmp_path: Path) -> None:
    file, back = tmp_path / "bot.sqlite3", tmp_path / "back.sqlite3"
    with_what_people_did(file)
    await newest(file)
    SqliteStore(file).restore(copy_of(file), RING)  # open payments are unclear after every restore
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE people SET zone = 'a' || char(0) || 'b' WHERE telegram_id = 1002")
    there = store_of(empty)
    assert there.restore(file, RING) is None
    there.backup(back, RING)
    before, after = content(file), content(back)
    zones = [{row[3] for row in each["people"]} for each in (before, after)]
    assert zones[1] == {"a\ufffdb" if zone == "a\x00b" else zone for zone in zones[0]}
    assert {name: rows for name, rows in after.items() if name != "people"} == {
        name: rows for name, rows in before.items() if name != "people"
    }
    assert there.people() == {1001, 1002}
    assert there.inspect(RING) == sqlite.newest_revision()
    database = await Database.open(empty, RING)
    async with database.write() as writing:
        made = await accounts.count_try(writing, 1001, NOW, NOW - NOW, 9)
    await database.close()
    assert made is not None


def copy_of(file: Path) -> Path:
    copy = file.with_name("copy")
    SqliteStore(file).backup(copy)
    return copy


async def test_a_copy_of_an_older_version_is_brought_to_the_newest_at_the_next_start(
    empty: str, tmp_path: Path
) -> None:
    with_what_people_did(tmp_path / "old.sqlite3")
    store_of(empty).restore(tmp_path / "old.sqlite3", RING)
    assert store_of(empty).inspect(RING) == "0008"
    saved: list[str] = []
    database = await Database.open(empty, RING, save_first=lambda store, _: saved.append(store.inspect(RING)))
    assert saved == ["0008"]
    async with database.read() as connection:
        assert await accounts.user_id_of(connection, 1001) == "412345"
    await database.close()
    assert store_of(empty).inspect(RING) == sqlite.newest_revision()


async def test_a_restore_waits_for_the_bot_to_stop_keeps_what_was_there_and_is_whole_or_not_done(
    with_a_key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_what_people_did(tmp_path / "old.sqlite3")
    store, old = store_of(with_a_key), tmp_path / "old.sqlite3"
    database = await Database.open(with_a_key, RING)
    with pytest.raises(StorageError, match="in use: stop every bot first"):
        store.restore(old, RING)
    await database.close()

    def fails(*_: object) -> None:
        raise StorageError("in the middle")

    with monkeypatch.context() as cut_off:
        cut_off.setattr("storage.engine.postgresql_store.go_on_counting", fails)
        with pytest.raises(StorageError, match="in the middle"):
            store.restore(old, RING)
    assert rows_of(tmp_path, "SELECT telegram_id FROM people") == [(1001,)]
    assert str(store.restore(old, RING)) == "before_restore"
    assert rows_of(tmp_path, "SELECT count(*) FROM people") == [(2,)]
    assert rows_of(tmp_path, "SELECT telegram_id FROM before_restore.people") == [(1001,)]
    with pytest.raises(StorageError, match="there is no backup"):
        store.restore(tmp_path / "none", RING)
    # The tests' next one finds the tables of the newest version.
    await (await Database.open(with_a_key, RING)).close()


def test_a_backup_replaces_nothing_and_an_empty_database_has_none(empty: str, tmp_path: Path) -> None:
    store, target = store_of(empty), tmp_path / "copy"
    with pytest.raises(StorageError, match="is empty: there is nothing to back up"):
        store.backup(target)
    assert list(tmp_path.iterdir()) == []
    target.touch()
    with pytest.raises(StorageError, match="exists: choose another name"):
        store.backup(target)


async def test_keys_are_sealed_anew(with_a_key: str) -> None:
    store, both = store_of(with_a_key), Keyring([bytes(32), bytes(range(32))])
    assert store.rotate(both) == (1, 1)
    assert store.rotate(both) == (0, 1)
    store.inspect(OTHER_RING)
    with pytest.raises(StorageError, match="not the one"):
        store.inspect(RING)


# -- the doctor


def said(settings: Settings, name: str) -> list[str]:
    return [str(finding) for finding in local_findings(settings) if finding.name == name]


async def test_the_doctor_looks_at_the_server(with_a_key: str, tmp_path: Path) -> None:
    from types import SimpleNamespace

    from tests import postgresql

    token = "777:" + 35 * "A"
    stand_ins = SimpleNamespace(token=token, telegram_url="http://127.0.0.1:9", px6_url="http://127.0.0.1:9/api")
    settings = settings_for(
        stand_ins, tmp_path, encryption_keys=(SecretStr(MASTER_KEY),), admin_user_ids={1001, 1002}
    )
    place = store_of(with_a_key).place
    assert said(settings, "database") == [f"ok   database  {place}; 1 px6 keys, all of them open"]
    assert said(settings, "writing") == [f"ok   writing   can be done in {place}"]
    assert "cannot write to 1002" in said(settings, "operators")[0]
    other = settings.model_copy(update={"encryption_keys": (SecretStr(new_master_key()),)})
    assert said(other, "database")[0].startswith("FAIL database  the master key is not the one")
    with postgresql.away(tmp_path):
        (line,) = said(settings, "database")
    assert line.startswith("FAIL database  the database cannot be used: ")


# -- a server that comes and goes


@pytest.fixture
async def database(with_a_key: str) -> AsyncIterator[Database]:
    opened = await Database.open(with_a_key, RING)
    yield opened
    await opened.close()


async def test_a_server_that_restarts_is_not_noticed(database: Database, tmp_path: Path) -> None:
    from tests import postgresql

    for _ in range(3):
        assert await people.look_up(database, 1001) is not None
        async with database.write() as connection:
            await selections.create(connection, 1001, "check", [1], NOW)
        postgresql.cut(tmp_path)
    assert await database.can_be_written()


async def test_a_server_that_is_away_is_one_line_each_time_and_it_goes_on_by_itself(
    database: Database, tmp_path: Path
) -> None:
    from tests import postgresql

    with postgresql.away(tmp_path):
        for _ in range(2):
            with pytest.raises(StorageError, match=r"^the database cannot be used: [^\n]*$"):
                await people.look_up(database, 1001)
            assert not await database.can_be_written()
    assert await people.look_up(database, 1001) is not None
    assert await database.can_be_written()


async def test_nobody_waits_for_a_connection_that_cannot_be_made(url: str, tmp_path: Path) -> None:
    """Three times as many ask as there are connections, of which none was made before: each hears so at once."""
    from tests import postgresql

    database = PostgresqlDatabase(url, RING)
    with postgresql.away(tmp_path):
        async with asyncio.timeout(WAIT_SECONDS / 2):
            asking = (people.look_up(database, 1001) for _ in range(3 * CONNECTIONS))
            found = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(each) for each in found} == {StorageError}
    assert not [each for each in found if "busy" in str(each)]
    assert await people.look_up(database, 1001) is None
    await database.close()


async def test_what_was_begun_when_it_went_away_is_undone(database: Database, tmp_path: Path) -> None:
    from tests import postgresql

    with pytest.raises(StorageError):
        async with database.write() as connection:
            await people.create(connection, 1002, "en", NOW)
            postgresql.cut(tmp_path)
            await people.get(connection, 1002)
    assert await people.look_up(database, 1002) is None


async def comes_to(url: str, connections: int, which: str = "true") -> None:
    """Wait until the server has so many connections to this database, besides the one that asks."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    async with asyncio.timeout(PATIENCE), await psycopg.AsyncConnection.connect(url, autocommit=True) as asking:
        while await (await asking.execute(f"{others} AND {which}".encode())).fetchall() != [(connections,)]:  # noqa: ASYNC110 - the server has no event
            await asyncio.sleep(SHORTEST)


async def test_a_connection_that_nobody_waits_for_any_more_is_closed(database: Database, with_a_key: str) -> None:
    async with database.read(), await psycopg.AsyncConnection.connect(with_a_key) as restoring:
        lock = asyncio.ensure_future(restoring.execute(f"SELECT pg_advisory_lock({RUNNING})".encode()))
        await comes_to(with_a_key, 1, "wait_event_type = 'Lock'")
        second = asyncio.ensure_future(people.look_up(database, 1001))  # waits behind the restore
        await comes_to(with_a_key, 2, "wait_event_type = 'Lock'")
        for waiting in (second, lock):
            waiting.cancel()
            with pytest.raises((asyncio.CancelledError, psycopg.Error)):
                await waiting
        await comes_to(with_a_key, 2)


async def test_closing_waits_for_what_is_just_given_back(database: Database, with_a_key: str) -> None:
    done = asyncio.Event()

    async def works() -> None:
        async with database.write():
            await done.wait()

    working = asyncio.ensure_future(works())
    await comes_to(with_a_key, 1, "state = 'idle in transaction'")
    done.set()
    await asyncio.sleep(0)
    working.cancel()
    await database.close()
    with suppress(asyncio.CancelledError):
        await working
    await comes_to(with_a_key, 0)


async def test_a_number_that_is_too_large_is_said_and_no_value_is(database: Database) -> None:
    with pytest.raises(StorageError) as caught:
        async with database.write() as connection:
            await selections.create(connection, 2**63, "check", [1], NOW)
    assert str(caught.value) == "a number is larger than the database can keep"


async def test_a_trial_of_writing_leaves_nothing(database: Database, tmp_path: Path) -> None:
    assert await database.can_be_written()
    assert rows_of(tmp_path, "SELECT bot_id FROM bots") == [(777,)]


async def test_a_database_of_another_encoding_is_refused(tmp_path: Path) -> None:
    from tests import postgresql

    name = f"latin_{os.getpid()}"
    postgresql._keeper().execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII'".encode())
    assert "whose encoding is not UTF8" in await refused(postgresql.address(name))


async def test_a_laid_database_is_laid_once(tmp_path: Path) -> None:
    await lay_database(tmp_path)
    assert url_of(tmp_path) == url_of(tmp_path)
