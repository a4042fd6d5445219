"""What a text of the bot claims about money, read as a person reads it: by its first line."""

from __future__ import annotations

DONE = ("Bought", "Prolonged")
NOTHING = ("Nothing was spent", "Nothing was bought", "Not bought", "Not prolonged")
UNCLEAR = ("Unclear",)


def told(text: str) -> str | None:
    """ "done", "nothing spent", "unclear", or None for a text that claims nothing."""
    first = text.partition("\n")[0]
    for kind, beginnings in (("done", DONE), ("nothing spent", NOTHING), ("unclear", UNCLEAR)):
        if first.lstrip("✅⚠️ ").startswith(beginnings):
            return kind
    return None
