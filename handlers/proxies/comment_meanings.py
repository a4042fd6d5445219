"""What the arguments of /comment may mean: ids and a text, or an old comment and a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.ground.typed import Typed, Word, words_of

ARROWS = {">", "→", "->", "=>"}


@dataclass(frozen=True)
class CommentOnIds:
    """/comment IDS TEXT; `text` is None when it was left out."""

    ids: Sequence[Word]
    text: str | None


@dataclass(frozen=True)
class RenameEverywhere:
    """/comment OLD > NEW"""

    old: str
    new: str


Meaning = CommentOnIds | RenameEverywhere


def meanings(typed: Typed) -> list[Meaning]:
    """Everything that a /comment may mean, the likeliest first; none when it means nothing."""
    words = typed.words
    leading = next((at for at, word in enumerate(words) if not word.id_digits), len(words))
    found: list[Meaning] = []
    if leading == len(words) > 1:  # numbers alone are ids; the last may also be the text
        found = [CommentOnIds(words, None), CommentOnIds(words[:-1], words[-1].text)]
    elif leading:
        found = [CommentOnIds(words[:leading], typed.text_of(words[leading:]) if leading < len(words) else None)]
    match [word for word in words if word.plain in ARROWS and not word.quoted]:
        case [arrow]:
            old, new = typed.body[: arrow.start].strip(), typed.body[arrow.end :].strip()
            if old and new:
                found.append(RenameEverywhere(unquoted(old), unquoted(new)))
    return found


def unquoted(text: str) -> str:
    """The text without the quotes around all of it."""
    match words_of(text):
        case [word] if word.quoted and word.end == len(text):
            return word.text
    return text
