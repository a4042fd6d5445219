"""Fields of answers that python-telegram-bot does not know: JSON `[[class, answer], …]` in, their paths out."""
# mypy: ignore-errors

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import telegram


def unknown(thing: object, path: str) -> Iterator[str]:
    if isinstance(thing, telegram.TelegramObject):
        yield from (f"{path}.{name}" for name in thing.api_kwargs)
        for name in thing.__slots__:
            yield from unknown(getattr(thing, name, None), f"{path}.{name}")
    elif isinstance(thing, tuple | list):
        for number, item in enumerate(thing):
            yield from unknown(item, f"{path}[{number}]")


found: list[str] = []
for kind, answer in json.load(sys.stdin):
    parsed = getattr(telegram, kind).de_json(answer, bot=None)
    found.extend(unknown(parsed, kind))
json.dump(found, sys.stdout)
