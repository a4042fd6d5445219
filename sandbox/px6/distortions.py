"""Answers that px6 should never give, made of those that it gives: what servers were seen to do, and worse."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Mapping

from .model import FaultKind
from .shapes import Json

NOTICE = b"<br />\n<b>Notice</b>:  Undefined index: list in <b>/var/www/px6/api.php</b> on line <b>418</b><br />\n"
HUGE = 200_000
"""Characters of a text that has no end."""

LONG = 20_000
"""Characters of each text of a proxy: a page of them is still one that is read."""

ODD = "\u202e\u2028line\nbreak\tand\x00turn\u2066"
"""Marks of direction, line ends and controls."""

_ITEM: Json = {
    "ip": "198.18.0.1",
    "host": "198.18.0.1",
    "port": "8000",
    "user": "login1",
    "pass": "secret",
    "type": "http",
    "country": "ru",
    "unixtime": 1700000000,
    "unixtime_end": 2000000000,
    "descr": "",
    "active": "1",
    "version": "6",
}
_TEXTS = ("user", "pass", "type", "country", "descr", "host", "ip", "version")


def distorted(kind: FaultKind, reply: Json, params: Mapping[str, str]) -> bytes:
    """The body that goes out instead of this answer to a call with these parameters."""
    around = {
        FaultKind.BOM: (codecs.BOM_UTF8, b""),
        FaultKind.NOTICE: (NOTICE, b""),
        FaultKind.NOTICE_BEHIND: (b"", NOTICE),
    }
    before, behind = around.get(kind, (b"", b""))
    distort = _DISTORTIONS.get(kind)
    return before + json.dumps(distort(reply, params) if distort else reply, ensure_ascii=False).encode() + behind


def _of_another_account(reply: Json, _: Mapping[str, str]) -> Json:
    return reply | {"user_id": "777777", "balance": "12.34", "currency": "USD"}


def _without_end(reply: Json, params: Mapping[str, str]) -> Json:
    """A page of getproxy that is always full, and always new."""
    if "list_count" not in reply:
        return reply
    limit, page = int(params.get("limit", "1000")), int(params.get("page", "1"))
    first = 1 + page * limit
    return reply | {"list": [_ITEM | {"id": str(first + number)} for number in range(limit)]}


def _huge(reply: Json, _: Mapping[str, str]) -> Json:
    return reply | {"currency": "R" * HUGE}


def _huge_texts(reply: Json, _: Mapping[str, str]) -> Json:
    return _each(reply, lambda item: item | {name: "x" * LONG for name in _TEXTS if name in item})


def _odd_comments(reply: Json, _: Mapping[str, str]) -> Json:
    return _each(reply, lambda item: item | ({"descr": ODD, "country": ODD} if "descr" in item else {}))


def _odd_texts(reply: Json, _: Mapping[str, str]) -> Json:
    return _each(reply, lambda item: item | {name: ODD for name in _TEXTS if name in item})


def _debt(reply: Json, _: Mapping[str, str]) -> Json:
    return reply | {"balance": "-5.00"}


def _absurd(reply: Json, _: Mapping[str, str]) -> Json:
    absurd: Json = {"balance": "1e40", "count": 10**12, "price": "Infinity", "list_count": 10**12}
    return reply | {name: value for name, value in absurd.items() if name in reply}


def _items(reply: Json) -> list[Json]:
    listed = reply.get("list")
    items = listed.values() if isinstance(listed, dict) else listed if isinstance(listed, list) else ()
    return [item for item in items if isinstance(item, dict)]


def _each(reply: Json, distort: Callable[[Json], Json]) -> Json:
    items = _items(reply)
    return reply | {"list": [distort(item) for item in items]} if items else reply


_DISTORTIONS: dict[FaultKind, Callable[[Json, Mapping[str, str]], Json]] = {
    FaultKind.OTHER_ACCOUNT: _of_another_account,
    FaultKind.ENDLESS: _without_end,
    FaultKind.HUGE: _huge,
    FaultKind.HUGE_TEXTS: _huge_texts,
    FaultKind.ODD_COMMENTS: _odd_comments,
    FaultKind.ODD_TEXTS: _odd_texts,
    FaultKind.DEBT: _debt,
    FaultKind.ABSURD: _absurd,
}
