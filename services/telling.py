"""What the bot says of its own accord. Services say what; `handlers/digest.py` says it in words and sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from px6 import Proxy
from services.orders import Quote
from storage.people import Person
from storage.rules import Rule, Run


class NotSent(Exception):
    """Certainly nothing was sent; it may be said again."""


class Gone(NotSent):
    """The person blocked the bot, or their account is deleted."""


class Unsure(Exception):
    """Telegram did not answer: it may have been sent, so it is not repeated."""


@dataclass(frozen=True)
class Digest:
    """What ends soon and what ended, each soonest first.

    `quote` offers the periods for all of `soon` that px6 names a price for (None: the price could not be read).
    `smaller` is the cheapest period that the balance covers, when it covers none of those. `renewed_by_px6`: px6 will
    prolong these by itself.
    """

    id: int
    soon: tuple[Proxy, ...]
    ended: tuple[Proxy, ...]
    quote: Quote | None
    quietly: bool
    now: datetime
    renewed_by_px6: frozenset[int] = frozenset()
    test: bool = False


@dataclass(frozen=True)
class LowBalance:
    """The balance does not cover what ends within `days`."""

    days: int
    count: int
    needed: Decimal
    balance: Decimal
    currency: str
    at_most: bool


@dataclass(frozen=True)
class Change:
    """Something happened at px6 that the bot did not do.

    `fell`: what the balance lost beyond the bot's own payments. `moved`: proxies that became longer, with the days.
    `bought`: proxies that are new. `by`: "site", "px6" (its own automatic renewal), or "unknown" where the amounts do
    not tell. `matches`: the sum is just what prolonging these costs.
    """

    fell: Decimal
    currency: str
    moved: Mapping[int, int]
    bought: int
    by: Literal["site", "px6", "unknown"]
    matches: bool


@dataclass(frozen=True)
class KeyRefused:
    """px6 no longer takes the key (100) or the address (105). `rules_stopped`: automatic prolonging stopped, too."""

    code: int
    rules_stopped: bool


@dataclass(frozen=True)
class Announcement:
    """A rule will prolong these at `run.run_at`, unless the person says Skip."""

    rule: Rule
    run: Run
    proxies: tuple[Proxy, ...]
    balance: Decimal
    at_most: bool
    now: datetime


@dataclass(frozen=True)
class Running:
    """A rule prolongs now; the message becomes the receipt."""

    rule: Rule
    count: int
    price: Decimal
    currency: str


@dataclass(frozen=True)
class RuleFailed:
    """A rule could not prolong, or only some. `stopped`: it does nothing more until it is switched on again.

    `why`: "price", "cap_run", "cap_month", "money", "refused", "unknown". `left` proxies were not prolonged.
    """

    rule: Rule
    why: str
    stopped: bool
    left: int
    needed: Decimal | None = None
    limit: Decimal | None = None
    currency: str = ""
    last: bool = False


Notice = LowBalance | Change | KeyRefused | Announcement | Running | RuleFailed


class Teller(Protocol):
    """Sends. Both methods give the message's id and raise NotSent, Gone or Unsure."""

    async def digest(self, person: Person, digest: Digest) -> int: ...

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int: ...
