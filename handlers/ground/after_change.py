"""The screen that follows a change: what was done is told also where that screen cannot be made any more."""

from __future__ import annotations

from collections.abc import Awaitable

from aiogram.utils.formatting import Text

import px6
from handlers.ground.screen import Screen, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from model.errors import StorageError
from services.account.accounts import NoKey
from services.account.rights import AccessEnded


async def show_after_change(turn: Turn, showing: Awaitable[None], done: str | Text | None = None) -> None:
    """Show the screen of what was changed; where px6 does not answer, or the right has ended, say `done` alone.

    The words of such an error would say that nothing was changed.
    """
    try:
        await showing
    except (AccessEnded, NoKey, px6.Px6Error, StorageError):
        await turn.show(changed_screen(turn.words, done))


def changed_screen(w: Words, done: str | Text | None = None) -> Screen:
    """Without `done`: that it is saved."""
    saved = lines(w.title("Saved"), w.tr("It cannot be shown right now. Open it again in a minute."))
    return Screen(saved if done is None else lines(done), [home_row(w)])
