"""Notes which digests Telegram took, also those that came while the database took nothing."""

from __future__ import annotations

from dataclasses import dataclass

from model.errors import StorageError
from services.orders import Orders
from storage import reminders
from storage.engine.database import Database


@dataclass(frozen=True)
class Arrival:
    """A digest that Telegram certainly took, with the quote behind its buttons."""

    digest_id: int
    quote_id: str | None
    chat_id: int
    message_id: int


class Arrivals:
    """Writes them down: what is not noted as sent is said again five minutes later."""

    def __init__(self, database: Database, orders: Orders) -> None:
        self._database, self._orders = database, orders
        self._left: dict[int, Arrival] = {}  # by digest: what could not be written down

    async def note(self, arrival: Arrival) -> None:
        """Write it down; where the database takes nothing, with `note_left`. Raises StorageError."""
        try:
            await self._note(arrival)
        except StorageError:
            self._left[arrival.digest_id] = arrival
            raise

    async def note_left(self) -> None:
        """Write down what could not be when it came. Raises StorageError while it still cannot."""
        for digest_id, arrival in tuple(self._left.items()):
            await self._note(arrival)
            self._left.pop(digest_id, None)

    async def _note(self, arrival: Arrival) -> None:
        async with self._database.write() as connection:
            await reminders.note_sent(connection, arrival.digest_id, "sent", arrival.message_id)
            if arrival.quote_id is not None:
                await self._orders.keep_message(connection, arrival.quote_id, arrival.chat_id, arrival.message_id)
