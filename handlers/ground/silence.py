"""Screens while px6 does not answer: what is known, since when, and only buttons that do without px6. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text

from handlers.ground.buttons import TellWhenBack
from handlers.ground.callback_data import OFFLINE_PREFIXES
from handlers.ground.screen import NEW_MESSAGE_MARK, Open, Row, Screen, button
from handlers.ground.words import Words, lines, shown_time
from services.proxies.last_known import Silence

# Screens of `Open` that show what is in the database, or what is known.
OFFLINE_SCREENS = frozenset(
    {
        "home",
        "here",
        "proxies",
        "export",
        "orders",
        "settings",
        "language",
        "help",
        "forget",
        "reminders",
        "quiet",
        "fixed_hour",
        "zone",
        "money_notices",
        "rules",
        "watch",
    }
)
MOST_ROWS, MOST_ABREAST = 9, 3  # rows that fit under a text, buttons of SHORT labels that fit beside each other
SHORT = 12  # characters
RECENT = timedelta(hours=20)  # a time of day alone tells which day is meant


def last_known_screen(w: Words, screen: Screen, silence: Silence, now: datetime, retry: str | None = None) -> Screen:
    """A screen that was made from what is known: it says so under its title, and offers nothing that needs px6.

    `retry`: what the button carries that asks px6 again.
    """
    title, *rest = screen.text if screen.text.type is None else [screen.text]
    told = w.tr("I will tell you here when px6 answers again.") if silence.waits else None
    text = lines(Text(title, "\n", silence_lines(w, silence, now), *rest), told)
    rows: list[Row] = [row for row in (offline_buttons(row) for row in screen.rows) if row]
    tell: list[Row] = [] if silence.waits else [[tell_button(w)]]
    again = [button(w.tr("Try again"), retry)] if retry else []
    if again and len(rows) + len(tell) >= MOST_ROWS and has_room(rows[-2]):
        rows[-2], again = [*rows[-2], *again], []
    return Screen(text, [*rows[:-1], again, *tell, *rows[-1:]])


def has_room(row: Row) -> bool:
    """Whether a short button fits into the row."""
    return len(row) < MOST_ABREAST and all(len(each.text) <= SHORT for each in row)


def silence_lines(w: Words, silence: Silence, now: datetime) -> Text:
    """Since when px6 has not answered, and of when what is shown is."""
    return lines(
        w.rich("⚠️ px6 has not answered since {time}.", time=time_of(w, silence.since, now)),
        w.rich(
            "Last known, {time} ({distance}):",
            time=time_of(w, silence.read_at, now),
            distance=w.relative(silence.read_at, now),
        ),
    )


def time_of(w: Words, at: datetime, now: datetime) -> Text:
    """A moment of the past; without its day where that is plain."""
    return shown_time(w.clock(at), at, "t") if timedelta(0) <= now - at < RECENT else w.time(at)


def tell_button(w: Words) -> InlineKeyboardButton:
    return button(w.tr("Tell me when it is back"), TellWhenBack())


def offline_buttons(row: Row) -> Sequence[InlineKeyboardButton]:
    """The buttons of a row that do without px6. Links and texts to be copied ask nobody."""
    return [each for each in row if each.callback_data is None or is_offline(each.callback_data)]


def is_offline(data: str) -> bool:
    plain = data.removeprefix(NEW_MESSAGE_MARK)
    prefix, _, rest = plain.partition(":")
    return rest in OFFLINE_SCREENS if prefix == Open.__prefix__ else prefix in OFFLINE_PREFIXES
