"""The parameters of a call, refused when missing or malformed with the code of the document's table."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from .errors import Refusal
from .market import COUNTRIES
from .model import PROTOCOLS, Rules

MAX_COMMENT = 50
MAX_PAGE = 1000
STATES = ("active", "expired", "expiring", "all")

_WHOLE = re.compile(r"[0-9]{1,10}", re.ASCII)
_IDS = re.compile(r"[0-9]{1,12}(,[0-9]{1,12})*", re.ASCII)


def parse_query(query: str) -> dict[str, str]:
    """The query as PHP reads it: a name without a value is present and empty, the last of equals wins."""
    try:
        return dict(parse_qsl(query, keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise Refusal(30) from None


class Params:
    """Reads one call's parameters; each reader names the error code of its parameter."""

    def __init__(self, raw: Mapping[str, str], rules: Rules, versions: Collection[str]) -> None:
        """`versions`: those that are sold."""
        self._raw = raw
        self._rules = rules
        self._versions = versions

    def has(self, name: str) -> bool:
        """Flags work by presence: `nokey`, `nokey=`, `nokey=0` are all set."""
        return name in self._raw

    def filled(self, name: str) -> str | None:
        return self._raw.get(name) or None

    def count(self) -> int:
        count = self._whole("count", 200)
        if not 1 <= count <= self._rules.max_count:
            raise Refusal(200)
        return count

    def period(self) -> int:
        period = self._whole("period", 210)
        if not self._rules.min_period <= period <= self._rules.max_period:
            raise Refusal(210)
        return period

    def country(self) -> str:
        country = self._raw.get("country", "")
        if country not in COUNTRIES:
            raise Refusal(220)
        return country

    def version(self) -> str:
        version = self._raw.get("version", "6")
        if version not in self._versions:
            raise Refusal(240)
        return version

    def protocol(self, default: str | None = None) -> str:
        protocol = self._raw.get("type", default)
        if protocol not in PROTOCOLS:
            raise Refusal(260)
        return protocol

    def ids(self) -> tuple[int, ...]:
        """Comma-separated ids, repeated ones once."""
        raw = self._raw.get("ids", "")
        if not _IDS.fullmatch(raw):
            raise Refusal(230)
        return tuple(dict.fromkeys(int(one) for one in raw.split(",")))

    def comment(self, name: str = "descr") -> str:
        comment = self._raw.get(name, "")
        if len(comment) > MAX_COMMENT:
            raise Refusal(250)
        return comment

    def new_comment(self) -> str:
        if "new" not in self._raw or (not self._raw["new"] and not self._rules.accept_empty_comment):
            raise Refusal(250)
        return self.comment("new")

    def state(self) -> str:
        state = self._raw.get("state", "all")
        if state not in STATES:
            raise Refusal(30)
        return state

    def page(self) -> tuple[int, int]:
        """(page from 1, limit up to 1000). The document has no code for these: 30."""
        page, limit = self._whole("page", 30, "1"), self._whole("limit", 30, str(MAX_PAGE))
        if page < 1 or not 1 <= limit <= MAX_PAGE:
            raise Refusal(30)
        return page, limit

    def _whole(self, name: str, error_id: int, default: str = "") -> int:
        raw = self._raw.get(name, default)
        if not _WHOLE.fullmatch(raw):
            raise Refusal(error_id)
        return int(raw)
