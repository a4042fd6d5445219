"""px6's texts made fit for a line of a screen or of a file. Pure."""

from __future__ import annotations

import unicodedata

_TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows, also of what is not theirs."""


def one_line(text: str, longest: int) -> str:
    """The text in one line, without marks of direction and cut to a length; "" when nothing of it can be seen."""
    kept = text if text.isprintable() else "".join(map(_tame, text))
    return kept[:longest] if any(_is_seen(char) for char in kept[:longest]) else ""


def _tame(char: str) -> str:
    """Line ends and other controls become spaces."""
    if char in _TURNS:
        return ""
    return " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char


def _is_seen(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ"


def is_word(text: str) -> bool:
    """Whether it is made of what is seen of ASCII: what hosts, logins and passwords are made of."""
    return text.isascii() and text.isprintable() and " " not in text


def country_code(text: object) -> str | None:
    """A country as two lower-case letters; None for anything else."""
    if isinstance(text, str) and len(text) == 2 and text.isascii() and text.isalpha():
        return text.lower()
    return None
