"""Trouble on demand: errors for the next calls."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

DROP = 0
"""Instead of a status: the connection is closed without an answer."""


class Answer(StrEnum):
    """What comes instead of the envelope of the Bot API; the HTTP status is the fault's code.

    `html`: a page as proxies send it. `empty`: no body. `bare`: `{"ok":true}` and nothing else. `cut`: the first half
    of the true answer. `redirect`: a `Location` at the same server. `undated`: a true answer whose objects lack their
    `date`. `silent`: nothing, until the caller gives up.
    """

    HTML = "html"
    EMPTY = "empty"
    BARE = "bare"
    CUT = "cut"
    REDIRECT = "redirect"
    UNDATED = "undated"
    SILENT = "silent"


@dataclass(slots=True)
class Fault:
    """The next `times` calls of `method` (None: any but getUpdates) fail with `code`.

    Fetching a file is the method `download`.

    With `after` the call is processed first, and only its answer is lost. `answer` says what comes instead of an
    envelope; None: the refusal that belongs to the code. `description`: the words of a refusal with 400 or 403, such
    as "MESSAGE_ID_INVALID". `name`: by which it is switched off.
    """

    method: str | None
    code: int
    times: int
    retry_after: int | None = None
    token: str | None = None
    after: bool = False
    answer: Answer | None = None
    description: str | None = None
    name: str | None = None

    def meets(self, method: str, token: str) -> bool:
        """Whether a call is one of those that fail."""
        if self.times <= 0 or self.token not in (None, token):
            return False
        return method != "getupdates" if self.method is None else self.method == method


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._faults.append(fault)

    def clear(self, name: str | None = None) -> None:
        """Switch the faults of this name off; without one, everything."""
        self._faults = [fault for fault in self._faults if name is not None and fault.name != name]

    def next(self, method: str, token: str) -> Fault | None:
        """The fault that this call meets; it counts as met."""
        for fault in self._faults:
            if fault.meets(method, token):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return None

    def as_json(self) -> list[dict[str, Any]]:
        """What is switched on, for people."""
        return [
            {
                "method": f.method,
                "code": f.code,
                "times": f.times,
                "retry_after": f.retry_after,
                "after": f.after,
                "answer": f.answer,
                "description": f.description,
                "name": f.name,
            }
            for f in self._faults
        ]
