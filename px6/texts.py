"""Makes px6's texts fit for one line of a screen or of a file. Pure."""

from __future__ import annotations

import unicodedata

LONGEST_COMMENT = 250
"""Characters: five times what px6 takes, since it may escape each of them."""

_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible characters that change the direction of the text after them, even after the end of px6's own text."""


def one_line(text: str, longest: int) -> str:
    """The text in one line of at most `longest` characters, without direction marks; "" if none of it is visible."""
    kept = text if text.isprintable() else "".join(map(_made_printable, text))
    return kept[:longest] if any(_is_visible(char) for char in kept[:longest]) else ""


def listed_comment(text: str) -> str:
    """A comment as it stands in a `Proxy`, where px6 has it as it was sent."""
    return one_line(text, LONGEST_COMMENT)


def _made_printable(char: str) -> str:
    """A space for a line end or another control character, nothing for a direction mark, else the character."""
    if char in _DIRECTION_MARKS:
        return ""
    return " " if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") else char


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] not in "CZ"


def is_word(text: str) -> bool:
    """Whether all characters are visible ASCII, as in hosts, logins and passwords."""
    return text.isascii() and text.isprintable() and " " not in text


def country_code(text: object) -> str | None:
    """A country as two lower-case letters; None for anything else."""
    if isinstance(text, str) and len(text) == 2 and text.isascii() and text.isalpha():
        return text.lower()
    return None
