"""Forecasts and warnings of a low balance, on both sides of a cent, of a second and of a number of days."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from services.money.forecast import Forecast, make_forecast
from services.money.low_balance import got_worse, needed_within
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW, ending
from tests.services.sample_prices import ipv6_prices


def forecast(balance: str, *ends: timedelta, each: str | Decimal = "21.00") -> Forecast:
    return make_forecast([ending(end, nth) for nth, end in enumerate(ends)], ipv6_prices(each), Decimal(balance), NOW)


@pytest.mark.parametrize(
    ("balance", "day", "missing"),
    [("63.01", None, "0.00"), ("63.00", None, "0.00"), ("62.99", 3, "0.01"), ("42.00", 3, "21.00"),
     ("41.99", 2, "21.01"), ("21.00", 2, "42.00"), ("20.99", 1, "42.01"), ("0.00", 1, "63.00")],
)  # fmt: skip
def test_a_balance_lasts_as_long_as_it_covers_to_the_cent(balance: str, day: int | None, missing: str) -> None:
    found = forecast(balance, DAY, 2 * DAY, 3 * DAY)
    assert found.lasts_until == (None if day is None else NOW + day * DAY)
    assert found.top_up == Decimal(missing)


@pytest.mark.parametrize(("balance", "day"), [("10.00", None), ("9.99", 3), ("6.66", 2), ("6.67", 3)])
def test_a_price_that_does_not_divide_is_no_cent_more(balance: str, day: int | None) -> None:
    found = forecast(balance, DAY, 2 * DAY, 3 * DAY, each=Decimal(10) / 3)
    assert found.lasts_until == (None if day is None else NOW + day * DAY)


@pytest.mark.parametrize(
    ("end", "counted"),
    [(timedelta(0), (0, 0, 0)), (SECOND, (1, 1, 1)), (7 * DAY, (1, 1, 1)), (7 * DAY + SECOND, (0, 1, 1)),
     (14 * DAY, (0, 1, 1)), (14 * DAY + SECOND, (0, 0, 1)), (30 * DAY, (0, 0, 1)), (30 * DAY + SECOND, (0, 0, 0))],
)  # fmt: skip
def test_a_renewal_counts_from_the_next_second_to_the_last_of_the_days(
    end: timedelta, counted: tuple[int, int, int]
) -> None:
    found = make_forecast([ending(end)], ipv6_prices(period=60), Decimal(0), NOW)
    assert tuple(found.counts[days] for days in (7, 14, 30)) == counted
    assert tuple(found.costs[days] for days in (7, 14, 30)) == tuple(21 * Decimal(one) for one in counted)


def test_what_falls_is_what_ends_up_to_a_day_after_the_first_that_is_not_covered() -> None:
    found = forecast("21.00", HOUR, 2 * HOUR, 26 * HOUR, 26 * HOUR + SECOND)
    assert [proxy.id for proxy in found.falls] == [1, 2]


@pytest.mark.parametrize(
    ("end", "counted"),
    [(-SECOND, 0), (timedelta(0), 0), (SECOND, 1), (3 * DAY, 1), (3 * DAY + SECOND, 0)],
)  # fmt: skip
def test_a_low_balance_is_about_what_has_not_ended_and_ends_within_the_days(end: timedelta, counted: int) -> None:
    count, needed, _ = needed_within([ending(end)], ipv6_prices(), NOW, 3 * DAY)
    assert (count, needed) == (counted, counted * Decimal("21.00"))


@pytest.mark.parametrize(
    ("said", "balance_then", "missing", "balance", "hours", "worse"),
    [
        ("12", "30", "12", "30", 48, False),  # it is as it was
        ("12", "30", "13", "30", 23, False),
        ("12", "30", "13", "30", 24, True),  # a day later
        ("12", "30", "23.99", "30", 1, False),
        ("12", "30", "24", "30", 1, True),  # twice as much
        ("12", "30", "12.01", "29.99", 1, True),  # the balance fell
        ("12", "30", "11", "29", 1, False),
    ],
)
def test_a_warning_is_repeated_only_when_it_got_worse(
    said: str, balance_then: str, missing: str, balance: str, hours: int, worse: bool
) -> None:
    before = {"missing": (Decimal(said), NOW), "balance": (Decimal(balance_then), NOW)}
    assert got_worse(before, Decimal(missing), Decimal(balance), NOW + hours * HOUR) is worse
