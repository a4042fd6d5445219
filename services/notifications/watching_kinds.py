"""What the bot says of its own accord of what it watches: payments that wait, stock, health of proxies, prices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from model.money import NOTHING
from services.orders import BuyWish, Quote


@dataclass(frozen=True)
class MoneyThere:
    """The balance covers a kept payment now: the person is asked once more, by a quote of this moment.

    `why` it was not paid at once, up to `up_to`, as they had wanted: "price" (it is more now), "off" (nothing is to
    be spent automatically any more); "" where they wanted to be asked.
    """

    quote: Quote
    why: str = ""
    up_to: Decimal | None = None


@dataclass(frozen=True)
class KeptPaying:
    """A payment is made now, without a tap; the message becomes the receipt.

    `why`: "money" (a kept payment), "stock" (a watch buys what is in stock again), "replace" (a twin of what stopped
    working).
    """

    quote: Quote
    why: str = "money"


@dataclass(frozen=True)
class KeptEnded:
    """A kept payment of `count` proxies was not made, and will not be (but for "later", "interrupted" and "fewer").

    `why`: "over" (the money did not come in time), "late" (it came, and could not be paid in time), "nothing" (the
    proxies were prolonged in another way), "account" (another px6 account is connected), "currency" (the account is
    in another one), "sold_out" (`stock` are left), "refused" (px6 does not sell that any more), "lost" (it was called
    off, or another payment came first);
    "later" (it goes on waiting), "interrupted" (it is tried again at once), "fewer" (so is what is left of it: the
    others are no longer to be prolonged). `quote_id`: of the quote that was kept. `of`: as of `KeptPaying.why`.
    """

    kind: Literal["buy", "prolong"]
    wish: BuyWish | None
    count: int
    period: int
    price: Decimal
    currency: str
    quote_id: str
    why: str
    stock: int = 0
    of: str = "money"


@dataclass(frozen=True)
class StockBack:
    """There are enough again of what the person wants to buy. `watch`: its number; `stock`: how many there are.

    `why` it was not bought at once for at most `up_to`, as they had wanted: "price" (it costs `price` now), "money"
    (the balance does not cover the `price`), "off" (nothing is spent automatically any more), "account" (another px6
    account is connected), "currency" (it is in another one), "refused" (px6 does not sell that any more), "key" (px6
    does not accept the key); "" where they wanted to be told, or where it could not be bought for another reason.
    """

    watch: int
    wish: BuyWish
    stock: int
    why: str = ""
    up_to: Decimal | None = None
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True)
class StockWatchOver:
    """There were not enough in all the time that they were watched for."""

    wish: BuyWish
    days: int


@dataclass(frozen=True)
class Seen:
    """What a message says of a proxy: neither login nor password."""

    id: int
    country: str
    address: str


@dataclass(frozen=True)
class HealthFell:
    """So many watched proxies do not work any more: three checks within twelve minutes failed, the last one `at`.

    `fall`: the number under which all of them are kept for the buttons; `named`: the first of them. `night`, here and
    below: it may ring in quiet hours, which is how it is sent and nothing that it says.
    """

    fall: int
    count: int
    named: tuple[Seen, ...]
    at: datetime
    night: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class HealthBack:
    """So many watched proxies that had fallen work again; `down` of the watched do not."""

    count: int
    named: tuple[Seen, ...]
    down: int
    night: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Replacing:
    """Twins of watched proxies that stopped working will be bought at `at`, unless the person says Skip to `number`.

    `wish` and `price` are of all of them, of which `named` are the first. `missing`: money.
    """

    number: int
    wish: BuyWish
    price: Decimal
    currency: str
    named: tuple[Seen, ...]
    at: datetime
    missing: Decimal


@dataclass(frozen=True)
class ReplaceEnded:
    """Twins that were announced are not bought; the message that said so becomes this.

    `why`: "back" (they work again), "replaced" (the person bought such a proxy), "gone" (they are gone, or end soon),
    "account" (another px6 account is connected), "currency" (it is in another one), "off" (it was switched off),
    "limit" (of this month), "refused" (px6 does not sell that), "lost" (it was called off, or another payment came
    first); "price" (it rose) and "late" (it could not be paid in
    time): announced anew; "later" and "interrupted": it is tried again.
    """

    why: str
    wish: BuyWish
    count: int


@dataclass(frozen=True)
class ReplaceFailed:
    """So many watched proxies that stopped working are not replaced, of which `named` are the first; said once.

    `why`: "limit" (of this month), "currency" (the limits are in another one), "unsure" (px6 does not tell of which
    kind or country they are), "refused" (px6 does not sell that); "money" (`missing`), "sold_out", "maintenance" and
    "not_sold" (nothing was bought when it was paid): it is tried again.
    """

    why: str
    watch: int
    count: int
    named: tuple[Seen, ...]
    missing: Decimal = NOTHING
    currency: str = ""
    night: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class PriceChanged:
    """One proxy of this kind for this period costs something else than was told last."""

    version: str
    period: int
    old: Decimal
    new: Decimal
    currency: str
