"""The folder of backups: each of them can be restored, the newest stay, and what is not ours is never touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from model.errors import StorageError
from storage import accounts, people
from storage.engine.backups import BackupFolder
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from storage.engine.database_tools import Stopped, backup, restore
from storage.engine.files import beside
from storage.engine.stores import SqliteStore
from tests.databases import lay_database
from tests.storage.older import of_an_older_version

pytestmark = pytest.mark.sqlite("backups of a file")

NOW = datetime(2026, 11, 28, 9, 40, 50, tzinfo=UTC)
DAY = timedelta(days=1)
RING, OTHER = Keyring([bytes(range(32))]), Keyring([bytes(32)])


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    """A database with one person and a sealed key."""
    await lay_database(tmp_path)
    path = tmp_path / "bot.sqlite3"
    database = await Database.open(f"sqlite:///{path}", RING)
    async with database.write() as connection:
        await people.create(connection, 1001, "en", NOW)
        sealed = RING.seal("px6 key", 1001, accounts.KEY_COLUMN)
        await accounts.put(connection, 1001, px6_user_id="1", currency="RUB", sealed=sealed, now=NOW)
    await database.close()
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def people_in(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM people").fetchone()[0])


def test_a_backup_says_when_it_was_made_is_private_and_restores(file: Path) -> None:
    folder = BackupFolder(file.parent / "deep" / "backups", 7)
    assert folder.newest(NOW) is None
    made = folder.make(SqliteStore(file), RING, NOW)
    assert made.name == "px6-bot-20261128T094050Z.sqlite3"
    assert names(folder.path) == [made.name]
    assert (made.stat().st_mode & 0o777, folder.path.stat().st_mode & 0o777) == (0o600, 0o700)
    assert folder.newest(NOW) == (NOW, made)
    elsewhere = file.parent / "elsewhere.sqlite3"
    restore(made, elsewhere, RING)
    assert people_in(elsewhere) == 1


@pytest.mark.parametrize(("made", "left"), [(6, 6), (7, 7), (8, 7), (9, 7)])
def test_the_newest_seven_are_kept(file: Path, made: int, left: int) -> None:
    folder = BackupFolder(file.parent / "backups", 7)
    all_ = [folder.make(SqliteStore(file), RING, NOW + number * DAY).name for number in range(made)]
    assert names(folder.path) == all_[-left:]


def test_only_files_with_our_names_are_removed(file: Path) -> None:
    folder = BackupFolder(file.parent / "backups", 1)
    folder.path.mkdir()
    foreign = (
        "bot.sqlite3",
        "px6-bot-20200101T000000Z.sqlite3.gz",
        "px6-bot-20200101T000000Z.sqlite3-wal",
        "my-px6-bot-20200101T000000Z.sqlite3",
        "px6-bot-2020-01-01.sqlite3",
        "px6-bot-20209999T000000Z.sqlite3",
        ".px6-bot-20200101T000000Z.sqlite3.0123",
    )
    for name in foreign:
        (folder.path / name).write_text("dear to somebody")
    ours = "px6-bot-20200101T000000Z.sqlite3"
    (folder.path / ours).write_text("an old backup")
    made = folder.make(SqliteStore(file), RING, NOW)
    assert names(folder.path) == sorted((*foreign, made.name))


def test_one_made_under_a_clock_that_was_ahead_counts_for_nothing_and_goes_first(file: Path) -> None:
    folder = BackupFolder(file.parent / "backups", 2)
    ahead = [folder.make(SqliteStore(file), RING, NOW + timedelta(days=365 + number)).name for number in range(2)]
    assert folder.newest(NOW) is None
    first = folder.make(SqliteStore(file), RING, NOW)
    assert folder.newest(NOW) == (NOW, first)
    assert names(folder.path) == sorted((first.name, ahead[1]))
    second = folder.make(SqliteStore(file), RING, NOW + DAY)
    assert names(folder.path) == sorted((first.name, second.name))


def test_what_another_process_has_removed_a_moment_before_is_gone_and_no_fault(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, removing = BackupFolder(file.parent / "backups", 1), Path.unlink

    def removed_before(path: Path, missing_ok: bool = False) -> None:
        if path.parent == folder.path and path.name.startswith("px6-bot-"):
            removing(path)
        removing(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", removed_before)
    made = [folder.make(SqliteStore(file), RING, NOW + number * DAY).name for number in range(2)]
    assert names(folder.path) == made[1:]


@pytest.mark.parametrize(("hours", "is_left"), [(6, True), (7, False)])
def test_what_a_killed_process_left_goes_once_nobody_can_be_writing_it(file: Path, hours: int, is_left: bool) -> None:
    folder = BackupFolder(file.parent / "backups", 7)
    folder.path.mkdir()
    left = beside(Path(f"px6-bot-{NOW - timedelta(hours=hours):%Y%m%dT%H%M%SZ}.sqlite3")).name
    (folder.path / left).write_text("half of a backup")
    folder.make(SqliteStore(file), RING, NOW)
    assert (left in names(folder.path)) is is_left


@pytest.mark.parametrize("fault", ["damaged", "other key", "empty"])
def test_what_could_not_be_restored_is_no_backup_and_pushes_none_out(file: Path, fault: str) -> None:
    folder = BackupFolder(file.parent / "backups", 1)
    good = folder.make(SqliteStore(file), RING, NOW).name
    if fault == "damaged":
        content = bytearray(file.read_bytes())
        content[4096 * 3 : 4096 * 6] = b"\xff" * (4096 * 3)
        file.write_bytes(content)
    if fault == "empty":
        file.unlink()
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("PRAGMA user_version = 1")
    with pytest.raises(StorageError) as caught:
        folder.make(SqliteStore(file), OTHER if fault == "other key" else RING, NOW + DAY)
    assert "\n" not in str(caught.value)
    assert names(folder.path) == [good]


def test_two_processes_that_begin_in_the_same_second_share_one_backup(file: Path) -> None:
    folder = BackupFolder(file.parent / "backups", 7)
    assert folder.make(SqliteStore(file), RING, NOW) == folder.make(SqliteStore(file), RING, NOW)


def test_one_that_another_process_has_made_before_this_one_could_name_its_own_is_no_failure(file: Path) -> None:
    folder, other = BackupFolder(file.parent / "backups", 7), BackupFolder(file.parent / "backups", 7)
    made: list[Path] = []

    def meanwhile() -> bool:
        if not made:
            made.append(other.make(SqliteStore(file), RING, NOW))
        return False

    assert [folder.make(SqliteStore(file), RING, NOW, stopped=meanwhile)] == made
    assert names(folder.path) == [made[0].name]
    assert people_in(made[0]) == 1


def test_a_folder_that_cannot_be_made_or_written_is_one_line(file: Path) -> None:
    for path in (Path("/proc/backups"), file):
        with pytest.raises(StorageError) as caught:
            BackupFolder(path, 7).make(SqliteStore(file), RING, NOW)
        assert "\n" not in str(caught.value)


def test_a_stop_ends_a_backup_soon_and_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.engine.database_tools.STEPS", 50)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE large (content BLOB)")
        connection.execute("INSERT INTO large VALUES (randomblob(20000000))")
        rows = ((number,) for number in range(2000, 5000))
        connection.executemany("INSERT INTO people (telegram_id, created_at, choices) VALUES (?, 0, '{}')", rows)
        connection.commit()
    asked: list[bool] = []

    def stopped_after(looks: int) -> None:
        asked.clear()
        folder = BackupFolder(file.parent / "backups", 7)

        def stopped() -> bool:
            asked.append(True)
            return len(asked) > looks

        with pytest.raises(Stopped):
            folder.make(SqliteStore(file), RING, NOW, stopped=stopped)
        assert names(folder.path) == []

    stopped_after(1)
    assert len(asked) == 2, "within the copying"
    stopped_after(6)
    assert len(asked) >= 7, "while the copy is checked"


async def test_what_is_written_meanwhile_neither_delays_a_backup_nor_is_half_in_it(file: Path) -> None:
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("CREATE TABLE large (content BLOB)")
        writer.execute("INSERT INTO large VALUES (randomblob(20000000))")
        writer.commit()
        looks: list[int] = []

        def write() -> bool:
            looks.append(len(looks))
            writer.execute("INSERT INTO people (telegram_id, created_at, choices) VALUES (?, 0, '{}')", (looks[-1],))
            writer.commit()
            return False

        copy = file.parent / "copy.sqlite3"
        backup(file, copy, RING, write)
    assert 4 < len(looks) < 40, "each write would begin the copying anew"
    assert people_in(copy) == 1


def revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


async def test_a_database_is_backed_up_before_it_is_migrated(tmp_path: Path) -> None:
    file, folder = tmp_path / "bot.sqlite3", BackupFolder(tmp_path / "backups", 7)
    of_an_older_version(file)
    for _ in range(2):
        await (await Database.open(f"sqlite:///{file}", RING, None, folder.before_migration(NOW))).close()
    (made,) = folder.path.iterdir()
    assert made.name == "px6-bot-20261128T094050Z-before-migration.sqlite3"
    assert folder.newest(NOW) == (NOW, made)
    assert revision(made) == "0002"
    assert revision(file) > "0002"


async def test_a_new_database_needs_no_backup_before_it(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "backups", 7)
    await (await Database.open(f"sqlite:///{tmp_path}/new.sqlite3", RING, None, folder.before_migration(NOW))).close()
    assert not folder.path.exists()


async def test_a_stop_gives_up_the_backup_before_a_migration_and_nothing_is_migrated(tmp_path: Path) -> None:
    file, folder = tmp_path / "bot.sqlite3", BackupFolder(tmp_path / "backups", 7)
    of_an_older_version(file)
    with pytest.raises(Stopped):
        await Database.open(f"sqlite:///{file}", RING, None, folder.before_migration(NOW, lambda: True))
    assert (names(folder.path), revision(file)) == ([], "0002")


async def test_without_its_backup_a_database_is_not_migrated(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite3"
    of_an_older_version(file)
    folder = BackupFolder(file, 7)
    with pytest.raises(StorageError, match="nothing was migrated, for the backup before it failed: ") as caught:
        await Database.open(f"sqlite:///{file}", RING, None, folder.before_migration(NOW))
    assert "\n" not in str(caught.value)
    assert revision(file) == "0002"
