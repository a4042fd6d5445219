"""Splits a message with several commands into one text for each."""

from __future__ import annotations

import re
from itertools import pairwise

from handlers.account.home import commands
from handlers.account.key import KEY_PATTERN
from handlers.ground.words import Words

MOST_COMMANDS = 5  # commands of one message that are done
NAMES = "|".join(name for name, _, _ in commands(Words("en")))
COMMAND = re.compile(rf"(?<!\S)/({NAMES})(?:@\w+)?(?!\S)", re.IGNORECASE)
# After these any text may follow, also one that looks like a command; only a new line begins another one.
COMMANDS_WITH_TEXT = ("/comment", "/delete", "/buy", "/proxies", "/find", "/key")
COMMANDS_TO_PEOPLE = ("/broadcast", "/maintenance")


def split_commands(text: str, *, by_operator: bool = False) -> list[str]:
    """The commands of a text, each with its arguments. A text with a px6 key stays whole: the key must be found.

    So does what an operator writes to people.
    """
    is_to_people = by_operator and first_command(text) in COMMANDS_TO_PEOPLE
    if not text.startswith("/") or is_to_people or KEY_PATTERN.search(text):
        return [text]
    begins = [0]
    for found in COMMAND.finditer(text, 1):
        so_far = text[begins[-1] : found.start()]
        is_new_line = "\n" in so_far[len(so_far.rstrip()) :]
        if is_new_line or first_command(so_far) not in COMMANDS_WITH_TEXT:
            begins.append(found.start())
    return [text[begin:end].strip() for begin, end in pairwise([*begins, len(text)])]


def first_command(text: str) -> str:
    """`/buy` of `/Buy@the_bot 1 30 de`."""
    return "".join(text.split()[:1]).partition("@")[0].lower()
