"""Settings that are none: names that look like one of the bot's, and that nobody reads."""

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
    """One line for each name in the environment or the file that is taken for a setting and is none."""
    found = dict(close(os.environ, ALIKE_IN_ENVIRONMENT)) | dict(close(names_in(file), ALIKE_IN_FILE))
    return [
        f"{name} is no setting of the bot, so it does nothing: is {meant} meant?" for name, meant in found.items()
    ]


def close(names: Iterable[str], alike: float) -> Iterator[tuple[str, str]]:
    """Each name that is no setting but looks like one, and which."""
    known = [name.upper() for name in Settings.model_fields]
    for name in names:
        upper = name.upper()
        if upper in known:
            continue
        begun = [setting for setting in known if "_" in upper and setting.startswith(upper)]
        if nearest := begun or get_close_matches(upper, known, n=1, cutoff=alike):
            yield name, nearest[0]


def names_in(file: Path) -> list[str]:
    """The names that a settings file sets; none when it cannot be read."""
    try:
        return NAMED.findall(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        return []
