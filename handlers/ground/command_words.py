"""Commands in words, plain without a slash: “balance”. The words stand in `locales/languages.py`."""

from __future__ import annotations

import unicodedata
from functools import cache
from unicodedata import combining

from handlers.ground.typed import Typed, plain
from locales import LANGUAGES

LONGEST = 30  # characters


@cache
def commands_by_word() -> dict[str, str]:
    """The command of each word, in every language."""
    return {folded(word): command for spoken in LANGUAGES.values() for word, command in spoken.command_words.items()}


def folded(text: str) -> str:
    """In small letters, without accents, marks of punctuation and signs, with plain spaces."""
    letters = (each for each in unicodedata.normalize("NFKD", plain(text).casefold()) if not combining(each))
    return " ".join("".join(each if each.isalnum() else " " for each in letters).split())


def as_command(typed: Typed) -> Typed:
    """The command that a whole text says in words; the same text where it says none, or has a slash."""
    if typed.is_command or len(typed.body) > LONGEST:
        return typed
    command = commands_by_word().get(folded(typed.body))
    return typed if command is None else Typed(command, "", "", ())
