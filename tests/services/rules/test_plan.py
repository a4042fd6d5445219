"""Which proxies a rule takes, when it says so, and what it would do in the coming days."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.rules.plan import Budget, assigned, coming_runs, fits, next_announcement, to_announce, until_stopped
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW, a_proxy, ending
from tests.sample_rules import a_rule
from tests.services.sample_prices import ipv6_prices

D = Decimal


@pytest.mark.parametrize(
    ("scope", "value", "taken"),
    [("all", "", True), ("comment", "shop", True), ("comment", "Shop", False), ("country", "de", True),
     ("country", "us", False), ("ids", [1, 15], True), ("ids", [1], False)],
)  # fmt: skip
def test_a_rule_takes_what_is_in_its_scope(scope: str, value: Any, taken: bool) -> None:
    assert fits(a_rule(scope=scope, value=value), a_proxy(15)) is taken


def test_of_several_rules_the_oldest_that_is_on_takes_a_running_proxy() -> None:
    rules = [
        a_rule(id=1, on=False),
        a_rule(id=2, scope="comment", value="shop"),
        a_rule(id=3, scope="ids", value=[1, 2, 3, 4, 5]),
        a_rule(id=4, scope="country", value="us"),
    ]
    proxies = [
        ending(2 * DAY, 2, "shop"),
        ending(DAY, 3, "shop"),
        ending(DAY, 1, "ads"),
        ending(timedelta(0), 4, "ads"),
        ending(SECOND, 5, "ads"),
        ending(DAY, 9, "ads"),
    ]
    found = assigned(rules, proxies, NOW)
    assert {number: [proxy.id for proxy in taken] for number, taken in found.items()} == {2: [3, 2], 3: [5, 1], 4: []}
    twins = [ending(DAY, number) for number in (3, 1, 2)]
    assert [proxy.id for proxy in assigned([a_rule(id=1)], twins, NOW)[1]] == [1, 2, 3]


def test_what_was_announced_is_not_announced_again_and_the_next_one_is_awaited() -> None:
    first, second = ending(13 * HOUR, 1), ending(2 * DAY, 2)
    before = {(1, first.ends_at)}
    assert [[proxy.id for proxy in batch] for _, batch in to_announce(a_rule(), [first, second], (), NOW)] == [[1]]
    assert to_announce(a_rule(), [first, second], before, NOW) == []
    assert to_announce(a_rule(), [], (), NOW) == []
    assert next_announcement(a_rule(), [first, second], ()) == NOW - 11 * HOUR
    assert next_announcement(a_rule(), [first, second], before) == NOW + DAY
    assert next_announcement(a_rule(), [first], before) is None
    assert next_announcement(a_rule(), [first], {(1, NOW)}) is not None, "that was of another end"


def test_late_ones_are_gathered_from_now_on() -> None:
    """They should have been prolonged hours ago; what is due within an hour from now is the same run."""
    ends = [HOUR, 12 * HOUR, 13 * HOUR, 13 * HOUR + SECOND, 14 * HOUR, 36 * HOUR, 36 * HOUR + SECOND]
    runs = to_announce(a_rule(), [ending(end, nth) for nth, end in enumerate(ends)], (), NOW)
    assert [[proxy.id for proxy in batch] for _, batch in runs] == [[0, 1, 2], [3, 4], [5]]


def test_there_is_time_before_the_first_of_the_ends() -> None:
    [(at, _)] = to_announce(a_rule(), [ending(HOUR / 3), ending(HOUR, 2)], (), NOW)
    assert at == NOW + HOUR / 6


def test_a_budget_is_used_up_by_run_after_run() -> None:
    purse = Budget(a_rule(floor=D(10), cap_run=D(50)), D(0), D("100.00"), NOW, ZoneInfo("UTC"))
    steps = [purse.pay(NOW + nth * DAY, [D("21.00")] * 3) for nth in range(4)]
    assert [(step.count, step.price, step.stop) for step in steps] == [
        (2, D("42.00"), "cap_run"),
        (2, D("42.00"), "cap_run"),  # more money than the 48 that are left would not help
        (0, D("0.00"), "money"),
        (0, D("0.00"), "money"),
    ]
    assert [step.at for step in steps] == [NOW + nth * DAY for nth in range(4)]


def test_what_a_month_may_cost_is_counted_with_what_was_spent_and_paid_meanwhile() -> None:
    purse = Budget(a_rule(cap_month=D(63)), D(21), None, NOW, ZoneInfo("UTC"))
    counts = [(step.count, step.stop) for step in (purse.pay(NOW, [D(21)]), purse.pay(NOW + DAY, [D(21)] * 2))]
    assert counts == [(1, None), (1, "cap_month")]
    anew = [purse.pay(NOW + 10 * DAY, [D(21)] * 2), purse.pay(NOW + 11 * DAY, [D(21)] * 2)]
    assert [(step.count, step.stop) for step in anew] == [(2, None), (1, "cap_month")]


def test_a_rule_that_is_stopped_does_nothing_more() -> None:
    purse = Budget(a_rule(), D(0), D(30), NOW, ZoneInfo("UTC"))
    runs = [(NOW + nth * DAY, [D(21)]) for nth in range(4)]
    assert [step.stop for step in until_stopped(purse, runs)] == [None, "money"]
    assert until_stopped(purse, []) == []


def test_the_runs_of_30_days_are_played_forward() -> None:
    proxies = [ending(2 * DAY, 1), ending(2 * DAY + HOUR, 2), ending(2 * DAY + HOUR + SECOND, 3), ending(HOUR, 4)]
    found = list(coming_runs(a_rule(period=10), proxies, ipv6_prices(), NOW))
    assert [(at - NOW, len(prices)) for at, prices in found] == [
        (timedelta(0), 1), (36 * HOUR, 2), (37 * HOUR + SECOND, 1),
        (9 * DAY + 13 * HOUR, 1), (11 * DAY + 12 * HOUR, 2), (11 * DAY + 13 * HOUR + SECOND, 1),
        (19 * DAY + 13 * HOUR, 1), (21 * DAY + 12 * HOUR, 2), (21 * DAY + 13 * HOUR + SECOND, 1),
        (29 * DAY + 13 * HOUR, 1),
    ]  # fmt: skip
    assert list(coming_runs(a_rule(), [], ipv6_prices(), NOW)) == []


def test_prices_stand_in_the_order_of_the_ends() -> None:
    dear = a_proxy(1, ends_in=2 * DAY + HOUR, version="5")
    [(_, prices)] = coming_runs(a_rule(), [dear, ending(2 * DAY, 9)], ipv6_prices(), NOW)
    assert prices == [D("21.00"), D("0.00")]
