"""Sends digests and notices to a person through Telegram, and says for certain whether each was sent."""

from __future__ import annotations

import asyncio

from aiogram import Bot

from handlers.ground.messages import rewrite, send_screen
from handlers.ground.screen import Screen
from handlers.ground.telegram_errors import delivery_errors
from handlers.ground.words import words_for
from handlers.notifications.notices import notice_screen
from handlers.reminders.digest_screen import digest_screen
from model.people import Person
from services.notifications.kinds import Digest, Notice, Unsure

ASK_SECONDS = 15.0


class TelegramSender:
    """Sends digests and notices as Telegram messages. Implements `services.notifications.kinds.Sender`."""

    def __init__(self, bot: Bot, site_url: str) -> None:
        self._bot, self._site_url = bot, site_url

    async def digest(self, person: Person, digest: Digest) -> int:
        return await self._send(
            person, digest_screen(words_for(person), digest, self._site_url), quietly=digest.quietly
        )

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        return await self._send(person, notice_screen(words_for(person), notice, self._site_url), quietly=quietly)

    async def rewrite(self, person: Person, message_id: int, notice: Notice) -> None:
        screen = notice_screen(words_for(person), notice, self._site_url)
        with delivery_errors():
            await rewrite(self._bot, person.telegram_id, message_id, screen)

    async def ask(self) -> None:
        """Ask Telegram for something that changes nothing. Raises NotSent and Unsure."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                with delivery_errors():
                    await self._bot.get_me()
        except TimeoutError:
            raise Unsure from None

    async def _send(self, person: Person, screen: Screen, *, quietly: bool) -> int:
        with delivery_errors():
            return await send_screen(self._bot, person.telegram_id, screen, quietly=quietly)
