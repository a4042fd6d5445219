"""The arguments of one Bot API call, wherever they came from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from sandbox.telegram.errors import bad_request

_INTEGER = re.compile(r"\s*([+-]?\d+)")
_TRUE = frozenset({"true", "yes", "1"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request."""

    name: str
    content: bytes
    mime_type: str


class Arguments:
    """Arguments by name. Scalars are texts, nested values either JSON text or already decoded objects."""

    __slots__ = ("files", "values")

    def __init__(self, values: dict[str, Any], files: dict[str, Upload] | None = None) -> None:
        self.values = values
        self.files = files or {}

    def __contains__(self, name: str) -> bool:
        return self.text(name) != ""

    def text(self, name: str) -> str:
        """The argument as text; empty when absent."""
        value = self.values.get(name)
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        return msgspec.json.encode(value).decode()

    def integer(self, name: str, default: int = 0) -> int:
        """The leading integer of the argument; `default` when there is none."""
        value = self.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        found = _INTEGER.match(self.text(name))
        return int(found[1]) if found else default

    def between(self, name: str, default: int, low: int, high: int) -> int:
        """An integer clamped into low…high."""
        return max(low, min(high, self.integer(name, default)))

    def flag(self, name: str) -> bool:
        """Whether the argument says yes."""
        value = self.values.get(name)
        if isinstance(value, bool):
            return value
        return self.text(name).strip().lower() in _TRUE

    def nested(self, name: str, what: str) -> object:
        """A nested value; None when absent. `what` names the object in the refusal of broken JSON."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            decoded: object = msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise bad_request(f"can't parse {what} JSON object") from None
        return decoded


def as_bool(holder: dict[str, Any], name: str) -> bool:
    """A Boolean field of a nested object; False when absent."""
    value = holder.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise bad_request(f'Field "{name}" must be of type Boolean')
    return value


def as_integer(value: object, name: str) -> int:
    """A whole number of a nested object, also when it is written as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    raise bad_request(f'Field "{name}" must be of type Number')


def brief(values: dict[str, Any], longest: int = 120) -> dict[str, Any]:
    """The arguments cut short, for logs."""
    short: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str) and len(value) > longest:
            short[name] = value[:longest] + "…"
        else:
            short[name] = value
    return short
