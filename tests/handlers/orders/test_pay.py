"""What a tap on a green button is answered with where it pays nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.ground.words import Words
from handlers.orders.outcome_words import why_nothing
from handlers.orders.pay import not_theirs_text, why_nothing_more_spent
from services.orders import Claim, Confirmation, OrderState
from tests.handlers.sample_orders import a_confirmation, an_order

NOT_INCLUDED = "Your access to this account does not include that. Nothing was spent."
CAP, SPENT = Decimal("500.00"), Decimal("42.00")


@pytest.mark.parametrize(
    ("reason", "cap", "spent", "said"),
    [
        ("no_access", None, None, "You no longer have access to this account. Nothing was spent."),
        ("no_right", CAP, SPENT, NOT_INCLUDED),
        ("over_limit", None, SPENT, NOT_INCLUDED),
        ("over_limit", CAP, None, NOT_INCLUDED),
        (
            *("over_limit", CAP, SPENT),
            "This is over your limit for the month: 500.00 RUB, of which 42.00 RUB is used. Nothing was spent.",
        ),
        (
            *("over_limit", CAP, Decimal(0)),
            "This is over your limit for the month: 500.00 RUB, of which 0.00 RUB is used. Nothing was spent.",
        ),
    ],
)
def test_a_colleague_is_told_why_they_cannot_pay(
    reason: str, cap: Decimal | None, spent: Decimal | None, said: str
) -> None:
    assert not_theirs_text(Words("en"), Claim(won=False, reason=reason, cap=cap, spent=spent), "RUB") == said


PAID, BEFORE = (
    a_confirmation(an_order()),
    "You have already confirmed this payment; tapping again spent nothing more.",
)
BUSY = "Another payment for some of these proxies is under way. Nothing more was spent."


@pytest.mark.parametrize(
    ("reason", "before", "said"),
    [
        ("busy", None, BUSY),
        ("busy", PAID, BUSY),  # of other proxies among them: this one was confirmed by nobody
        ("claimed", None, BUSY),
        ("claimed", PAID, f"{BEFORE} Status: done."),
    ],
)
def test_a_tap_that_comes_second_is_told_which_payment_was_first(
    reason: str, before: Confirmation | None, said: str
) -> None:
    assert why_nothing_more_spent(Words("en"), Claim(won=False, reason=reason, confirmation=before)) == said


def test_what_a_database_that_was_away_kept_from_being_sent_is_not_blamed_on_px6() -> None:
    order = an_order(state=OrderState.NOT_SENT, error="StorageError")
    assert why_nothing(Words("en"), order, is_colleague=False) == [
        "I could not save it, so I sent nothing to px6.",
        "Try again in a minute.",
    ]
