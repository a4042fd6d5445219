"""How fast a chat takes messages of several processes: about one a second after a burst, by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b, sha256

from model.errors import StorageError
from services.ground.presence import Presence
from storage import chat_paces
from storage.engine.database import Database


class SharedChatPace:
    """Counts the messages of all processes. While this one is alone, nothing is asked: its own count is enough."""

    def __init__(
        self, database: Database, presence: Presence, secret: str, apart: timedelta, burst: timedelta
    ) -> None:
        """`burst`: how far ahead of one message `apart` a chat may be. `secret` is not in the database."""
        self._database, self._presence, self._apart, self._burst = database, presence, apart, burst
        self._secret = sha256(b"chats " + secret.encode()).digest()

    async def __call__(self, chat: int | str | None) -> float:
        """Seconds until a message may be sent to the chat; 0 when now: then it is counted.

        While the database is away each process counts for itself.
        """
        if chat is None or self._presence.living < 2:
            return 0.0
        name = blake2b(str(chat).encode(), key=self._secret, digest_size=16).hexdigest()
        try:
            async with self._database.single() as connection:
                return (await chat_paces.take(connection, name, self._apart, self._burst)).total_seconds()
        except StorageError:
            return 0.0
