"""Which proxies that stopped working are replaced, by what, and as many as the limits of a month allow."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from model.orders import BuyWish
from model.replacing import Bought, Failing, Replacement, ReplaceTerms
from px6 import Protocol, Version
from services.watching.health_steps import FALLING, failures_of
from services.watching.replace_steps import (
    alike,
    bought_by_hand,
    fallen_of,
    how_many,
    left_in_month,
    one_failure_less,
    twin_of,
)
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW, a_proxy
from tests.sample_watches import a_watch

TERMS = ReplaceTerms(after=4, period=30, most=3, up_to=Decimal(300), currency="RUB")
WISH = BuyWish(1, 30, "de", Version.IPV6, Protocol.HTTP, "shop")


def a_german(number: int = 1, **given: Any) -> Any:
    usual = {"country": "de", "comment": "shop", "version": "6", "type": "http", "ends_at": NOW + 9 * DAY}
    return structs.replace(a_proxy(number), **{**usual, "bought_at": NOW - DAY, **given})


def test_what_was_told_fails_often_enough_and_runs_long_enough_is_replaced_soonest_fallen_first() -> None:
    since = {1: NOW - HOUR, 2: NOW - 2 * HOUR, 3: NOW, 4: NOW, 5: NOW, 6: NOW}
    counts = {1: 4, 2: 9, 3: 3, 4: 4, 5: 4, 6: 4}
    failures = {one: Failing(counts[one], since[one]) for one in counts}
    watch = a_watch(down=[1, 2, 3, 4, 6, 7], failures=failures, replacing=TERMS)
    ends = {4: DAY, 6: DAY + SECOND}
    proxies = [a_german(number, ends_at=NOW + ends.get(number, 9 * DAY)) for number in (1, 2, 3, 4, 5, 6, 7)]
    assert [proxy.id for proxy in fallen_of(watch, proxies, NOW)] == [2, 1, 6]
    assert fallen_of(a_watch(down=[1], failures=failures), proxies, NOW) == []


@pytest.mark.parametrize(
    ("given", "known", "expected"),
    [
        ({}, {}, WISH),
        ({"type": "socks"}, {}, structs.replace(WISH, protocol=Protocol.SOCKS)),
        ({"version": None, "ip": "5.8.1.2"}, {}, None),
        ({"version": None, "ip": "5.8.1.2"}, {1: "3"}, structs.replace(WISH, version=Version.SHARED)),
        ({"country": None}, {}, None),
    ],
)
def test_a_twin_is_alike_and_where_px6_does_not_tell_there_is_none(given: Any, known: Any, expected: Any) -> None:
    assert twin_of(a_german(**given), 30, known) == expected


def test_those_with_the_same_twin_are_bought_together() -> None:
    found = alike([a_german(1), a_german(2), a_german(3, comment="")], 30, {})
    assert [[proxy.id for proxy in group] for group in found.values()] == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({}, 1),
        ({"bought_at": NOW - HOUR}, 1),
        ({"bought_at": NOW - HOUR - SECOND}, 0),
        ({"id": 3}, 0),
        ({"country": "fr"}, 0),
        ({"version": "4"}, 0),
        ({"comment": "", "type": "socks"}, 1),
    ],
)
def test_what_was_bought_since_by_hand_counts_but_not_a_watchs_twins(given: dict[str, Any], counts: int) -> None:
    new = a_german(2, **{"bought_at": NOW, **given})
    assert bought_by_hand(WISH, NOW - HOUR, [a_german(1), new], {}, twins={3}) == counts


@pytest.mark.parametrize(
    ("bought", "count", "price", "expected"),
    [
        ([], 2, "42.00", 2),
        ([], 5, "105.00", 3),
        ([Bought(2, Decimal(42), "RUB")], 2, "42.00", 1),
        ([Bought(2, Decimal(290), "RUB")], 1, "21.00", 0),
        ([Bought(1, Decimal(260), "RUB")], 2, "42.00", 1),
        ([Bought(2, Decimal(900), "USD")], 2, "42.00", 1),
        ([Bought(1, Decimal(20), "RUB"), Bought(2, Decimal(2), "USD")], 1, "21.00", 0),
    ],
)
def test_the_limits_hold_by_number_and_by_sum(bought: list[Bought], count: int, price: str, expected: int) -> None:
    assert how_many(count, Decimal(price), left_in_month(TERMS, bought, [])) == expected


def announced(count: int, price: int) -> Replacement:
    return Replacement(
        id=1,
        telegram_id=1001,
        px6_user_id="77",
        watch_id=1,
        wish=structs.replace(WISH, count=count),
        ends={},
        since=NOW,
        price=Decimal(price),
        currency="RUB",
        state="announced",
        run_at=NOW,
        told_at=None,
        message_id=None,
        paying=None,
    )


@pytest.mark.parametrize(
    ("waiting", "count", "sum_"),
    [([], 2, 280), ([(1, 21)], 1, 259), ([(1, 21), (1, 20)], 0, 239), ([(3, 63)], 0, 217), ([(1, 281)], 1, 0)],
)
def test_what_is_announced_takes_of_the_limits_as_if_it_were_bought(
    waiting: list[tuple[int, int]], count: int, sum_: int
) -> None:
    left = left_in_month(TERMS, [Bought(1, Decimal(20), "RUB")], [announced(*each) for each in waiting])
    assert left == Bought(count, Decimal(sum_))


@pytest.mark.parametrize(
    ("left", "expected"), [("42.01", 2), ("42.00", 2), ("41.99", 1), ("21.00", 1), ("20.99", 0), ("0.00", 0)]
)
def test_a_sum_covers_what_it_covers_to_the_cent(left: str, expected: int) -> None:
    assert how_many(2, Decimal("42.00"), Bought(3, Decimal(left))) == expected


def test_what_px6_did_not_sell_needs_one_failure_more_and_no_fewer_than_it_has() -> None:
    failures = {number: Failing(number, NOW - HOUR) for number in (2, 3, 4, 9)}
    watch = a_watch(failures=failures, replacing=TERMS)
    assert one_failure_less(watch, (2, 3, 4, 5, 9)) == {
        number: Failing(min(number, 3), NOW - HOUR) for number in (2, 3, 4, 9)
    }
    assert one_failure_less(watch, (9,)) == {9: Failing(3, NOW - HOUR)}


def test_failures_are_counted_on_and_begin_anew_after_it_worked() -> None:
    watch = a_watch(down=[1, 2], back=[4], failures={1: Failing(3, NOW - DAY), 2: Failing(0, NOW - DAY)})
    counted = failures_of(watch, {1: False, 2: False, 3: False, 4: False}, {1, 2, 3, 4}, NOW)
    assert counted == {
        1: Failing(4, NOW - DAY),
        2: Failing(1, NOW),
        3: Failing(3, NOW - FALLING),
        4: Failing(1, NOW),
    }
    assert failures_of(watch, {}, {1}, NOW + timedelta(hours=1)) == {1: Failing(3, NOW - DAY)}
