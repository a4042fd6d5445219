"""What Telegram finds in plain text by itself: commands, mentions, hashtags, addresses."""

from __future__ import annotations

import re

from sandbox.telegram.entities.spans import Entity, units

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"(?<![\w.@+-])[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")),
    ("url", re.compile(r"(?<![\w@])(?:https?|tg|ton)://[^\s<>\"«»]*[^\s<>\"«».,;:!?)\]}'…]", re.IGNORECASE)),
    (
        "url",
        re.compile(
            r"(?<![\w@./:-])(?:[a-z0-9-]+\.)+(?:com|org|net|ru|me|io|dev|info|link|app|xyz|рф)\b"
            r"(?::\d{1,5})?(?:/[^\s<>\"«»]*[^\s<>\"«».,;:!?)\]}'…])?",
            re.IGNORECASE,
        ),
    ),
    # tdlib, MessageEntity.cpp: nothing that touches a word, a slash or an angle bracket is a command.
    ("bot_command", re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/@<>])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{2,32}\b")),
    ("hashtag", re.compile(r"(?<![\w#&])#(?=\w*[^\W\d])\w{1,256}")),
    ("cashtag", re.compile(r"(?<![\w$])\$[A-Z]{1,8}\b")),
)
_HINT = re.compile(r"[/@#$.]")


def detect(text: str) -> list[Entity]:
    """The entities of plain text; none of them overlap."""
    if not _HINT.search(text):
        return []
    offsets: list[int] | None = None
    taken: list[tuple[int, int]] = []
    found: list[Entity] = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            begin, end = match.span()
            if any(begin < other_end and end > other for other, other_end in taken):
                continue
            taken.append((begin, end))
            offsets = offsets or units(text)
            found.append({"type": kind, "offset": offsets[begin], "length": offsets[end] - offsets[begin]})
    return found
