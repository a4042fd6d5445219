"""Splits a message with several commands into one text for each."""

from __future__ import annotations

import re

from handlers.account.home import commands
from handlers.account.key import KEY_PATTERN
from handlers.ground.words import Words

MOST_COMMANDS = 5  # commands of one message that are done
NAMES = "|".join(name for name, _, _ in commands(Words("en")))
COMMAND = re.compile(rf"(?<!\S)/({NAMES})(?:@\w+)?(?!\S)", re.IGNORECASE)
# After these any text may follow, also one that looks like a command; only a new line begins another one.
COMMANDS_WITH_TEXT = ("/comment", "/delete", "/buy", "/proxies", "/key")


def split_commands(text: str) -> list[str]:
    """The commands of a text, each with its arguments. A text with a px6 key stays whole: the key must be found."""
    if not text.startswith("/") or KEY_PATTERN.search(text):
        return [text]
    begins = [0]
    for found in COMMAND.finditer(text, 1):
        so_far = text[begins[-1] : found.start()]
        name = so_far.split(maxsplit=1)[0].partition("@")[0].lower()
        is_new_line = "\n" in so_far[len(so_far.rstrip()) :]
        if is_new_line or name not in COMMANDS_WITH_TEXT:
            begins.append(found.start())
    return [text[begin:end].strip() for begin, end in zip(begins, [*begins[1:], None], strict=True)]
