"""Prices that a forecast and a rule calculate with."""

from __future__ import annotations

from decimal import Decimal

from px6 import Version
from services.money.prices import Prices


def ipv6_prices(each: str | Decimal = "21.00", period: int = 30) -> Prices:
    """What an IPv6 costs for this period, in roubles; other kinds have no price, and the balance is nothing."""
    return Prices(period, "RUB", Decimal(0), {Version.IPV6: Decimal(each)}, {})
