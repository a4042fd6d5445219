"""What a rule of automatic prolonging would do: which proxies, when, and as many as its limits allow. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from model.local_time import month_begun
from model.money import NOTHING
from model.rules import Limit, ProxyEnd, Rule, Run
from px6 import Proxy
from services.money.prices import Prices, cents

ANNOUNCED_BEFORE = timedelta(hours=12)  # so long before it prolongs, a rule says so
LEAST_NOTICE = timedelta(minutes=15)  # when there is less time, so long at least, or half of what is left
TOGETHER = timedelta(hours=1)  # what a rule would prolong within an hour is one run, and one payment
AT_A_TIME = timedelta(days=1)  # runs within a day of the first are announced together
PREVIEW = timedelta(days=30)
NO_LIMIT = Decimal("Infinity")


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


Batch = tuple[datetime, list[Proxy]]  # a run: when, and what


def to_announce(rule: Rule, proxies: Sequence[Proxy], before: Collection[ProxyEnd], now: datetime) -> list[Batch]:
    """The runs of a day that are to be announced now, in one message; none while there is time."""
    fresh = [proxy for proxy in proxies if (proxy.id, proxy.ends_at) not in before]
    if not fresh or announced_at(rule, fresh[0]) > now:
        return []
    until = max(due_at(rule, fresh[0]), now) + AT_A_TIME
    batches = batched(rule, [proxy for proxy in fresh if due_at(rule, proxy) <= until], now)
    return [(with_notice(due_at(rule, batch[0]), batch[0].ends_at, now), batch) for batch in batches]


def batched(rule: Rule, proxies: Sequence[Proxy], now: datetime) -> list[list[Proxy]]:
    """What is due within an hour of the first of them is one run."""
    batches: list[list[Proxy]] = []
    for proxy in proxies:
        if batches and due_at(rule, proxy) <= max(due_at(rule, batches[-1][0]), now) + TOGETHER:
            batches[-1].append(proxy)
        else:
            batches.append([proxy])
    return batches


def with_notice(run_at: datetime, ends_at: datetime, now: datetime) -> datetime:
    """When a run that is announced now may be: so that there is time for Skip, and time before the end."""
    return max(run_at, now + min(LEAST_NOTICE, (ends_at - now) / 2))


def announced_at(rule: Rule, proxy: Proxy) -> datetime:
    """When the rule says that it will prolong this proxy."""
    return due_at(rule, proxy) - ANNOUNCED_BEFORE


def next_announcement(rule: Rule, proxies: Sequence[Proxy], before: Collection[ProxyEnd]) -> datetime | None:
    """When there is something to announce."""
    return next((announced_at(rule, p) for p in proxies if (p.id, p.ends_at) not in before), None)


def prices_by_end(runs: Iterable[Run]) -> dict[tuple[datetime, int], Decimal]:
    """The announced price of each proxy of these runs, by its end and its id: what ends first is paid first."""
    return {(end, one): run.prices[one] for run in runs for one, end in run.ends.items()}


@dataclass(frozen=True)
class Spent:
    """What a rule has spent of what its caps count: in the month, and for the run of which this one was left."""

    month: Decimal = NOTHING
    run: Decimal = NOTHING


def limit_of(rule: Rule, spent: Spent, balance: Decimal | None) -> tuple[Decimal, Limit]:
    """How much a run may spend, and what keeps it from spending more. Without a balance the caps alone count."""
    limits: list[tuple[Decimal, Limit]] = [(NO_LIMIT if balance is None else balance - rule.floor, "money")]
    if rule.cap_run is not None:
        limits.append((rule.cap_run - spent.run, "cap_run"))
    if rule.cap_month is not None:
        limits.append((rule.cap_month - spent.month, "cap_month"))
    return min(limits, key=lambda each: each[0])


def how_many(prices: Iterable[Decimal], limit: Decimal) -> int:
    """How many of the first of these prices the limit covers."""
    total, count = NOTHING, 0
    for price in prices:
        total += price
        if cents(total) > limit:
            break
        count += 1
    return count


@dataclass(frozen=True)
class Allowance:
    """What a run may spend: `limit`, which is enough for the first `count`. However much money there is, `cap`.

    `why`: what keeps it from more than `count`: a cap, where more money would change nothing. `capped_by`: the cap
    that is nearest; "money" for none.
    """

    limit: Decimal
    cap: Decimal
    count: int
    why: Limit
    capped_by: Limit

    def after(self, price: Decimal) -> Allowance:
        """What is left of it when the first were paid."""
        return replace(self, limit=self.limit - price, cap=self.cap - price, count=0)


def allowance_of(rule: Rule, spent: Spent, balance: Decimal | None, prices: Sequence[Decimal]) -> Allowance:
    """How many of the first of these prices a rule may pay now. Without a balance the caps alone count."""
    (limit, why), (cap, capped_by) = limit_of(rule, spent, balance), limit_of(rule, spent, None)
    count = how_many(prices, limit)
    return Allowance(limit, cap, count, capped_by if how_many(prices, cap) == count else why, capped_by)


def month_start(now: datetime, zone: ZoneInfo) -> datetime:
    """When the calendar month began for the person."""
    return month_begun(now, zone)


@dataclass(frozen=True)
class Step:
    """A run to come. `stop`: what keeps it from prolonging all."""

    at: datetime
    count: int
    price: Decimal
    stop: Limit | None


class Budget:
    """What a rule may still spend, played forward. `spent`: in the month of `now`; no balance: only caps count."""

    def __init__(self, rule: Rule, spent: Decimal, balance: Decimal | None, now: datetime, zone: ZoneInfo) -> None:
        self._rule, self._spent, self._balance, self._zone = rule, spent, balance, zone
        self._month = month_start(now, zone)

    def pay(self, at: datetime, prices: Sequence[Decimal]) -> Step:
        """As many of the first as the limits allow then."""
        if month_start(at, self._zone) != self._month:
            self._month, self._spent = month_start(at, self._zone), NOTHING
        allowed = allowance_of(self._rule, Spent(self._spent), self._balance, prices)
        price = cents(sum(prices[: allowed.count], NOTHING))
        self._spent += price
        if self._balance is not None:
            self._balance -= price
        return Step(at, allowed.count, price, allowed.why if allowed.count < len(prices) else None)


def until_stopped(budget: Budget, runs: Iterable[tuple[datetime, Sequence[Decimal]]]) -> list[Step]:
    """The runs one after another, until a limit stops the rule."""
    steps: list[Step] = []
    for at, prices in runs:
        steps.append(budget.pay(at, prices))
        if steps[-1].stop is not None:
            break
    return steps


@dataclass(frozen=True)
class Preview:
    """What a rule would do in the next 30 days.

    `at_most`: px6 may charge less. `taken`: proxies in its scope that an older rule takes. `unpriced`: those that
    px6 cannot be asked to prolong. `refused`: px6 does not sell its number of days.
    """

    steps: Sequence[Step] = ()
    at_most: bool = False
    taken: int = 0
    unpriced: int = 0
    refused: bool = False


def preview(rule: Rule, proxies: Sequence[Proxy], prices: Prices, budget: Budget, now: datetime) -> list[Step]:
    """What the rule would do with its proxies in the next 30 days, until something stops it."""
    return until_stopped(budget, coming_runs(rule, proxies, prices, now))


def coming_runs(
    rule: Rule, proxies: Sequence[Proxy], prices: Prices, now: datetime
) -> Iterator[tuple[datetime, list[Decimal]]]:
    """The runs of the next 30 days with the price of each proxy, if every one of them is done in full."""
    ends = {proxy.id: proxy.ends_at for proxy in proxies}
    price = {proxy.id: prices.price(proxy) for proxy in proxies}
    before = timedelta(hours=rule.hours)
    while ends and (soonest := min(ends.values())) - before <= now + PREVIEW:
        at = max(soonest - before, now)
        batch = sorted((i for i, end in ends.items() if end - before <= at + TOGETHER), key=lambda i: (ends[i], i))
        yield at, [price[i] for i in batch]
        for i in batch:
            ends[i] += timedelta(days=rule.period)
