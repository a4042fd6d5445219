"""Which messages a handler takes: a command, the answer to its question, any command at all."""

from __future__ import annotations

from typing import Any

from aiogram.filters import Filter
from aiogram.types import Message

from handlers.ground.callback_data import CallbackData
from handlers.ground.turn import Turn


class Command(Filter):
    """Lets this command through, to nobody or to this bot, however it is spelt."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def __call__(self, message: Message, turn: Turn) -> bool:
        if turn.typed.command != self._name:
            return False
        return turn.typed.bot in ("", ((await turn.bot.me()).username or "").lower())


class Asked(Filter):
    """Lets a text through that answers this question, which the handler gets as `asked`.

    It stands before `F.text`, for which aiogram goes to a thread each time.
    """

    def __init__(self, question: type[CallbackData]) -> None:
        self._question = question

    async def __call__(self, message: Message, turn: Turn) -> bool | dict[str, Any]:
        packed = turn.asking or ""
        if turn.typed.is_command or packed.partition(":")[0] != self._question.__prefix__:
            return False
        try:
            return {"asked": self._question.unpack(packed)}
        except (TypeError, ValueError):
            return False  # asked by an older version of the bot: the text is then treated as any other


class AnythingAsked(Filter):
    """Lets a text through while any question is open."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        return turn.asking is not None


class AnyCommand(Filter):
    """Lets through whatever begins with a slash."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        return turn.typed.is_command
