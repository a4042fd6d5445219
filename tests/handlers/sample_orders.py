"""Orders, their confirmations and quotes for tests of screens."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from model.orders import Part
from services.orders import BuyWish, Confirmation, Option, Order, OrderProxy, Quote
from tests.sample_proxies import NOW

SOON, LATER = NOW + timedelta(days=3), NOW + timedelta(days=33)


def an_order(kind: str = "prolong", proxies: Sequence[int] = (15,), longer: int | None = None, **given: Any) -> Order:
    """An order of these proxies, done for 21.00 RUB each; `longer` of them (None: all) have an end after."""
    listed = [
        OrderProxy(id=one, end_before=SOON, end_after=LATER if longer is None or nth < longer else None)
        for nth, one in enumerate(proxies)
    ]
    sum_ = Decimal("21.00") * len(proxies)
    values: dict[str, Any] = {
        "kind": kind,
        "id": 5,
        "confirmation_id": 5,
        "telegram_id": 1001,
        "px6_user_id": "7",
        "state": "done",
        "count": len(proxies),
        "period": 30,
        "country": "de" if kind == "buy" else None,
        "version": "6" if kind == "buy" else None,
        "auto_prolong": False,
        "currency": "RUB",
        "quoted": sum_,
        "charged": sum_,
        "at_most": False,
        "confirmed_at": NOW,
        "sent_at": NOW,
        "corrected": False,
        "looks": 0,
        "rename_tries": 0,
        "proxies": listed,
    }
    empty = dict.fromkeys(set(Order.__struct_fields__) - values.keys())
    return msgspec.convert({**empty, **values, **given}, Order, strict=False)


def a_confirmation(*orders: Order) -> Confirmation:
    """The tap that made them."""
    return Confirmation(
        id=5,
        telegram_id=1001,
        px6_user_id="7",
        quote_id="abcdefghijkl",
        kind=orders[0].kind,
        source="person",
        period=30,
        confirmed_at=NOW,
        chat_id=1001,
        message_id=9,
        changes=1,
        told=0,
        told_at=None,
        told_owner=0,
        orders=orders,
    )


def a_quote(balance: str, *options: tuple[int, str], wish: BuyWish | None = None) -> Quote:
    """For proxy 15, or for a wish, of these periods and prices."""
    made = tuple(Option(period=period, price=Decimal(price)) for period, price in options)
    return Quote(
        id="abcdefghijkl",
        telegram_id=1001,
        px6_user_id="7",
        kind="buy" if wish else "prolong",
        wish=wish,
        parts=(Part(count=1, ids=() if wish else (15,), prices=tuple(option.price for option in made)),),
        ends={} if wish else {15: NOW + timedelta(days=3)},
        options=made,
        balance=Decimal(balance),
        currency="RUB",
        created_at=NOW,
    )
