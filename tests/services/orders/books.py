"""An order and px6's books, as the pure judge is given them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from px6 import Proxy
from services.orders import Order, OrderState
from services.orders.sums import Books

SENT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
END = SENT + timedelta(days=10)
MONTH = timedelta(days=30)
MARK = "5f3a9c01d2 Shop & Co"
MINE = MARK
DONE, NOT_DONE, UNCLEAR = OrderState.DONE, OrderState.NOT_DONE, OrderState.UNCLEAR


def order(kind: str, **changed: Any) -> Order:
    """Two proxies for 42.00 RUB, of 1,000."""
    given: dict[str, Any] = {
        "kind": kind,
        "id": 5,
        "confirmation_id": 5,
        "telegram_id": 1001,
        "px6_user_id": "7",
        "state": "unknown",
        "count": 2,
        "period": 30,
        "country": "de" if kind == "buy" else None,
        "version": "6" if kind == "buy" else None,
        "protocol": None,
        "comment": "Shop & Co",
        "mark": MARK if kind == "buy" else None,
        "auto_prolong": False,
        "currency": "RUB",
        "quoted": "42.00",
        "at_most": False,
        "expected": "42.00",
        "balance_before": "1000.00",
        "known_before": [1, 2] if kind == "buy" else None,
        "confirmed_at": SENT,
        "sent_at": SENT,
        "corrected": False,
        "looks": 3,
        "rename_tries": 0,
        "proxies": [{"id": one, "end_before": END, "end_after": None} for one in (1, 2)] if kind != "buy" else [],
    }
    empty = dict.fromkeys(set(Order.__struct_fields__) - given.keys())
    return msgspec.convert({**empty, **given, **changed}, Order, strict=False)


def proxy(number: int, **changed: Any) -> Proxy:
    given: dict[str, Any] = {
        "id": number,
        "ip": "2001:db8::1",
        "host": "198.51.100.1",
        "port": 8000,
        "user": "u",
        "pass": "p",
        "type": "http",
        "country": "de",
        "unixtime": SENT,
        "unixtime_end": SENT + MONTH,
        "active": True,
        "version": "6",
    }
    return msgspec.convert({**given, **changed}, Proxy)


def books(fell: str = "0", *new: Proxy, ends: Mapping[int, datetime | None] | None = None, **given: Any) -> Books:
    """px6's books after the balance fell by so much. `ends` of the two that were there before; None: it is gone."""
    moved = {1: END, 2: END} | dict(ends or {})
    there = [proxy(one, unixtime_end=end) for one, end in moved.items() if end is not None]
    listed = {each.id: each for each in (*there, *new)}
    return Books(
        **{
            "at": SENT + timedelta(minutes=10),
            "balance": Decimal("1000.00") - Decimal(fell),
            "currency": "RUB",
            "proxies": listed,
            **given,
        }
    )


def sums(*taken: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(one) for one in taken)


LONGER = {1: END + MONTH, 2: END + MONTH}
OTHERS = proxy(8, descr="0123456789 other")
