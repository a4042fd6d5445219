"""Proxies as px6 lists them, for tests that need no px6."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from px6 import Proxy, ProxyList

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_proxy(proxy_id: int = 15, *, ends_in: timedelta = timedelta(days=3), **changes: object) -> Proxy:
    """A German HTTPS proxy over IPv6 that ends in three days, with something otherwise."""
    given: dict[str, object] = {
        "id": proxy_id,
        "ip": "2a00:1838:32:19f::1",
        "host": "185.22.134.250",
        "port": 7000 + proxy_id % 1000,
        "user": "5svBNZ",
        "password": "iagn2d",
        "type": "http",
        "country": "de",
        "bought_at": NOW - timedelta(days=27),
        "ends_at": NOW + ends_in,
        "comment": "shop",
        "active": ends_in > timedelta(0),
        "version": "6",
    }
    return Proxy(**{**given, **changes})  # type: ignore[arg-type]  # a test may change any field


def ending(after: timedelta, proxy_id: int = 1, comment: str = "") -> Proxy:
    """A proxy that ends so long after `NOW`."""
    return a_proxy(proxy_id, ends_at=NOW + after, comment=comment)


def a_list(proxies: Iterable[Proxy]) -> ProxyList:
    """px6's list of these."""
    return ProxyList(user_id="7", balance=Decimal(900), currency="RUB", proxies=tuple(proxies))
