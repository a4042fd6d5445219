"""Rights of colleagues and their names, in words."""

from __future__ import annotations

from decimal import Decimal

from handlers.ground.typed import in_one_line
from handlers.ground.words import Words
from model.colleagues import Colleague, Right

NAME_SHOWN = 24  # characters of a person's name on a button


def right_name(w: Words, right: Right) -> str:
    """What a right is called, on a button."""
    match right:
        case Right.LOOK:
            return w.tr("Look and export")
        case Right.CHECK:
            return w.tr("Check and comment")
        case Right.PROLONG:
            return w.tr("Prolong up to a limit")
        case Right.ALL:
            return w.tr("Everything but the key")


def right_line(w: Words, right: Right, cap: Decimal | None, currency: str) -> str:
    """What who has it may do, to stand after a colon."""
    match right:
        case Right.LOOK:
            return w.tr("look and export")
        case Right.CHECK:
            return w.tr("look, check and comment")
        case Right.PROLONG:
            return w.tr("look, check, prolong for up to {sum} a month", sum=w.money(cap or Decimal(0), currency))
        case Right.ALL:
            return w.tr("everything but the key")


def right_of(w: Words, colleague: Colleague) -> str:
    """What a colleague may do."""
    return right_line(w, colleague.right, colleague.monthly_cap, colleague.currency)


def instead_line(w: Words, may: str, before: Colleague | None) -> str | None:
    """What a colleague could do so far, where that is not what they `may` from now on."""
    could = None if before is None else right_of(w, before)
    return None if could in (None, may) else w.tr("Instead of: {right}", right=could)


def shown_name(w: Words, name: str, most: int | None = None) -> str:
    """What Telegram calls a person, in one line; cut to `most` characters."""
    line = in_one_line(name) or w.tr("Somebody")
    return line if most is None or len(line) <= most else line[: most - 1] + "…"
