"""What px6 told of an account last, sealed in the database without logins and passwords."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from model.accounts import StoredList
from services.proxies.known_list import KnownList, as_text, encoded, from_text, mark_of
from storage import last_known
from storage.engine.crypto import CannotOpen, Keyring
from storage.last_known import LIST_COLUMN

log = logging.getLogger(__name__)

WRITTEN_EVERY = timedelta(minutes=10)  # where nothing changed
IN_THREAD = 200  # proxies that are packed in a thread


@dataclass(frozen=True)
class PackedList:
    """What is to be kept of a list; `text` is sealed, and is None where just this is kept already."""

    mark: str
    text: str | None


async def pack(known: KnownList, kept_mark: str | None) -> PackedList:
    """What is to be kept of it, where `kept_mark` is that of what is kept."""
    if len(known.listed.proxies) >= IN_THREAD:
        return await asyncio.to_thread(_packed, known, kept_mark)
    return _packed(known, kept_mark)


def _packed(known: KnownList, kept_mark: str | None) -> PackedList:
    kept = encoded(known)
    mark = mark_of(kept)
    return PackedList(mark, None if mark == kept_mark else as_text(kept))


async def keep(
    connection: AsyncConnection,
    keyring: Keyring,
    telegram_id: int,
    px6_user_id: str,
    packed: PackedList,
    read_at: datetime,
) -> bool:
    """Write down what px6 told at that time; False where something else is kept than was thought."""
    if packed.text is None:
        return await last_known.seen_again(connection, telegram_id, mark=packed.mark, read_at=read_at)
    sealed = keyring.seal(packed.text, telegram_id, LIST_COLUMN)
    await last_known.keep(
        connection, telegram_id, px6_user_id=px6_user_id, read_at=read_at, mark=packed.mark, sealed=sealed
    )
    return True


def opened(keyring: Keyring, telegram_id: int, stored: StoredList | None) -> KnownList | None:
    """The kept list; None where there is none, or no master key opens it."""
    if stored is None:
        return None
    try:
        return from_text(keyring.open(stored.sealed, telegram_id, LIST_COLUMN))
    except CannotOpen as error:
        log.warning("What px6 told last cannot be shown: %s", error)
        return None
