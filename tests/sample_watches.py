"""Watches of proxies and of prices, as they stand in the database."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from model.health import HealthWatch
from model.watching import PriceWatch
from tests.sample_proxies import NOW


def a_watch(number: int = 1, **given: Any) -> HealthWatch:
    """All proxies every hour, with something otherwise."""
    made = HealthWatch(
        id=number,
        telegram_id=1001,
        px6_user_id="77",
        which="all",
        value="",
        minutes=60,
        night=False,
        look_at=NOW,
        next_at=NOW,
        began_at=None,
        stage=0,
        suspects=[],
        fallen=[],
        down=[],
        back=[],
        looked_at=NOW - timedelta(minutes=20),
        checked=23,
        worked=21,
    )
    return structs.replace(made, **given)


def a_price(number: int = 1) -> PriceWatch:
    """Of one proxy for 30 days, which costs 21 roubles."""
    return PriceWatch(
        id=number,
        telegram_id=1001,
        version="6",
        period=30,
        price=Decimal("21.00"),
        currency="RUB",
        since=NOW,
        look_at=NOW,
    )
