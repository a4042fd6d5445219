"""What a text of the bot claims about money, read as a person reads it: by its first line."""

from __future__ import annotations

DONE = ("Bought", "Prolonged")
NOTHING = (
    "Not bought",
    "Not prolonged",
    "The price or an end date has changed. Nothing was sent or spent.",
    "Your px6 account is in",
    "This px6 account is in",
)
PARTLY = ("Partly prolonged",)
UNCLEAR = ("Unclear",)


def told(text: str) -> str | None:
    """ "done", "nothing spent", "partly", "unclear", or None for a text that claims nothing."""
    first = text.partition("\n")[0]
    kinds = (("done", DONE), ("nothing spent", NOTHING), ("partly", PARTLY), ("unclear", UNCLEAR))
    for kind, beginnings in kinds:
        if first.startswith(beginnings):
            return kind
    return None
