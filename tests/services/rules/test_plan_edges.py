"""What a rule announces and pays, on both sides of the cent and the second at which that becomes otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from services.rules.plan import Budget, Spent, allowance_of, how_many, limit_of, month_start, preview, to_announce
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW, ending
from tests.sample_rules import a_rule
from tests.services.sample_prices import ipv6_prices


@pytest.mark.parametrize(
    ("limit", "count"),
    [("Infinity", 3), ("63.01", 3), ("63.00", 3), ("62.99", 2), ("42.00", 2), ("41.99", 1), ("21.00", 1),
     ("20.99", 0), ("0.00", 0), ("-1", 0)],
)  # fmt: skip
def test_a_limit_covers_what_it_covers_to_the_cent(limit: str, count: int) -> None:
    assert how_many([Decimal("21.00")] * 3, Decimal(limit)) == count


def test_thirds_of_a_cent_do_not_cost_a_proxy() -> None:
    assert how_many([Decimal(10) / 3] * 3, Decimal("10.00")) == 3
    assert how_many([Decimal(10) / 3] * 3, Decimal("9.99")) == 2


@pytest.mark.parametrize(
    ("given", "spent", "balance", "limit"),
    [
        ({}, "0", None, ("Infinity", "money")),
        ({}, "0", "50", ("50", "money")),
        ({"floor": Decimal(20)}, "0", "50", ("30", "money")),
        ({"cap_run": Decimal(49)}, "0", "50", ("49", "cap_run")),
        ({"cap_run": Decimal(50)}, "0", "50", ("50", "money")),
        ({"cap_month": Decimal(60)}, "11", "50", ("49", "cap_month")),
        ({"cap_month": Decimal(60)}, "10", "50", ("50", "money")),
        ({"cap_month": Decimal(60), "cap_run": Decimal(45)}, "20", "50", ("40", "cap_month")),
        ({"cap_month": Decimal(60), "cap_run": Decimal(40)}, "20", "50", ("40", "cap_run")),
        ({"cap_month": Decimal(60)}, "60", None, ("0", "cap_month")),
    ],
)
def test_the_least_of_the_limits_counts_and_is_named(
    given: dict[str, object], spent: str, balance: str | None, limit: tuple[str, str]
) -> None:
    month = Spent(Decimal(spent))
    amount, why = limit_of(a_rule(**given), month, None if balance is None else Decimal(balance))
    assert (amount, why) == (Decimal(limit[0]), limit[1])


@pytest.mark.parametrize(
    ("balance", "cap", "in_run", "count", "at_most", "why"),
    [
        ("100", None, "0", 4, 4, "money"),
        ("50", None, "0", 2, 4, "money"),
        ("50", "70", "0", 2, 3, "money"),
        ("50", "70", "21", 2, 2, "cap_run"),
        ("50", "70", "42", 1, 1, "cap_run"),
        ("50", "45", "0", 2, 2, "cap_run"),
        ("5", "45", "40", 0, 0, "cap_run"),
        ("5", "45", "0", 0, 2, "money"),
        ("100", "70", "0", 3, 3, "cap_run"),
        (None, "70", "0", 3, 3, "cap_run"),
    ],
)
def test_a_cap_is_named_where_more_money_would_change_nothing(
    balance: str | None, cap: str | None, in_run: str, count: int, at_most: int, why: str
) -> None:
    rule = a_rule(cap_run=None if cap is None else Decimal(cap))
    spent, prices = Spent(run=Decimal(in_run)), [Decimal(21)] * 4
    allowed = allowance_of(rule, spent, None if balance is None else Decimal(balance), prices)
    assert (allowed.count, how_many(prices, allowed.cap), allowed.why) == (count, at_most, why)
    assert allowed.capped_by == ("money" if cap is None else "cap_run")
    after = allowed.after(Decimal(21) * count)
    assert (after.count, how_many(prices[count:], after.cap), after.why) == (0, at_most - count, why)
    assert how_many(prices[count:], after.limit) == 0 or count == len(prices)


@pytest.mark.parametrize(
    ("end", "announced"), [(DAY + SECOND, False), (DAY, True), (12 * HOUR, True), (20 * MINUTE, True)]
)
def test_a_rule_of_12_hours_announces_a_day_before_the_end(end: timedelta, announced: bool) -> None:
    assert bool(to_announce(a_rule(), [ending(end)], (), NOW)) is announced


def test_what_is_due_within_an_hour_is_one_run_and_within_a_day_one_message() -> None:
    ends = [DAY, DAY + HOUR, DAY + HOUR + SECOND, 2 * DAY, 2 * DAY + SECOND]
    runs = to_announce(a_rule(), [ending(end, nth) for nth, end in enumerate(ends)], (), NOW)
    assert [[proxy.id for proxy in batch] for _, batch in runs] == [[0, 1], [2], [3]]
    assert [at - NOW for at, _ in runs] == [12 * HOUR, 13 * HOUR + SECOND, 36 * HOUR]


@pytest.mark.parametrize(
    ("end", "run"),
    [(13 * HOUR, HOUR), (12 * HOUR + 16 * MINUTE, 16 * MINUTE), (12 * HOUR, 15 * MINUTE), (HOUR, 15 * MINUTE),
     (30 * MINUTE, 15 * MINUTE), (20 * MINUTE, 10 * MINUTE)],
)  # fmt: skip
def test_a_late_announcement_leaves_a_quarter_of_an_hour_for_skip_or_half_of_what_is_left(
    end: timedelta, run: timedelta
) -> None:
    [(at, _)] = to_announce(a_rule(), [ending(end)], (), NOW)
    assert at == NOW + run


@pytest.mark.parametrize(
    ("zone", "now", "began"),
    [
        ("UTC", "2026-11-01T00:00", "2026-11-01T00:00"),
        ("UTC", "2026-10-31T23:59", "2026-10-01T00:00"),
        ("Asia/Vladivostok", "2026-10-31T14:00", "2026-10-31T14:00"),  # the first of November there
        ("Asia/Vladivostok", "2026-10-31T13:59", "2026-09-30T14:00"),
        ("America/Los_Angeles", "2026-11-01T06:59", "2026-10-01T07:00"),
        ("America/Los_Angeles", "2026-11-01T07:00", "2026-11-01T07:00"),
        ("America/Havana", "2026-11-01T05:30", "2026-11-01T04:00"),  # half past midnight for the second time
    ],
)
def test_a_month_begins_at_midnight_where_the_person_lives(zone: str, now: str, began: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert month_start(at(now), ZoneInfo(zone)) == at(began)


def test_what_was_spent_this_month_is_forgotten_with_the_first_run_of_the_next_where_the_person_lives() -> None:
    zone, now = ZoneInfo("Asia/Vladivostok"), datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
    capped = a_rule(cap_month=Decimal("42.00"))
    for at, count in (
        (datetime(2026, 10, 31, 13, 59, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 14, 0, tzinfo=UTC), 2),
    ):
        step = Budget(capped, Decimal("21.00"), Decimal(500), now, zone).pay(at, [Decimal("21.00")] * 2)
        assert (step.count, step.stop) == (count, None if count == 2 else "cap_month")


@pytest.mark.parametrize(
    ("balance", "third", "steps"),
    [
        ("63.00", 30 * DAY + 12 * HOUR, [(1, None), (1, None), (1, None)]),
        ("63.00", 30 * DAY + 12 * HOUR + SECOND, [(1, None), (1, None)]),
        ("62.99", 30 * DAY + 12 * HOUR, [(1, None), (1, None), (0, "money")]),
        ("42.00", 5 * DAY, [(1, None), (1, "money")]),
        ("20.99", 30 * DAY, [(0, "money")]),
    ],
)
def test_a_preview_of_30_days_stops_with_the_first_run_that_the_balance_does_not_cover(
    balance: str, third: timedelta, steps: list[tuple[int, str | None]]
) -> None:
    proxies = [ending(2 * DAY), ending(5 * DAY, 2), ending(third, 3)]
    purse = Budget(a_rule(), Decimal(0), Decimal(balance), NOW, ZoneInfo("UTC"))
    found = preview(a_rule(), proxies, ipv6_prices(), purse, NOW)
    assert [(step.count, step.stop) for step in found] == steps
