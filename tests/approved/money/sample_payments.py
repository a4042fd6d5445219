"""Payments, and what is known of their proxies."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from handlers.money.spending import Known
from model.payments import Payment
from tests.sample_proxies import NOW

KNOWN = Known({15: "6", 16: "4", 17: "u"}, {15: "shop", 16: "a much longer comment than fits"})


def paid(sum_: str, *ids: int, days: int = 0, **given: Any) -> Payment:
    usual = {"order_id": 1, "kind": "prolong", "source": "person", "version": None, "comment": None}
    at = NOW - timedelta(days=days)
    return Payment(**{**usual, "at": at, "currency": "RUB", "sum": Decimal(sum_), "ids": ids, **given})
