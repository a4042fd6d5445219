"""What prolonging each kind of proxy costs, as px6 says it now.

Where px6 does not say which kind of IPv4 a proxy is, the higher of the two prices counts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from model.money import NOTHING
from model.proxies import USUAL_KINDS, is_unsure, kind_of, sold_as
from px6 import BadAnswer, Price, PriceTable, Proxy, Px6Client, Px6Error, Version
from services.orders.quoting import price_in

CENT = Decimal("0.01")
RATE = Decimal("0.0001")  # for a proxy and a day
MOST_PERIODS = 9  # on buttons
PATIENCE = 1.5  # seconds: a screen of kinds comes without MTProto after it


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
        return any(version in self.by_version for version in sold_as(kind_of(proxy, self.known)))

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
    by_table: bool = False,
) -> Prices:
    """Ask px6 once for each kind that occurs, for as many as there are of it, in this currency. Raises px6's errors.

    `fresh` asks past the cache, which also reads the balance anew. `by_table`: one call for all where px6 has a table
    of prices; it names those of single proxies in whole cents, so many may cost some cents more or less.
    """
    counts = Counter(version for proxy in proxies for version in sold_as(kind_of(proxy, known)))
    if Version.MTPROTO in counts and not await client.sells(Version.MTPROTO):
        del counts[Version.MTPROTO]
    table = await table_in(client, currency) if counts and by_table else None
    listed = {version: table.price(version, period) if table else None for version in counts}
    asked = [version for version, price in listed.items() if price is None]
    answers = await asyncio.gather(
        *(price_in(client, currency, counts[version], period, version, fresh=fresh) for version in asked)
    )
    newest = answers[0] if answers else table or await client.account()
    if newest.currency != currency:
        raise BadAnswer("the balance is in another currency than a moment ago")
    by_version = {version: price for version, price in listed.items() if price is not None}
    by_version |= {version: answer.price / answer.count for version, answer in zip(asked, answers, strict=True)}
    return Prices(period, newest.currency, newest.balance, by_version, known)


async def table_in(client: Px6Client, currency: str) -> PriceTable | None:
    """The price table in this currency; one that was kept from before the account changed is read anew."""
    table = await client.price_table()
    if table is not None and table.currency != currency:
        table = await client.price_table(fresh=True)
    return table


@dataclass(frozen=True)
class DailyPrices:
    """What one proxy costs a day, by the period for which it is bought."""

    currency: str
    by_period: Mapping[int, Decimal]

    @property
    def cheapest(self) -> int | None:
        """The period of the lowest price, the shortest of several; None where all cost the same."""
        if len(set(self.by_period.values())) < 2:
            return None
        return min(self.by_period, key=lambda period: (self.by_period[period], period))


async def daily_prices(client: Px6Client, version: Version, periods: Iterable[int]) -> DailyPrices | None:
    """The price a day of each of these periods, from px6's table; None where it has none of these."""
    table = await client.price_table()
    if table is None:
        return None
    listed = {period: listed_price(table, 1, version, period) for period in periods}
    found = {period: price.price_single for period, price in listed.items() if price and price.price_single}
    return DailyPrices(table.currency, found) if found else None


async def price_list(client: Px6Client, count: int, version: Version, usual: Iterable[int]) -> list[Price]:
    """What so many cost for each period that px6 sells; without a table of these, for the usual ones, one by one.

    By the table several cost as much as so many single ones: the quote of a purchase may be lower.
    """
    table = await client.price_table()
    if table is None:
        return await asyncio.gather(*(client.price(count, period, version) for period in usual))
    found = (listed_price(table, count, version, period) for period in table.periods(version))
    return [price for price in found if price is not None]


def listed_price(table: PriceTable, count: int, version: Version, period: int) -> Price | None:
    """What so many cost by the table; None where that is no sum of money."""
    single = table.price(version, period)
    if single is None:
        return None
    try:
        return Price(
            user_id=table.user_id,
            balance=table.balance,
            currency=table.currency,
            price=single * count,
            price_single=(single / period).quantize(RATE),
            period=period,
            count=count,
        )
    except (ValueError, ArithmeticError):
        return None


async def all_periods(client: Px6Client, kinds: Iterable[str]) -> list[int] | None:
    """For how many days px6 sells all of these kinds, the fewest first; None where no table says."""
    table = await client.price_table()
    if table is None:
        return None
    versions = {version for kind in kinds for version in sold_as(kind)}
    each = [set(table.periods(version)) for version in versions]
    return sorted(set.intersection(*each)) if each else []


async def sold_periods(client: Px6Client, kinds: Iterable[str], usual: Sequence[int]) -> Sequence[int]:
    """For how many days px6 sells all of these kinds, none shorter than the usual ones; these where no table says."""
    sold = await all_periods(client, kinds) or []
    return [period for period in sold if period >= min(usual)][:MOST_PERIODS] or usual


async def nearest_period(client: Px6Client, kinds: Collection[str], wanted: int) -> int:
    """The most days up to the wanted ones for which px6 sells all of these kinds, or else the fewest above them.

    The wanted ones themselves where no table says, or no number of days is common to all.
    """
    sold = (kinds and await all_periods(client, kinds)) or [wanted]
    return max((period for period in sold if period <= wanted), default=sold[0])


async def sold_kinds(client: Px6Client) -> Sequence[Version]:
    """The kinds that px6 sells, for buttons. Nobody waits long for it: the usual ones where px6 does not answer."""
    try:
        async with asyncio.timeout(PATIENCE):
            return [*USUAL_KINDS, Version.MTPROTO] if await client.sells(Version.MTPROTO) else USUAL_KINDS
    except (TimeoutError, Px6Error):
        return USUAL_KINDS


def cents(sum_: Decimal) -> Decimal:
    """The sum rounded to the cent, half a cent up."""
    return sum_.quantize(CENT, ROUND_HALF_UP)
