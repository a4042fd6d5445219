"""What the bot's owner does to the database as a whole: backup, restore, new master keys. Nothing is async."""

from __future__ import annotations

import itertools
import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from pathlib import Path

from model.errors import StorageError
from storage.engine import sqlite
from storage.engine.crypto import SEALED, Keyring
from storage.engine.errors import as_storage_error
from storage.engine.files import made_beside, sync_directory

BATCH = 100  # rows that one transaction re-encrypts
UNUSED_SECONDS = 0.5  # a file that somebody has locked for longer is in use
PAGES = 1000  # copied between two looks whether to go on: 4 MB
STEPS = 5_000  # SQLite makes so many steps, or reads pages, between two such looks while a copy is checked
NAME_BEFORE_RESTORE = "{name}.before-restore{number}"  # "-2" as the number of the second one, and so on
# A backup does not know how the payments ended that were open when it was made, nor which quotes were confirmed
# since. px6's list could mislead (a bought proxy has lost its mark since), so these payments become unclear. What was
# to be paid at once when the money is there may have been paid since: the person is asked.
ORDERS_AFTER_RESTORE = (
    "DELETE FROM quotes WHERE state = 'open'",
    "UPDATE confirmations SET changes = changes + 1, tell_at = :now WHERE id IN "
    "(SELECT confirmation_id FROM orders WHERE state IN ('confirmed', 'sending', 'unknown'))",
    "UPDATE order_proxies SET open = FALSE",
    "UPDATE orders SET state = 'unclear', error = 'Restored', settled_at = :now, due_at = NULL, looking_error = NULL "
    "WHERE state IN ('confirmed', 'sending', 'unknown')",
)
KEPT_AFTER_RESTORE = (
    "UPDATE kept_payments SET state = 'waiting', paying = NULL, up_to = NULL WHERE state IN ('waiting', 'paying')",
)
WATCHES_AFTER_RESTORE = (  # a twin, or what was in stock again, may have been bought since
    "UPDATE health_watches SET replacing = NULL",
    "UPDATE replacements SET state = 'dropped', paying = NULL WHERE state IN ('announcing', 'announced', 'paying')",
    "UPDATE stock_watches SET up_to = NULL, paying = NULL WHERE told_at IS NULL",
)
AFTER_RESTORE = {
    "orders": ORDERS_AFTER_RESTORE,
    "kept_payments": KEPT_AFTER_RESTORE,
    "replacements": WATCHES_AFTER_RESTORE,
}


class Stopped(Exception):
    """The program is about to stop: what was begun was given up, and left nothing behind."""


def never() -> bool:
    """Nobody stops it."""
    return False


def backup(source: Path, target: Path, keyring: Keyring | None = None, stopped: Callable[[], bool] = never) -> None:
    """Copy a database, also one in use, to a new file of mode 0600: one consistent moment of it, whole and checked.

    With a key ring it is also seen that the copy could be restored: of a known version, its sealed values open.
    Master keys are never in it. Raises Stopped soon after `stopped` says so. StorageError: there is no database, the
    target exists, or cannot be written; then there is no target.
    """
    with as_storage_error(f"the backup {target} cannot be written"):
        if not source.exists():
            raise StorageError(f"there is no database {source} to back up")
        if target.exists():
            raise StorageError(f"{target} exists: choose another name; nothing was written")
    try:
        with as_storage_error(f"the backup {target} cannot be written"), made_beside(target) as copy:
            copy_checked(source, copy, keyring, stopped)
            os.link(copy, target)  # a rename would replace a file that somebody made meanwhile
            sync_directory(target.absolute().parent)
    except StorageError:
        if stopped():
            raise Stopped from None
        raise


def copy_checked(source: Path, copy: Path, keyring: Keyring | None, stopped: Callable[[], bool]) -> None:
    """Copy the database into an empty file, and see that it can be used."""

    def go_on(*_: int) -> None:
        if stopped():
            raise Stopped

    with closing(read_only(source)) as from_, closing(sqlite3.connect(copy)) as to:
        # Within one transaction: without it every write of the bot would begin the copying anew.
        from_.execute("BEGIN")
        from_.execute("SELECT 1 FROM sqlite_master").fetchone()
        from_.backup(to, pages=PAGES, progress=go_on)
        to.execute("PRAGMA journal_mode=DELETE")  # one file, without a WAL that could be left behind
    check_whole(copy, stopped)
    if keyring is not None and not sqlite.inspect(copy, keyring):
        raise StorageError(f"{source} is empty: there is nothing to back up")


def restore(backup_file: Path, target: Path, keyring: Keyring) -> Path | None:
    """Put a backup in place of the database, while no bot runs. Gives where the former database was kept.

    Whenever it is cut off, there is a whole database in its place: the former one, or the restored one.
    StorageError, and nothing was changed: the backup is damaged, of another program or a newer version, its master
    key is missing, or the database is in use.
    """
    check_backup(backup_file, keyring)
    sqlite.make_file(target) if not target.exists() else check_unused(target)
    with as_storage_error(f"the database {target} cannot be replaced"), made_beside(target) as copy:
        with closing(read_only(backup_file)) as from_, closing(sqlite3.connect(copy)) as to:
            from_.backup(to)
            make_open_payments_unclear(to)
        kept = keep_earlier_database(target)
        copy.replace(target)
        sync_directory(target.absolute().parent)
    return kept


def check_backup(backup_file: Path, keyring: Keyring) -> str:
    """StorageError for a backup that cannot be restored; gives its revision."""
    with as_storage_error(f"{backup_file} cannot be read"):
        try:
            backup_file.open("rb").close()
        except FileNotFoundError:
            raise StorageError(f"there is no backup {backup_file}") from None
        except PermissionError:
            mend = "It must belong to the user that runs the bot, in a folder which that user may enter."
            raise StorageError(f"{backup_file} cannot be read: permission denied. {mend}") from None
    revision = sqlite.inspect(backup_file, keyring)
    if not revision:
        raise StorageError(f"{backup_file} is empty: it is not a backup")
    check_whole(backup_file)
    return revision


def rotate(path: Path, keyring: Keyring) -> tuple[int, int]:
    """Seal with the newest master key what an older one sealed: (how many now, how many there are).

    Each hundred is one transaction, so it can be stopped at any moment and run again; the bot may run meanwhile: it
    reads the key ring again before it seals, and when it meets a key that it does not know.
    StorageError when a value does not open.
    """
    changed = whole = 0
    sqlite.inspect(path, keyring)
    with (
        as_storage_error("the keys cannot be re-encrypted"),
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        for pragma in sqlite.PRAGMAS:
            connection.execute(pragma)
        for column in SEALED:
            for batch in batches(connection, column):
                changed += seal_anew(connection, keyring, column, batch)
                whole += len(batch)
    sqlite.truncate_wal(path)
    return changed, whole


def sealed_in(connection: sqlite3.Connection, column: str) -> list[tuple[int, bytes]]:
    """(Telegram id, sealed value) of each row; none where an older database has no such table."""
    table, _, name = column.partition(".")
    if table not in sqlite.tables_of(connection):
        return []
    # The names are those of our own schema.
    return connection.execute(f"SELECT telegram_id, {name} FROM {table} ORDER BY 1").fetchall()  # noqa: S608


def batches(connection: sqlite3.Connection, column: str) -> Iterator[list[int]]:
    """The Telegram ids, a hundred at a time."""
    ids = [telegram_id for telegram_id, _ in sealed_in(connection, column)]
    yield from (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def seal_anew(connection: sqlite3.Connection, keyring: Keyring, column: str, batch: list[int]) -> int:
    """One transaction; gives how many values were under an older key. A row is read in it: it may have changed."""
    table, _, name = column.partition(".")
    changed = 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        for telegram_id in batch:
            query = f"SELECT {name} FROM {table} WHERE telegram_id = ?"  # noqa: S608 - names of our own schema
            row = connection.execute(query, (telegram_id,)).fetchone()
            if row is None or keyring.is_newest(row[0], telegram_id, column):
                continue
            sealed = keyring.seal(keyring.open(row[0], telegram_id, column), telegram_id, column)
            update = f"UPDATE {table} SET {name} = ? WHERE telegram_id = ?"  # noqa: S608
            connection.execute(update, (sealed, telegram_id))
            changed += 1
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return changed


def make_open_payments_unclear(connection: sqlite3.Connection) -> None:
    """Make the open payments of a restored database unclear, delete its open quotes, let nothing be paid at once."""
    for statement in after_restore(sqlite.tables_of(connection)):
        connection.execute(statement, {"now": time.time_ns() // 1000} if ":now" in statement else {})
        connection.commit()


def after_restore(tables: Collection[str]) -> list[str]:
    """What is changed in a restored database that has these tables: an older one has fewer."""
    return [statement for table, listed in AFTER_RESTORE.items() if table in tables for statement in listed]


def check_whole(path: Path, stopped: Callable[[], bool] = never) -> None:
    """StorageError when SQLite finds damage anywhere in the file, or `stopped` says that nobody waits for it."""
    with as_storage_error(f"{path} cannot be read"), closing(read_only(path)) as connection:
        connection.set_progress_handler(lambda: int(stopped()), STEPS)
        said = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if said != "ok":
        raise StorageError(f"{path} is damaged: {str(said).splitlines()[-1]}")  # the first names the database


def check_unused(path: Path) -> None:
    """StorageError while another process has the database open.

    Leaving WAL needs the file alone, and every open connection holds a lock on it. What is in the WAL goes into the
    file on the way.
    """
    try:
        with closing(sqlite3.connect(path, timeout=UNUSED_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StorageError(f"{path} is in use: stop the bot first; nothing was changed") from None
        raise StorageError(f"the database {path} cannot be replaced: {error}") from None
    except sqlite3.DatabaseError:
        return  # damaged: that is why a backup is restored


def keep_earlier_database(path: Path) -> Path | None:
    """Give the present database a second, free name; None when it is empty.

    Only a damaged one still has a WAL here, which must be gone before another database takes this name.
    """
    kept = second_name(path) if path.stat().st_size else None
    wal, shm = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    if kept and wal.exists():
        os.link(wal, kept.with_name(f"{kept.name}-wal"))
    sync_directory(path.absolute().parent)
    for beside in (wal, shm):
        beside.unlink(missing_ok=True)
    return kept


def second_name(path: Path) -> Path:
    """The file under both names: a rename would leave a moment without a database, and could replace another one."""
    for number in itertools.count(1):
        kept = path.with_name(NAME_BEFORE_RESTORE.format(name=path.name, number="" if number == 1 else f"-{number}"))
        if kept.with_name(f"{kept.name}-wal").exists():
            continue
        try:
            os.link(path, kept)
        except FileExistsError:
            continue
        return kept
    raise AssertionError  # `count` does not end


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot change anything."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
