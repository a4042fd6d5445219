"""What owns a message where several processes show screens: the newest tap on it, or the payment that it shows.

Edits of one message come one after another, across processes too: what is decided before one still holds after it.
While the database is away each process decides for itself, for what is shown moves no money.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import blake2b, sha256

from model.errors import StorageError
from services.ground.leases import Leases
from services.ground.presence import Presence
from storage import message_owners
from storage.engine.database import Database
from storage.message_owners import Owner, Shown, ShownEnding, ShownPayment

__all__ = ["SharedMessages", "Shown", "ShownEnding", "ShownPayment"]

log = logging.getLogger(__name__)

Place = tuple[int, int | None]  # a chat and a message in it


class SharedMessages:
    """Rows of messages. While this process is alone, nothing is asked: its own memory is enough."""

    def __init__(self, database: Database, presence: Presence, leases: Leases, secret: str) -> None:
        """`secret` is not in the database."""
        self._database, self._presence, self._leases = database, presence, leases
        self._secret = sha256(b"messages " + secret.encode()).digest()

    @property
    def are_several(self) -> bool:
        return self._presence.are_several

    def _name(self, place: Place) -> str:
        return blake2b(repr(place).encode(), key=self._secret, digest_size=16).hexdigest()

    async def enter(self, place: Place, update: int) -> None:
        """Somebody has tapped on the message; Telegram's number of that tells which tap is the newest."""
        try:
            async with self._database.single() as connection:
                await message_owners.enter(connection, self._name(place), update)
        except StorageError as error:
            log.debug("The other processes were not told of a tap: %s", error)

    async def read(self, place: Place) -> Owner | None:
        """What is known of the message."""
        try:
            async with self._database.single() as connection:
                return await message_owners.read(connection, self._name(place))
        except StorageError as error:
            log.debug("What the other processes show was not read: %s", error)
            return None

    async def show(self, place: Place, shown: Shown | None, shown_in: int | None) -> None:
        """The message shows this from now on."""
        try:
            async with self._database.single() as connection:
                await message_owners.show(connection, self._name(place), shown, shown_in)
        except StorageError as error:
            log.debug("The other processes were not told what is shown: %s", error)

    @asynccontextmanager
    async def held(self, place: Place) -> AsyncIterator[None]:
        """No other process edits the message until the block ends."""
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._leases.held(f"screen {self._name(place)}"))
            except StorageError as error:
                log.debug("The other processes were not asked for a message: %s", error)
            yield
