"""The commands of operators, and the filters that hide them from everybody else."""

from __future__ import annotations

from typing import Literal

from aiogram.filters import Filter
from aiogram.types import CallbackQuery, Message

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model.colleagues import Right


class OperatorScreen(CallbackData, prefix="operator", shared=True, needs=Right.LOOK):
    """Opens a screen of operators."""

    screen: Literal["stats", "maintenance"]


def operator_commands(w: Words) -> list[tuple[str, str, str]]:
    """Name, arguments (one form a line), what it does; operators have them besides those of everybody."""
    return [
        ("stats", "", w.tr("people, payments, and how the bot does")),
        ("maintenance", "on [TEXT]\noff", w.tr("pause new payments")),
        ("broadcast", "TEXT", w.tr("a message to everybody")),
    ]


class OperatorCommand(Command):
    """Lets this command of an operator's through. Anybody else's is left to be an unknown command."""

    async def __call__(self, message: Message, turn: Turn) -> bool:
        return is_operator(turn) and await super().__call__(message, turn)


class ByOperator(Filter):
    """Lets an operator's tap through. Anybody else's is left to be a button that is out of date."""

    async def __call__(self, event: Message | CallbackQuery, turn: Turn) -> bool:
        return is_operator(turn)


def is_operator(turn: Turn) -> bool:
    """Whether this is a turn of somebody who operates the bot now."""
    return turn.services.access.is_operator(turn.person.chat_id)
