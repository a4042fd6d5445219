"""Which proxies that stopped working are replaced, by what, and as many as the limits of a month allow. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from model.health import HealthWatch
from model.money import NOTHING
from model.orders import BuyWish
from model.proxies import kind_of, sold_as
from model.replacing import Bought, Failing, Replacement, ReplaceTerms
from px6 import Protocol, Proxy
from services.watching.health_steps import watched_of

AFTER = (3, 4, 6, 10)  # checks in a row
MOST = (1, 2, 3, 5, 10, 20)  # twins a month
USUAL_AFTER, USUAL_MOST = 4, 3
NOTICE = timedelta(minutes=15)  # between the announcement and the payment: time for Skip
ENDS_SOON = timedelta(days=1)  # what ends so soon is not replaced
LATE = timedelta(hours=3)  # what could not be paid for so long after its time is announced anew


def fallen_of(watch: HealthWatch, proxies: Iterable[Proxy], now: datetime) -> list[Proxy]:
    """The watched proxies that were told as fallen, fail often enough and run long enough to be replaced; soonest
    fallen first."""
    terms = watch.replacing
    if terms is None:
        return []
    counted = {one: watch.failures[one].count for one in watch.down if one in watch.failures}
    failing = {one for one, count in counted.items() if count >= terms.after}
    found = [p for p in watched_of(watch, proxies, now) if p.id in failing and p.ends_at - now > ENDS_SOON]
    return sorted(found, key=lambda proxy: (watch.failures[proxy.id].since, proxy.id))


def one_failure_less(watch: HealthWatch, ids: Iterable[int]) -> dict[int, Failing]:
    """Failures of these after which one more is needed for a twin; since when they fail stays."""
    after = watch.replacing.after if watch.replacing is not None else 0
    counted = {one: watch.failures[one] for one in ids if one in watch.failures}
    return {one: Failing(min(each.count, max(0, after - 1)), each.since) for one, each in counted.items()}


def twin_of(proxy: Proxy, period: int, known: Mapping[int, str]) -> BuyWish | None:
    """One of the same kind, country, protocol and comment; None where px6 does not tell the country or the kind."""
    versions = sold_as(kind_of(proxy, known))
    if len(versions) != 1 or not proxy.country:
        return None
    protocol = Protocol.SOCKS if proxy.type == Protocol.SOCKS else Protocol.HTTP
    return BuyWish(1, period, proxy.country, versions[0], protocol, proxy.comment)


def alike(proxies: Iterable[Proxy], period: int, known: Mapping[int, str]) -> dict[BuyWish | None, list[Proxy]]:
    """The proxies by their twin; None for those that have none."""
    found: dict[BuyWish | None, list[Proxy]] = defaultdict(list)
    for proxy in proxies:
        found[twin_of(proxy, period, known)].append(proxy)
    return dict(found)


def bought_by_hand(
    wish: BuyWish, since: datetime, proxies: Iterable[Proxy], known: Mapping[int, str], twins: Collection[int]
) -> int:
    """How many like this were bought since then, here or on px6's site, besides the `twins` that a watch bought."""
    return sum(
        proxy.bought_at >= since
        and proxy.id not in twins
        and proxy.country == wish.country
        and wish.version in sold_as(kind_of(proxy, known))
        for proxy in proxies
    )


def without_by_hand(
    watch: HealthWatch,
    wish: BuyWish,
    fallen: Sequence[Proxy],
    proxies: Iterable[Proxy],
    known: Mapping[int, str],
    twins: Collection[int],
) -> list[Proxy]:
    """Those of the fallen, all alike, that nobody has replaced by hand: what is bought so replaces the first ones.

    `fallen`: all that are still to be replaced; with only some of them, a purchase would count for each part anew.
    """
    since = since_of(watch, fallen)
    return list(fallen[bought_by_hand(wish, since, proxies, known, twins) :])


def since_of(watch: HealthWatch, fallen: Iterable[Proxy]) -> datetime:
    """When the first of them began to fail."""
    return min(watch.failures[proxy.id].since for proxy in fallen)


def left_in_month(terms: ReplaceTerms, bought: Iterable[Bought], announced: Sequence[Replacement]) -> Bought:
    """How many twins, and for how much, the limits of this month still allow beside what is announced.

    What was bought in another currency counts by number: its sum says nothing in this one.
    """
    bought = list(bought)
    spent = [one for one in bought if one.currency == terms.currency]
    count = sum(one.count for one in bought) + sum(one.wish.count for one in announced)
    sum_ = sum((one.sum for one in spent), NOTHING) + sum((one.price for one in announced), NOTHING)
    return Bought(max(0, terms.most - count), max(NOTHING, terms.up_to - sum_))


def how_many(count: int, price: Decimal, left: Bought) -> int:
    """How many of so many, that cost `price` in all, the limits allow."""
    by_sum = count if price <= left.sum else int(left.sum * count / price)
    return min(count, left.count, by_sum)
