"""The rows that a quote and its confirmation become."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from model.colleagues import Colleague
from model.orders import Quote
from services.orders.marks import mark_for

STUCK = timedelta(minutes=15)  # longer than any call; what is still under way then has lost its process


def quote_values(quote: Quote) -> dict[str, Any]:
    """The columns of a quote."""
    values = msgspec.structs.asdict(quote)
    del values["state"]
    return values


def confirmation_values(quote: Quote, period: int, now: datetime, by: Colleague | None) -> dict[str, Any]:
    return {
        "by_person": None if by is None else by.person,
        "by_name": None if by is None else by.name,
        "telegram_id": quote.telegram_id,
        "px6_user_id": quote.px6_user_id,
        "quote_id": quote.id,
        "kind": quote.kind,
        "source": quote.source,
        "period": period,
        "confirmed_at": now,
    }


def order_rows(
    quote: Quote, period: int, confirmation_id: int, now: datetime
) -> Iterable[tuple[dict[str, Any], dict[int, datetime]]]:
    """The orders of a confirmed quote, one for each call, each with its proxies' ends."""
    nth = quote.periods.index(period)
    for part in quote.parts:
        values = {
            "confirmation_id": confirmation_id,
            "telegram_id": quote.telegram_id,
            "px6_user_id": quote.px6_user_id,
            "kind": quote.kind,
            "count": part.count,
            "period": period,
            "auto_prolong": False,
            "currency": quote.currency,
            "quoted": part.prices[nth],
            "at_most": part.at_most,
            "confirmed_at": now,
            "due_at": now + STUCK,
        }
        if quote.wish is not None:
            values |= wish_values(quote)
        yield values, {one: quote.ends[one] for one in part.ids}


def wish_values(quote: Quote) -> dict[str, Any]:
    """The columns that only a buy has."""
    wish = quote.wish
    assert wish is not None  # noqa: S101 - asked only for buys
    return {
        "country": wish.country,
        "version": wish.version,
        "protocol": wish.protocol,
        "comment": wish.comment,
        "mark": mark_for(wish.comment),
        "auto_prolong": wish.auto_prolong,
    }
