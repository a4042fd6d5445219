"""Rows that others hang on: quotes, confirmations, orders and rules of a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import confirmations, orders, quotes, rules
from storage.schema import orders as order_table
from tests.sample_proxies import NOW


async def a_quote(connection: AsyncConnection, quote_id: str, person: int = 1001, **changed: Any) -> str:
    values: dict[str, Any] = {
        "id": quote_id,
        "telegram_id": person,
        "px6_user_id": "7",
        "kind": "prolong",
        "source": "person",
        "wish": None,
        "parts": [],
        "ends": {},
        "options": [],
        "balance": Decimal("100.00"),
        "currency": "RUB",
        "created_at": NOW,
    }
    await quotes.add(connection, values | changed)
    return quote_id


def kept_values(person: int = 1001) -> dict[str, Any]:
    """A payment that waits for money, to be made at once then."""
    return {
        "telegram_id": person,
        "px6_user_id": "7",
        "quote_id": "kept",
        "kind": "prolong",
        "wish": None,
        "ends": {},
        "period": 30,
        "price": Decimal("5.00"),
        "currency": "RUB",
        "balance": Decimal("1.00"),
        "up_to": Decimal("5.00"),
        "kept_at": NOW,
        "until": NOW,
    }


async def a_confirmation(
    connection: AsyncConnection, quote_id: str, person: int = 1001, source: str = "person"
) -> int:
    """Of a quote of its own."""
    values = {
        "telegram_id": person,
        "px6_user_id": "7",
        "quote_id": await a_quote(connection, quote_id, person),
        "kind": "prolong",
        "source": source,
        "period": 30,
        "confirmed_at": NOW,
    }
    return await confirmations.add(connection, values)


async def an_order(
    connection: AsyncConnection,
    confirmation_id: int,
    ends: Mapping[int, datetime] | None = None,
    *,
    automatic: bool = False,
    **changed: Any,
) -> int:
    """A prolonging for 21.00 RUB. What an order cannot be made with is set afterwards."""
    values: dict[str, Any] = {
        "confirmation_id": confirmation_id,
        "telegram_id": 1001,
        "px6_user_id": "7",
        "kind": "prolong",
        "count": 1,
        "period": 30,
        "auto_prolong": False,
        "currency": "RUB",
        "quoted": Decimal("21.00"),
        "at_most": False,
        "confirmed_at": NOW,
    }
    later = {name: changed.pop(name) for name in ("state",) if name in changed}
    made = await orders.add_order(connection, values | changed, ends or {}, automatic=automatic)
    if later:
        await connection.execute(update(order_table).where(order_table.c.id == made).values(**later))
    return made


async def a_rule(connection: AsyncConnection, person: int = 1001, **changed: Any) -> int:
    """Everything by 30 days, twelve hours before its end."""
    values: dict[str, Any] = {
        "telegram_id": person,
        "scope": "all",
        "value": "",
        "hours": 12,
        "period": 30,
        "px6_user_id": "7",
        "currency": "RUB",
        "cap_run": Decimal("50.00"),
        "cap_month": Decimal("200.00"),
        "floor": Decimal("10.00"),
        "quiet": False,
        "on": True,
        "stopped": None,
        "created_at": NOW,
    }
    return await rules.add(connection, values | changed)
