"""`python -m bot doctor`: is everything in place that the bot needs? One line for each thing that it examines.

This module examines the machine: settings, key file, database, folders; `doctor_network.py` examines the network,
`doctor_webhook.py` what concerns updates by webhook.

Nothing is changed, and the bot may run meanwhile. Exit code 0 when nothing has failed; a mere risk is a warning.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.doctor_finding import Finding
from bot.doctor_network import px6_findings, telegram_findings
from bot.doctor_webhook import listen_finding
from bot.master_keys import keyring_of
from bot.misspelt_settings import misspelt
from bot.settings import Settings
from model.errors import StorageError
from storage.engine import sqlite
from storage.engine.backups import BackupFolder
from storage.engine.crypto import SEALED, CannotOpen, Keyring
from storage.engine.errors import as_storage_error
from storage.engine.files import made_beside
from storage.engine.stores import SqliteStore, Store, store_of

LATE = 2  # periods without a new backup, after which something is wrong
PAGE = 4096  # bytes that are written to see whether that can be done


def doctor(settings: Settings) -> int:
    """Write every finding as it comes; gives the exit code."""
    return asyncio.run(examine(settings))


async def examine(settings: Settings) -> int:
    failed = False
    async for finding in findings(settings):
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
        failed = failed or finding.level == "FAIL"
    return 1 if failed else 0


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """All findings, the local ones first."""
    yield Finding("ok", "settings", "can be used")
    for line in misspelt():
        yield Finding("warn", "settings", line)
    yield of_people(settings.allowed_user_ids)
    for finding in local_findings(settings):
        yield finding
    if settings.listens_at is not None:
        yield await listen_finding(settings)
    async for finding in telegram_findings(settings):
        yield finding
    async for finding in px6_findings(settings):
        yield finding


def local_findings(settings: Settings) -> Iterator[Finding]:
    """The key ring and its file, the database, whether the key ring opens what is in it, and the folders."""
    try:
        keyring = keyring_of(settings)
        store = store_of(settings.database_url)
    except StorageError as error:
        yield Finding("FAIL", "keys", str(error))
        return
    try:
        yield from of_key_file(keyring, store.file)
        database = of_database(keyring, store, settings.bot_id)
        yield database
        yield operators_in(None if database.level == "FAIL" else store, settings.admin_user_ids)
        yield of_writing(keyring, store)
        yield of_backups(settings, keyring, datetime.now(UTC))
    except OSError as error:  # a folder that may not even be looked into
        yield Finding("FAIL", "files", f"{error.filename} cannot be looked at: {error.strerror}")


def of_people(allowed: frozenset[int]) -> Finding:
    """Who may use the bot."""
    if not allowed:
        return Finding("ok", "people", "everybody may use the bot (ALLOWED_USER_IDS is empty)")
    listed = ", ".join(map(str, sorted(allowed)))
    return Finding("ok", "people", f"only these may use the bot (ALLOWED_USER_IDS): {listed}")


def of_operators(operators: frozenset[int], in_chat: Collection[int]) -> Finding:
    """Who operates the bot, and whether it can write to them. `in_chat`: the people to whom it can."""
    if not operators:
        return Finding("ok", "operators", "nobody (ADMIN_USER_IDS is empty)")
    listed = ", ".join(map(str, sorted(operators)))
    if away := ", ".join(str(each) for each in sorted(operators) if each not in in_chat):
        text = f"{listed}; the bot cannot write to {away}: who operates it must press Start in its chat"
        return Finding("warn", "operators", text)
    return Finding("ok", "operators", f"{listed} (ADMIN_USER_IDS)")


def operators_in(store: Store | None, operators: frozenset[int]) -> Finding:
    """As `of_operators`, by who is in the database; None: that it cannot be read was said."""
    try:
        return of_operators(operators, operators if store is None else people_in(store))
    except StorageError as error:
        return Finding("FAIL", "operators", str(error))


def people_in(store: Store) -> set[int]:
    """Those who have begun a chat with the bot and have not blocked it."""
    return store.people() if store.is_begun() else set()


def of_key_file(keyring: Keyring, database: Path | None) -> Iterator[Finding]:
    """Whether the key file is private and apart from the database: whoever copies that folder must not get both."""
    if keyring.file is None:
        yield Finding("ok", "key file", "none: ENCRYPTION_KEYS holds the master keys")
    elif not keyring:
        yield Finding("ok", "key file", f"{keyring.file} will be made at the first start")
    elif keyring.file.stat().st_mode & 0o077:
        yield Finding("warn", "key file", f"other users may read {keyring.file}: chmod 600 {keyring.file}")
    elif database is not None and keyring.file.resolve().parent == database.resolve().parent:
        yield Finding("warn", "key file", f"{keyring.file} lies beside the database: a backup of both opens all keys")
    else:
        yield Finding("ok", "key file", f"{keyring.file}, apart from the database")


def of_database(keyring: Keyring, store: Store, bot_id: int) -> Finding:
    """Whether the database can be read, is whole and this bot's, and the key ring opens every px6 key in it."""
    try:
        if not store.is_begun():
            return Finding("ok", "database", f"{store.place} will be made at the first start")
        revision = store.inspect(keyring, bot_id)
        keys = opened_keys(store, keyring)
    except StorageError as error:
        return Finding("FAIL", "database", str(error))
    if store.file is not None and store.file.stat().st_mode & 0o077:
        return Finding("warn", "database", f"other users may read {store.file}: chmod 600 {store.file}")
    behind = (
        "" if revision == sqlite.newest_revision() else "; it will be brought to the newest version at the next start"
    )
    whole = ", whole" if store.file is not None else ""  # a server sees to that itself
    return Finding("ok", "database", f"{store.place}{whole}; {keys} px6 keys, all of them open{behind}")


def opened_keys(store: Store, keyring: Keyring) -> int:
    """How many px6 keys open. StorageError for one that does not, and for damage anywhere in the file."""
    store.check_whole()
    sealed = [(column, *row) for column in SEALED for row in store.sealed_in(column)]
    for column, telegram_id, value in sealed:
        try:
            keyring.open(value, telegram_id, column)
        except CannotOpen:
            raise StorageError(
                f"the px6 key of person {telegram_id} does not open: they must send it again"
            ) from None
    return len(sealed)


def of_writing(keyring: Keyring, store: Store) -> Finding:
    """Whether the bot can write the database, the files that SQLite makes beside it, and a first key file."""
    folders = [] if store.file is None else [store.file.absolute().parent]
    if not keyring and keyring.file is not None:
        folders.append(keyring.file.absolute().parent)
    try:
        for folder in dict.fromkeys(map(nearest, folders)):
            write_and_remove(folder)
        store.check_writing()
    except StorageError as error:
        return Finding("FAIL", "writing", str(error))
    places = [*map(str, dict.fromkeys(folders)), *([] if store.file else [store.place])]
    return Finding("ok", "writing", f"can be done in {' and '.join(places)}")


def of_backups(settings: Settings, keyring: Keyring, now: datetime) -> Finding:
    """Whether the bot can make backups, how old the newest is, and whether the key ring opens it."""
    if settings.backup_dir is None:
        return Finding("ok", "backups", "the bot makes none by itself (BACKUP_DIR is empty)")
    folder, every = BackupFolder(settings.backup_dir, settings.backup_keep), settings.backup_every_hours
    try:
        write_and_remove(nearest(folder.path.absolute()))
        newest = folder.newest(now)
        if newest is None:
            return Finding("ok", "backups", f"none yet in {folder.path}; the bot makes one when it runs")
        SqliteStore(newest[1]).inspect(keyring)
    except StorageError as error:
        return Finding("FAIL", "backups", str(error))
    hours = (now - newest[0]) / timedelta(hours=1)
    text = f"the newest in {folder.path} is {hours:.1f} hours old"
    if hours > LATE * every:
        return Finding("warn", "backups", f"{text}, and one is made every {every:g} hours while the bot runs")
    return Finding("ok", "backups", text)


def nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists, in which it will be made."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def write_and_remove(folder: Path) -> None:
    """Write a page to a file without a name that could be somebody's. StorageError, one line, when that fails."""
    with (
        as_storage_error(f"{folder} cannot be written to"),
        made_beside(folder / "doctor") as made,
        made.open("wb") as file,
    ):
        file.write(bytes(PAGE))
        file.flush()
        os.fsync(file.fileno())
