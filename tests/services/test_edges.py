"""Values on both sides of an edge: the cent, the second and the number at which something becomes otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from model.rules import Rule
from model.schedules import Habits
from px6 import Proxy, Version
from services.money.forecast import Forecast, Prices, forecast, needed_within
from services.money.outlook import got_worse
from services.reminders.planning import Known, plan
from services.reminders.settings import quiet_until
from services.reminders.zones import matching
from services.rules.plan import Purse, how_many, limit_of, month_start, preview, to_announce
from tests.handlers.proxies import a_proxy

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def ending(after: timedelta, number: int = 1, comment: str = "") -> Proxy:
    return a_proxy(number, ends_at=NOW + after, comment=comment)


def prices(each: str | Decimal = "21.00", period: int = 30) -> Prices:
    return Prices(period, "RUB", Decimal(0), {Version.IPV6: Decimal(each)}, {})


# -- money ahead


def ahead(balance: str, *ends: timedelta, each: str | Decimal = "21.00") -> Forecast:
    return forecast([ending(end, nth) for nth, end in enumerate(ends)], prices(each), Decimal(balance), NOW)


@pytest.mark.parametrize(
    ("balance", "day", "missing"),
    [("63.01", None, "0.00"), ("63.00", None, "0.00"), ("62.99", 3, "0.01"), ("42.00", 3, "21.00"),
     ("41.99", 2, "21.01"), ("21.00", 2, "42.00"), ("20.99", 1, "42.01"), ("0.00", 1, "63.00")],
)  # fmt: skip
def test_a_balance_lasts_as_long_as_it_covers_to_the_cent(balance: str, day: int | None, missing: str) -> None:
    found = ahead(balance, DAY, 2 * DAY, 3 * DAY)
    assert found.lasts_until == (None if day is None else NOW + day * DAY)
    assert found.top_up == Decimal(missing)


@pytest.mark.parametrize(("balance", "day"), [("10.00", None), ("9.99", 3), ("6.66", 2), ("6.67", 3)])
def test_a_price_that_does_not_divide_is_no_cent_more(balance: str, day: int | None) -> None:
    found = ahead(balance, DAY, 2 * DAY, 3 * DAY, each=Decimal(10) / 3)
    assert found.lasts_until == (None if day is None else NOW + day * DAY)


@pytest.mark.parametrize(
    ("end", "counted"),
    [(timedelta(0), (0, 0, 0)), (SECOND, (1, 1, 1)), (7 * DAY, (1, 1, 1)), (7 * DAY + SECOND, (0, 1, 1)),
     (14 * DAY, (0, 1, 1)), (14 * DAY + SECOND, (0, 0, 1)), (30 * DAY, (0, 0, 1)), (30 * DAY + SECOND, (0, 0, 0))],
)  # fmt: skip
def test_a_renewal_counts_from_the_next_second_to_the_last_of_the_days(
    end: timedelta, counted: tuple[int, int, int]
) -> None:
    found = forecast([ending(end)], prices(period=60), Decimal(0), NOW)
    assert tuple(found.counts[days] for days in (7, 14, 30)) == counted
    assert tuple(found.costs[days] for days in (7, 14, 30)) == tuple(21 * Decimal(one) for one in counted)


def test_what_falls_is_what_ends_up_to_a_day_after_the_first_that_is_not_covered() -> None:
    found = ahead("21.00", HOUR, 2 * HOUR, 26 * HOUR, 26 * HOUR + SECOND)
    assert [proxy.id for proxy in found.falls] == [1, 2]


@pytest.mark.parametrize(
    ("end", "counted"),
    [(-SECOND, 0), (timedelta(0), 0), (SECOND, 1), (3 * DAY, 1), (3 * DAY + SECOND, 0)],
)  # fmt: skip
def test_a_low_balance_is_about_what_has_not_ended_and_ends_within_the_days(end: timedelta, counted: int) -> None:
    count, needed, _ = needed_within([ending(end)], prices(), NOW, 3 * DAY)
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


# -- when something is said


def known(habits: Habits | None = None, **more: object) -> Known:
    made = Known(habits=habits or Habits(), zone=ZoneInfo("UTC"), since=NOW - 60 * DAY)
    return replace(made, **more)  # type: ignore[arg-type]


QUIET = Habits(quiet_from=12 * 60, quiet_to=20 * 60)


@pytest.mark.parametrize(
    ("end", "told"),
    [(timedelta(0), False), (SECOND, True), (8 * HOUR - SECOND, True), (8 * HOUR, True), (8 * HOUR + SECOND, False)],
)
def test_in_quiet_hours_that_is_said_which_ends_at_their_last_moment_and_nothing_later(
    end: timedelta, told: bool
) -> None:
    made = plan([ending(end)], known(QUIET), NOW)
    assert (len(made.soon), made.quietly) == (int(told), True)
    assert (len(made.ended), made.look_at <= NOW + 8 * HOUR) == (0, True)


@pytest.mark.parametrize(
    ("after", "until"),
    [(-SECOND, None), (timedelta(0), 8 * HOUR), (8 * HOUR - SECOND, 8 * HOUR), (8 * HOUR, None), (20 * HOUR, None)],
)
def test_quiet_hours_are_from_their_first_moment_to_the_one_before_their_end(
    after: timedelta, until: timedelta | None
) -> None:
    found = quiet_until(QUIET, ZoneInfo("UTC"), NOW + after)
    assert found == (None if until is None else NOW + until)


@pytest.mark.parametrize(
    ("end", "leads"),
    [
        (3 * DAY + SECOND, []),
        (3 * DAY, [259200]),
        (DAY + SECOND, [259200]),
        (DAY, [259200, 86400]),
        (3 * HOUR + SECOND, [259200, 86400]),
        (3 * HOUR, [259200, 86400, 10800]),
        (SECOND, [259200, 86400, 10800]),
    ],
)
def test_a_lead_has_come_at_its_very_moment(end: timedelta, leads: list[int]) -> None:
    made = plan([ending(end)], known(), NOW)
    assert [lead for _, _, lead in made.rows] == leads


@pytest.mark.parametrize(
    ("said", "leads"),
    [({86400}, []), ({10800}, []), ({259200}, [86400]), ({86401}, [259200, 86400]),
     ({-5}, [259200, 86400]), ({0}, [259200, 86400])],
)  # fmt: skip
def test_after_the_last_lead_that_was_said_none_as_long_comes(said: set[int], leads: list[int]) -> None:
    one = ending(20 * HOUR)
    made = plan([one], known(said={(one.id, one.ends_at): said}), NOW)
    assert [lead for _, _, lead in made.rows] == leads


@pytest.mark.parametrize(
    ("lead", "further", "along"),
    [(HOUR, 15 * MINUTE, True), (HOUR, 15 * MINUTE + SECOND, False),
     (DAY, 6 * HOUR, True), (DAY, 6 * HOUR + SECOND, False),
     (3 * DAY, 6 * HOUR, True), (3 * DAY, 6 * HOUR + SECOND, False)],
)  # fmt: skip
def test_what_comes_within_a_quarter_of_a_lead_or_six_hours_is_taken_along(
    lead: timedelta, further: timedelta, along: bool
) -> None:
    habits = Habits(leads=(int(lead.total_seconds()),))
    made = plan([ending(lead), ending(lead + further, 2)], known(habits), NOW)
    assert [proxy.id for proxy in made.soon] == ([1, 2] if along else [1])


@pytest.mark.parametrize(("other", "waits"), [(29 * MINUTE, True), (30 * MINUTE, False)])
def test_an_end_waits_for_those_that_end_within_half_an_hour_of_it(other: timedelta, waits: bool) -> None:
    """One minute after the first end."""
    habits = Habits(leads=(60,))
    made = plan([ending(-MINUTE), ending(other, 2)], known(habits), NOW)
    assert len(made.ended) == (0 if waits else 1)


@pytest.mark.parametrize(
    ("ago", "since", "news"),
    [(timedelta(0), 60 * DAY, True), (SECOND, SECOND * 2, True), (SECOND, SECOND, False),
     (7 * DAY - SECOND, 60 * DAY, True), (7 * DAY, 60 * DAY, False)],
)  # fmt: skip
def test_an_end_is_news_for_seven_days_if_it_came_since_the_account_is_looked_after(
    ago: timedelta, since: timedelta, news: bool
) -> None:
    made = plan([ending(-ago)], known(since=NOW - since), NOW)
    assert len(made.ended) == int(news)


@pytest.mark.parametrize(
    ("end", "look"),
    [(3 * DAY + SECOND, 20 * SECOND), (3 * DAY + 21 * SECOND, 21 * SECOND), (3 * DAY + 5 * HOUR, 5 * HOUR),
     (3 * DAY + 6 * HOUR, 6 * HOUR), (3 * DAY + 7 * HOUR, 6 * HOUR), (90 * DAY, 6 * HOUR)],
)  # fmt: skip
def test_the_next_look_is_when_something_comes_due_between_20_seconds_and_6_hours(
    end: timedelta, look: timedelta
) -> None:
    assert plan([ending(end)], known(), NOW).look_at == NOW + look
    assert plan([], known(), NOW).look_at == NOW + 6 * HOUR


# -- what time it is where


@pytest.mark.parametrize(
    ("now", "typed", "found"),
    [
        ("23:58", (23, 58), True),
        ("23:58", (0, 2), True),  # two minutes before midnight against two after
        ("0:02", (23, 58), True),
        ("23:57", (0, 4), True),
        ("23:57", (0, 5), False),
        ("0:03", (23, 56), True),
        ("0:03", (23, 55), False),
        ("12:00", (12, 7), True),
        ("12:00", (12, 8), False),
        ("12:00", (11, 53), True),
        ("12:00", (11, 52), False),
    ],
)
def test_a_clock_may_be_seven_minutes_wrong_also_over_midnight(now: str, typed: tuple[int, int], found: bool) -> None:
    hour, _, minute = now.partition(":")
    moment = datetime(2026, 11, 23, int(hour), int(minute), tzinfo=UTC)
    assert ("Europe/London" in matching(*typed, moment)) is found


# -- automatic prolonging


def rule(**given: object) -> Rule:
    values: dict[str, object] = {
        "id": 1,
        "telegram_id": 1001,
        "scope": "all",
        "value": "",
        "hours": 12,
        "period": 30,
        "px6_user_id": "7",
        "currency": "RUB",
        "cap_run": None,
        "cap_month": None,
        "floor": Decimal("0.00"),
        "quiet": False,
        "on": True,
        "stopped": None,
        "created_at": NOW,
    }
    return Rule(**{**values, **given})  # type: ignore[arg-type]  # a test may change any field


@pytest.mark.parametrize(
    ("limit", "count"),
    [(None, 3), ("63.01", 3), ("63.00", 3), ("62.99", 2), ("42.00", 2), ("41.99", 1), ("21.00", 1),
     ("20.99", 0), ("0.00", 0), ("-1", 0)],
)  # fmt: skip
def test_a_limit_covers_what_it_covers_to_the_cent(limit: str | None, count: int) -> None:
    assert how_many([Decimal("21.00")] * 3, None if limit is None else Decimal(limit)) == count


def test_thirds_of_a_cent_do_not_cost_a_proxy() -> None:
    assert how_many([Decimal(10) / 3] * 3, Decimal("10.00")) == 3
    assert how_many([Decimal(10) / 3] * 3, Decimal("9.99")) == 2


@pytest.mark.parametrize(
    ("given", "spent", "balance", "limit"),
    [
        ({}, "0", None, (None, "money")),
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
    given: dict[str, object], spent: str, balance: str | None, limit: tuple[str | None, str]
) -> None:
    amount, why = limit_of(rule(**given), Decimal(spent), None if balance is None else Decimal(balance))
    assert (amount, why) == (None if limit[0] is None else Decimal(limit[0]), limit[1])


@pytest.mark.parametrize(
    ("end", "announced"), [(DAY + SECOND, False), (DAY, True), (12 * HOUR, True), (20 * MINUTE, True)]
)
def test_a_rule_of_12_hours_announces_a_day_before_the_end(end: timedelta, announced: bool) -> None:
    assert bool(to_announce(rule(), [ending(end)], (), NOW)) is announced


def test_what_is_due_within_an_hour_is_one_run_and_within_a_day_one_message() -> None:
    ends = [DAY, DAY + HOUR, DAY + HOUR + SECOND, 2 * DAY, 2 * DAY + SECOND]
    runs = to_announce(rule(), [ending(end, nth) for nth, end in enumerate(ends)], (), NOW)
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
    [(at, _)] = to_announce(rule(), [ending(end)], (), NOW)
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
    ],
)
def test_a_month_begins_at_midnight_where_the_person_lives(zone: str, now: str, began: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)

    assert month_start(at(now), ZoneInfo(zone)) == at(began)


def test_what_was_spent_this_month_is_forgotten_with_the_first_run_of_the_next_where_the_person_lives() -> None:
    zone, now = ZoneInfo("Asia/Vladivostok"), datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
    capped = rule(cap_month=Decimal("42.00"))
    for at, count in (
        (datetime(2026, 10, 31, 13, 59, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 14, 0, tzinfo=UTC), 2),
    ):
        step = Purse(capped, Decimal("21.00"), Decimal(500), now, zone).pay(at, [Decimal("21.00")] * 2)
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
    purse = Purse(rule(), Decimal(0), Decimal(balance), NOW, ZoneInfo("UTC"))
    found = preview(rule(), proxies, prices(), purse, NOW)
    assert [(step.count, step.stop) for step in found] == steps
