"""What is watched for a person: the balance for a payment that it did not cover, the stock of a country, prices.

Proxies that are checked are in `model/health.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from model.orders import BuyWish, Kind


class KeptPayment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment that is finished when the money is there, by `until` at the latest.

    `quote_id`: the quote from which it was kept, with its `price` and the `balance` of then; the price is kept up to
    date. `ends`: of the proxies that it is to prolong. `up_to`: it is paid at once up to this sum; None: the person
    is asked first. `state`: "waiting"; "paying" (`paying`: the quote that is being confirmed); or how it ended:
    "asked", "paid", "cancelled", "replaced", "over", "done" (in another way), "key", "account", "sold_out" or
    "refused".
    """

    id: int
    telegram_id: int
    px6_user_id: str
    quote_id: str
    kind: Kind
    wish: BuyWish | None
    ends: dict[int, datetime]
    period: int
    price: Decimal
    currency: str
    balance: Decimal
    up_to: Decimal | None
    state: str
    paying: str | None
    kept_at: datetime
    until: datetime

    @property
    def is_open(self) -> bool:
        """The balance is still watched for it, or it is being paid."""
        return self.state in OPEN

    @property
    def count(self) -> int:
        """How many proxies it is about."""
        return self.wish.count if self.wish is not None else len(self.ends)

    def is_like(self, kind: str, wish: BuyWish | None, ids: frozenset[int]) -> bool:
        """Whether both come to the same: so many of a kind in a country for so long, or the same proxies."""
        if self.wish is not None and wish is not None:
            return same_purchase(self.wish, wish)
        return self.kind == kind == "prolong" and self.ends.keys() == ids


class StockWatch(msgspec.Struct, frozen=True, kw_only=True):
    """A country and kind of which too few are in stock, until there are `wanted`, or until `until`.

    `wish`: what is to be bought then; 0 days are not chosen yet. `look_at`: when it is looked for next; None: it was
    told, at `told_at`. `looked_at`: when px6 said last how many there are. `up_to`: it is bought at once, up to this
    sum in `currency`; None: the person is told. `paying`: the quote that is being confirmed.
    """

    id: int
    telegram_id: int
    px6_user_id: str
    country: str
    version: str
    wanted: int
    wish: BuyWish
    since: datetime
    until: datetime
    look_at: datetime | None
    told_at: datetime | None
    looked_at: datetime | None = None
    up_to: Decimal | None = None
    currency: str = ""
    paying: str | None = None


class PriceWatch(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one proxy of a kind for a period, as it was told last or when the watch began.

    `currency`: of the account then. `look_at`: when px6 is asked next; `looked_at`: when it said a price last.
    """

    id: int
    telegram_id: int
    version: str
    period: int
    price: Decimal
    currency: str
    since: datetime
    look_at: datetime
    looked_at: datetime | None = None


SAID_FOR = timedelta(days=3)  # so long a message that something is paid is looked after
OPEN = ("waiting", "paying")


def same_purchase(one: BuyWish, other: BuyWish) -> bool:
    """Whether both buy the same, whatever the comment and the protocol."""
    return (one.count, one.period, one.country, one.version) == (
        other.count,
        other.period,
        other.country,
        other.version,
    )
