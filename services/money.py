"""Forecasts of a person's account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from px6 import ProxyList, Px6Client
from services.forecast import USUAL_PERIOD, Forecast, Prices, forecast, read_prices
from services.orders import Orders
from services.usual import usual_periods
from storage import orders as stored_orders
from storage.database import Database
from storage.people import Person

IN_THREAD = 200  # proxies from which a forecast is made in a thread


class Money:
    """Reads the prices and plays the renewals forward."""

    def __init__(self, database: Database, orders: Orders, clock: Callable[[], datetime]) -> None:
        self._database, self._orders, self._clock = database, orders, clock

    async def of(self, person: Person, client: Px6Client, listed: ProxyList) -> tuple[Prices, Forecast]:
        """The prices and the forecast of what px6 just listed. Raises px6's errors."""
        async with self._database.read() as connection:
            known = await stored_orders.known_versions(connection, person.telegram_id)
        period = next(iter(await usual_periods(self._orders, person.telegram_id)), USUAL_PERIOD)
        now = self._clock()
        running = [proxy for proxy in listed.proxies if proxy.ends_at > now]
        prices = await read_prices(client, running, known, period)
        if len(running) < IN_THREAD:
            return prices, forecast(running, prices, listed.balance, now)
        return prices, await asyncio.to_thread(forecast, running, prices, listed.balance, now)

    def outlook(self, ahead: Forecast) -> Mapping[str, Any]:
        """What the home screen says of a forecast, as plain values."""
        return {
            "at": ahead.now.timestamp(),
            "cost": str(ahead.costs[30]),
            "currency": ahead.currency,
            "until": None if ahead.lasts_until is None else ahead.lasts_until.timestamp(),
            "top_up": str(ahead.top_up),
        }


def lasts_until(outlook: Mapping[str, Any]) -> datetime | None:
    """The moment from which the balance no longer covers renewals; None: it covers 30 days."""
    until = outlook.get("until")
    return None if until is None else datetime.fromtimestamp(until, UTC)


def missing(outlook: Mapping[str, Any]) -> Decimal:
    """What is to be topped up for 30 days."""
    return Decimal(outlook["top_up"])
