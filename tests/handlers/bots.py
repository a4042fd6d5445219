"""A bot that speaks with the Telegram stand-in, without the rest of the program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiogram import Bot
from aiogram.client.telegram import TelegramAPIServer

from bot.telegram_session import TelegramSession

TOKEN = "42:made-up-token"
ANNA = 1001


@asynccontextmanager
async def bot_at(url: str) -> AsyncIterator[Bot]:
    """The bot, as the program makes it."""
    session = TelegramSession(api=TelegramAPIServer.from_base(url), timeout=30)
    try:
        yield Bot(TOKEN, session=session)
    finally:
        await (await session.create_session()).close()
