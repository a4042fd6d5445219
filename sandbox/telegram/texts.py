"""Plain texts, the texts and buttons inside rich texts, and the type of a JSON object."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def is_invisible(text: str) -> bool:
    """Whether a text has nothing but white space, zero-width characters and direction marks."""
    return all(unicodedata.category(each) in ("Cc", "Cf", "Zl", "Zp", "Zs") for each in text)


def text_of(text: object) -> str:
    """The plain text of a RichText."""
    if isinstance(text, str):
        return text
    if isinstance(text, list):
        return "".join(map(text_of, text))
    if isinstance(text, dict):
        if text.get("type") == "button":
            return text_of(text["button"].get("text", ""))
        return text_of(text.get("text") or text.get("alternative_text") or text.get("expression") or "")
    return ""


def rich_buttons(thing: object) -> Iterator[Json]:
    """Every button inside a rich message, top to bottom, with its label as plain text."""
    if isinstance(thing, list):
        for item in thing:
            yield from rich_buttons(item)
    elif isinstance(thing, dict):
        if thing.get("type") == "button":
            yield {**thing["button"], "text": text_of(thing["button"]["text"])}
            return
        for name, inner in thing.items():
            if name == "buttons":
                yield from ({**button, "text": text_of(button["text"])} for button in inner)
            else:
                yield from rich_buttons(inner)
