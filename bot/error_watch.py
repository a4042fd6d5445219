"""Hears of errors that nobody foresaw, where they are logged, and hands on their type and place, never their text."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.error_descriptions import OUR_PACKAGES, is_ours, places_of

NoteError = Callable[[str, str], None]


class ErrorWatch(logging.Handler):
    """Takes our own records that carry an error and are ERROR or worse.

    Where the line tells of the error itself, the record carries it as `unforeseen`.
    """

    def __init__(self, note: NoteError) -> None:
        super().__init__(logging.ERROR)
        self._note = note

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else vars(record).get("unforeseen")
        if isinstance(error, BaseException) and is_ours(record.name):
            self._note(type(error).__qualname__, place_of(error))


def place_of(error: BaseException) -> str:
    """`services/orders/journal.py:55`: our line that is nearest to the error, else where it was raised."""
    places = places_of(error.__traceback__)
    ours = [place for place in places if place.partition("/")[0] in OUR_PACKAGES]
    return (ours or places or ["?"])[-1]


@contextmanager
def watched_errors(note: NoteError) -> Iterator[None]:
    """Hear of them while the block runs."""
    watch, root = ErrorWatch(note), logging.getLogger()
    root.addHandler(watch)
    try:
        yield
    finally:
        root.removeHandler(watch)
