"""An answer as the list of calls keeps it: short, without logins, passwords, keys and e-mail addresses."""

from __future__ import annotations

import msgspec

from .shapes import Json

SECRET = frozenset({"user", "pass", "key", "email", "secret"})
MOST = 3  # of a list; a thousand proxies read the same
LONGEST = 2_000


def summary(reply: Json) -> str:
    """The JSON of an answer, indented. What is left out is said to be."""
    text = msgspec.json.format(msgspec.json.encode(_cut(reply)), indent=1).decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _cut(value: object) -> object:
    if isinstance(value, dict):
        return {name: "…" if name in SECRET else _short(inner) for name, inner in value.items()}
    return value


def _short(value: object) -> object:
    """A list, or an object by ids, is as long as there are proxies."""
    left = len(value) - MOST if isinstance(value, list | dict) else 0
    if isinstance(value, list):
        return [*map(_cut, value[:MOST]), *([f"and {left} more"] if left > 0 else [])]
    if isinstance(value, dict) and all(str(name).isdecimal() for name in value):
        shown = {name: _cut(inner) for name, inner in list(value.items())[:MOST]}
        return {**shown, "…": f"and {left} more"} if left > 0 else shown
    return _cut(value)
