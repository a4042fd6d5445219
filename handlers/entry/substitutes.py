"""Handlers that run in place of the one that an update asks for, and say why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import TelegramObject

from handlers.ground.errors import access_ended_screen, unknown_account_screen
from handlers.ground.turn import Turn

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


def handler_that_raises(error: Exception) -> Handler:
    """A handler that raises the error with which the turn began, so that it is told like any other."""

    async def fail(_: TelegramObject, __: dict[str, Any]) -> None:
        raise error

    return fail


async def handler_that_knows_no_account(_: TelegramObject, data: dict[str, Any]) -> None:
    """Says that nobody knows which px6 account the button is for."""
    turn: Turn = data["turn"]
    await turn.send(unknown_account_screen(turn.words))


async def handler_that_ends_access(_: TelegramObject, data: dict[str, Any]) -> None:
    """Says to who was a colleague that the account of the message or question is theirs no longer."""
    turn: Turn = data["turn"]
    if not turn.is_tap:
        await turn.services.people.set_question(turn.person, None, None)
    await turn.send(access_ended_screen(turn.words))
