"""A payment that waits for money."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from model.orders import BuyWish
from model.watching import KeptPayment
from tests.sample_proxies import NOW

WISH = BuyWish(5, 30, "de", comment="<shop>")


def a_payment(number: int = 1, **given: Any) -> KeptPayment:
    made = KeptPayment(
        id=number,
        telegram_id=1001,
        px6_user_id="77",
        quote_id="abcdefghijkl",
        kind="buy",
        wish=WISH,
        ends={},
        period=30,
        price=Decimal("105.00"),
        currency="RUB",
        balance=Decimal("30.00"),
        up_to=None,
        state="waiting",
        paying=None,
        kept_at=NOW,
        until=NOW + timedelta(days=3),
    )
    return structs.replace(made, **given)
