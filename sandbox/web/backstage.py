"""What the page shows and steers: both stand-ins, and the bot's process where there is one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sandbox.px6 import Px6State
from sandbox.telegram import TelegramState

Json = dict[str, object]


class BotProcess(Protocol):
    """The bot as something to be stopped, killed and started. Each call answers when it has happened."""

    def status(self) -> Json:
        """`{"running": bool, "listens": bool, "pid": int | None, "exit": int | None}`."""

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """SIGTERM: what is under way ends first."""

    async def kill(self) -> None:
        """SIGKILL: nothing ends, nothing is said."""


@dataclass
class Backstage:
    """`bot` and `next_reminder` are None where nobody can steer the bot: then the panel does not offer it.

    `next_reminder` answers the moment at which the bot will remind somebody next, None for never.
    """

    telegram: TelegramState
    px6: Px6State
    bot_id: int | None = None
    key: str | None = None
    bot: BotProcess | None = None
    next_reminder: Callable[[], Awaitable[datetime | None]] | None = None
