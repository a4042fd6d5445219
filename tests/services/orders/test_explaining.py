"""What our other orders on the account explain of a balance: each condition with what stands on its other side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.orders.unsettled import certainly_spent, perhaps_spent, spent_before, sum_of
from tests.services.orders.books import SENT, order

SECOND = timedelta(seconds=1)
BEGAN = SENT + timedelta(minutes=10)
CONFIRMED = SENT - timedelta(minutes=1)
MINE: dict[str, Any] = {"id": 5, "confirmation_id": 5, "confirmed_at": CONFIRMED, "sent_at": SENT}
EARLIER: dict[str, Any] = {"id": 4, "confirmation_id": 4, "state": "done", "settled_at": CONFIRMED}

BEFORE: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "done when this one was confirmed": ({}, {}, True),
    "a second later": ({"settled_at": CONFIRMED + SECOND}, {}, False),
    "not done": ({"state": "unclear"}, {}, False),
    "done, nobody knows when": ({"settled_at": None}, {}, False),
    "this one was not sent": ({}, {"sent_at": None}, False),
    "a later one": ({"id": 6}, {}, False),
    "a part of the same, done when this one was sent": ({"confirmation_id": 5, "settled_at": SENT}, {}, True),
    "a part of the same, a second later": ({"confirmation_id": 5, "settled_at": SENT + SECOND}, {}, False),
    "a part of the same, found in the books": (
        {"confirmation_id": 5, "settled_at": SENT, "error": "NoAnswer"},
        {},
        False,
    ),
}


@pytest.mark.parametrize(("other", "mine", "is_before"), BEFORE.values(), ids=BEFORE)
def test_another_took_its_money_before_the_balance_was_read(
    other: dict[str, Any], mine: dict[str, Any], is_before: bool
) -> None:
    one = order("prolong", **{**EARLIER, **other})
    assert spent_before(one, order("prolong", **{**MINE, **mine})) is is_before


LATER: dict[str, Any] = {
    "id": 6,
    "confirmation_id": 6,
    "state": "done",
    "charged": "20.00",
    "confirmed_at": SENT,
    "sent_at": SENT,
    "settled_at": BEGAN,
}
CERTAIN: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[int, ...], bool]] = {
    "sent at the same moment, done when the look began": ({}, {}, (), True),
    "sent a second earlier": ({"sent_at": SENT - SECOND}, {}, (), False),
    "done a second after the look began": ({"settled_at": BEGAN + SECOND}, {}, (), False),
    "done later, but found by the same look": ({"settled_at": BEGAN + SECOND}, {}, (6,), True),
    "another one found by it": ({"settled_at": BEGAN + SECOND}, {}, (7,), False),
    "done, nobody knows when": ({"settled_at": None}, {}, (), True),
    "not done": ({"state": "unclear"}, {}, (), False),
    "nobody knows what it took": ({"charged": None}, {}, (), False),
    "it was not sent": ({"sent_at": None}, {}, (), False),
    "this one was not sent": ({}, {"sent_at": None}, (), False),
    "the clock was set back after this one": (
        {"confirmed_at": CONFIRMED - SECOND, "sent_at": CONFIRMED - SECOND},
        {},
        (),
        True,
    ),
    "it was not: confirmed at the same moment": (
        {"confirmed_at": CONFIRMED, "sent_at": SENT - SECOND},
        {},
        (),
        False,
    ),
    "an earlier one, confirmed before": (
        {"id": 4, "confirmed_at": CONFIRMED - SECOND, "sent_at": CONFIRMED - SECOND},
        {},
        (),
        False,
    ),
    "set back, and this one was sent when it was confirmed": (
        {"confirmed_at": CONFIRMED - SECOND, "sent_at": CONFIRMED - SECOND},
        {"sent_at": CONFIRMED},
        (),
        True,
    ),
    "set back before this one was sent": (
        {"confirmed_at": CONFIRMED - 3 * SECOND, "sent_at": CONFIRMED - 3 * SECOND},
        {"sent_at": CONFIRMED - 2 * SECOND},
        (),
        False,
    ),
}


@pytest.mark.parametrize(("other", "mine", "found", "is_certain"), CERTAIN.values(), ids=CERTAIN)
def test_another_took_a_known_sum_between_the_balance_and_the_look(
    other: dict[str, Any], mine: dict[str, Any], found: tuple[int, ...], is_certain: bool
) -> None:
    one = order("prolong", **{**LATER, **other})
    assert certainly_spent(one, order("prolong", **{**MINE, **mine}), BEGAN, found) is is_certain


def test_what_may_have_taken_its_money() -> None:
    states = ("confirmed", "sending", "done", "refused", "not_sent", "requoted", "unknown", "not_done", "unclear")
    assert [one for one in states if perhaps_spent(order("buy", state=one))] == [
        "sending",
        "done",
        "unknown",
        "unclear",
    ]


@pytest.mark.parametrize(
    ("charged", "expected", "sum_"),
    [("1.00", "2.00", "1.00"), (None, "2.00", "2.00"), (None, None, "3.00"), ("0.00", "2.00", "0.00")],
)
def test_the_sum_of_an_order_is_the_nearest_that_is_known(
    charged: str | None, expected: str | None, sum_: str
) -> None:
    assert str(sum_of(order("buy", charged=charged, expected=expected, quoted="3.00"))) == sum_
