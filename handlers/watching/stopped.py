"""What a person reads who ends a watch."""

from __future__ import annotations

from handlers.ground.screen import Open, Screen, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines


async def show_stopped(turn: Turn, *, stopped: bool, is_bought: bool = False) -> None:
    """Say that it has ended; `stopped` is False where it had before. `is_bought`: what it waited for, just now."""
    turn.on_disk()
    turn.owes_outcome = stopped
    if stopped:
        await turn.show(stopped_screen(turn.words, is_bought=is_bought))
    else:
        await turn.toast(turn.words.tr("This is no longer watched."), alert=True)


def stopped_screen(w: Words, *, is_bought: bool = False) -> Screen:
    text = lines(
        w.title("No longer watched"),
        w.tr("⚠️ The purchase had already begun and goes on: its outcome is in /orders.") if is_bought else None,
    )
    return Screen(text, [[button(w.tr("Watched"), Open(screen="watch"))], [home_button(w)]])
