"""What the bot says of its own accord: the kinds of notifications. Handlers put them into words and send them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol

from model.colleagues import Colleague, Right
from model.notifications import ColleagueNews, LimitsDropped
from model.people import Person
from model.rules import Limit, Rule
from px6 import Proxy
from services.notifications.watching_kinds import (
    HealthBack,
    HealthFell,
    KeptEnded,
    KeptPaying,
    MoneyThere,
    PriceChanged,
    ReplaceEnded,
    ReplaceFailed,
    Replacing,
    StockBack,
    StockWatchOver,
)
from services.orders import Quote


class NotSent(Exception):
    """Certainly nothing was sent; it may be said again. `wait`: not before so many seconds, as Telegram wants it."""

    def __init__(self, wait: float = 0.0) -> None:
        super().__init__(f"wait {wait:.0f} s" if wait else "")
        self.wait = wait


class Gone(NotSent):
    """The person blocked the bot, or their account is deleted."""


class Refused(NotSent):
    """Telegram takes messages, but not this one."""


class Unsure(Exception):
    """Telegram gave no answer that can be read: it may have been sent."""


@dataclass(frozen=True)
class Digest:
    """What ends soon and what ended, each soonest first.

    `quote` offers the periods for all of `soon` that px6 names a price for (None: there is none, or it could not be
    read). `renewed_by_px6`: px6 will prolong these by itself. `right`: of the colleague who gets it; None: the owner
    does. Who may not prolong is offered nothing to pay, nor what is over `left`, the rest of a limit a month.
    """

    id: int
    soon: tuple[Proxy, ...]
    ended: tuple[Proxy, ...]
    quote: Quote | None
    quietly: bool
    now: datetime
    renewed_by_px6: frozenset[int] = frozenset()
    test: bool = False
    right: Right | None = None
    left: Decimal | None = None

    def may(self, right: Right) -> bool:
        """Whether who gets it may do that."""
        return self.right is None or self.right.includes(right)


PaymentEnd = Literal["paying", "unknown", "paid", "nothing", "unclear"]
PersonEnd = Literal["let_go", "undone"]


@dataclass(frozen=True, kw_only=True)
class DigestEnd:
    """What somebody else made of the `of` proxies of a digest.

    `by`: a colleague is called `name` ("": that is kept no longer). `what`: a payment is "paying" or its outcome is
    "unknown" yet; "paid", "nothing" (nothing was spent), or "unclear" for good. Or they are "let_go", or that was
    "undone". `count` were prolonged by `period` days, the first of them `until`; `apart`: others end on later days.
    `quote_id`: of what was paid. `may_prolong`: who reads it may.
    """

    by: Literal["owner", "colleague", "rule"]
    what: PaymentEnd | PersonEnd
    of: int
    now: datetime
    name: str = ""
    count: int = 0
    period: int = 0
    until: datetime | None = None
    apart: bool = False
    quote_id: str = ""
    digest_id: int = 0
    may_prolong: bool = True


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
    `bought`: proxies that are new. `by`: "site", "px6" (its auto-renewal), or "unknown" where the amounts do
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
    """px6 no longer takes the key (100) or the address (105). `rules_stopped`: automatic prolonging stopped, too.

    `address`: the bot's IP address, where px6 named it with 105. `kept`: payments that waited for money, and do not
    any more.
    """

    code: int
    rules_stopped: bool
    address: str = ""
    kept: int = 0


@dataclass(frozen=True)
class Px6Answers:
    """px6 answers again, since `at` at the latest; it had not since `since`. The person asked to be told."""

    since: datetime
    at: datetime


@dataclass(frozen=True)
class Announcement:
    """A rule will prolong these, from `first` to `last`, unless the person says Skip to the `cycle`.

    `price` is the price of all of them; `allowed` of them, for `allowed_price`, is what its caps let it prolong, and
    `stop` is the cap that keeps it from more (None: none does). `missing`: money, for what is allowed.
    """

    rule: Rule
    cycle: int
    proxies: tuple[Proxy, ...]
    first: datetime
    last: datetime
    price: Decimal
    allowed: int
    allowed_price: Decimal
    stop: Limit | None
    missing: Decimal
    currency: str
    at_most: bool
    now: datetime


@dataclass(frozen=True)
class Running:
    """A rule prolongs now; the message becomes the receipt."""

    rule: Rule
    count: int
    price: Decimal
    currency: str
    at_most: bool


@dataclass(frozen=True)
class CalledOff:
    """What a rule was about to prolong it did not; the message that said so becomes this.

    `why`: "busy" (another payment for some of them), "moved" (an end is another one now), "changed" (the rule is),
    "skipped" (just then), "let_go" (some of them are not to be prolonged), "stale" (the quote was too old),
    "currency" (the account is kept in another one now), "maintenance" (operators paused payments; it is tried again).
    """

    rule: Rule
    why: str
    count: int


@dataclass(frozen=True)
class RuleFailed:
    """A rule could not prolong, or only some. `stopped`: it does nothing more until it is switched on again.

    `why`: "price", "period", "cap_run", "cap_month", "money", "unread", "maintenance", "refused". `left` proxies were
    not prolonged, which would need `needed`; `limit` is what may be spent on them (with "price": what was announced).
    `allowed`: how many of those `capped_by` lets it prolong, however much money there is; "" for all.
    """

    rule: Rule
    why: str
    stopped: bool
    left: int
    needed: Decimal | None = None
    limit: Decimal | None = None
    currency: str = ""
    last: bool = False
    allowed: int = 0
    capped_by: str = ""


@dataclass(frozen=True)
class RulesStopped:
    """So many rules stopped because they were for another px6 account, or for another currency.

    `account`: px6's number of the present account. `currency`: the limits' and the account's, where they differ.
    """

    count: int
    account: str
    currency: tuple[str, str] | None


@dataclass(frozen=True)
class Board:
    """How an account stands: what it has, how many proxies run, and `next`, those that end first.

    `failing`: those that run and did not work when they were checked last, soonest end first.
    """

    balance: Decimal
    currency: str
    count: int
    next: tuple[Proxy, ...]
    failing: tuple[Proxy, ...] = ()


@dataclass(frozen=True)
class RightChanged:
    """A colleague may do something else on an account from now on: to the colleague."""

    access: Colleague
    account: str


@dataclass(frozen=True)
class AccessEnded:
    """A colleague has no access any more: to the colleague. `owner`: what the account's owner is called."""

    owner: str
    account: str


Notice = (
    LowBalance
    | Change
    | KeyRefused
    | Px6Answers
    | Announcement
    | Running
    | CalledOff
    | RuleFailed
    | RulesStopped
    | MoneyThere
    | KeptPaying
    | KeptEnded
    | StockBack
    | StockWatchOver
    | HealthFell
    | HealthBack
    | Replacing
    | ReplaceEnded
    | ReplaceFailed
    | PriceChanged
    | ColleagueNews
    | LimitsDropped
    | RightChanged
    | AccessEnded
)


class Sender(Protocol):
    """Sends, giving the message's id. What sends raises NotSent, Gone or Unsure."""

    async def room(self) -> bool:
        """Wait until Telegram has room for a message that nobody waits for; True when that took a while."""

    async def digest(self, person: Person, digest: Digest) -> int: ...

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int: ...

    async def rewrite(self, person: Person, message_id: int, notice: Notice) -> None:
        """Turn a message that was sent into this notice, without a sound."""


class DigestSender(Sender, Protocol):
    """Also says in a digest what became of it. Raises NotSent, Gone or Unsure."""

    async def end_digest(self, person: Person, message_id: int, end: DigestEnd) -> None:
        """Turn a digest that was sent into this, without a sound; one that is gone stays so."""


class BoardSender(Protocol):
    """Shows a board. Raises NotSent, Refused, Gone or Unsure."""

    def mark(self, person: Person, board: Board) -> str:
        """What is another one whenever the person would see something else."""

    async def send(self, person: Person, board: Board) -> int:
        """A new message, without a sound; gives its id."""

    async def edit(self, person: Person, message_id: int, board: Board) -> bool:
        """Whether the message shows it; False: Telegram has no such message any more."""

    async def pin(self, person: Person, message_id: int) -> None:
        """Put the message at the top of the chat, without a sound."""

    async def take_away(self, person: Person, message_id: int) -> None:
        """Unpin and delete the message; one that is too old to be deleted says that it is off. What Telegram refuses
        for good stays: Refused is not raised."""
