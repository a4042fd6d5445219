"""The terms of a rule: a button of other terms no longer fits, whichever of them changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from model.rules import Rule


def rule(**given: Any) -> Rule:
    fields: dict[str, Any] = dict.fromkeys(Rule.__struct_fields__)
    fields |= {"id": 1, "hours": 24, "period": 30, "px6_user_id": "1", "currency": "RUB", "floor": Decimal(0)}
    return Rule(**(fields | given))


@pytest.mark.parametrize(
    ("given", "limited"),
    [
        ({}, False),
        ({"cap_run": Decimal(0)}, True),
        ({"cap_month": Decimal(1)}, True),
        ({"floor": Decimal("0.01")}, True),
    ],
)
def test_a_cap_or_a_floor_is_a_limit(given: dict[str, Any], limited: bool) -> None:
    assert rule(**given).has_limits is limited


def test_each_term_changes_the_checksum_and_nothing_else_does() -> None:
    other: dict[str, Any] = {
        "hours": 25,
        "period": 31,
        "px6_user_id": "2",
        "currency": "USD",
        "cap_run": Decimal(1),
        "cap_month": Decimal(1),
        "floor": Decimal(1),
    }
    sums = {msgspec.structs.replace(rule(), **{name: value}).terms for name, value in other.items()}
    assert len(sums | {rule().terms}) == 8
    assert rule(on=True, quiet=True, scope="ids", value=[1], stopped="money").terms == rule().terms
