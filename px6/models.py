"""What px6 answers, as frozen models: Decimal money, aware UTC times, lower-case countries.

The names in `field(name=…)` are those of the wire. Source: https://px6.me/en/developers and answers seen since.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, field

Moment = Annotated[datetime, Meta(tz=True)]
"""An aware time in UTC; the wire has seconds since 1970."""

Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""A number by which px6 knows something; longer ones fit into no database."""

Count = Annotated[int, Meta(ge=0, le=10_000_000)]
"""So many proxies, or days."""

Word = Annotated[str, Meta(pattern=r"\A[!-~]{1,64}\Z")]
"""Letters, digits and signs without a space."""

Currency = Annotated[str, Meta(pattern=r"\A[A-Za-z]{1,8}\Z")]

Name = Annotated[str, Meta(max_length=255)]
"""A text of a proxy; hosts have up to 253 characters."""

_LARGEST_BALANCE = Decimal(10) ** 12
_LARGEST_PRICE = Decimal(10) ** 9
_SMALLEST_PRICE = Decimal("0.005")
_FINEST_EXPONENT = -12  # digits after the point


class Version(StrEnum):
    """Kinds of proxies, with px6's numbers. SHARED is an IPv4 address that several customers use.

    MTPROTO, for Telegram, is sold by newer servers only: others refuse it with WrongVersion.
    """

    IPV4 = "4"
    SHARED = "3"
    IPV6 = "6"
    MTPROTO = "5"


class Protocol(StrEnum):
    """HTTP means HTTPS too, SOCKS means SOCKS5. AUTO, both on one port, is only ever read."""

    HTTP = "http"
    SOCKS = "socks"
    AUTO = "auto"


class State(StrEnum):
    """Which proxies getproxy lists."""

    ACTIVE = "active"
    EXPIRED = "expired"
    EXPIRING = "expiring"
    ALL = "all"


class Account(Struct, frozen=True, kw_only=True):
    """Whose key it is, what is left on the account, and in which currency (RUB or USD). In every answer."""

    user_id: Word
    balance: Decimal
    currency: Currency

    def __post_init__(self) -> None:
        check_money(self.balance)


class Customer(Account, frozen=True, kw_only=True):
    """The account with what only newer servers tell: the customer's address, and what was earned by referrals."""

    email: Annotated[str, Meta(max_length=254)] | None = None
    balance_ref: Decimal | None = None


class Priced(Account, frozen=True, kw_only=True):
    """`price` for all `count` proxies and `period` days; `price_single` for one proxy and one day."""

    price: Decimal
    price_single: Decimal | None = None
    period: Count
    count: Count

    def __post_init__(self) -> None:
        check_money(self.balance)
        check_price(self.price, self.price_single)


class Price(Priced, frozen=True, kw_only=True):
    """What proxies would cost."""


class PriceTable(Account, frozen=True, kw_only=True):
    """What ONE proxy costs for a WHOLE period: by version (px6's number, perhaps newer than Version), by days.

    Whether several cost less each is not known: what will be spent is asked for by count.
    """

    prices: dict[str, dict[int, Decimal]]

    def __bool__(self) -> bool:
        """Whether there is any price: the answer of a server that does not know the table has none."""
        return bool(self.prices)

    def periods(self, version: str) -> tuple[int, ...]:
        """For how many days a version is sold, the shortest first; none for one that is not sold."""
        return tuple(sorted(self.prices.get(version, ())))

    def price(self, version: str, period: int) -> Decimal | None:
        """Of one proxy for so many days; None where the table does not say."""
        return self.prices.get(version, {}).get(period)


class StockGrid(Account, frozen=True, kw_only=True):
    """How many proxies can be bought: by version (px6's number), by country (ISO 3166-1 alpha-2 in lower case)."""

    counts: dict[str, dict[str, int]]

    def __bool__(self) -> bool:
        """Whether there is any count: the answer of a server that does not know the grid has none."""
        return bool(self.counts)


class Stock(Account, frozen=True, kw_only=True):
    """How many proxies can be bought."""

    count: Count


class Countries(Account, frozen=True, kw_only=True):
    """Where proxies can be bought: ISO 3166-1 alpha-2 codes in lower case."""

    countries: tuple[str, ...] = field(name="list")


class Proxy(Struct, frozen=True, kw_only=True, gc=False):
    """A proxy of the account. Connect to `host`, always IPv4; `ip` is the address the world sees, IPv4 or IPv6.

    `type` is a value of Protocol, or one that is newer than this client; `version` likewise, and None where px6 does
    not tell. `secret` is that of an MTProto proxy, which has no login. The repr shows none of these.
    """

    id: Number
    ip: Name
    host: Name
    port: Annotated[int, Meta(ge=1, le=65_535)]
    user: Name
    password: Name = field(name="pass")
    type: Annotated[str, Meta(max_length=16)]
    country: str | None = None
    bought_at: Moment = field(name="unixtime")
    ends_at: Moment = field(name="unixtime_end")
    comment: str = field(name="descr", default="")
    active: bool
    version: Annotated[str, Meta(max_length=8)] | None = None
    secret: Annotated[str, Meta(max_length=600)] = ""

    def __repr__(self) -> str:
        return f"Proxy(id={self.id}, {self.type}://{self.host}:{self.port}, ends_at={self.ends_at.isoformat()})"


class ProxyList(Account, frozen=True, kw_only=True):
    """Rented proxies, in px6's order.

    `unreadable`: how many more there are, so a proxy not listed may still exist. `unreadable_ids`: of those whose id
    can be read.
    """

    proxies: tuple[Proxy, ...] = field(name="list")
    unreadable: int = 0
    unreadable_ids: tuple[int, ...] = ()

    def may_hold(self, proxy_id: int) -> bool:
        """Whether a proxy that is not among `proxies` may be one of those that cannot be read."""
        return proxy_id in self.unreadable_ids or self.unreadable > len(self.unreadable_ids)


class Purchase(Priced, frozen=True, kw_only=True):
    """What was bought for how much. Older servers name no order."""

    country: Word
    order_id: Word | None = None
    proxies: tuple[Proxy, ...] = field(name="list")


class Prolongation(Priced, frozen=True, kw_only=True):
    """What was prolonged for how much, and when each proxy (by id) ends now. No `price_single` for mixed kinds."""

    order_id: Word | None = None
    ends: dict[int, Moment]


class Change(Account, frozen=True, kw_only=True):
    """How many proxies were changed or deleted."""

    count: Count


class Check(Account, frozen=True, kw_only=True):
    """Whether a proxy works, and in how many seconds it answered (newer servers only)."""

    proxy_id: Number | None = None
    alive: bool = field(name="proxy_status")
    seconds: Annotated[float, Meta(ge=0, lt=86_400)] | None = field(name="proxy_time", default=None)


def check_money(balance: Decimal) -> None:
    """ValueError for what is no balance: NaN, infinity, below 0, or more than a database can keep."""
    if not _is_sum(balance, _LARGEST_BALANCE):
        raise ValueError("not a sum of money")


def check_price(price: Decimal, single: Decimal | None) -> None:
    """ValueError for what is no price. Less than half a cent would be shown, and counted, as 0."""
    if (
        not _is_sum(price, _LARGEST_PRICE)
        or price < _SMALLEST_PRICE
        or not (single is None or _is_sum(single, _LARGEST_PRICE))
    ):
        raise ValueError("not a price")


def _is_sum(money: Decimal, most: Decimal) -> bool:
    """Whether it is a sum from 0 to `most`. A number too long to be printed (1E-999999) is none."""
    exponent = money.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= _FINEST_EXPONENT and 0 <= money < most
