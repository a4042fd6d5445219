"""Rules that every screen of the bot keeps. A world checks each screen that came to somebody, edits included."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sandbox.telegram.events import Event

Row = Sequence[dict[str, Any]]
Rule = Callable[[Sequence[Row]], str | None]

SIDE_BY_SIDE = 16  # characters of each of two labels in a row
THREE_ABREAST = 13
MOST_ROWS = 9
BACK, HOME = {"Back", "Назад"}, {"Home", "Домой"}
# Name of a rule: the first words of screens that need not keep it.
EXCEPT = {
    "there_is_a_way_out": (
        "px6 · ",  # home itself
        "Your px6 proxies",  # and home without a key
        "Ваши прокси px6",
        "Everything is erased",  # begins anew
        "Replace the old key",  # keeping the old one leads home
        "Checking",  # Stop leads to the summary
    ),
}


def labels(rows: Sequence[Row]) -> list[str]:
    return [button["text"] for row in rows for button in row]


def back_comes_last(rows: Sequence[Row]) -> str | None:
    found = labels(rows)
    return "Back is not the last button" if BACK & set(found[:-1]) else None


def there_is_a_way_out(rows: Sequence[Row]) -> str | None:
    return None if (BACK | HOME) & set(labels(rows)) else "neither Home nor Back"


def rows_are_few(rows: Sequence[Row]) -> str | None:
    return f"{len(rows)} rows" if len(rows) > MOST_ROWS else None


def labels_fit(rows: Sequence[Row]) -> str | None:
    for row in rows:
        widest = {1: None, 2: SIDE_BY_SIDE, 3: THREE_ABREAST}.get(len(row), 0)
        if widest is not None and any(len(button["text"]) > widest for button in row):
            return f"too wide: {labels([row])}"
    return None


def labels_can_be_seen(rows: Sequence[Row]) -> str | None:
    unseen = [
        label
        for label in labels(rows)
        if all(unicodedata.category(c)[0] in "CZ" or c in "\u2800\u3164" for c in label)
    ]
    return f"a label that nobody sees: {unseen}" if unseen else None


RULES: tuple[Rule, ...] = (back_comes_last, there_is_a_way_out, rows_are_few, labels_fit, labels_can_be_seen)


class Screens:
    """The different screens of a world's people."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], dict[str, Any]] = {}

    def hear(self, event: Event) -> None:
        """Remember a message of the bot that has buttons: an event of the Telegram stand-in."""
        message: Any = event.data.get("message")
        if event.kind in ("message", "edit") and message["from"] == "bot" and message["keyboard"]:
            first = message["text"].partition("\n")[0]
            self._seen.setdefault((first, *labels(message["keyboard"])), message)

    def faults(self) -> Iterator[str]:
        """Which rule each screen breaks, a line for each."""
        for message in self._seen.values():
            rows = message["keyboard"]
            for rule in RULES:
                wrong = None if message["text"].startswith(EXCEPT.get(rule.__name__, ())) else rule(rows)
                if wrong:
                    yield f"{wrong}: {message['text'].partition(chr(10))[0]!r} {labels(rows)}"
