"""Pinned messages that show how an account stands: sent once, then edited in place by looks at the account.

What becomes of the message decides: one that is gone switches the board off, and so does one of which nobody knows
whether it arrived, for a second one might stand beside it and never change again. What Telegram did not take now is
tried with the next look, be it to show a board or to take it away; one that was switched off while it was being
changed is taken away again. Who has no board costs nothing: looks know from their one statement.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from model.notifications import StoredBoard
from model.people import Person
from px6 import ProxyList
from services.notifications.kinds import Board, BoardSender, Gone, NotSent, Refused, Unsure
from services.notifications.line import Line
from storage import boards, check_histories, watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

NEXT_SHOWN = 3  # proxies that end first
AGAIN_AFTER = timedelta(minutes=1)  # at least, when Telegram did not take it


def board_of(listed: ProxyList, failing: Collection[int], now: datetime) -> Board:
    """What there is to show of an account. `failing`: by the last checks."""
    running = sorted((p for p in listed.proxies if p.ends_at > now), key=lambda p: (p.ends_at, p.id))
    dead = tuple(p for p in running if p.id in failing)
    return Board(listed.balance, listed.currency, len(running), tuple(running[:NEXT_SHOWN]), dead)


class Boards:
    """Switches boards on and off, and brings them up to date."""

    def __init__(self, database: Database, sender: BoardSender, line: Line, clock: Callable[[], datetime]) -> None:
        self._database, self._sender, self._line, self._clock = database, sender, line, clock

    async def of(self, telegram_id: int) -> StoredBoard | None:
        """The person's board; None: they want none."""
        async with self._database.read() as connection:
            return await boards.get(connection, telegram_id)

    async def message_of(self, telegram_id: int) -> int | None:
        """The message of the person's board, also of one that is still to be taken away."""
        async with self._database.read() as connection:
            return await boards.message_of(connection, telegram_id)

    async def switch_on(self, telegram_id: int) -> None:
        """The next look sends it."""
        async with self._database.write() as connection:
            await boards.switch_on(connection, telegram_id)
            await watches.wake(connection, telegram_id, self._clock())

    async def switch_off(self, telegram_id: int) -> int | None:
        """Want none any more; gives the message that is to be taken away, which looks do otherwise."""
        async with self._database.write() as connection:
            return await boards.switch_off(connection, telegram_id)

    async def take_away(self, person: Person, message_id: int | None) -> None:
        """Take the message of a board away that is wanted no longer; what Telegram does not take now, the next look
        does, unless all that was kept of the account was erased."""
        if message_id is None:
            return
        try:
            await self._take_away(person, message_id)
        except NotSent as error:
            await self._try_again(person, max(AGAIN_AFTER, timedelta(seconds=error.wait)))
        except Unsure:
            await self._try_again(person, AGAIN_AFTER)

    async def _take_away(self, person: Person, message_id: int) -> None:
        await self._sender.take_away(person, message_id)
        async with self._database.write() as connection:
            await boards.note_taken_away(connection, person.telegram_id, message_id)

    async def refresh(self, person: Person, listed: ProxyList) -> None:
        """Show how the account stands, as px6 has just listed it, or take away what is wanted no longer. Raises
        Gone."""
        async with self._database.read() as connection:
            stored = await boards.get(connection, person.telegram_id)
            left = await boards.to_take_away(connection, person.telegram_id)
            failing = await check_histories.failing(connection, person.telegram_id)
        if left is None and (stored is None or not stored.is_on):
            return
        board = board_of(listed, failing, self._clock())
        try:
            await self._line.check()
            with self._line.sending():
                if left is not None:
                    await self._take_away(person, left)
                elif stored is not None:
                    await self._show(person, stored, board)
        except Gone:
            raise
        except Refused:
            log.error("Telegram refuses a message that is to be pinned")
        except NotSent as error:
            await self._try_again(person, max(AGAIN_AFTER, timedelta(seconds=error.wait)))
        except Unsure:
            log.debug("Whether a pinned message was changed is not known: the next look changes it again")

    async def _show(self, person: Person, stored: StoredBoard, board: Board) -> None:
        telegram_id, mark = person.telegram_id, self._sender.mark(person, board)
        if stored.message_id is None:
            await self._begin(person, stored, board, mark)
            return
        if stored.mark != mark:
            if not await self._sender.edit(person, stored.message_id, board):
                async with self._database.write() as connection:
                    await boards.note_lost(connection, telegram_id, stored.message_id)
                return
            async with self._database.write() as connection:
                is_wanted = await boards.note_shown(connection, telegram_id, stored.message_id, mark)
            if not is_wanted:
                await self._take_away(person, stored.message_id)
                return
        if not stored.pinned:
            await self._pin(person, stored.message_id)

    async def _begin(self, person: Person, stored: StoredBoard, board: Board, mark: str) -> None:
        """Send the message, which is written down as claimed before."""
        if stored.claimed_at is not None:
            await self._lose(person)
            return
        async with self._database.write() as connection:
            if not await boards.claim(connection, person.telegram_id, self._clock()):
                return
        message_id = await self._sent(person, board)
        async with self._database.write() as connection:
            is_wanted = await boards.note_sent(connection, person.telegram_id, message_id, mark)
        if is_wanted:
            await self._pin(person, message_id)
        else:
            await self._take_away(person, message_id)

    async def _sent(self, person: Person, board: Board) -> int:
        try:
            return await self._sender.send(person, board)
        except (Unsure, Refused):
            await self._lose(person)
            raise
        except NotSent:
            async with self._database.write() as connection:
                await boards.unclaim(connection, person.telegram_id)
            raise

    async def _lose(self, person: Person) -> None:
        """Telegram refused its message, or nobody knows whether it arrived."""
        async with self._database.write() as connection:
            await boards.note_lost(connection, person.telegram_id, None)

    async def _pin(self, person: Person, message_id: int) -> None:
        """One that Telegram does not pin is edited where it stands."""
        try:
            await self._sender.pin(person, message_id)
        except Gone:
            raise
        except Refused:
            log.debug("A message could not be pinned")
        async with self._database.write() as connection:
            is_wanted = await boards.note_pinned(connection, person.telegram_id, message_id)
        if not is_wanted:
            await self._take_away(person, message_id)

    async def _try_again(self, person: Person, pause: timedelta) -> None:
        async with self._database.write() as connection:
            await watches.wake_by(connection, person.telegram_id, self._clock() + pause)
