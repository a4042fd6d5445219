"""What was spent: by month, by who paid it, by kind, by comment, and for one proxy. Pure.

px6 takes one sum for an order. Each of its proxies carries an even share of it, to the cent; where they are of
several kinds, which cost differently, the share is not exact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import ROUND_DOWN, Decimal

from model.doers import AUTOMATIC, OWN
from model.money import NOTHING
from model.payments import Payment
from services.money.prices import CENT

MONTHS = 12  # that are looked at, the running one among them

GroupOf = Callable[[Payment, int], str]
"""The group that a payment's share for a proxy (its id; 0 for one that px6 has not named) belongs to."""


@dataclass(frozen=True)
class Month:
    """What was paid in one month and currency: `sums` by group, the greatest first; `count` of payments.

    `exact`: none of the sums is an even share of proxies of several kinds.
    """

    first: date
    currency: str
    sums: Mapping[str, Decimal]
    count: int
    exact: bool

    @property
    def sum(self) -> Decimal:
        return sum(self.sums.values(), NOTHING)


@dataclass(frozen=True)
class Cost:
    """What one proxy has cost since `since`: the `sum` of its shares of `count` payments in one currency."""

    sum: Decimal
    currency: str
    count: int
    since: datetime
    exact: bool


def first_day(now: datetime, zone: tzinfo, months: int = MONTHS) -> datetime:
    """The moment at which the first of so many months began where the person lives; the last is the running one."""
    local = now.astimezone(zone)
    back = local.year * 12 + local.month - months
    return datetime(back // 12, back % 12 + 1, 1, tzinfo=zone).astimezone(UTC)


def by_month(
    payments: Iterable[Payment], zone: tzinfo, group_of: GroupOf, kinds: Mapping[int, str] | None = None
) -> Sequence[Month]:
    """The sums of each month and currency, the newest month first. `kinds`: of proxies, by id: what is exact."""
    found: dict[tuple[date, str], list[Payment]] = defaultdict(list)
    for payment in payments:
        month = payment.at.astimezone(zone).date().replace(day=1)
        found[month, payment.currency].append(payment)
    order = sorted(found, key=lambda each: (-each[0].toordinal(), each[1]))
    return [_summed(found[each], *each, group_of, kinds or {}) for each in order]


def together(months: Sequence[Month]) -> Sequence[Month]:
    """All of these months as one, by currency; `first` is that of the newest one."""
    found: dict[str, list[Month]] = defaultdict(list)
    for month in months:
        found[month.currency].append(month)
    return [
        Month(
            same[0].first,
            currency,
            _sorted(_added(pair for month in same for pair in month.sums.items())),
            sum(month.count for month in same),
            all(month.exact for month in same),
        )
        for currency, same in sorted(found.items())
    ]


def cost_of(proxy_id: int, payments: Sequence[Payment], kinds: Mapping[int, str]) -> Cost | None:
    """What a proxy has cost, in the currency of its last payment; None where nothing was paid for it."""
    if not payments:
        return None
    currency = payments[-1].currency
    same = [payment for payment in payments if payment.currency == currency]
    return Cost(
        sum((shares(payment)[proxy_id] for payment in same), NOTHING),
        currency,
        len(same),
        same[0].at,
        all(is_exact(payment, kinds) for payment in same),
    )


def shares(payment: Payment) -> dict[int, Decimal]:
    """The sum in even shares of whole cents, by proxy; what does not divide goes to the first ones."""
    ids = payment.ids or (0,)
    even = (payment.sum / len(ids)).quantize(CENT, ROUND_DOWN)
    left = int((payment.sum - even * len(ids)) / CENT)
    rest = payment.sum - even * len(ids) - CENT * left  # less than a cent, where px6 counts in smaller ones
    found = {one: even + (CENT if number < left else 0) for number, one in enumerate(ids)}
    found[ids[0]] += rest
    return found


def is_exact(payment: Payment, kinds: Mapping[int, str]) -> bool:
    """Whether an even share is what its proxy has cost: all are of one kind, as is known of them."""
    return payment.kind == "buy" or len(payment.ids) == 1 or len({kinds.get(one, "") for one in payment.ids}) == 1


def who_paid(payment: Payment, _: int) -> str:
    """AUTOMATIC, OWN, or the id of the colleague who confirmed it."""
    if payment.by_person is not None:
        return str(payment.by_person)
    return AUTOMATIC if payment.automatic else OWN


def _summed(
    payments: Sequence[Payment], first: date, currency: str, group_of: GroupOf, kinds: Mapping[int, str]
) -> Month:
    pairs = ((group_of(payment, one), share) for payment in payments for one, share in shares(payment).items())
    exact = all(is_exact(payment, kinds) for payment in payments)
    return Month(first, currency, _sorted(_added(pairs)), len(payments), exact)


def _added(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for group, sum_ in pairs:
        found[group] += sum_
    return dict(found)


def _sorted(sums: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return dict(sorted(sums.items(), key=lambda each: (-each[1], each[0])))
