"""A line put under the first one of a text that is about to be sent, whose formatting stays where it was."""

from __future__ import annotations

from typing import Any


def with_line(content: dict[str, Any], line: str | None, names: tuple[str, str], limit: int) -> dict[str, Any]:
    """What is sent, with a line under the first one; above it where that is in one piece with what follows.

    `names`: those of the text and of its entities. What has no room stays as it is. Offsets count UTF-16 units.
    """
    text, entities = content[names[0]], content.get(names[1]) or []
    if line is None or size(text) + size(line) + 1 > limit:
        return content
    first = text.partition("\n")[0]
    at = size(first)
    if any(each.offset <= at < each.offset + each.length for each in entities):
        whole, at, more = f"{line}\n{text}", 0, size(line) + 1
    else:
        whole, more = f"{first}\n{line}{text[len(first) :]}", size(line) + 1
    moved = [
        each.model_copy(update={"offset": each.offset + more}) if each.offset >= at else each for each in entities
    ]
    return {**content, names[0]: whole, names[1]: moved}


def size(text: str) -> int:
    """The length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
