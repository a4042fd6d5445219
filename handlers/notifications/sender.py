"""Sends what the bot says of its own accord, and tells for certain whether it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from handlers.ground.messages import rewrite, send_screen
from handlers.ground.screen import Screen
from handlers.ground.telegram_errors import TelegramNotSent, TelegramUnanswered, is_gone
from handlers.ground.words import words_for
from handlers.notifications.notices import notice_screen
from handlers.reminders.digest import digest_screen
from services.notifications.kinds import Digest, Gone, Notice, NotSent, Refused, Unsure
from storage.people import Person

ASK_SECONDS = 15.0


class TelegramTeller:
    """Keeps to `services.notifications.kinds.Teller`."""

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
        with certain():
            await rewrite(self._bot, person.telegram_id, message_id, screen)

    async def ask(self) -> None:
        """A call that changes nothing. Raises NotSent and Unsure."""
        try:
            async with asyncio.timeout(ASK_SECONDS):
                with certain():
                    await self._bot.get_me()
        except TimeoutError:
            raise Unsure from None

    async def _send(self, person: Person, screen: Screen, *, quietly: bool) -> int:
        with certain():
            return await send_screen(self._bot, person.telegram_id, screen, quietly=quietly)


@contextmanager
def certain() -> Iterator[None]:
    """Tells what Telegram's error means: whether it was certainly not sent."""
    try:
        yield
    except TelegramUnanswered as error:
        raise Unsure from error
    except TelegramNotSent as error:
        raise NotSent(error.wait) from error
    except TelegramAPIError as error:
        raise (Gone if is_gone(error) else Refused)() from error  # Telegram did nothing
