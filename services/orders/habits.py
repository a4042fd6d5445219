"""What a person usually does, to offer it first."""

from __future__ import annotations

from collections import Counter

from services.orders import Orders, OrderState

LOOKED_AT = 30  # of the newest orders


async def usual_periods(orders: Orders, telegram_id: int) -> list[int]:
    """The days for which the person prolonged lately, the most frequent first; nothing for one who never did."""
    latest = await orders.history(telegram_id, kind="prolong", states=[OrderState.DONE], limit=LOOKED_AT)
    return [period for period, _ in Counter(order.period for order in latest).most_common()]
