"""Finds misspelt settings: names in the environment or `.env` that resemble a setting, and that nobody reads."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from bot.settings import Settings

NAMED = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=", re.MULTILINE)
# How alike two names must be. The environment is full of other programs' names, `.env` is the bot's own.
ALIKE_IN_ENVIRONMENT, ALIKE_IN_FILE = 0.85, 0.72


def misspelt(file: Path = Path(".env")) -> list[str]:
    """One line for the owner for each misspelt name in the environment or the file."""
    found = dict(resembling(os.environ, ALIKE_IN_ENVIRONMENT)) | dict(resembling(names_in(file), ALIKE_IN_FILE))
    return [
        f"{name} is no setting of the bot, so it does nothing: is {meant} meant?" for name, meant in found.items()
    ]


def resembling(names: Iterable[str], alike: float) -> Iterator[tuple[str, str]]:
    """(name, the setting that is probably meant) for each name that is no setting but resembles one."""
    known = [name.upper() for name in Settings.model_fields]
    for name in names:
        upper = name.upper()
        if upper in known:
            continue
        begun = [setting for setting in known if "_" in upper and setting.startswith(upper)]
        if nearest := begun or get_close_matches(upper, known, cutoff=alike):
            yield name, nearest[0]


def names_in(file: Path) -> list[str]:
    """The names that a settings file sets; none when it cannot be read."""
    try:
        return NAMED.findall(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return []
