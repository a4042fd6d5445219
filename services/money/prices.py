"""What prolonging each kind of proxy costs, as px6 says it now.

Where px6 does not say which kind of IPv4 a proxy is, the higher of the two prices counts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from model.proxies import is_sold, is_unsure, kind_of, sold_as
from px6 import BadAnswer, Proxy, Px6Client, Version
from services.orders.quoting import price_in

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Prices:
    """What prolonging one proxy for `period` days costs, by the version that px6 sells it as.

    `known`: the versions as which proxies were bought here, by id.
    """

    period: int
    currency: str
    balance: Decimal
    by_version: Mapping[Version, Decimal]
    known: Mapping[int, str]

    def price(self, proxy: Proxy) -> Decimal:
        """The price of this one, the highest of those that it may have; nothing for a kind that has none."""
        versions = sold_as(kind_of(proxy, self.known))
        return max((self.by_version.get(version, NOTHING) for version in versions), default=NOTHING)

    def is_priced(self, proxy: Proxy) -> bool:
        """Whether px6 names a price for this kind at all."""
        return is_sold(proxy, self.known)

    def is_unsure(self, proxy: Proxy) -> bool:
        """Whether the price is "at most": px6 may charge the price of a cheaper kind."""
        return is_unsure(proxy, self.known)


async def read_prices(
    client: Px6Client,
    proxies: Iterable[Proxy],
    known: Mapping[int, str],
    period: int,
    currency: str,
    *,
    fresh: bool = False,
) -> Prices:
    """Ask px6 once for each kind that occurs, for as many as there are of it, in this currency. Raises px6's errors.

    `fresh` asks past the cache, which also reads the balance anew.
    """
    asked = Counter(version for proxy in proxies for version in sold_as(kind_of(proxy, known)))
    account = await client.account() if not asked else None
    answers = await asyncio.gather(
        *(price_in(client, currency, count, period, version, fresh=fresh) for version, count in asked.items())
    )
    by_version = {version: answer.price / answer.count for version, answer in zip(asked, answers, strict=True)}
    newest = account or answers[0]
    if newest.currency != currency:
        raise BadAnswer("the balance is in another currency than a moment ago")
    return Prices(period, newest.currency, newest.balance, by_version, known)


def cents(sum_: Decimal) -> Decimal:
    """The sum rounded to the cent, half a cent up."""
    return sum_.quantize(CENT, ROUND_HALF_UP)
