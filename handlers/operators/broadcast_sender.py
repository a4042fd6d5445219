"""Sends broadcasts through Telegram. Implements `services.operators.broadcasts.BroadcastSender`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import MessageEntity

from handlers.ground.messages import edit_screen
from handlers.ground.telegram_errors import delivery_errors
from handlers.ground.words import words_for
from handlers.operators.broadcast_screens import progress_screen
from model.operators import Broadcast
from services.account.people import People

log = logging.getLogger(__name__)


async def send_text(bot: Bot, telegram_id: int, broadcast: Broadcast) -> None:
    """The operator's text as it was written, with its formatting."""
    entities = [MessageEntity.model_validate(each) for each in broadcast.entities]
    await bot.send_message(telegram_id, broadcast.text, entities=entities or None)


class TelegramBroadcastSender:
    """`has_room` waits until a message may leave that nobody waits for (`bot/request_pacing.py`)."""

    def __init__(self, bot: Bot, people: People, has_room: Callable[[], Awaitable[bool]]) -> None:
        self._bot, self._people, self._has_room = bot, people, has_room

    async def has_room(self) -> bool:
        return await self._has_room()

    async def message(self, telegram_id: int, broadcast: Broadcast) -> None:
        with delivery_errors():
            await send_text(self._bot, telegram_id, broadcast)

    async def progress(self, broadcast: Broadcast) -> None:
        author = await self._people.find(broadcast.telegram_id)
        if author is None or broadcast.message_id is None:
            return
        try:
            screen = progress_screen(words_for(author), broadcast)
            await edit_screen(self._bot, author.telegram_id, broadcast.message_id, screen)
        except TelegramAPIError as error:
            log.debug("How far a broadcast is could not be shown: %s", type(error).__name__)
