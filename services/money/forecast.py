"""The forecast: what prolonging will cost, until when the balance lasts, what ends first. Pure.

The model: everything is prolonged at its end, for the same number of days, again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from model.money import NOTHING
from px6 import Proxy
from services.money.prices import Prices, cents

HORIZONS = (7, 14, 30)  # days
USUAL_PERIOD = 30


@dataclass(frozen=True)
class ComingProlongation:
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
    prolongations: Sequence[ComingProlongation]
    at_most: bool
    unpriced: int = 0


def make_forecast(proxies: Iterable[Proxy], prices: Prices, balance: Decimal, now: datetime) -> Forecast:
    """Play all prolongations of the next 30 days forward."""
    until = now + timedelta(days=max(HORIZONS))
    all_running = [proxy for proxy in proxies if proxy.ends_at > now]
    running = [proxy for proxy in all_running if prices.is_priced(proxy)]
    coming = prolongations(running, prices, until)
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
        prolongations=coming,
        at_most=any(prices.is_unsure(proxy) for proxy in running),
        unpriced=sum(proxy.ends_at <= until and not prices.is_priced(proxy) for proxy in all_running),
    )


def prolongations(proxies: Iterable[Proxy], prices: Prices, until: datetime) -> list[ComingProlongation]:
    """Every prolongation until then, soonest first."""
    step = timedelta(days=prices.period)
    found = []
    for proxy in proxies:
        at, price = proxy.ends_at, prices.price(proxy)
        while at <= until:
            found.append(ComingProlongation(at, proxy, price))
            at += step
    return sorted(found, key=lambda one: (one.at, one.proxy.id))


def sum_until(coming: Sequence[ComingProlongation], until: datetime) -> Decimal:
    """What the prolongations until then cost together."""
    return sum((one.price for one in coming if one.at <= until), NOTHING)


def first_uncovered(coming: Sequence[ComingProlongation], balance: Decimal) -> int | None:
    """The place of the first prolongation that the balance does not cover."""
    for place, one in enumerate(coming):
        balance -= one.price
        if cents(balance) < 0:
            return place
    return None


def falling(rest: Sequence[ComingProlongation]) -> list[Proxy]:
    """The proxies that end within a day from the first that is not covered."""
    until = rest[0].at + timedelta(days=1)
    return list({one.proxy.id: one.proxy for one in rest if one.at <= until}.values())


def totals(parts: Iterable[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    """Sums by name, the greatest first."""
    sums: dict[str, Decimal] = {}
    for name, price in parts:
        sums[name] = sums.get(name, NOTHING) + price
    return sorted(((name, cents(sum_)) for name, sum_ in sums.items()), key=lambda each: (-each[1], each[0]))
