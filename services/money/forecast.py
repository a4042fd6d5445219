"""The forecast: what prolonging will cost, until when the balance lasts, what ends first. Pure but for prices.

The model: everything is prolonged at its end, for the same number of days, again and again. Where px6
does not say which kind of IPv4 a proxy is, the higher of the two prices counts.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from model.proxies import is_sold, is_unsure, kind_of, sold_as
from px6 import BadAnswer, Proxy, Px6Client, Version
from services.orders.quoting import price_in

HORIZONS = (7, 14, 30)  # days
USUAL_PERIOD = 30
CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Prices:
    """What prolonging one proxy for `period` days costs, by version. `known`: the versions bought here, by id."""

    period: int
    currency: str
    balance: Decimal
    of: Mapping[Version, Decimal]
    known: Mapping[int, str]

    def price(self, proxy: Proxy) -> Decimal:
        """The price of this one, the highest of those that it may have; nothing for a kind that has none."""
        versions = sold_as(kind_of(proxy, self.known))
        return max((self.of.get(version, NOTHING) for version in versions), default=NOTHING)

    def is_priced(self, proxy: Proxy) -> bool:
        """Whether px6 names a price for this kind at all."""
        return is_sold(proxy, self.known)

    def is_unsure(self, proxy: Proxy) -> bool:
        """Whether the price is "at most": px6 may charge that of a cheaper kind."""
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

    `fresh` asks past the cache, which also makes the balance that of now.
    """
    asked = Counter(version for proxy in proxies for version in sold_as(kind_of(proxy, known)))
    account = await client.account() if not asked else None
    answers = await asyncio.gather(
        *(price_in(client, currency, count, period, version, fresh=fresh) for version, count in asked.items())
    )
    each = {version: answer.price / answer.count for version, answer in zip(asked, answers, strict=True)}
    one = account or answers[0]
    if one.currency != currency:
        raise BadAnswer("the balance is in another currency than a moment ago")
    return Prices(period, one.currency, one.balance, each, known)


@dataclass(frozen=True)
class Renewal:
    """One proxy is prolonged at `at` for `price`."""

    at: datetime
    proxy: Proxy
    price: Decimal


@dataclass(frozen=True)
class Forecast:
    """What the next 30 days bring. Sums are rounded to the cent.

    `costs`: by horizon in days. `lasts_until`: the first prolongation that the balance does not cover; None: it
    covers all. `falls`: the proxies that would end then, and later that day. `top_up`: what is missing for 30 days.
    `unpriced`: how many end within 30 days that px6 cannot be asked to prolong.
    """

    now: datetime
    balance: Decimal
    currency: str
    period: int
    costs: Mapping[int, Decimal]
    counts: Mapping[int, int]
    lasts_until: datetime | None
    falls: Sequence[Proxy]
    top_up: Decimal
    by_comment: Sequence[tuple[str, Decimal]]
    by_country: Sequence[tuple[str, Decimal]]
    renewals: Sequence[Renewal]
    at_most: bool
    unpriced: int = 0


def forecast(proxies: Iterable[Proxy], prices: Prices, balance: Decimal, now: datetime) -> Forecast:
    """Play all prolongations of the next 30 days forward."""
    until = now + timedelta(days=max(HORIZONS))
    all_running = [proxy for proxy in proxies if proxy.ends_at > now]
    running = [proxy for proxy in all_running if prices.is_priced(proxy)]
    coming = renewals(running, prices, now, until)
    costs = {days: cents(sum_until(coming, now + timedelta(days=days))) for days in HORIZONS}
    first = first_uncovered(coming, balance)
    return Forecast(
        now=now,
        balance=balance,
        currency=prices.currency,
        period=prices.period,
        costs=costs,
        counts={days: sum(one.at <= now + timedelta(days=days) for one in coming) for days in HORIZONS},
        lasts_until=None if first is None else coming[first].at,
        falls=[] if first is None else falling(coming[first:]),
        top_up=max(costs[max(HORIZONS)] - balance, NOTHING),
        by_comment=totals((one.proxy.comment, one.price) for one in coming),
        by_country=totals((one.proxy.country or "", one.price) for one in coming),
        renewals=coming,
        at_most=any(prices.is_unsure(proxy) for proxy in running),
        unpriced=sum(proxy.ends_at <= until and not prices.is_priced(proxy) for proxy in all_running),
    )


def renewals(proxies: Iterable[Proxy], prices: Prices, now: datetime, until: datetime) -> list[Renewal]:
    """Every prolongation until then, soonest first."""
    step = timedelta(days=prices.period)
    found = []
    for proxy in proxies:
        at, price = proxy.ends_at, prices.price(proxy)
        while at <= until:
            found.append(Renewal(at, proxy, price))
            at += step
    return sorted(found, key=lambda one: (one.at, one.proxy.id))


def sum_until(coming: Sequence[Renewal], until: datetime) -> Decimal:
    return sum((one.price for one in coming if one.at <= until), NOTHING)


def first_uncovered(coming: Sequence[Renewal], balance: Decimal) -> int | None:
    """The place of the first prolongation that the balance does not cover."""
    for place, one in enumerate(coming):
        balance -= one.price
        if cents(balance) < 0:
            return place
    return None


def falling(rest: Sequence[Renewal]) -> list[Proxy]:
    """The proxies that end within a day from the first that is not covered."""
    until = rest[0].at + timedelta(days=1)
    return list({one.proxy.id: one.proxy for one in rest if one.at <= until}.values())


def totals(parts: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Sums by name, the greatest first."""
    sums: dict[str, Decimal] = {}
    for name, price in parts:
        sums[name] = sums.get(name, NOTHING) + price
    return sorted(((name, cents(sum_)) for name, sum_ in sums.items()), key=lambda each: (-each[1], each[0]))


def cents(sum_: Decimal) -> Decimal:
    return sum_.quantize(CENT, ROUND_HALF_UP)


def needed_within(
    proxies: Iterable[Proxy], prices: Prices, now: datetime, within: timedelta
) -> tuple[int, Decimal, bool]:
    """How many end within that time, what renewing them costs, and whether the sum is only "at most"."""
    ending = [p for p in proxies if now < p.ends_at <= now + within and prices.is_priced(p)]
    unsure = any(prices.is_unsure(proxy) for proxy in ending)
    return len(ending), cents(sum((prices.price(proxy) for proxy in ending), NOTHING)), unsure
