"""What a person reads who ends a watch."""

from __future__ import annotations

from handlers.ground.screen import Open, Screen, button, home_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines


async def show_stopped(turn: Turn, *, stopped: bool) -> None:
    """Say that it has ended; `stopped` is False where it had before."""
    turn.on_disk()
    turn.owes_outcome = stopped
    if stopped:
        await turn.show(stopped_screen(turn.words))
    else:
        await turn.toast(turn.words.tr("This is no longer watched."), alert=True)


def stopped_screen(w: Words) -> Screen:
    text = lines(w.title("No longer watched"))
    return Screen(text, [[button(w.tr("Watched"), Open(screen="watch"))], [home_button(w)]])
