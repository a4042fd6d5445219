"""`python -m bot rotate-keys | backup FILE | restore FILE`: the owner's tools for the whole database."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.master_keys import keyring_of
from bot.settings import Settings
from model.errors import StorageError
from storage.engine.stores import store_of


def rotate_keys(settings: Settings) -> int:
    """Encrypt everything with the newest master key. Can be stopped and run again."""
    keyring, store = keyring_of(settings), store_of(settings.database_url)
    if not store.is_begun():
        raise StorageError(f"there is no database {store.place}")
    if not keyring:
        raise StorageError("there is no master key yet: the bot makes one at its first start")
    changed, whole = store.rotate(keyring)
    say(f"{changed} of {whole} keys were encrypted anew; all of them are under the newest master key now.")
    if len(keyring) > 1:
        say("Once the bot runs with the newest key, the older ones can be taken out of the key ring.")
    else:
        # The bot reads a file again by itself; what stands in its environment only a restart changes.
        where = keyring.file or "ENCRYPTION_KEYS, restart the bot"
        say(f"There is one master key. For another: put it first in {where}, run this again.")
    return 0


def backup(settings: Settings, file: str) -> int:
    """Write a backup, also while the bot runs."""
    store_of(settings.database_url).backup(Path(file))
    say(f"Backed up to {file}. The master keys are not in it: without them it opens no px6 key. Keep them elsewhere.")
    return 0


def restore(settings: Settings, file: str) -> int:
    """Put a backup in place of the database, while the bot is stopped."""
    store = store_of(settings.database_url)
    kept = store.restore(Path(file), keyring_of(settings))
    say(f"Restored {store.place} from {file}.")
    if kept:
        say(f"What was there before is kept in {kept}: delete it when it is not needed.")
    say("People who used /forget after the backup are in it again. Payments that were open then are told as unclear.")
    return 0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
