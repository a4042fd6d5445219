"""The unique comment under which a buy is sent, and how it is found again, also when px6 has changed it."""

from __future__ import annotations

import html
import re
import secrets

COMMENT_LENGTH = 50  # what px6 takes
LEAST = 6  # characters of the unique part that must be left: nobody else's comment begins with them by chance

_UNIQUE = re.compile(r"[0-9a-f]{10}")
_SPACE = re.compile(r"\s+")


def mark_for(comment: str) -> str:
    """ "5f3a9c01d2 shop": what is unique comes first, since px6 may cut comments.

    It is renamed to the wanted comment as soon as the buy is done.
    """
    return f"{secrets.token_hex(5)} {comment or 'bot'}"[:COMMENT_LENGTH]


def carries(mark: str | None, comment: str) -> bool:
    """Whether a comment is this mark: as it was sent, escaped, cut, or in other letters.

    >>> [carries("5f3a9c01d2 A & B", each) for each in ("5F3A9C01D2 a &amp; b", "5f3a9c0", "a & b")]
    [True, True, False]
    """
    if not mark:
        return False
    whole, left = _plain(mark), _plain(comment)
    unique = unique_of(whole)
    if unique in left:
        return True
    return whole.startswith(left) and len(left) - whole.index(unique) >= LEAST


def is_left_of(mark: str | None, comment: str) -> bool:
    """Whether a comment may be what px6 made of this mark, nothing included: of a proxy that is known to be ours."""
    return bool(mark) and (carries(mark, comment) or _plain(mark or "").startswith(_plain(comment)))


def unique_of(mark: str) -> str:
    """The unique part of a mark. (Older orders have it at the end.)"""
    words = mark.split(" ")
    return words[0] if _UNIQUE.fullmatch(words[0]) else words[-1]


def _plain(comment: str) -> str:
    """Without what escaping and cutting add, in small letters."""
    text = _SPACE.sub(" ", html.unescape(comment).replace("\\", "")).casefold()
    return text.rstrip(".…").strip()
