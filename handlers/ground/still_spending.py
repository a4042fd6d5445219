"""What on an account spends by itself, whoever has set it up: said where a colleague's right ends or shrinks."""

from __future__ import annotations

from collections.abc import Callable

from aiogram.types import InlineKeyboardButton

from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Open, Row, button
from handlers.ground.words import Words

Opening = Callable[[str, CallbackData], InlineKeyboardButton]


def spending_line(w: Words, rules: int, watches: int) -> str | None:
    """What spends by itself, whoever has set it up: a right that ends or shrinks does not end it."""
    what = [
        w.n("{count} rule", "{count} rules", rules) if rules else None,
        w.n("{count} watch or payment", "{count} watches and payments", watches) if watches else None,
    ]
    named = " · ".join(filter(None, what))
    return w.tr("⚠️ Still spends automatically: {what}. Look through it.", what=named) if named else None


def spending_rows(w: Words, rules: int, watches: int, *, opening: Opening = button) -> list[Row]:
    """Where that is looked through. The message is of the account."""
    return [
        [opening(w.tr("Automatic prolonging"), Open(screen="rules"))] if rules else [],
        [opening(w.tr("Watched"), Open(screen="watch"))] if watches else [],
    ]
