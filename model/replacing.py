"""Replacing proxies that stopped working by twins: what a person wants of it, and each announced purchase."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import msgspec

from model.orders import BuyWish

OPEN = ("announcing", "announced", "paying")
NOT_BOUGHT = ("skipped", "dropped")


class ReplaceTerms(msgspec.Struct, frozen=True, kw_only=True):
    """A twin for `period` days is bought of what failed `after` checks in a row.

    At most `most` of them, for at most `up_to` in all, in a calendar month of the person's.
    """

    after: int
    period: int
    most: int
    up_to: Decimal
    currency: str


class Failing(msgspec.Struct, frozen=True):
    """A watched proxy failed so many checks in a row, the first of them at `since`."""

    count: int
    since: datetime


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """One announced purchase of twins, all alike: `wish` has one for each proxy of `ends`, for `price` in all.

    `since`: when the first of them began to fail. `run_at`: when it is paid; `told_at`: when it was announced, while
    nobody knows whether that arrived. `state`: "announcing", "announced", "paying", or how it ended: "done" (it
    became an order), "skipped", "dropped". `paying`: the quote that is being confirmed, or was last; of one that was
    taken back, until its message says so.
    """

    id: int
    telegram_id: int
    px6_user_id: str
    watch_id: int
    wish: BuyWish
    ends: Mapping[int, datetime]
    since: datetime
    price: Decimal
    currency: str
    state: str
    run_at: datetime
    told_at: datetime | None
    message_id: int | None
    paying: str | None


class Bought(msgspec.Struct, frozen=True):
    """So many proxies were bought, or may have been, for `sum`."""

    count: int
    sum: Decimal
    currency: str = ""
