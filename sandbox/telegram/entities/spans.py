"""UTF-16 arithmetic and the order of entities."""

from __future__ import annotations

from typing import Any

Entity = dict[str, Any]

# Telegram's order of entities that begin and end together, outermost first.
_RANK = {
    kind: rank
    for rank, kind in enumerate(
        [
            "blockquote",
            "expandable_blockquote",
            "pre",
            "code",
            "text_link",
            "text_mention",
            "date_time",
            "mention",
            "hashtag",
            "cashtag",
            "bot_command",
            "url",
            "email",
            "phone_number",
            "bold",
            "italic",
            "underline",
            "strikethrough",
            "spoiler",
            "custom_emoji",
        ]
    )
}


def length_of(text: str) -> int:
    """The length in UTF-16 code units."""
    if text.isascii():
        return len(text)
    return len(text) + sum(1 for char in text if ord(char) > 0xFFFF)


def units(text: str) -> list[int]:
    """For each character, the UTF-16 offset where it begins; one more for the end."""
    offsets, at = [0], 0
    for char in text:
        at += 2 if ord(char) > 0xFFFF else 1
        offsets.append(at)
    return offsets


def ordered(entities: list[Entity]) -> list[Entity]:
    """Entities as Telegram lists them: by begin, the longer first."""
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], _RANK.get(e["type"], 99)))
