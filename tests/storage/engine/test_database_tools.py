"""The operator's tools keep what there is, and never write a master key into a backup."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model.errors import StorageError
from model.orders import OrderState
from storage import accounts, confirmations, kept_payments, orders, people, quotes
from storage.engine.crypto import CannotOpen, Keyring
from storage.engine.database import Database
from storage.engine.database_tools import (
    BATCH,
    backup,
    batches,
    check_unused,
    keep_earlier_database,
    make_open_payments_unclear,
    restore,
    rotate,
    sealed_in,
)
from tests.databases import lay_database
from tests.durations import SECOND
from tests.storage.sample_rows import a_confirmation, a_quote, an_order, kept_values

pytestmark = pytest.mark.sqlite("backups of a file")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OLD, NEW = bytes(range(32)), bytes(32)
PEOPLE = 2 * BATCH + 9


def url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.sqlite3"


@pytest.fixture
async def database(file: Path) -> AsyncIterator[Database]:
    """Two batches and a bit of people with keys sealed under the old master key; written once for all tests."""
    if not _written:
        await write_people(file)
        _written.append(content(file))
    lay(file, _written[0])
    opened = await Database.open(url(file), Keyring([OLD]))
    yield opened
    await opened.close()


_written: list[bytes] = []  # the content of the file


def lay(file: Path, written: bytes) -> None:
    file.touch(0o600)
    file.write_bytes(written)


async def write_people(file: Path) -> None:
    await lay_database(file.parent)
    opened = await Database.open(url(file), Keyring([OLD]))
    async with opened.write() as connection:
        for person in range(1, PEOPLE + 1):
            await people.create(connection, person, "en", NOW)
            sealed = opened.keyring.seal(f"key of {person}", person, accounts.KEY_COLUMN)
            await accounts.put(connection, person, px6_user_id="1", currency="RUB", sealed=sealed, now=NOW)
    await opened.close()


def content(file: Path) -> bytes:
    return file.read_bytes()


async def key_of(database: Database, person: int) -> str:
    found = await accounts.look_up(database, person)
    assert found is not None
    return database.keyring.open(found[1], person, accounts.KEY_COLUMN)


async def test_after_rotation_the_new_master_key_alone_opens_everything(database: Database, file: Path) -> None:
    old = await accounts.look_up(database, 5)
    assert old is not None
    assert rotate(file, Keyring([NEW, OLD])) == (PEOPLE, PEOPLE)
    assert rotate(file, Keyring([NEW])) == (0, PEOPLE)
    database.keyring = Keyring([NEW])
    assert await key_of(database, PEOPLE) == f"key of {PEOPLE}"
    assert old[1] not in content(file)
    assert content(file.with_name("bot.sqlite3-wal")) == b""


async def test_a_rotation_that_was_cut_off_goes_on(database: Database, file: Path) -> None:
    foreign = Keyring([bytes(range(1, 33))]).seal("?", BATCH + 5, accounts.KEY_COLUMN)
    own = await accounts.look_up(database, BATCH + 5)
    assert own is not None
    ring = Keyring([NEW, OLD])
    await put(database, BATCH + 5, own[1][:2] + foreign[2:])  # looks like its neighbours, and does not open
    with pytest.raises(CannotOpen):
        rotate(file, ring)
    await put(database, BATCH + 5, own[1])
    assert rotate(file, ring) == (PEOPLE - BATCH, PEOPLE)


async def put(database: Database, person: int, sealed: bytes) -> None:
    async with database.write() as connection:
        await accounts.put(connection, person, px6_user_id="1", currency="RUB", sealed=sealed, now=NOW)


async def test_a_backup_of_a_running_bot_is_whole_and_restores(database: Database, file: Path) -> None:
    copy = file.parent / "backups" / "monday.sqlite3"
    copy.parent.mkdir()
    async with database.write() as connection:
        await people.create(connection, 9999, "en", NOW)
    backup(file, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    assert OLD not in copy.read_bytes()
    async with database.write() as connection:
        await people.erase(connection, 9999)
    with pytest.raises(StorageError):
        restore(copy, file, Keyring([OLD]))
    await database.close()

    kept = restore(copy, file, Keyring([OLD]))
    assert kept is not None
    with closing(sqlite3.connect(kept)) as before:
        assert before.execute("SELECT count(*) FROM people WHERE telegram_id = 9999").fetchone() == (0,)
    again = await Database.open(url(file), Keyring([OLD]))
    assert await people.look_up(again, 9999) is not None
    assert await key_of(again, 3) == "key of 3"
    await again.close()


async def test_a_backup_does_not_write_over_a_file(database: Database, file: Path) -> None:
    there = file.parent / "there"
    there.write_text("dear to somebody")
    for target in (there, file.parent / "nowhere" / "copy"):
        with pytest.raises(StorageError):
            backup(file, target)
    with pytest.raises(StorageError, match="no database"):
        backup(file.parent / "else.sqlite3", file.parent / "copy")
    assert there.read_text() == "dear to somebody"


async def test_a_backup_that_does_not_open_is_not_restored(database: Database, file: Path) -> None:
    copy = file.parent / "copy"
    backup(file, copy)
    await database.close()
    before = content(file)
    for ring in (Keyring([NEW]), Keyring([])):
        with pytest.raises(StorageError, match="master key"):
            restore(copy, file, ring)
    copy.write_text("no database at all, only words" * 10)
    with pytest.raises(StorageError):
        restore(copy, file, Keyring([OLD]))
    assert content(file) == before


async def test_a_backup_is_restored_where_nothing_was(database: Database, file: Path) -> None:
    copy, elsewhere = file.parent / "copy", file.parent / "new" / "bot.sqlite3"
    backup(file, copy)
    restore(copy, elsewhere, Keyring([OLD]))
    again = await Database.open(url(elsewhere), Keyring([OLD]))
    assert await key_of(again, 3) == "key of 3"
    await again.close()


async def test_of_a_batch_only_those_under_an_older_key_are_sealed_anew(database: Database, file: Path) -> None:
    ring = Keyring([NEW, OLD])
    for person in (1, 5):
        await put(database, person, ring.seal(f"key of {person}", person, accounts.KEY_COLUMN))
    assert rotate(file, ring) == (PEOPLE - 2, PEOPLE)
    assert rotate(file, Keyring([NEW])) == (0, PEOPLE)


async def test_a_database_of_a_newer_version_is_not_rotated(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StorageError, match="newer version"):
        rotate(file, Keyring([NEW, OLD]))
    assert await key_of(database, 1) == "key of 1"


async def test_a_backup_that_another_user_has_copied_is_not_restored_and_what_to_do_is_said(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copied by root it belongs to root, with mode 0600."""
    copy = file.with_name("copied.sqlite3")
    await database.close()
    backup(file, copy)
    before = content(file)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(StorageError) as refused:
        restore(copy, file, Keyring([OLD]))
    monkeypatch.undo()
    assert "permission denied. It must belong to the user that runs the bot" in str(refused.value)
    assert content(file) == before


async def test_a_damaged_backup_is_not_restored(database: Database, file: Path) -> None:
    copy = file.parent / "copy"
    backup(file, copy)
    await database.close()
    whole, before = copy.read_bytes(), content(file)
    page = int.from_bytes(whole[16:18], "big")
    copy.write_bytes(whole[: -2 * page] + b"\xff" * page + whole[-page:])
    with pytest.raises(StorageError, match=r"is damaged: .*[Pp]age \d+") as damaged:
        restore(copy, file, Keyring([OLD]))
    assert "\n" not in str(damaged.value)
    assert content(file) == before


async def test_after_a_restore_nobody_knows_how_open_payments_ended(database: Database, file: Path) -> None:
    made = dict[OrderState, tuple[int, int]]()
    async with database.write() as connection:
        for number, state in enumerate(OrderState):
            confirmed = await a_confirmation(connection, state.value, 1)
            assert await quotes.take(connection, 1, state.value, NOW) is not None
            order = await an_order(connection, confirmed, {number: NOW}, telegram_id=1)
            values = {"state": state.value, "due_at": NOW, "looking_error": "Busy"}
            await orders.move(connection, order, ["confirmed"], values)
            made[state] = confirmed, order
        await a_quote(connection, "open", 1)
        await kept_payments.add(connection, kept_values(1))
        await kept_payments.move(connection, 1, 1, ("waiting",), state="paying", paying="open")
    copy = file.parent / "copy"
    backup(file, copy)
    await database.close()
    began = datetime.now(UTC)
    restore(copy, file, Keyring([OLD]))
    again = await Database.open(url(file), Keyring([OLD]))
    async with again.read() as connection:
        assert await quotes.get(connection, "open") is None
        assert await quotes.get(connection, "done") is not None
        assert await orders.open_proxies(connection, "7") == frozenset()
        untold = await confirmations.untold(connection, datetime.now(UTC))
        for state, (confirmed, order) in made.items():
            found = await orders.get(connection, order)
            assert found is not None
            if state.is_open:
                assert (found.state, found.error) == ("unclear", "Restored")
                assert (found.due_at, found.looking_error) == (None, None)
                assert found.settled_at is not None
                assert began - SECOND < found.settled_at < datetime.now(UTC) + SECOND
            else:
                assert (found.state, found.error, found.due_at) == (state, None, NOW)
            assert (confirmed in untold) is state.is_open
        [waits] = await kept_payments.open_of(connection, 1)
        assert (waits.state, waits.paying, waits.up_to) == ("waiting", None, None), "it may have been paid since"
    await again.close()


def test_each_earlier_database_has_a_name_that_was_free(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    for taken in ("-3-wal", "-5"):
        (tmp_path / f"bot.sqlite3.before-restore{taken}").write_text("dear to somebody")
    names = []
    for number in range(4):
        path.unlink(missing_ok=True)
        path.write_text(f"database {number}")
        kept = keep_earlier_database(path)
        assert kept is not None
        assert kept.read_text() == path.read_text() == f"database {number}", "it has both names"
        names.append(kept.name.removeprefix("bot.sqlite3.before-restore"))
    assert names == ["", "-2", "-4", "-6"]


def test_of_a_damaged_database_the_wal_is_kept_beside_it_and_of_an_empty_one_nothing(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_bytes(b"")
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).write_bytes(b"old")
    assert keep_earlier_database(path) is None
    assert [each.name for each in tmp_path.iterdir()] == ["bot.sqlite3"]
    path.write_bytes(b"damaged")
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).write_bytes(b"its" + end.encode())
    assert keep_earlier_database(path) == tmp_path / "bot.sqlite3.before-restore"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "bot.sqlite3",
        "bot.sqlite3.before-restore",
        "bot.sqlite3.before-restore-wal",
    ]
    assert (tmp_path / "bot.sqlite3.before-restore-wal").read_bytes() == b"its-wal"


def test_a_database_in_use_is_told_from_one_that_is_damaged_or_cannot_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE songs (id)")
        with pytest.raises(StorageError, match="is in use: stop the bot first; nothing was changed"):
            check_unused(path)
    check_unused(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    path.write_bytes(b"damaged" * 1000)
    check_unused(path)
    with pytest.raises(StorageError, match="cannot be replaced: unable to open"):
        check_unused(tmp_path)


@pytest.mark.parametrize(("rows", "sizes"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (200, [100, 100])])
def test_keys_are_sealed_anew_by_the_hundred(rows: int, sizes: list[int]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        assert sealed_in(connection, accounts.KEY_COLUMN) == []
        table, _, name = accounts.KEY_COLUMN.partition(".")
        connection.execute(f"CREATE TABLE {table} (telegram_id, {name})")
        connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", [(n, b"x") for n in range(rows, 0, -1)])  # noqa: S608
        found = list(batches(connection, accounts.KEY_COLUMN))
    assert [len(batch) for batch in found] == sizes
    assert [each for batch in found for each in batch] == list(range(1, rows + 1))


def test_a_database_without_payments_has_none_that_are_open() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        make_open_payments_unclear(connection)
        assert not connection.in_transaction


async def test_the_names_of_a_copy_and_of_a_restored_database_reach_the_disk(
    database: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, sync = list[tuple[str, bool]](), os.fsync
    copy = file.parent / "backups" / "copy"
    copy.parent.mkdir()

    def fsync(descriptor: int) -> None:
        synced.append((Path(f"/proc/self/fd/{descriptor}").readlink().name, copy.exists()))
        sync(descriptor)

    await database.close()
    monkeypatch.setattr(os, "fsync", fsync)
    backup(file, copy)
    assert synced == [("backups", True)], "once it has its name"
    synced.clear()
    restore(copy, file, Keyring([OLD]))
    assert [name for name, _ in synced] == [file.parent.name] * 2, "of the one before, and of the one in its place"
