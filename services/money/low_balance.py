"""When a balance is low, and when a person may be warned of it again. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from model.money import NOTHING
from px6 import Proxy
from services.money.prices import Prices, cents

DAY = timedelta(days=1)


def needed_within(
    proxies: Iterable[Proxy], prices: Prices, now: datetime, within: timedelta
) -> tuple[int, Decimal, bool]:
    """How many end within that time, what prolonging them costs, and whether the sum is only "at most"."""
    ending = [p for p in proxies if now < p.ends_at <= now + within and prices.is_priced(p)]
    unsure = any(prices.is_unsure(proxy) for proxy in ending)
    return len(ending), cents(sum((prices.price(proxy) for proxy in ending), NOTHING)), unsure


def got_worse(
    before: Mapping[str, tuple[Decimal, datetime]], missing: Decimal, balance: Decimal, now: datetime
) -> bool:
    """Whether a warning that was given may be repeated. `before`: the sums it named, "missing" and "balance".

    Each proxy that comes near its end makes more missing; that alone is worth a message a day, or when it doubles.
    """
    if not {"missing", "balance"} <= before.keys():
        return True
    said, at = before["missing"]
    fell = balance < before["balance"][0]
    return missing > said and (fell or missing >= 2 * said or now - at >= DAY)
