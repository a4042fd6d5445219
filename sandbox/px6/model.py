"""What the px6 stand-in keeps: accounts, proxies, spends, calls, faults and its rules.

Money is Decimal with two digits, times are aware UTC datetimes, periods are whole days.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from msgspec import Struct, field

Profile = Literal["classic", "current", "newest"]
"""`classic`: the document's shapes exactly; `current`: the newer fields and types seen on the wire; `newest`: what
px6 sells in 2026, MTProto and proxies that take HTTPS and SOCKS5 alike, with all stock in one call."""

By = Literal["api", "site", "auto"]
"""Who spent: a call of the API, the person on px6's site, or px6's own automatic renewal."""

VERSIONS = ("4", "3", "6")
"""IPv4, shared IPv4, IPv6 — as the parameter `version` spells them."""

MTPROTO = "5"
"""The version that only `newest` sells: proxies for Telegram, with a secret, bought without a type."""

PROTOCOLS = ("http", "socks")


class Proxy(Struct, kw_only=True):
    """One rented proxy; it is active while its end lies ahead."""

    id: int
    version: str
    country: str
    ip: str
    host: str
    port: int
    user: str
    password: str
    type: str
    bought_at: datetime
    ends_at: datetime
    period: int
    comment: str = ""
    auto_prolong: bool = False
    alive: bool = True
    secret: str = ""
    """Of an MTProto proxy, instead of login and password."""

    def __repr__(self) -> str:
        return f"<Proxy {self.id} {self.version} {self.country} until {self.ends_at:%Y-%m-%d %H:%M}>"


class Spend(Struct, kw_only=True, frozen=True):
    """One line of an account's books."""

    order_id: int
    kind: Literal["buy", "prolong"]
    by: By
    price: Decimal
    ids: tuple[int, ...]
    period: int
    at: datetime
    balance_after: Decimal


class Account(Struct, kw_only=True):
    """A px6 customer. Proxies are kept by id, oldest first."""

    key: str
    user_id: str
    balance: Decimal
    currency: str = "RUB"
    proxies: dict[int, Proxy] = field(default_factory=dict)
    books: list[Spend] = field(default_factory=list)
    renewed_at: datetime
    """Up to this moment px6's own automatic renewal has been done."""
    allowed_addresses: tuple[str, ...] = ()
    bound_addresses: tuple[str, ...] = ()


class Call(Struct, kw_only=True):
    """One raw request as it came over the wire; `status` is None when no answer went out.

    `seconds` is the time between the request and the answer (None while it is under way). `answer` is what came of
    processing, cut short and without secrets; it may not have gone out.
    """

    number: int
    at: datetime
    key: str
    method: str
    params: dict[str, str]
    remote: str
    status: int | None = None
    error_id: int | None = None
    processed: bool = False
    answer: str | None = None
    fault: str | None = None
    seconds: float | None = None


class FaultKind(StrEnum):
    """What can be made to go wrong. `before` and `after` mean: before or after the call was processed.

    From `bom` on the call is processed and answered, and the answer is what `distortions.py` makes of it.
    """

    SILENT_BEFORE = "silent_before"
    SILENT_AFTER = "silent_after"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    ERROR_500_BEFORE = "500_before"
    ERROR_500_AFTER = "500_after"
    ERROR_503_BEFORE = "503_before"
    ERROR_503_AFTER = "503_after"
    HTML_BEFORE = "html_before"
    HTML_AFTER = "html_after"
    BROKEN_JSON_BEFORE = "broken_json_before"
    BROKEN_JSON_AFTER = "broken_json_after"
    NO_BEFORE = "no_before"
    NO_AFTER = "no_after"
    OLD_BEFORE = "old_before"
    OLD_AFTER = "old_after"
    PAST_BEFORE = "past_before"
    PAST_AFTER = "past_after"
    STRANGER_BEFORE = "stranger_before"
    STRANGER_AFTER = "stranger_after"
    LATE = "late"
    HALF = "half"
    BEHIND = "behind"
    SLOW = "slow"
    TOO_MANY = "429"
    TOO_MANY_AFTER = "429_after"
    RESET = "reset"
    DOWN = "down"
    BOM = "bom"
    NOTICE = "notice"
    NOTICE_BEHIND = "notice_behind"
    OTHER_ACCOUNT = "other_account"
    ENDLESS = "endless"
    HUGE = "huge"
    HUGE_TEXTS = "huge_texts"
    ODD_COMMENTS = "odd_comments"
    ODD_TEXTS = "odd_texts"
    DEBT = "debt"
    ABSURD = "absurd"


DISTORTIONS = frozenset(list(FaultKind)[list(FaultKind).index(FaultKind.BOM) :])
"""Faults that change nothing but the answer."""


class Fault(Struct, kw_only=True):
    """One fault. `times` None: until it is lifted; `method` "" is the bare call, None is any, several are
    struck by one and the same fault.

    `down` closes the listening socket (connections are refused) until it is lifted or `seconds` are over;
    `reset` resets the next `times` connections before anything is read; `slow` processes at once and answers
    after `seconds`, or when it is lifted; `late` never answers, and processes when told to
    (`Px6State.process_late`). `half` never answers either: it takes the money at once, and moves ends or delivers
    proxies when told to. `behind` does the same and answers as if all was done: lists are behind.

    `no` says "no" with `error_id`. The others say "yes", and lie: `old` names ends as they were, or proxies that were
    there before; `past` has everything end in 2023; `stranger` is the answer of another account, in dollars.
    """

    number: int
    kind: FaultKind
    method: str | tuple[str, ...] | None = None
    key: str | None = None
    times: int | None = 1
    seconds: float | None = None
    error_id: int = 30
    until: float | None = None

    def strikes(self, key: str, method: str) -> bool:
        """Whether a call of this method with this key is to go wrong."""
        methods = (self.method,) if isinstance(self.method, str) else self.method
        return (methods is None or method in methods) and self.key in (None, key)


class Rules(Struct, kw_only=True):
    """Switches for what is not known about the real px6, and its limits. All can be changed while running.

    A call of buy or prolong brings and costs `does_at_most` proxies, and its answer names `names_at_most`, when set.
    `prolongs_mtproto` false: prolong refuses them with 230. Where an item has the secret of one, `secret_in` says.
    With `names_address` px6's words of a 105 name the address from which the call came.
    `comments` says what becomes of a comment: `escaped` is as in HTML, `cut` after 20 characters, `lost` is nothing.
    """

    limit: int = 3
    limit_by: Literal["key", "address"] = "key"
    min_period: int = 3
    max_period: int = 1095
    max_count: int = 1_000_000
    expiring: timedelta = timedelta(days=3)
    accept_empty_comment: bool = True
    unknown_ids: Literal["refuse", "skip"] = "refuse"
    prolong_expired: Literal["from_now", "from_end", "refuse"] = "from_now"
    delete_refunds: bool = False
    prolongs_mtproto: bool = True
    secret_in: Literal["secret", "pass"] = "secret"  # noqa: S105 - the name of a field
    auto_prolong_before: timedelta = timedelta(days=1)
    does_at_most: int | None = None
    names_at_most: int | None = None
    comments: Literal["as_sent", "escaped", "cut", "lower", "lost"] = "as_sent"
    names_address: bool = False


class Event(Struct, kw_only=True, frozen=True):
    """Something that changed, numbered from 1; `data` is ready for JSON and holds no key and no password."""

    number: int
    type: str
    at: datetime
    data: dict[str, object]
