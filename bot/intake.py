"""How updates come in: by long polling, or by webhook where WEBHOOK_URL is set."""

from __future__ import annotations

import asyncio
from typing import Protocol

from aiogram import Bot, Dispatcher

from bot.delivery import TryToWrite
from bot.http_server import HttpServer
from bot.intake_observer import IntakeObserver
from bot.polling import Polling
from bot.settings import Settings
from bot.webhook import Webhook
from handlers.ground.background_tasks import BackgroundTasks
from services.ground.presence import Post
from services.ground.taken_updates import TakenUpdates


class Intake(Protocol):
    """Feeds each update to the dispatcher in a task of its own. Telegram keeps what is not on disk yet."""

    @property
    def is_connected(self) -> bool:
        """Whether Telegram knows how updates are taken."""

    @property
    def stands_by(self) -> bool:
        """Whether another process takes the updates."""

    async def run(self, stop: asyncio.Event) -> None:
        """Take updates until `stop` is set."""

    async def confirm(self) -> None:
        """Tell Telegram once more, when all tasks have ended, which updates need not come again."""


def intake_of(
    settings: Settings,
    bot: Bot,
    dispatcher: Dispatcher,
    background: BackgroundTasks,
    http: HttpServer,
    try_to_write: TryToWrite,
    observer: IntakeObserver,
    post: Post,
    updates: TakenUpdates,
) -> Intake:
    """The one that the settings choose. `post`: of the process that polls; by webhook all take `updates`."""
    if settings.webhook_url:
        return Webhook(settings, bot, dispatcher, background, http, try_to_write, updates, observer)
    return Polling(bot, dispatcher, background, observer=observer, post=post)
