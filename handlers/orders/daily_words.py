"""What one proxy costs a day, on the buttons of the periods for which it is bought."""

from __future__ import annotations

from handlers.ground.words import Words
from services.money.prices import DailyPrices


def daily_line(w: Words, daily: DailyPrices) -> str:
    """What the numbers on the buttons are."""
    sign = w.sign(daily.currency)
    if daily.cheapest is None:
        return w.tr("{currency} per proxy per day", currency=sign)
    return w.tr("{currency} per proxy per day, ★ is the lowest", currency=sign)


def period_label(w: Words, period: int, daily: DailyPrices | None) -> str:
    """`30 days`, or with its price for one proxy and day `30 days · 0.70`; the lowest has a star."""
    if daily is None or period not in daily.by_period:
        return w.days(period)
    rate = w.bare_rate(daily.by_period[period], daily.currency)
    star = "★ " if period == daily.cheapest else ""
    return f"{star}{w.days(period)} · {rate}"
