"""What a tap on a green button is answered with where it pays nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.ground.words import Words
from handlers.orders.pay import not_theirs_text
from services.orders import Claim

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
