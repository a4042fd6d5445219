"""Colleagues: people to whom the owner of a px6 account has given a right on it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

INVITE_KEPT = timedelta(hours=24)
INVITE_ID = 16  # characters of the hash of its code, by which an invitation is known
GONE = 0  # in place of the id of a colleague who had everything erased that is kept of them


class Right(StrEnum):
    """What a colleague may do on an account. Each includes those before it.

    LOOK: look and export. CHECK: also check proxies and write comments. PROLONG: also prolong, up to a sum a month.
    ALL: everything but what is the owner's alone: the key, the account's name, colleagues, erasing.
    """

    LOOK = "look"
    CHECK = "check"
    PROLONG = "prolong"
    ALL = "all"

    def includes(self, other: Right) -> bool:
        """Whether who has this one may do what the other one allows."""
        order = tuple(Right)
        return order.index(self) >= order.index(other)


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """A right of a person on somebody else's account.

    `owner`: the account's; `person`: the colleague's own id. `monthly_cap`: how much they may pay in a month of the
    owner's zone, in `currency`, the account's; None: no limit is set, as with each right but PROLONG. `name`: what
    Telegram calls the colleague, `by_name` the owner, both at the time of the invitation. `told`: reminders of the
    account go to the colleague, too.
    """

    owner: int
    person: int
    right: Right
    monthly_cap: Decimal | None
    currency: str
    since: datetime
    name: str
    by_name: str = ""
    told: bool


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation that nobody has used yet. `person`: for whom alone it is, None: whoever has the code.

    `id`: by which its owner withdraws it; "" before it is kept.
    """

    owner: int
    right: Right
    monthly_cap: Decimal | None
    made_at: datetime
    by_name: str
    person: int | None
    id: str = ""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A person has become a colleague. `account`: what the account is called. `before`: the right that they had."""

    colleague: Colleague
    account: str
    before: Colleague | None = None


class NotAccepted(StrEnum):
    """Why an invitation was not accepted.

    UNKNOWN: nobody was given this code, or it was used or withdrawn. OLD: it is over 24 hours old. OWN: the account
    is the person's own. ANOTHERS: it is for somebody else. FULL: the account has as many colleagues as can be.
    NO_ACCOUNT: its owner has no key connected any more.
    """

    UNKNOWN = "unknown"
    OLD = "old"
    OWN = "own"
    ANOTHERS = "anothers"
    FULL = "full"
    NO_ACCOUNT = "no_account"


class ColleagueAction(msgspec.Struct, frozen=True, kw_only=True):
    """What a colleague did that is neither an order nor a deletion. `count`: on how many proxies, or of what."""

    id: int
    owner: int
    person: int
    name: str
    at: datetime
    action: str
    count: int
