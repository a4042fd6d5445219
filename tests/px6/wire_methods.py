"""The methods of px6 that change something, and answers of px6 decoded without a network."""

from __future__ import annotations

import json
from typing import Any

from px6 import wire
from tests.px6.server import YES

CHANGES: tuple[wire.Method[Any], ...] = (
    wire.SET_TYPE,
    wire.SET_COMMENT,
    wire.PROLONG,
    wire.DELETE,
    wire.BIND,
    wire.purchase("ru", "", "6"),
)


def decoded(method: wire.Method[Any], status: int = 200, **fields: Any) -> Any:
    """What the client makes of an answer that says yes, with these fields besides."""
    return wire.decode(method, status, json.dumps(YES | fields).encode())
