"""Trouble on demand: errors for the next calls, and Telegram's limits on sending."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
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

    With `after` the call is processed first, and only its answer is lost. `answer` says what comes instead of an
    envelope; None: the refusal that belongs to the code.
    """

    method: str | None
    code: int
    times: int
    retry_after: int | None = None
    token: str | None = None
    after: bool = False
    answer: Answer | None = None

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

    def clear(self) -> None:
        """Switch everything off."""
        self._faults.clear()

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
            }
            for f in self._faults
        ]


@dataclass(slots=True)
class FloodLimits:
    """Telegram's limits on messages: a chat a second (with a burst), all chats a second, a group a minute.

    Source: the Bot API FAQ ("My bot is hitting limits").
    """

    now: Callable[[], float]
    on: bool = False
    burst: int = 3
    per_second: int = 30
    per_group_minute: int = 20
    _chats: dict[int, tuple[float, float]] = field(default_factory=dict)
    _all: deque[float] = field(default_factory=deque)
    _groups: dict[int, deque[float]] = field(default_factory=dict)

    def wait_for(self, chat_id: int) -> int:
        """Seconds until a message may be sent to the chat; 0 when now, and then it counts."""
        if not self.on:
            return 0
        now = self.now()
        wait = max(self._chat_wait(chat_id, now), self._overall_wait(now), self._group_wait(chat_id, now))
        if wait > 0:
            return int(wait) + 1
        self._count(chat_id, now)
        return 0

    def _tokens(self, chat_id: int, now: float) -> float:
        left, at = self._chats.get(chat_id, (float(self.burst), now))
        return min(float(self.burst), left + now - at)

    def _chat_wait(self, chat_id: int, now: float) -> float:
        return max(0.0, 1.0 - self._tokens(chat_id, now))

    def _overall_wait(self, now: float) -> float:
        while self._all and self._all[0] <= now - 1:
            self._all.popleft()
        return self._all[0] + 1 - now if len(self._all) >= self.per_second else 0.0

    def _group_wait(self, chat_id: int, now: float) -> float:
        if chat_id > 0:
            return 0.0
        sent = self._groups.setdefault(chat_id, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        return sent[0] + 60 - now if len(sent) >= self.per_group_minute else 0.0

    def _count(self, chat_id: int, now: float) -> None:
        self._chats[chat_id] = (self._tokens(chat_id, now) - 1, now)
        self._all.append(now)
        if chat_id < 0:
            self._groups.setdefault(chat_id, deque()).append(now)
