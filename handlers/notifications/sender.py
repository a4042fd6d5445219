"""Sends digests and notices to a person through Telegram, and says for certain whether each was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

from aiogram import Bot

from handlers.ground.account_line import with_account
from handlers.ground.edit_rights import EditRights
from handlers.ground.messages import edit_screen, rewrite, send_screen
from handlers.ground.screen import Screen
from handlers.ground.telegram_errors import delivery_errors
from handlers.ground.words import words_for
from handlers.notifications.notices import notice_screen
from handlers.reminders.digest_screen import digest_screen
from handlers.reminders.ending_screen import ending_screen
from model.people import Person
from services.notifications.kinds import Digest, DigestEnd, Gone, Notice, NotSent, Refused, Unsure

ASK_SECONDS = 15.0
SENT = "sent"
UNDELIVERED: Mapping[type[Exception], str] = {
    NotSent: "not_sent",  # sent again
    Unsure: "unsure",  # it may have arrived
    Refused: "refused",
    Gone: "gone",  # the person has blocked the bot
}

Wait = Callable[[], Awaitable[bool]]
"""Waits for something that Telegram's limits leave to messages that nobody waits for; True when that took a while."""

HearDelivery = Callable[[str, str], None]
"""Is called with "digest" or "notice", and with SENT or what UNDELIVERED says."""


def nobody_hears(kind: str, outcome: str) -> None:
    """What is called where nobody counts."""


NoteMessage = Callable[[Person, int], Awaitable[None]]
"""Notes the id of a message that was sent to somebody as the owner of a px6 account."""


async def nobody_notes(person: Person, message_id: int) -> None:
    """What is called where nobody has several px6 accounts."""


async def at_once() -> bool:
    """Where nothing paces what is sent."""
    return False


class TelegramSender:
    """Sends digests and notices as Telegram messages. Implements `services.notifications.kinds.Sender`."""

    def __init__(
        self,
        bot: Bot,
        site_url: str,
        hear: HearDelivery = nobody_hears,
        room: Wait = at_once,
        turn: Wait = at_once,
        note_message: NoteMessage = nobody_notes,
        edit_rights: EditRights | None = None,
    ) -> None:
        """`hear` is called after each message. `room`: to prepare a digest; `turn`: to send a message.

        `note_message`: which px6 account a new message is of.
        """
        self._bot, self._site_url, self._note_message = bot, site_url, note_message
        self._hear, self._room, self._turn = hear, room, turn
        self._edit_rights = edit_rights or EditRights()

    async def room(self) -> bool:
        return await self._room()

    async def digest(self, person: Person, digest: Digest) -> int:
        screen = digest_screen(words_for(person), digest, self._site_url)
        with self._heard("digest"):
            return await self._send(person, screen, quietly=digest.quietly)

    async def end_digest(self, person: Person, message_id: int, end: DigestEnd) -> None:
        screen, ref = labelled(person, ending_screen(words_for(person), end)), (person.chat_id, message_id)
        await self._turn()
        async with self._edit_rights.editing(ref):
            if self._edit_rights.shows_payment(ref):
                return
            with self._heard("notice"), delivery_errors():
                await edit_screen(self._bot, person.chat_id, message_id, screen)
            self._edit_rights.note_ending(ref, screen)  # what began there before leaves it alone

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        screen = notice_screen(words_for(person), notice, self._site_url)
        with self._heard("notice"):
            return await self._send(person, screen, quietly=quietly)

    async def rewrite(self, person: Person, message_id: int, notice: Notice) -> None:
        screen = notice_screen(words_for(person), notice, self._site_url)
        with self._heard("notice"), delivery_errors():
            shown_in = await rewrite(self._bot, person.chat_id, message_id, labelled(person, screen))
        if shown_in != message_id:
            await self._note_message(person, shown_in)

    async def ask(self) -> None:
        """Ask Telegram for something that changes nothing. Raises NotSent and Unsure."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                with delivery_errors():
                    await self._bot.get_me()
        except TimeoutError:
            raise Unsure from None

    @contextmanager
    def _heard(self, kind: str) -> Iterator[None]:
        """Tell what becomes of a message that is sent within."""
        try:
            yield
        except tuple(UNDELIVERED) as error:
            self._hear(kind, UNDELIVERED[type(error)])
            raise
        self._hear(kind, SENT)

    async def _send(self, person: Person, screen: Screen, *, quietly: bool) -> int:
        await self._turn()
        with delivery_errors():
            message_id = await send_screen(self._bot, person.chat_id, labelled(person, screen), quietly=quietly)
        await self._note_message(person, message_id)
        return message_id


def labelled(person: Person, screen: Screen) -> Screen:
    """The screen, with the px6 account that it is of, where the person has several."""
    return with_account(words_for(person), person, screen)
