"""Forecasts of a person's account, and what the home screen keeps of the last one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from model.accounts import Outlook
from model.people import Person
from model.proxies import kind_of
from px6 import Account, ProxyList, Px6Client
from services.money.forecast import USUAL_PERIOD, Forecast, make_forecast
from services.money.prices import Prices, nearest_period, read_prices
from services.orders import Orders
from services.orders.habits import usual_periods
from storage import known_proxies, watches
from storage import orders as stored_orders
from storage.engine.database import Database

IN_THREAD = 200  # proxies from which a forecast is made in a thread


class Forecaster:
    """Reads the prices and plays the prolongations forward."""

    def __init__(self, database: Database, orders: Orders, clock: Callable[[], datetime]) -> None:
        self._database, self._orders, self._clock = database, orders, clock

    async def make(self, person: Person, client: Px6Client, listed: ProxyList) -> tuple[Prices, Forecast]:
        """The prices and the forecast of what px6 just listed. Raises px6's errors.

        Proxies with an order under way are left out: they count neither as paid nor as unpaid.
        """
        async with self._database.read() as connection:
            known = await known_proxies.versions_of(connection, person.telegram_id)
            busy = await stored_orders.open_proxies(connection, listed.user_id)
        periods = await usual_periods(self._orders, person.telegram_id)
        return await self.make_of(client, listed, known, busy, periods)

    async def make_of(
        self,
        client: Px6Client,
        listed: ProxyList,
        known: Mapping[int, str],
        busy: Collection[int],
        periods: Sequence[int],
    ) -> tuple[Prices, Forecast]:
        """As `make`, for a caller who has read what the database knows. `periods`: the usual ones, in days."""
        now = self._clock()
        running = [proxy for proxy in listed.proxies if proxy.ends_at > now and proxy.id not in busy]
        kinds = {kind_of(proxy, known) for proxy in running}
        period = await nearest_period(client, kinds, next(iter(periods), USUAL_PERIOD))
        prices = await read_prices(client, running, known, period, listed.currency, by_table=True)
        if len(running) < IN_THREAD:
            return prices, make_forecast(running, prices, listed.balance, now)
        return prices, await asyncio.to_thread(make_forecast, running, prices, listed.balance, now)

    async def make_and_keep(self, person: Person, client: Px6Client, listed: ProxyList) -> Forecast:
        """A forecast as by `make`, kept in short for the home screen. Raises px6's errors."""
        _, forecast = await self.make(person, client, listed)
        async with self._database.write() as connection:
            await watches.keep_outlook(connection, person.telegram_id, outlook_of(forecast))
        return forecast

    async def outlook(self, telegram_id: int, account: Account) -> Outlook | None:
        """What the last forecast said, while it holds for the account's balance.

        None: it was of another balance, so the next sweep makes it anew; or there was none.
        """
        async with self._database.read() as connection:
            found = await watches.outlook(connection, telegram_id)
        if found is None or found.holds_for(account):
            return found
        async with self._database.write() as connection:
            await watches.wake_by(connection, telegram_id, self._clock())
        return None


def outlook_of(forecast: Forecast) -> Outlook:
    """What the home screen says of a forecast."""
    return Outlook(
        made_at=forecast.now,
        balance=forecast.balance,
        currency=forecast.currency,
        cost=forecast.costs[30],
        lasts_until=forecast.lasts_until,
        at_most=forecast.at_most,
    )
