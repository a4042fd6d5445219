"""The sentences that the code marks, and the files with their translations."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
KEYWORDS = {"tr": None, "rich": None, "title": None, "n": (1, 2), "rich_n": (1, 2)}
SLOT = re.compile(r"\{\w+\}")


def files(language: str) -> list[Path]:
    return sorted(ROOT.joinpath("locales", language).glob("*.po"))


@cache
def sentences() -> tuple[tuple[str, str | tuple[str, ...]], ...]:
    """(file, sentence or (one, many)) for everything marked for translation."""
    return tuple(
        (f"{folder}/{file}", message)
        for folder in ("handlers", "bot")
        for file, _, message, _, _ in extract_from_dir(ROOT / folder, keywords=KEYWORDS)
        if message
    )


@cache
def translated(language: str) -> dict[str, Message]:
    """All messages of a language's files by their English singular."""
    found: dict[str, Message] = {}
    for path in files(language):
        with path.open("rb") as file:
            catalogue: Catalog = read_po(file, locale=language, abort_invalid=True)
        found |= {(m.id if isinstance(m.id, str) else m.id[0]): m for m in catalogue if m.id}
    return found
