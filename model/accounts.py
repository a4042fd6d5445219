"""px6 accounts, keys that may replace theirs, and what is kept of the last look at an account."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import msgspec

from px6 import Account


class StoredAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A connected px6 account, without its key. px6 refuses its key since `refused_at`. `refused_code` is
    px6's error number, once the look has found it that tells the owner.

    `changes` is another number after each change at px6 that several processes are to know of.
    """

    telegram_id: int
    px6_user_id: str
    currency: str
    added_at: datetime
    refused_at: datetime | None = None
    refused_code: int | None = None
    changes: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A px6 key that may replace the stored one. `px6_user_id` is "" while px6 has not told it.

    `number` is different for every key that the person sent.
    """

    number: int
    px6_user_id: str
    currency: str
    sealed: bytes


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses to which all proxies of an account are bound at px6; none: the binding is lifted.

    `sent_at`: when px6 was told last; None: not yet. `certain`: px6 has said yes, else it may be so or not.
    """

    id: int
    telegram_id: int
    px6_user_id: str
    addresses: tuple[str, ...]
    sent_at: datetime | None = None
    certain: bool


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """px6's answer of the last look at an account. `ends`: by proxy id."""

    px6_user_id: str
    read_at: datetime
    balance: Decimal
    currency: str
    ends: dict[int, datetime]


class StoredList(msgspec.Struct, frozen=True):
    """What px6 told of an account last. `sealed`: see `services.proxies.known_list`; `mark` is another one with it.

    `silent_since`: when px6 first gave no answer after `read_at`.
    """

    px6_user_id: str
    read_at: datetime
    silent_since: datetime | None
    mark: str
    sealed: bytes


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """What the home screen says of the forecast that was made at `made_at` for this balance.

    `cost`: of prolonging everything for 30 days, with `at_most` perhaps less. `lasts_until`: the first prolongation
    that the balance does not cover; None: it covers all of them.
    """

    made_at: datetime
    balance: Decimal
    currency: str
    cost: Decimal
    lasts_until: datetime | None
    at_most: bool

    def holds_for(self, account: Account) -> bool:
        """Whether the account has the same balance still, in the same currency."""
        return (self.currency, self.balance) == (account.currency, account.balance)
