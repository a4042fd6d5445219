"""What a rule of automatic prolonging would do. Pure: proxies and rules in, plans out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from px6 import Proxy
from services.forecast import Prices, cents
from services.planning import Key
from storage.rules import Rule

ANNOUNCED_BEFORE = timedelta(hours=12)  # so long before it prolongs, a rule says so
LEAST_NOTICE = timedelta(minutes=15)  # when there is less time, so long at least, or half of what is left
TOGETHER = timedelta(hours=1)  # what a rule would prolong within an hour is one run
PREVIEW = timedelta(days=30)
NOTHING = Decimal("0.00")

Limit = Literal["cap_run", "cap_month", "money"]


def fits(rule: Rule, proxy: Proxy) -> bool:
    """Whether a proxy is in a rule's scope."""
    match rule.scope:
        case "all":
            return True
        case "comment":
            return bool(proxy.comment == rule.value)
        case "country":
            return bool(proxy.country == rule.value)
    return proxy.id in rule.value


def assigned(rules: Iterable[Rule], proxies: Iterable[Proxy], now: datetime) -> dict[int, list[Proxy]]:
    """The running proxies of each rule that is on, soonest end first. Of several rules the oldest counts."""
    working = [rule for rule in rules if rule.on]
    found: dict[int, list[Proxy]] = {rule.id: [] for rule in working}
    for proxy in sorted(proxies, key=lambda one: (one.ends_at, one.id)):
        rule = next((rule for rule in working if fits(rule, proxy)), None)
        if rule is not None and proxy.ends_at > now:
            found[rule.id].append(proxy)
    return found


def due_at(rule: Rule, proxy: Proxy) -> datetime:
    """When the rule prolongs this proxy."""
    return proxy.ends_at - timedelta(hours=rule.hours)


def to_announce(
    rule: Rule, proxies: Sequence[Proxy], before: Collection[Key], now: datetime
) -> tuple[datetime, list[Proxy]] | None:
    """The next run that is to be announced now, and when it is; None when there is none yet."""
    fresh = [proxy for proxy in proxies if (proxy.id, proxy.ends_at) not in before]
    if not fresh or due_at(rule, fresh[0]) - ANNOUNCED_BEFORE > now:
        return None
    first = due_at(rule, fresh[0])
    together = [proxy for proxy in fresh if due_at(rule, proxy) <= max(first, now) + TOGETHER]
    least = min(LEAST_NOTICE, (fresh[0].ends_at - now) / 2)
    return max(first, now + least), together


def next_announcement(rule: Rule, proxies: Sequence[Proxy], before: Collection[Key]) -> datetime | None:
    """When there is something to announce."""
    return next(
        (due_at(rule, p) - ANNOUNCED_BEFORE for p in proxies if (p.id, p.ends_at) not in before),
        None,
    )


def limit_of(rule: Rule, spent: Decimal, balance: Decimal) -> tuple[Decimal, Limit]:
    """How much a run may spend, and what keeps it from spending more."""
    limits: list[tuple[Decimal, Limit]] = [(balance - rule.floor, "money")]
    if rule.cap_run is not None:
        limits.append((rule.cap_run, "cap_run"))
    if rule.cap_month is not None:
        limits.append((rule.cap_month - spent, "cap_month"))
    return min(limits, key=lambda each: each[0])


def how_many(proxies: Sequence[Proxy], prices: Prices, limit: Decimal) -> int:
    """How many of the soonest the limit covers."""
    total, count = NOTHING, 0
    for proxy in proxies:
        total += prices.price(proxy)
        if cents(total) > limit:
            break
        count += 1
    return count


def month_start(now: datetime, zone: ZoneInfo) -> datetime:
    """When the calendar month began for the person."""
    return now.astimezone(zone).replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


@dataclass(frozen=True)
class Step:
    """A run within the next 30 days. `stop`: what keeps it from prolonging all."""

    at: datetime
    count: int
    price: Decimal
    stop: Limit | None


def preview(
    rule: Rule,
    proxies: Iterable[Proxy],
    prices: Prices,
    spent: Decimal,
    balance: Decimal,
    now: datetime,
    zone: ZoneInfo,
) -> list[Step]:
    """What the rule would do in the next 30 days, until something stops it."""
    ends = {proxy.id: proxy.ends_at for proxy in proxies if proxy.ends_at > now and fits(rule, proxy)}
    by_id: Mapping[int, Proxy] = {proxy.id: proxy for proxy in proxies}
    before = timedelta(hours=rule.hours)
    month, steps = month_start(now, zone), []
    while ends and (soonest := min(ends.values())) - before <= now + PREVIEW:
        at = max(soonest - before, now)
        if month_start(at, zone) != month:
            month, spent = month_start(at, zone), NOTHING
        batch = sorted((i for i, end in ends.items() if end - before <= at + TOGETHER), key=lambda i: (ends[i], i))
        limit, why = limit_of(rule, spent, balance)
        count = how_many([by_id[i] for i in batch], prices, limit)
        price = cents(sum((prices.price(by_id[i]) for i in batch[:count]), NOTHING))
        steps.append(Step(at, count, price, why if count < len(batch) else None))
        if count < len(batch):
            return steps
        spent, balance = spent + price, balance - price
        for i in batch:
            ends[i] += timedelta(days=rule.period)
    return steps
