"""The updates that wait for a bot: numbering, confirming, expiry, and attempts to deliver them."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

CALLBACK_LIFETIME = 150.0
LIFETIME = 86_400.0
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = frozenset(
    [
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
    ]
)


@dataclass(frozen=True, slots=True)
class Update:
    """One update; `expires` is a POSIX time after which it is not delivered any more."""

    update_id: int
    kind: str
    body: dict[str, Any]
    expires: float

    def as_json(self) -> dict[str, Any]:
        """The Update object of the Bot API."""
        return {"update_id": self.update_id, self.kind: self.body}

    @property
    def queue(self) -> tuple[str, int]:
        """Which updates a webhook gets one after another: a chat's of one kind, and the taps of a person."""
        by = "from" if self.kind == "callback_query" or "chat" not in self.body else "chat"
        owner = self.body.get(by)
        return self.kind, owner["id"] if isinstance(owner, dict) and "id" in owner else -self.update_id


@dataclass(slots=True)
class Attempt:
    """How often a delivery to a webhook has failed, the last pause, and when it is due again, as POSIX time."""

    failures: int = 0
    pause: float = 1.0
    due: float = 0.0


class UpdateQueue:
    """The updates of one bot, oldest first.

    `now` answers a POSIX time. Update ids begin at random and grow by one.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._waiting: deque[Update] = deque()
        self._next_id = secrets.randbelow(900_000_000) + 100_000_000
        self._allowed: frozenset[str] | None = None
        self._listeners: list[Callable[[], None]] = []
        self.attempts: dict[int, Attempt] = {}

    @property
    def allowed(self) -> list[str] | None:
        """The kinds the bot asked for; None when it never said or wants the default."""
        return None if self._allowed is None else sorted(self._allowed)

    def allow(self, kinds: Iterable[str]) -> None:
        """Remember which kinds are wanted from now on; none means the default ones."""
        self._allowed = frozenset(kind for kind in kinds if kind in KINDS) or None

    def wants(self, kind: str) -> bool:
        """Whether an update of this kind is made at all."""
        return kind not in NOT_BY_DEFAULT if self._allowed is None else kind in self._allowed

    def add(self, kind: str, body: dict[str, Any]) -> Update | None:
        """Queue an update; None when the bot does not want its kind."""
        return self.put(kind, body) if self.wants(kind) else None

    def put(self, kind: str, body: dict[str, Any]) -> Update:
        """Queue an update of any kind, wanted or not."""
        lifetime = CALLBACK_LIFETIME if kind == "callback_query" else LIFETIME
        update = Update(self._next_id, kind, body, self._now() + lifetime)
        self._next_id += 1
        self._waiting.append(update)
        self._tell()
        return update

    def take(self, offset: int, limit: int) -> list[Update]:
        """What getUpdates answers: confirms everything below `offset` (negative: all but the last ones)."""
        self._forget_expired()
        if offset < 0:
            self.confirm_all_but(-offset)
        elif offset > 0:
            self.confirm_below(offset)
        return [update for _, update in zip(range(limit), self._waiting, strict=False)]

    def confirm_below(self, update_id: int) -> None:
        """Forget the updates with a lower id."""
        while self._waiting and self._waiting[0].update_id < update_id:
            self._waiting.popleft()

    def confirm(self, update: Update) -> None:
        """Forget one update: its delivery to a webhook succeeded, or never will."""
        self.attempts.pop(update.update_id, None)
        if self._waiting and self._waiting[0] is update:
            self._waiting.popleft()
        elif update in self._waiting:
            self._waiting.remove(update)

    def confirm_all_but(self, kept: int) -> None:
        """Forget all but the last `kept` updates."""
        while len(self._waiting) > kept:
            self._waiting.popleft()

    def waiting(self, limit: int) -> Sequence[Update]:
        """The oldest updates that are still to be delivered."""
        self._forget_expired()
        return list(islice(self._waiting, limit))

    def attempt(self, update: Update) -> Attempt:
        """What became so far of delivering it to a webhook."""
        return self.attempts.setdefault(update.update_id, Attempt())

    def repeat_now(self) -> None:
        """Every delivery to a webhook that failed is due at once, as if all pauses had passed."""
        for attempt in self.attempts.values():
            attempt.due = 0.0
        self._tell()

    def __len__(self) -> int:
        self._forget_expired()
        return len(self._waiting)

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever an update is queued; the answer stops it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _forget_expired(self) -> None:
        if not self._waiting:
            return
        now = self._now()
        if any(update.expires <= now for update in self._waiting):
            for update in self._waiting:
                if update.expires <= now:
                    self.attempts.pop(update.update_id, None)
            self._waiting = deque(update for update in self._waiting if update.expires > now)
