"""Rows of confirmations, orders and their journal. What they mean is decided in services/orders."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.schema import orders

# Why an order could not be looked at, when only another key can help.
ACCOUNT_GONE = ("NoKey", "OtherAccount", "WrongKey", "WrongAddress")


async def look_again(connection: AsyncConnection, telegram_id: int, px6_user_id: str, now: datetime) -> None:
    """Make orders due whose outcome could not be looked for while there was no key to their account."""
    waiting = or_(
        orders.c.state == "unknown",
        (orders.c.state == "unclear") & orders.c.looking_error.in_(ACCOUNT_GONE),
    )
    await connection.execute(
        update(orders)
        .where(orders.c.telegram_id == telegram_id, orders.c.px6_user_id == px6_user_id, waiting)
        .values(due_at=now)
    )
