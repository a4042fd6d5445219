"""Broadcasts: one message of an operator's to all people who use the bot, and to each at most once.

People have their turns in the order of their ids. That it is somebody's turn is committed before they are sent
anything (`storage/broadcasts.py:take_next`), so whatever a kill leaves, nobody has a second one; what Telegram
certainly did not take is the only turn that is given back. A broadcast that a stop cut off, or that Telegram takes
nothing of, is carried on by the round of every few seconds, in any process. All that run send it, side by side.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from model.operators import Broadcast
from model.people import PersonId
from services.account.access import Access
from services.account.people import People
from services.notifications.kinds import Gone, NotSent, Refused, Unsure
from storage import broadcasts as stored
from storage.engine.database import Database

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 2.0  # between two edits of the operator's message


class BroadcastSender(Protocol):
    """Sends one message to one person, and shows the operator how far it is."""

    async def has_room(self) -> bool:
        """Wait until another message may leave without keeping back what people do; False: Telegram wants a pause."""

    async def message(self, telegram_id: int, broadcast: Broadcast) -> None:
        """Raises Gone, Refused, NotSent, Unsure."""

    async def progress(self, broadcast: Broadcast) -> None:
        """Rewrite the operator's message; that this fails is not worth an error."""


class Broadcasts:
    """Keeps drafts, begins them, sends them to all and stops them."""

    def __init__(
        self,
        database: Database,
        people: People,
        access: Access,
        sender: BroadcastSender,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """One under way ends between two people when `stopping` says so."""
        self._database, self._people, self._access, self._sender = database, people, access, sender
        self._clock, self._stopping, self._monotonic = clock, stopping, monotonic
        self._under_way = set[int]()

    async def draft(self, author: int, text: str, entities: Sequence[dict[str, Any]]) -> int:
        """Keep a text that is not sent yet; gives its number."""
        async with self._database.write() as connection:
            return await stored.add(connection, author, text, list(entities), self._clock())

    async def readers(self, author: int) -> int:
        """How many people a broadcast of this author's would go to now."""
        async with self._database.read() as connection:
            return await stored.count(connection, author, self._access.allowed)

    async def find(self, author: int, broadcast_id: int) -> Broadcast | None:
        """A broadcast of this author's as it is now."""
        async with self._database.read() as connection:
            return await stored.get(connection, author, broadcast_id)

    async def begin(self, author: int, broadcast_id: int, message_id: int | None) -> bool:
        """A draft is to be sent from now on; False when it was begun before. `message_id` shows how far it is."""
        async with self._database.write() as connection:
            count = await stored.count(connection, author, self._access.allowed)
            values = {"people": count, "message_id": message_id}
            return await stored.move(connection, author, broadcast_id, "draft", "running", **values)

    async def stop(self, author: int, broadcast_id: int) -> bool:
        """Nobody has their turn after this; False when it does not run."""
        return await self._move_to_end(author, broadcast_id, "stopped")

    async def carry_on(self) -> None:
        """Send whatever is to be sent and is not under way in this process."""
        async with self._database.read() as connection:
            running = await stored.running(connection)
        for broadcast in running:
            if broadcast.id not in self._under_way:
                self._under_way.add(broadcast.id)
                try:
                    await self._send_all(broadcast)
                finally:
                    self._under_way.discard(broadcast.id)

    async def _send_all(self, broadcast: Broadcast) -> None:
        shown_at = self._monotonic()
        while not self._stopping():
            if not await self._sender.has_room():
                return None
            if not self._access.is_operator(broadcast.telegram_id):
                if self._access.since < broadcast.created_at:  # another process has read who is one later
                    return None
                await self.stop(broadcast.telegram_id, broadcast.id)  # nobody else has its button
            async with self._database.write() as connection:
                person = await stored.take_next(connection, broadcast, self._access.allowed)
            if person is None:
                return await self._end(broadcast)
            if not await self._send(broadcast, person):
                return None
            if self._monotonic() - shown_at >= PROGRESS_SECONDS:
                shown_at = self._monotonic()
                await self._show(broadcast)
        return None

    async def _send(self, broadcast: Broadcast, person: int) -> bool:
        """Send it to one person, whose turn was noted. False: Telegram takes nothing now, and it is their turn again.

        What may have arrived is not sent again.
        """
        try:
            await self._sender.message(person, broadcast)
        except Gone:
            await self._people.set_blocked(PersonId(person), True)
            await self._note(broadcast, "gone")
        except Refused:
            await self._note(broadcast, "failed")
        except NotSent:
            async with self._database.write() as connection:
                await stored.give_back(connection, broadcast, person)
            return False
        except Unsure:
            log.debug("Telegram did not say whether somebody got a broadcast")
        else:
            await self._note(broadcast, "sent")
        return True

    async def _note(self, broadcast: Broadcast, outcome: str) -> None:
        async with self._database.write() as connection:
            await stored.note(connection, broadcast, outcome)

    async def _end(self, broadcast: Broadcast) -> None:
        """Nobody is left, or somebody stopped it. Of several processes the last one shows how all turns went."""
        await self._move_to_end(broadcast.telegram_id, broadcast.id, "done")
        await self._show(broadcast)

    async def _move_to_end(self, author: int, broadcast_id: int, state: str) -> bool:
        """False when it does not run. Whoever ends it tells so in the log."""
        async with self._database.write() as connection:
            has_ended = await stored.move(connection, author, broadcast_id, "running", state)
            ended = await stored.get(connection, author, broadcast_id)
        if has_ended and ended is not None:
            line = "A broadcast is %s: %d of %d people got it, %d have blocked the bot, %d were refused"
            log.info(line, ended.state, ended.sent, ended.people, ended.gone, ended.failed)
        return has_ended

    async def _show(self, broadcast: Broadcast) -> Broadcast | None:
        now = await self.find(broadcast.telegram_id, broadcast.id)
        if now is not None:
            await self._sender.progress(now)
        return now
