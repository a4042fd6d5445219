"""Which numbers are sums of money: on both sides of the least and of the most."""

from __future__ import annotations

from decimal import Decimal

import pytest

from px6.models import check_money, check_price


@pytest.mark.parametrize(
    ("sum_", "is_one"),
    [
        *(("0", True), ("-0.01", False), ("NaN", False), ("Infinity", False)),
        *(("999999999999.99", True), ("1000000000000", False), ("1E-12", True), ("1E-13", False)),
    ],
)
def test_a_balance_is_from_nothing_to_below_a_trillion(sum_: str, is_one: bool) -> None:
    if is_one:
        check_money(Decimal(sum_))
        return
    with pytest.raises(ValueError, match="not a sum of money"):
        check_money(Decimal(sum_))


@pytest.mark.parametrize(
    ("price", "single", "is_one"),
    [
        *(("0.005", None, True), ("0.00499", None, False), ("999999999.99", None, True), ("1000000000", None, False)),
        *(("1", "0", True), ("1", "999999999.99", True), ("1", "-0.01", False), ("1", "1000000000", False)),
    ],
)
def test_a_price_is_from_half_a_cent_to_below_a_milliard(price: str, single: str | None, is_one: bool) -> None:
    of_one = None if single is None else Decimal(single)
    if is_one:
        check_price(Decimal(price), of_one)
        return
    with pytest.raises(ValueError, match="not a price"):
        check_price(Decimal(price), of_one)
