"""Words for payments that wait for money. Pure."""

from __future__ import annotations

from handlers.ground.words import Words
from model.orders import BuyWish, Kind


def payment_text(w: Words, kind: Kind, wish: BuyWish | None, count: int, period: int) -> str:
    """`Buy 5 × IPv6, Germany, 30 days`"""
    if kind == "buy" and wish is not None:
        return w.tr(
            "Buy {count} × {kind}, {country}, {days}",
            count=w.number(wish.count),
            kind=w.kind(wish.version),
            country=w.country(wish.country),
            days=w.days(wish.period),
        )
    proxies = w.n("{count} proxy", "{count} proxies", count)
    return w.tr("Prolong {what} for {days}", what=proxies, days=w.days(period))


def stock_text(w: Words, wish: BuyWish) -> str:
    """`5 × IPv6, Germany`"""
    count, kind, country = w.number(max(1, wish.count)), w.kind(wish.version), w.country(wish.country)
    return w.tr("{count} × {kind}, {country}", count=count, kind=kind, country=country)
