"""Harmless calls that show whether px6 and Telegram answer; what became of them is noted on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from handlers.notifications.sender import TelegramSender
from px6 import Px6Error, Px6Pool
from services.notifications.kinds import NotSent, Unsure

NO_KEY = "bot-looks-whether-px6-answers"  # px6 refuses it, which shows that px6 is there

Ask = Callable[[], Awaitable[None]]


def asking_px6(pool: Px6Pool) -> Ask:
    async def ask() -> None:
        with suppress(Px6Error):
            await pool.client(NO_KEY).account()

    return ask


def asking_telegram(sender: TelegramSender) -> Ask:
    async def ask() -> None:
        with suppress(NotSent, Unsure):
            await sender.ask()

    return ask
