"""The pure judge at its edges: each value with what stands on its other side."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.orders import OrderState
from services.orders.judging import is_where_ordered, judge, others_may_have, untouched
from services.orders.sums import Books, paid, surely_unpaid, top_up
from tests.services.orders.books import (
    DONE,
    END,
    LONGER,
    MINE,
    MONTH,
    SENT,
    books,
    order,
    proxy,
    sums,
)

SECOND = timedelta(seconds=1)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


STANDS: dict[str, tuple[dict[str, Any], int, datetime | None, bool]] = {
    "from the end before": ({}, 1, END + MONTH, True),
    "two minutes later": ({}, 1, END + MONTH + minutes(2), True),
    "two minutes earlier": ({}, 1, END + MONTH - minutes(2), True),
    "a second more than two minutes later": ({}, 1, END + MONTH + minutes(2) + SECOND, False),
    "a second more than two minutes earlier": ({}, 1, END + MONTH - minutes(2) - SECOND, False),
    "from the end of the other one": ({}, 1, END + MONTH + timedelta(days=5), False),
    "the other one, from its own end": ({}, 2, END + MONTH + timedelta(days=5), True),
    "from now, though it was not over": ({}, 1, SENT + MONTH, False),
    "over: from now": ({"over_since": -minutes(60)}, 1, SENT + MONTH, True),
    "over: twenty minutes later": ({"over_since": -minutes(60)}, 1, SENT + MONTH + minutes(20), True),
    "over: a second more": ({"over_since": -minutes(60)}, 1, SENT + MONTH + minutes(20) + SECOND, False),
    "over: where nobody would put it": ({"over_since": -minutes(60)}, 1, SENT + 2 * MONTH, False),
    "over two minutes after the call": ({"over_since": minutes(2)}, 1, SENT + MONTH + minutes(20), True),
    "over a second later than that": ({"over_since": minutes(2) + SECOND}, 1, SENT + MONTH + minutes(20), False),
    "no proxy of the order": ({}, 3, END + MONTH, False),
    "it has no end": ({}, 1, None, False),
    "it was not sent": ({"sent_at": None}, 1, END + MONTH, False),
}


@pytest.mark.parametrize(("given", "number", "end", "is_there"), STANDS.values(), ids=STANDS)
def test_an_end_stands_where_the_call_would_have_put_it(
    given: dict[str, Any], number: int, end: datetime | None, is_there: bool
) -> None:
    over_since = given.get("over_since")
    first = END if over_since is None else SENT + over_since
    ends = [{"id": 1, "end_before": first}, {"id": 2, "end_before": END + timedelta(days=5)}]
    changed = {key: value for key, value in given.items() if key != "over_since"}
    one = order("prolong", proxies=[{**each, "end_after": None} for each in ends], **changed)
    assert is_where_ordered(one, number, end, minutes(2), minutes(20)) is is_there


AT = SENT + minutes(10)
THREE_DAYS = timedelta(days=3)
OTHERS_MAY: dict[str, tuple[datetime, dict[str, Any], datetime | None, bool]] = {
    "far from its end": (AT + 2 * THREE_DAYS, {}, None, False),
    "three days before its end": (AT + THREE_DAYS, {}, None, True),
    "a second earlier": (AT + THREE_DAYS + SECOND, {}, None, False),
    "over when it was sent": (SENT, {}, None, False),
    "over a second later": (SENT + SECOND, {}, None, True),
    "over when it was confirmed, and never sent": (SENT, {"sent_at": None}, None, False),
    "a look a minute after it saw nothing": (END, {}, SENT + minutes(1), False),
    "a look a second later": (END, {}, SENT + minutes(1) + SECOND, True),
}


@pytest.mark.parametrize(("end", "given", "looked_at", "may"), OTHERS_MAY.values(), ids=OTHERS_MAY)
def test_others_may_have_moved_an_end(
    end: datetime, given: dict[str, Any], looked_at: datetime | None, may: bool
) -> None:
    far = {"id": 2, "end_before": None, "end_after": None}
    one = order("prolong", proxies=[{"id": 1, "end_before": end, "end_after": None}, far], **given)
    assert others_may_have(one, books(looked_at=looked_at)) is may


UNTOUCHED: dict[str, tuple[str, Books, bool]] = {
    "a buy, and nothing happened": ("buy", books(), True),
    "a buy, and something is new": ("buy", books("0", proxy(9)), False),
    "a buy, and money is gone": ("buy", books("42"), False),
    "a prolong, and nothing happened": ("prolong", books(), True),
    "a prolong, and something is new": ("prolong", books("0", proxy(9)), True),
    "a prolong, and an end has moved": ("prolong", books(ends={2: END + MONTH}), False),
    "a prolong, and one is gone": ("prolong", books(ends={2: None}), False),
    "a prolong, and money is gone": ("prolong", books("42"), False),
}


@pytest.mark.parametrize(("kind", "seen", "is_untouched"), UNTOUCHED.values(), ids=UNTOUCHED)
def test_nothing_has_come_of_it_as_far_as_the_books_show(kind: str, seen: Books, is_untouched: bool) -> None:
    assert untouched(order(kind), seen) is is_untouched


NAMED_ONE = {
    "error": "NamesOthers",
    "expected": "21.00",
    "proxies": [{"id": 8, "end_before": None, "end_after": END}],
}
EARLY: dict[str, tuple[dict[str, Any], Books, OrderState | None]] = {
    "px6 named one of two, and it is there and paid": (NAMED_ONE, books("21", proxy(8, descr=MINE)), DONE),
    "it is there and not paid": (NAMED_ONE, books("20", proxy(8, descr=MINE)), None),
    "another one is there, and it is paid": (NAMED_ONE, books("21", proxy(9, descr=MINE)), None),
    "px6 named nothing, and one is there and paid": (
        {"expected": "21.00"},
        books("21", proxy(8, descr=MINE)),
        None,
    ),
    "none is there": (NAMED_ONE, books("21"), None),
}


@pytest.mark.parametrize(("given", "seen", "state"), EARLY.values(), ids=EARLY)
def test_fewer_than_ordered_is_believed_early_only_as_px6_named_it(
    given: dict[str, Any], seen: Books, state: OrderState | None
) -> None:
    found = judge(order("buy", **given), seen, last=False)
    assert (found.state if found else None) is state


# What is told beside the state: the sum charged, the ends, and whether there are traces of the order.
NEW = SENT + MONTH
BESIDE: dict[str, tuple[str, Books, tuple[str | None, dict[int, datetime], bool]]] = {
    "both came, and were paid": (
        "buy",
        books("42", proxy(8, descr=MINE), proxy(9, descr=MINE)),
        ("42.00", {8: NEW, 9: NEW}, False),
    ),
    "both came, and money moved otherwise": (
        "buy",
        books("-58", proxy(8, descr=MINE), proxy(9, descr=MINE)),
        (None, {8: NEW, 9: NEW}, False),
    ),
    "one came, and one cannot be read": (
        "buy",
        books("42", proxy(8, descr=MINE), unreadable=1),
        (None, {8: NEW}, True),
    ),
    "one came, and a like one without the mark": (
        "buy",
        books("63", proxy(8, descr=MINE), proxy(9, descr="x")),
        (None, {8: NEW}, True),
    ),
    "a like one without the mark, and paid": ("buy", books("42", proxy(9)), (None, {}, True)),
    "another kind, and paid": ("buy", books("42", proxy(9, version="4")), (None, {}, False)),
    "another country, and paid": ("buy", books("42", proxy(9, country="us")), (None, {}, False)),
    "a like one, and not paid": ("buy", books("0", proxy(9)), (None, {}, False)),
    "one that cannot be read, and paid": ("buy", books("42", unreadable=1), (None, {}, False)),
    "prolonged, and paid": ("prolong", books("42", ends=LONGER), ("42.00", LONGER, False)),
    "prolonged, and money moved otherwise": ("prolong", books("10", ends=LONGER), (None, LONGER, True)),
    "one of two prolonged": ("prolong", books("21", ends={2: END + MONTH}), (None, {2: END + MONTH}, True)),
    "one of two somewhere else": (
        "prolong",
        books("21", ends={2: END + 2 * MONTH}),
        (None, {2: END + 2 * MONTH}, False),
    ),
    "one is gone": ("prolong", books("0", ends={2: None}), (None, {}, False)),
}


@pytest.mark.parametrize(("kind", "seen", "told"), BESIDE.values(), ids=BESIDE)
def test_the_sum_and_the_ends_and_the_traces_are_those_of_the_books(
    kind: str, seen: Books, told: tuple[str | None, dict[int, datetime], bool]
) -> None:
    found = judge(order(kind), seen, last=True)
    assert found is not None
    charged = None if found.charged is None else str(found.charged)
    assert (charged, found.ends, found.traces) == told


# How the balance moved: (fell by, the others' sums) → (paid, surely unpaid, the top-up that would explain it)
FALLS: dict[str, tuple[dict[str, Any], Books, tuple[bool, bool, Decimal | None]]] = {
    "nothing": ({}, books(), (False, True, None)),
    "the price": ({}, books("42"), (True, False, None)),
    "a kopeck more": ({}, books("42.01"), (False, False, None)),
    "a kopeck was added": ({}, books("-0.01"), (False, False, Decimal("0.01"))),
    "the price and all the others": ({}, books("52", perhaps=sums("7", "3")), (True, False, None)),
    "all the others": ({}, books("10", perhaps=sums("7", "3")), (False, True, None)),
    "one of the others": ({}, books("3", perhaps=sums("7", "3")), (False, True, None)),
    "added, and others": ({}, books("-3", perhaps=sums("7", "3")), (False, False, None)),
    "eight others": ({}, books("8", perhaps=sums(*["1"] * 8)), (False, True, None)),
    "nine others": ({}, books("9", perhaps=sums(*["1"] * 9)), (False, False, None)),
    "what others certainly took": ({}, books("20", spent=Decimal(20)), (False, True, None)),
    "others took more than is gone": ({}, books("12", spent=Decimal(20)), (False, False, Decimal(8))),
    "the balance before is not known": ({"balance_before": None}, books(), (False, False, None)),
    "another currency": ({}, books("-5", currency="USD"), (False, False, None)),
    "the quoted price, which rose by then": ({"quoted": "40.00"}, books("40"), (False, False, None)),
    "another of the quoted price": ({"quoted": "40.00"}, books("40", perhaps=sums("40")), (False, False, None)),
    "no more was asked than quoted": ({"expected": None, "quoted": "40.00"}, books("40"), (True, False, None)),
    "at most so much, and nothing is gone": ({"at_most": True}, books(), (False, True, None)),
    "at most so much, and another's sum is gone": (
        {"at_most": True},
        books("7", perhaps=sums("7")),
        (False, False, None),
    ),
}


@pytest.mark.parametrize(("given", "seen", "told"), FALLS.values(), ids=FALLS)
def test_what_the_fall_of_the_balance_tells(
    given: dict[str, Any], seen: Books, told: tuple[bool, bool, Decimal | None]
) -> None:
    one = order("prolong", **given)
    assert (paid(one, seen), surely_unpaid(one, seen), top_up(one, seen)) == told
