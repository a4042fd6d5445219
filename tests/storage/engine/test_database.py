"""The database is opened only when everything about it is right, and forgets what it is told to forget."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from model.errors import StorageError
from storage import accounts, bots, people, schema
from storage.engine import sqlite
from storage.engine.crypto import Keyring
from storage.engine.database import CLOSE_SECONDS, Database
from storage.engine.migrating import alembic_config
from storage.engine.types import money_from_int, money_to_int
from tests.crash.bots import ROOT, Spawner
from tests.databases import lay_database

pytestmark = pytest.mark.sqlite("the file and its modes")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
RING = Keyring([bytes(range(32))])
OTHER_RING = Keyring([bytes(32)])
CANARY = "canary-5a6d9b0c1e-of-a-person"


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/data/bot.sqlite3"


async def opened(folder: Path) -> Database:
    """One that was migrated before, without rows unless it has been opened before."""
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    await lay_database(folder / "data")
    return await Database.open(url(folder), RING)


async def with_a_key(folder: Path) -> None:
    """A database in which a person's key is sealed, closed again."""
    database = await opened(folder)
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        sealed = RING.seal("px6 key", 1001, accounts.KEY_COLUMN)
        await accounts.put(connection, 1001, px6_user_id="1", currency="RUB", sealed=sealed, now=NOW)
    await database.close()


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "data").iterdir() if not path.name.endswith("-shm")}


async def test_a_new_database_and_its_key_file_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    key_file = tmp_path / "secrets" / "encryption.key"
    database = await Database.open(url(tmp_path), Keyring.load([], key_file))
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()}
    await database.close()
    assert set(modes) == {"bot.sqlite3", "bot.sqlite3-wal", "bot.sqlite3-shm"}
    assert set(modes.values()) == {0o600}
    assert key_file.stat().st_mode & 0o777 == 0o600


async def test_every_connection_is_durable_and_strict(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 5000}
    for side in (database.read, database.write):
        async with side() as connection:
            found = {name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in expected}
        assert found == expected
    await database.close()


async def test_what_nobody_uses_any_more_is_closed_at_once_and_what_somebody_uses_when_it_is_given_back(
    tmp_path: Path,
) -> None:
    database = await opened(tmp_path)
    for side in (database.read, database.write):
        async with side():
            pass
    async with asyncio.timeout(CLOSE_SECONDS / 2), asyncio.TaskGroup() as group, database.read() as connection:
        group.create_task(database.close())
        await asyncio.sleep(0)
        assert (await connection.exec_driver_sql("SELECT 1")).scalar() == 1


async def test_writers_wait_for_each_other_and_readers_for_nobody(tmp_path: Path) -> None:
    first, second = [await opened(tmp_path) for _ in range(2)]
    async with first.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        other = asyncio.ensure_future(write_person(second, 1002))
        assert await people.look_up(second, 1001) is None
        await asyncio.sleep(0.02)
        assert not other.done()
    await other
    assert await people.look_up(first, 1002) is not None
    await first.close()
    await second.close()


async def write_person(database: Database, telegram_id: int) -> None:
    async with database.write() as connection:
        await people.create(connection, telegram_id, "en", NOW)


async def test_what_fails_in_the_middle_is_undone(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    with pytest.raises(RuntimeError):
        async with database.write() as connection:
            await people.create(connection, 1001, "en", NOW)
            raise RuntimeError
    assert await people.look_up(database, 1001) is None
    await database.close()


async def test_whether_it_can_be_written_is_tried_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engine.connection.PRAGMAS", (*sqlite.PRAGMAS, "PRAGMA busy_timeout=50"))
    database, file = await opened(tmp_path), sqlite.path_of(url(tmp_path))
    await bots.belong(database, 7, NOW)

    def row() -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(file)) as other:
            return other.execute("SELECT * FROM bots").fetchall()

    before, wal = row(), file.with_name("bot.sqlite3-wal")
    size = wal.stat().st_size
    assert await database.can_be_written()
    assert row() == before
    assert wal.stat().st_size - size > 60_000, "as much as a payment takes"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert not await database.can_be_written()
        other.execute("ROLLBACK")
    assert await database.can_be_written()
    async with database.write() as connection:
        await connection.exec_driver_sql("PRAGMA query_only=ON")
    assert not await database.can_be_written()
    await database.close()


async def test_a_missing_master_key_is_one_line_and_touches_nothing(tmp_path: Path) -> None:
    await with_a_key(tmp_path)
    before = content(tmp_path)
    with pytest.raises(StorageError, match="master key is missing") as caught:
        await Database.open(url(tmp_path), Keyring.load([], tmp_path / "secrets" / "encryption.key"))
    assert "\n" not in str(caught.value)
    assert content(tmp_path) == before
    assert not (tmp_path / "secrets").exists()


async def test_a_wrong_master_key_is_one_line_and_touches_nothing(tmp_path: Path) -> None:
    await with_a_key(tmp_path)
    before = content(tmp_path)
    with pytest.raises(StorageError, match="not the one") as caught:
        await Database.open(url(tmp_path), OTHER_RING)
    assert "\n" not in str(caught.value)
    assert content(tmp_path) == before


async def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    await with_a_key(tmp_path)
    with closing(sqlite3.connect(tmp_path / "data" / "bot.sqlite3")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = content(tmp_path)
    with pytest.raises(StorageError, match="newer version"):
        await Database.open(url(tmp_path), RING)
    assert content(tmp_path) == before


async def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data" / "bot.sqlite3")) as connection:
        connection.execute("CREATE TABLE songs (id)")
    with pytest.raises(StorageError, match="another program"):
        await Database.open(url(tmp_path), RING)


@pytest.mark.parametrize("wrong", ["postgresql://db/bot", "sqlite://", "sqlite:///:memory:"])
def test_an_address_that_is_no_sqlite_file_is_refused(wrong: str) -> None:
    with pytest.raises(StorageError, match="DATABASE_URL"):
        sqlite.path_of(wrong)


async def test_forgetting_a_person_leaves_no_byte_of_them_in_file_or_wal(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    sealed = RING.seal(CANARY, 1001, accounts.KEY_COLUMN)
    async with database.write() as connection:
        for telegram_id in (1001, 1002):
            await people.create(connection, telegram_id, "en", NOW)
        await people.remember(connection, 1001, {"template": CANARY})
        await accounts.put(connection, 1001, px6_user_id=CANARY, currency="RUB", sealed=sealed, now=NOW)
    held = b"".join(content(tmp_path).values())
    assert CANARY.encode() in held
    assert sealed in held
    async with database.write() as connection:
        await people.erase(connection, 1001)
    assert await database.forget_deleted()
    left = content(tmp_path)
    assert left["bot.sqlite3-wal"] == b""
    assert CANARY.encode() not in left["bot.sqlite3"]
    assert sealed not in left["bot.sqlite3"]
    assert await people.look_up(database, 1002) is not None
    await database.close()


async def test_the_wal_is_cut_as_soon_as_a_reader_lets_it(tmp_path: Path) -> None:
    database = await opened(tmp_path)
    await write_person(database, 1001)
    reader = sqlite3.connect(tmp_path / "data" / "bot.sqlite3", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM people").fetchall()
    await write_person(database, 1002)
    cutting = asyncio.ensure_future(database.forget_deleted())
    await asyncio.sleep(0.05)
    assert not cutting.done()
    reader.close()
    assert await cutting
    await database.close()


def test_sums_are_exact() -> None:
    for text in ("0.10", "1204.50", "0.9", "0.0001", "-5.00", "99999999.99"):
        assert money_from_int(money_to_int(Decimal(text))) == Decimal(text)
    assert str(money_from_int(money_to_int(Decimal("48.8")))) == "48.80"


def said(condition: object) -> str:
    """The condition of an index as text; of an index of all rows it is empty."""
    return "" if condition is None else " ".join(str(condition).split())


async def test_the_migrations_make_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    await with_a_key(tmp_path)
    engine = create_engine(f"sqlite:///{tmp_path}/data/bot.sqlite3")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, schema.metadata) == []
        found = inspect(connection)
        for table in schema.metadata.tables.values():
            keys = [column.name for column in table.primary_key]
            assert found.get_pk_constraint(table.name)["constrained_columns"] == keys, table.name
            named = {column.name: column.nullable for column in table.columns}
            assert {each["name"]: each["nullable"] for each in found.get_columns(table.name)} == named, table.name
            ends = {(key.parent.name, key.ondelete) for key in table.foreign_keys}
            there = {
                (column, each["options"].get("ondelete"))
                for each in found.get_foreign_keys(table.name)
                for column in each["constrained_columns"]
            }
            assert there == ends, table.name
            partial = {index.name: said(index.dialect_options["sqlite"]["where"]) for index in table.indexes}
            options = {each["name"]: each.get("dialect_options", {}) for each in found.get_indexes(table.name)}
            assert {name: said(options[str(name)].get("sqlite_where")) for name in partial} == partial
    engine.dispose()


def test_the_newest_migration_is_the_head() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [max(sqlite.known_revisions())]


@pytest.mark.asyncio(loop_scope="session")
async def test_alembic_is_not_imported_when_the_database_is_up_to_date(tmp_path: Path, warm: Spawner) -> None:
    await with_a_key(tmp_path)
    program = (
        "import asyncio, sys\n"
        "from storage.engine.crypto import Keyring\n"
        "from storage.engine.database import Database\n"
        "async def main():\n"
        f"    await (await Database.open({url(tmp_path)!r}, Keyring([bytes(range(32))]))).close()\n"
        "asyncio.run(main())\n"
        "assert 'alembic' not in sys.modules\n"
    )
    process = await warm.source(program, ROOT, tmp_path / "said", anew=["alembic"])
    assert await asyncio.wait_for(process.ended, 60) == 0, process.written()
