"""Rules of automatic prolonging for tests."""

from __future__ import annotations

from decimal import Decimal

from model.rules import Rule
from tests.sample_proxies import NOW


def a_rule(**changes: object) -> Rule:
    """A rule that prolongs everything for 30 days, 12 hours before the end, except for these `changes`."""
    given: dict[str, object] = {
        "id": 3,
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
    return Rule(**{**given, **changes})  # type: ignore[arg-type]  # a test may change any field
