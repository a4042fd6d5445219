"""What happened at px6 without the bot: what its own orders explain, and what they do not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from model.accounts import Snapshot
from px6 import Proxy, ProxyList
from services.notifications.kinds import Change
from services.orders import Order
from services.reminders.outside_changes import is_certain, unexplained
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW, a_proxy
from tests.services.orders.books import order

AROUND = 45 * SECOND
THEN = NOW - HOUR  # of the look before
D = Decimal


def paid(**changed: Any) -> Order:
    """A prolonging of 1 and 2 for 42.00, sent and done between the looks."""
    given = {"state": "done", "charged": "42.00", "sent_at": NOW - HOUR / 2, "settled_at": NOW - HOUR / 2}
    return order("prolong", **{**given, **changed})


def listed(*proxies: Proxy, balance: str = "100.00") -> ProxyList:
    return ProxyList(user_id="7", balance=D(balance), currency="RUB", proxies=proxies)


def found(
    *proxies: Proxy,
    balance: str = "100.00",
    orders: Sequence[Order] = (),
    px6s: Collection[int] = (),
    read_at: Any = NOW,
    before: Collection[int] = (1, 2, 3),
) -> Change | None:
    """Between a look with 100.00 and the proxies of `before`, which end in three days, and one of now."""
    ends = dict.fromkeys(before, NOW + 3 * DAY)
    snapshot = Snapshot(px6_user_id="7", read_at=THEN, balance=D("100.00"), currency="RUB", ends=ends)
    return unexplained(snapshot, listed(*proxies, balance=balance), orders, read_at, px6s)


def later(number: int, by: timedelta, **changed: Any) -> Proxy:
    return a_proxy(number, ends_in=3 * DAY + by, **changed)


@pytest.mark.parametrize(
    ("changed", "certain"),
    [({"state": "refused", "settled_at": NOW}, True), ({"state": "unknown", "settled_at": None}, False),
     ({"settled_at": NOW - AROUND}, True), ({"settled_at": NOW - AROUND + SECOND}, False),
     ({"settled_at": NOW + AROUND - SECOND}, False), ({"settled_at": NOW + AROUND}, True),
     ({"settled_at": None, "sent_at": NOW - AROUND}, True), ({"settled_at": None, "sent_at": NOW}, False),
     ({"settled_at": None, "sent_at": None, "confirmed_at": NOW}, False),
     ({"settled_at": None, "sent_at": None, "confirmed_at": NOW - AROUND}, True),
     ({"settled_at": NOW, "sent_at": NOW - DAY}, False)],
)  # fmt: skip
def test_a_look_is_certain_of_what_ended_45_seconds_from_it(changed: dict[str, Any], certain: bool) -> None:
    assert is_certain([paid(**changed)], NOW) is certain
    assert is_certain([paid(settled_at=NOW - DAY), paid(**changed)], NOW) is certain
    assert is_certain([], NOW)


@pytest.mark.parametrize(
    ("balance", "fell"), [("100.00", None), ("100.01", None), ("99.99", "0.01"), ("58.00", "42.00")]
)
def test_a_balance_that_fell_without_the_bot_is_told(balance: str, fell: str | None) -> None:
    change = found(balance=balance)
    expected = Change(D(fell), "RUB", {}, 0, "unknown", matches=False) if fell else None
    assert change == expected


@pytest.mark.parametrize(
    ("changed", "fell"),
    [({}, "0"), ({"charged": None}, "0"), ({"charged": "40.00"}, "2.00"),
     ({"charged": None, "expected": "41.00"}, "1.00"),
     ({"charged": None, "expected": None, "quoted": "39.00"}, "3.00"),
     ({"state": "refused"}, "42.00"), ({"sent_at": None}, "42.00"),
     ({"sent_at": THEN - AROUND}, "42.00"), ({"sent_at": THEN - AROUND + SECOND}, "0")],
)  # fmt: skip
def test_what_the_bot_paid_between_the_looks_is_explained(changed: dict[str, Any], fell: str) -> None:
    change = found(balance="58.00", orders=[paid(**changed)])
    assert (change.fell if change else D(0)) == D(fell)


def test_what_an_unclear_order_took_nobody_knows_and_a_clock_that_was_set_back_tells_nothing() -> None:
    assert found(balance="58.00", orders=[paid(state="unclear")]) is None
    assert found(balance="58.00", orders=[paid(state="unclear", sent_at=THEN - DAY)]) is not None
    assert found(balance="58.00", read_at=THEN) is None
    assert found(balance="58.00", read_at=THEN + SECOND) is not None


@pytest.mark.parametrize(
    ("by", "days"),
    [(AROUND, None), (AROUND + SECOND, 1), (DAY, 1), (35 * HOUR, 1), (37 * HOUR, 2), (30 * DAY, 30), (-DAY, None)],
)
def test_a_proxy_became_longer_by_at_least_a_day(by: timedelta, days: int | None) -> None:
    change = found(later(3, by))
    assert (dict(change.moved) if change else None) == (None if days is None else {3: days})


def test_what_the_bot_prolonged_or_never_saw_did_not_move() -> None:
    assert found(later(1, 30 * DAY), later(2, 30 * DAY), orders=[paid()], balance="58.00") is None
    change = found(later(1, 30 * DAY), later(3, 30 * DAY), orders=[paid()], balance="58.00")
    assert change == Change(D(0), "RUB", {3: 30}, 0, "site", matches=False)
    assert found(later(9, 30 * DAY)) is None


@pytest.mark.parametrize(
    ("number", "since", "bought"),
    [(9, SECOND, 1), (9, timedelta(0), 0), (3, SECOND, 0), (1, SECOND, 0)],
)  # fmt: skip
def test_what_is_new_and_was_bought_since_is_told(number: int, since: timedelta, bought: int) -> None:
    """1 was bought by an order of the bot's, 3 was there."""
    proxy = a_proxy(number, ends_in=3 * DAY, bought_at=THEN + since)
    change = found(proxy, orders=[paid(charged="0.00")], before=(3,))
    assert (change.bought if change else 0) == bought


@pytest.mark.parametrize(
    ("moved", "bought", "px6s", "by"),
    [((), 0, (), "unknown"), ((), 1, (), "site"), ((3,), 0, (), "site"), ((3,), 0, (3,), "px6"),
     ((2, 3), 0, (3,), "unknown"), ((2, 3), 0, (2, 3), "px6"), ((3,), 1, (3,), "unknown"), ((3,), 1, (2,), "site"),
     ((2,), 0, (3,), "site")],
)  # fmt: skip
def test_who_did_it(moved: tuple[int, ...], bought: int, px6s: tuple[int, ...], by: str) -> None:
    proxies = [later(number, 30 * DAY) for number in moved]
    new = [a_proxy(9, bought_at=NOW)] if bought else []
    change = found(*proxies, *new, balance="50.00", px6s=px6s)
    assert change is not None
    assert (change.by, change.fell, change.matches) == (by, D("50.00"), False)
