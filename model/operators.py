"""What operators do in the chat."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, NamedTuple

import msgspec


class Maintenance(msgspec.Struct, frozen=True, kw_only=True):
    """No new payment begins, since then. `text`: what people read; None: the bot's own words."""

    since: datetime
    text: str | None = None


class BroadcastState(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """A message of an operator's to all people, and how far it is. `entities`: as Telegram gives them.

    `message_id`: the operator's message that shows how far it is. `people`: how many there were when it began.
    `reached`: the last person whose turn it was. `turns` of them are over or were begun; of those `sent` arrived,
    `gone` had blocked the bot, `failed` were refused; what became of any others is not known.
    """

    id: int
    telegram_id: int
    text: str
    entities: list[dict[str, Any]]
    state: BroadcastState
    message_id: int | None
    people: int
    reached: int
    turns: int
    sent: int
    gone: int
    failed: int
    created_at: datetime

    @property
    def not_known(self) -> int:
        """Of how many nobody can say whether they got it. One of them may be under way now."""
        return self.turns - self.sent - self.gone - self.failed


class Paid(NamedTuple):
    """So many payments in one currency, and their sum."""

    currency: str
    payments: int
    sum: Decimal


class Health(NamedTuple):
    """Whether somebody answers. `answered_at`: last, None: not yet. `failing_since`: None: not failing."""

    answered_at: datetime | None = None
    failing_since: datetime | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How the bot does. `today` begins at midnight of the operator's zone; `month` is 30 days with it.

    `by_day`: payments on each of these days, the last is today. `due` accounts were to be looked at by now, `late`
    ones are so for longer than it should take; `unsaid` messages are not certainly sent.
    """

    people: int
    new: int
    blocked: int
    accounts: int
    refused_keys: int
    today: list[Paid]
    month: list[Paid]
    by_day: list[int]
    unknown: int
    refused: int
    due: int
    late: int
    unsaid: int
    px6: Health
    telegram: Health


TroubleKind = Literal["px6", "telegram", "updates", "disk", "backup", "unknown", "error"]


class News(msgspec.Struct, frozen=True, kw_only=True):
    """Something that operators are told: a trouble that began at `since`, or (with `over`) that it is over.

    `count`: how many payments are of unknown outcome. `detail`: why a backup failed, or an error's type and place.
    """

    kind: TroubleKind
    since: datetime
    over: datetime | None = None
    count: int = 1
    detail: str = ""
