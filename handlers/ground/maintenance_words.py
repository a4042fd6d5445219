"""What people read while operators maintain the bot."""

from __future__ import annotations

from handlers.ground.turn import Turn
from handlers.ground.words import Words
from model.operators import Maintenance


async def maintenance_notice(turn: Turn) -> str | None:
    """The line that stands on home and on quotes while no payment can begin; None: payments begin as usual."""
    return maintenance_line(turn.words, await turn.services.maintenance.now())


def maintenance_line(w: Words, mode: Maintenance | None) -> str | None:
    if mode is None:
        return None
    return f"⚠️ {mode.text or own_line(w)}"


def own_line(w: Words) -> str:
    """What is said where the operator wrote no text."""
    return w.tr("Maintenance is under way: new payments are paused for a while. All else works.")


def not_now_text(w: Words, mode: Maintenance | None) -> str:
    """The answer to a green button that cannot spend now. It fits an alert."""
    line = (mode.text if mode else None) or own_line(w)
    return "\n".join([line, w.tr("Nothing was spent; tap again later.")])
