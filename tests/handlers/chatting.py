"""A chat of one person with the bot, and turns in it, without the rest of the program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiogram import Bot
from aiogram.types import CallbackQuery, Chat, Message, User
from aiogram.utils.formatting import Text

from handlers.ground.background_tasks import BackgroundTasks
from handlers.ground.edit_rights import EditRights
from handlers.ground.messages import send_screen
from handlers.ground.screen import Screen
from handlers.ground.turn import Turn
from handlers.ground.words import words_for
from sandbox.telegram.bots import Tap
from sandbox.telegram.chats import Chat as ChatAsItIs
from sandbox.telegram.http import serve_telegram
from sandbox.telegram.state import TelegramState
from sandbox.telegram.writing import PersonSide
from services.account.people import People
from storage.engine.crypto import Keyring
from storage.engine.database import Database
from tests.databases import lay_database, url_of
from tests.handlers.bots import ANNA, TOKEN, bot_at

THEN = datetime(2026, 11, 1, tzinfo=UTC)
USER = User(id=ANNA, is_bot=False, first_name="Anna")
BEFORE = Screen(Text("Before"))


@dataclass
class Chatting:
    """Anna's chat with the bot, and turns in it."""

    telegram: TelegramState
    bot: Bot
    people: People
    rights: EditRights = field(default_factory=EditRights)
    last_tap: Tap = field(init=False)

    async def turn(self, event: Message | CallbackQuery) -> Turn:
        person = await self.people.find_or_create(ANNA)
        services: Any = SimpleNamespace(people=self.people)
        words, background = words_for(person), BackgroundTasks()
        turn = Turn(self.bot, event, person, words, services, background, self.rights, lambda: None, number=0)
        self.rights.enter(turn)
        return turn

    async def tapped(self, screen: Screen = BEFORE, data: str = "open:x") -> Turn:
        """A turn of a tap on a new message with this screen."""
        return await self.taps(await send_screen(self.bot, ANNA, screen), screen, data)

    async def taps(self, message_id: int, screen: Screen = BEFORE, data: str = "open:x") -> Turn:
        """A turn of a tap on a message; Telegram knows of the tap."""
        shown = message(message_id, text=screen.text.as_kwargs()["text"], reply_markup=screen.keyboard)
        tap = self.last_tap = self._tap(message_id, data)
        return await self.turn(CallbackQuery(id=tap.id, from_user=USER, chat_instance="1", data=data, message=shown))

    def _tap(self, message_id: int, data: str) -> Tap:
        bot, person = self.telegram.bot(TOKEN), self.telegram.person(ANNA)
        return PersonSide(self.telegram).tap(bot, person, self.chat(), message_id, data)

    async def written(self, text: str | None = None, **more: Any) -> Turn:
        return await self.turn(message(900, text=text, **more))

    def chat(self) -> ChatAsItIs:
        return self.telegram.private_chat(self.telegram.bot(TOKEN), ANNA)

    def stands(self) -> list[str]:
        return [each.text or "" for each in self.chat().messages.values()]

    def answers(self) -> list[dict[str, Any]]:
        """What was shown of each answer to a tap."""
        calls = [call.params for call in self.telegram.requests if call.method == "answercallbackquery"]
        return [{name: value for name, value in call.items() if name != "callback_query_id"} for call in calls]

    def calls(self) -> list[str]:
        return [call.method for call in self.telegram.requests]

    async def choices(self) -> dict[str, Any]:
        return (await self.people.find_or_create(ANNA)).choices


def message(message_id: int, **given: Any) -> Message:
    chat = Chat(id=ANNA, type="private")
    return Message(message_id=message_id, date=THEN, chat=chat, from_user=USER, **given)


@asynccontextmanager
async def chatting(folder: Path) -> AsyncIterator[Chatting]:
    await lay_database(folder)
    telegram = TelegramState()
    telegram.private_chat(telegram.bot(TOKEN), ANNA).started = True
    database = await Database.open(url_of(folder), Keyring([bytes(32)]))
    try:
        async with serve_telegram(telegram) as url, bot_at(url) as bot:
            yield Chatting(telegram, bot, People(database, lambda: THEN))
    finally:
        await database.close()
