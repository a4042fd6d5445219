"""Rules of automatic prolonging, and the runs that they announce."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

Scope = Literal["all", "comment", "country", "ids"]
ProxyEnd = tuple[int, datetime]  # px6's number of a proxy, and one end of it: what a rule pays for once


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Prolong `scope` by `period` days, `hours` before the end.

    `value` is the comment, the country, or the ids (empty for "all"). Caps and floor belong to one px6 account and
    its currency; a cap of None is none, and the balance never falls below `floor`. `quiet`: success makes no sound.
    `stopped`: why it stopped by itself.
    """

    id: int
    telegram_id: int
    scope: Scope
    value: Any
    hours: int
    period: int
    px6_user_id: str
    currency: str
    cap_run: Decimal | None
    cap_month: Decimal | None
    floor: Decimal
    quiet: bool
    on: bool
    stopped: str | None
    created_at: datetime

    @property
    def has_limits(self) -> bool:
        """Whether the rule has a cap or a floor."""
        return self.cap_run is not None or self.cap_month is not None or self.floor > 0

    @property
    def is_untouched(self) -> bool:
        """Whether it never counted, and nothing of it was set since it was made."""
        return not (self.on or self.stopped or self.quiet or self.has_limits)

    @property
    def terms(self) -> int:
        """A checksum of what the rule does and may spend: a button of older terms no longer fits."""
        terms = (self.hours, self.period, self.px6_user_id, self.currency, self.cap_run, self.cap_month, self.floor)
        return zlib.crc32(repr(terms).encode())


class Portion(msgspec.Struct, frozen=True, kw_only=True):
    """The proxies of one run, with the end and the announced price of each."""

    run_at: datetime
    ends: Mapping[int, datetime]
    prices: Mapping[int, Decimal]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One announced payment. `ends` and `prices` are what was announced of each proxy, `price` is their sum.

    The runs of one announcement, and what was left of one of them, share a `cycle`. `part_of`: the announced run of
    which this was left for want of money. The states are listed in `storage/schema/rules.py`.
    """

    id: int
    telegram_id: int
    rule_id: int
    state: str
    run_at: datetime
    price: Decimal
    currency: str
    message_id: int | None
    confirmation_id: int | None
    cycle: int
    told_at: datetime | None
    part_of: int | None
    ends: dict[int, datetime]
    prices: dict[int, Decimal]

    @property
    def whole(self) -> int:
        """The run that was announced, of which this is all or a part."""
        return self.id if self.part_of is None else self.part_of


Limit = Literal["cap_run", "cap_month", "money"]
