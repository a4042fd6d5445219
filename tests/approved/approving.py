"""Screens as text, compared with the text that was approved.

`APPROVE=1 pytest tests/approved` (make approve) writes the texts anew: each is then read before it is committed. One
plain file for a module and a diff of it are fifteen lines; a library of snapshots would quote them, or make a file of
every state, and come as a plugin into every run.
"""

from __future__ import annotations

import difflib
import importlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text

from handlers.ground.screen import Row, Screen
from handlers.ground.words import Words
from tests.screens import labels_fit

EN, RU = Words("en"), Words("ru")
IN_BERLIN = Words("en", "Europe/Berlin")
SITE = "https://px6.example"

FOLD = re.compile(r"<blockquote expandable>.*?</blockquote>", re.DOTALL)
State = tuple[str, object]
"""A state by its name, and what is shown then: a screen or a piece of one, or several."""


def modules() -> list[str]:
    """The modules that have approved states, as `tests.approved.SUBJECT.test_NAME`."""
    here = Path(__file__).parent
    return sorted(f"{__package__}.{path.parent.name}.{path.stem}" for path in here.glob("*/test_*.py"))


def has_buttons(module: str) -> bool:
    """Whether any of a module's approved states has a button, or none is approved yet."""
    *_, subject, name = module.split(".")
    approved = approved_text(Path(__file__).with_name(subject) / name)
    return not approved.exists() or "](" in approved.read_text("utf-8")


def states_in(language: str, module: str) -> list[State]:
    """The states of a module, all of them in one language."""
    with speaking(language):
        return list(importlib.import_module(module).states())


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Whoever speaks in the states speaks this language inside, in their own time zone."""
    before = {words: dict(vars(words)) for words in (EN, RU, IN_BERLIN)}
    try:
        for words in before:
            vars(words).update(vars(Words(language, words.zone.key if words.zone else None)))
        yield
    finally:
        for words, its in before.items():
            vars(words).update(its)


def approve(test: str, states: Iterable[State]) -> None:
    """Compare what `states` shows with the text beside the test (a path), or write that text."""
    approved, now = approved_text(Path(test)), told(states)
    if os.environ.get("APPROVE"):
        approved.write_text(now, encoding="utf-8")
    before = approved.read_text(encoding="utf-8") if approved.exists() else ""
    differences = difflib.unified_diff(before.splitlines(), now.splitlines(), "approved", "now", lineterm="")
    assert now == before, "\n" + "\n".join(differences)


def approved_text(test: Path) -> Path:
    """Where the states of this test are approved."""
    return test.with_name(test.stem.removeprefix("test_") + ".txt")


def too_wide(states: Iterable[State]) -> Iterator[str]:
    """The names of states with labels side by side that a narrow phone would cut, and those labels."""
    for name, shown in states:
        for each in shown if isinstance(shown, list | tuple) else [shown]:
            if isinstance(each, Screen):
                rows = [[{"text": button.text} for button in row] for row in each.rows if row]
                if wrong := labels_fit(rows):
                    yield f"{name}: {wrong}"


def told(states: Iterable[State]) -> str:
    """Every state under its name. A name twice is a mistake in a table."""
    found: dict[str, str] = {}
    for name, shown in states:
        assert name not in found, name
        found[name] = as_text(shown)
    return "\n".join(f"=== {name}\n{text}\n" for name, text in found.items())


def as_text(shown: object) -> str:
    """The text with its formatting as HTML, then a line for each row of buttons.

    Where there are several px6 accounts a screen names the one it is of; one that is of none says so here.
    """
    match shown:
        case Screen():
            of_none = [] if shown.of_account else ["(of no account)"]
            return "\n".join([*of_none, as_text(shown.text), *(row_text(row) for row in shown.rows if row)])
        case Text():
            return FOLD.sub(squeezed, shown.as_html())
        case InlineKeyboardButton():
            return button_text(shown)
        case list() | tuple():
            return "\n".join(as_text(each) for each in shown) or "(nothing)"
    return str(shown)


def squeezed(fold: re.Match[str]) -> str:
    """A fold with its first and last lines, and how many are between."""
    found = fold[0].split("\n")
    return fold[0] if len(found) <= 7 else "\n".join([*found[:3], f"(and {len(found) - 6} lines)", *found[-3:]])


def row_text(row: Row) -> str:
    return "  ".join(button_text(each) for each in row)


def button_text(each: InlineKeyboardButton) -> str:
    """`[Buy](success: pay:abc:30)`: the label, then the style and what a tap sends, opens or copies."""
    copied = f"copies {each.copy_text.text}" if each.copy_text else None
    does = each.callback_data or each.url or copied
    return f"[{each.text}]({f'{each.style}: ' if each.style else ''}{does})"
