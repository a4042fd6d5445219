"""What was spent, counted: shares to the cent, months where the person lives, what is exact and what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from model.doers import AUTOMATIC, OWN
from model.payments import Payment
from services.money.spending import by_month, cost_of, first_day, shares, together, who_paid

BERLIN = ZoneInfo("Europe/Berlin")
LATE = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)  # November in Berlin
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def paid(sum_: str, *ids: int, **given: Any) -> Payment:
    usual = {"order_id": 1, "at": NOW, "kind": "prolong", "source": "person", "version": None, "comment": None}
    return Payment(**{**usual, "currency": "RUB", "sum": Decimal(sum_), "ids": ids, **given})


def test_shares_make_up_the_sum_to_the_last_digit() -> None:
    assert shares(paid("10.00", 7, 8, 9)) == {7: Decimal("3.34"), 8: Decimal("3.33"), 9: Decimal("3.33")}
    assert shares(paid("20.00", 7, 8, 9)) == {7: Decimal("6.67"), 8: Decimal("6.67"), 9: Decimal("6.66")}
    assert shares(paid("0.05", 7, 8)) == {7: Decimal("0.03"), 8: Decimal("0.02")}
    assert shares(paid("21.00", 7)) == {7: Decimal("21.00")}
    assert shares(paid("21.00")) == {0: Decimal("21.00")}, "px6 has named none"
    for sum_ in ("0.01", "1.005", "99.99", "1234.567"):
        assert sum(shares(paid(sum_, *range(1, 8))).values()) == Decimal(sum_)


def test_months_are_those_of_where_the_person_lives() -> None:
    payments = [paid("5.00", 1, at=LATE), paid("7.00", 1, source="rule"), paid("1.50", 2, currency="USD")]
    [november, dollars] = by_month(payments, BERLIN, who_paid)
    assert (november.first, november.count, november.sum) == (date(2026, 11, 1), 2, Decimal("12.00"))
    assert list(november.sums.items()) == [(AUTOMATIC, Decimal("7.00")), (OWN, Decimal("5.00"))], "the greatest first"
    assert (dollars.first, dollars.currency, dollars.sum) == (date(2026, 11, 1), "USD", Decimal("1.50"))
    assert [each.currency for each in by_month(payments[::-1], BERLIN, who_paid)] == ["RUB", "USD"]
    sources = ("person", "digest", "kept", "rule", "at_once")
    [month] = by_month([paid("1.00", 1, source=source) for source in sources], UTC, who_paid)
    assert month.sums == {OWN: Decimal("3.00"), AUTOMATIC: Decimal("2.00")}
    assert [month.first.month for month in by_month(payments[:2], UTC, who_paid)] == [11, 10]
    [roubles, usd] = together(by_month(payments, UTC, who_paid))
    assert (roubles.sum, roubles.count, usd.sum) == (Decimal("12.00"), 2, Decimal("1.50"))


def test_a_months_sums_are_exact_unless_one_payment_was_for_several_kinds() -> None:
    one, two = paid("2.00", 1, 2), paid("3.00", 1, 2, currency="USD")
    for kinds, exact in (({1: "4", 2: "6"}, False), ({1: "6", 2: "6"}, True), ({1: "6"}, False), (None, True)):
        months = by_month([one, two], UTC, who_paid, kinds)
        assert [month.exact for month in (*months, *together(months))] == [exact] * 4
    bought = by_month([paid("2.00", 1, 2, kind="buy"), paid("9.00", 1, at=LATE)], UTC, who_paid, {1: "4", 2: "6"})
    assert [month.exact for month in bought] == [True, True]
    mixed = by_month([paid("2.00", 1, 2), paid("9.00", 1, at=LATE)], UTC, who_paid, {1: "4", 2: "6"})
    assert [month.exact for month in (*mixed, *together(mixed))] == [False, True, False]


def test_twelve_months_begin_with_the_first_of_the_one_eleven_months_ago() -> None:
    assert first_day(NOW, UTC) == datetime(2025, 12, 1, tzinfo=UTC)
    assert first_day(NOW, UTC, 0) == datetime(2026, 12, 1, tzinfo=UTC)
    assert first_day(NOW, BERLIN, 1) == datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    january = datetime(2027, 1, 1, tzinfo=UTC)
    assert (first_day(january, UTC, 1), first_day(january, UTC, 2)) == (january, datetime(2026, 12, 1, tzinfo=UTC))


def test_the_cost_of_one_proxy() -> None:
    assert cost_of(15, [], {}) is None
    alone, shared = paid("21.00", 15, at=LATE), paid("42.01", 15, 16)
    cost = cost_of(15, [alone, shared], {15: "6", 16: "6"})
    assert cost is not None
    assert (cost.sum, cost.count, cost.since, cost.exact) == (Decimal("42.01"), 2, LATE, True)
    mixed = cost_of(16, [shared], {15: "4", 16: "6"})
    assert mixed is not None
    assert (mixed.sum, mixed.exact) == (Decimal("21.00"), False), "kinds cost differently"
    changed = cost_of(15, [alone, paid("0.30", 15, currency="USD")], {})
    assert changed is not None
    assert (changed.sum, changed.currency, changed.count) == (Decimal("0.30"), "USD", 1), (
        "never two currencies in one"
    )
