"""Times of day as people type them."""

from __future__ import annotations

import re

from handlers.ground.callback_data import CallbackData
from handlers.ground.parsing import BadInput, wrong
from handlers.ground.turn import Turn
from handlers.ground.typed import plain
from handlers.ground.words import Words

TIME = re.compile(r"(\d{1,2})(?:[:.\s]?(\d{2}))?")


def typed_minute(turn: Turn, example: str, back: CallbackData) -> int:
    """The minute of the day that the person typed. Raises BadInput, with an example and the way back."""
    minute = minute_from(turn.text)
    if minute is None:
        raise wrong_time(turn.words, example, back)
    return minute


def wrong_time(w: Words, example: str, back: CallbackData) -> BadInput:
    return wrong(w, w.tr("Write a time from 0:00 to 23:59."), example, back)


def minute_from(text: str) -> int | None:
    """The minute of the day of `22:30`, `7`, `0730`; None for anything else."""
    found = TIME.fullmatch(plain(text))
    if found is None or not found[0].isascii():
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None
