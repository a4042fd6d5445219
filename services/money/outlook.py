"""Forecasts of a person's account."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from model.people import Person
from px6 import Account, ProxyList, Px6Client
from services.money.forecast import USUAL_PERIOD, Forecast, Prices, forecast, read_prices
from services.orders import Orders
from services.orders.habits import usual_periods
from storage import known_proxies, watches
from storage import orders as stored_orders
from storage.engine.database import Database

DAY = timedelta(days=1)
IN_THREAD = 200  # proxies from which a forecast is made in a thread


class Money:
    """Reads the prices and plays the prolongations forward."""

    def __init__(self, database: Database, orders: Orders, clock: Callable[[], datetime]) -> None:
        self._database, self._orders, self._clock = database, orders, clock

    async def of(self, person: Person, client: Px6Client, listed: ProxyList) -> tuple[Prices, Forecast]:
        """The prices and the forecast of what px6 just listed; the home screen says it, too. Raises px6's errors."""
        prices, ahead = await self.look(person, client, listed)
        async with self._database.write() as connection:
            await watches.keep_outlook(connection, person.telegram_id, self.outlook(ahead))
        return prices, ahead

    async def look(self, person: Person, client: Px6Client, listed: ProxyList) -> tuple[Prices, Forecast]:
        """The same, kept nowhere. What an order is under way on counts neither as paid nor as unpaid."""
        async with self._database.read() as connection:
            known = await known_proxies.versions_of(connection, person.telegram_id)
            busy = await stored_orders.open_proxies(connection, listed.user_id)
        period = next(iter(await usual_periods(self._orders, person.telegram_id)), USUAL_PERIOD)
        now = self._clock()
        running = [proxy for proxy in listed.proxies if proxy.ends_at > now and proxy.id not in busy]
        prices = await read_prices(client, running, known, period, listed.currency)
        if len(running) < IN_THREAD:
            return prices, forecast(running, prices, listed.balance, now)
        return prices, await asyncio.to_thread(forecast, running, prices, listed.balance, now)

    def outlook(self, ahead: Forecast) -> dict[str, Any]:
        """What the home screen says of a forecast, as plain values. It holds for this balance only."""
        return {
            "at": ahead.now.timestamp(),
            "balance": str(ahead.balance),
            "cost": str(ahead.costs[30]),
            "currency": ahead.currency,
            "until": None if ahead.lasts_until is None else ahead.lasts_until.timestamp(),
            "at_most": ahead.at_most,
        }


def is_of(outlook: Mapping[str, Any], account: Account) -> bool:
    """Whether nothing was paid in or out since, and the money is the same money."""
    same_money = outlook.get("currency") == account.currency
    return same_money and Decimal(outlook.get("balance", "-1")) == account.balance


def lasts_until(outlook: Mapping[str, Any]) -> datetime | None:
    """The moment from which the balance no longer covers prolongations; None: it covers 30 days."""
    until = outlook.get("until")
    return None if until is None else datetime.fromtimestamp(until, UTC)


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
