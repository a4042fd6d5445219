"""Prices that people watch: told once for each change, with the old and the new price of one proxy.

px6 is asked once an hour for everybody with the same currency: by one call where it has a table of prices, else by
one for each kind and period that is watched. Anybody's key will do for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import px6
from model.accounts import StoredAccount
from model.watching import PriceWatch
from px6 import Px6Client, Version
from services.account.access import Access
from services.account.accounts import Accounts
from services.account.people import People
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Gone, PriceChanged, Sender
from services.notifications.line import Line
from services.watching.company import Company, look_soon
from storage import locks, price_watches
from storage.engine.database import Database

MOST_WATCHED = 10  # of a person
LOOK_EVERY = timedelta(hours=1)
BATCH = 500  # taken at once

NOT_SOLD = (px6.WrongPeriod, px6.WrongVersion, px6.WrongCount)

Goods = tuple[str, int]
"""A version and a period."""


class TooManyWatched(Exception):
    """A person watches at most ten prices."""


class NotSold(Exception):
    """px6 names no price for this kind and period."""


class PriceWatches:
    """What people watch; `look` is called about once a minute, by any number of processes."""

    def __init__(
        self,
        database: Database,
        people: People,
        accounts: Accounts,
        sender: Sender,
        line: Line,
        access: Access,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """`access`: who may use the bot; watches of others rest."""
        self._database, self._people, self._accounts = database, people, accounts
        self._line, self._access, self._clock, self._stopping = line, access, clock, stopping
        self._notices = NoticeDelivery(database, sender, line, clock)
        self._company = Company(database, people, accounts, clock)

    # -- what people do

    async def of(self, telegram_id: int) -> list[PriceWatch]:
        """What the person watches, oldest first."""
        async with self._database.read() as connection:
            return await price_watches.of_person(connection, telegram_id)

    async def watch(self, telegram_id: int, version: Version, period: int) -> Decimal:
        """Tell the person when this price changes; gives the price of now, with which it begins.

        Raises NoKey, TooManyWatched, NotSold and px6's errors.
        """
        account, client = await self._accounts.connected(telegram_id)
        goods: Goods = (version.value, period)
        price = (await prices_of([goods], account.currency, client) or {}).get(goods)
        if price is None:
            raise NotSold
        now = self._clock()
        values = {
            "version": version.value,
            "period": period,
            "price": price,
            "currency": account.currency,
            "since": now,
            "look_at": now + LOOK_EVERY,
        }
        async with write_if_unchanged(self._database, account) as connection:
            watched = await price_watches.of_person(connection, telegram_id)
            if len([one for one in watched if goods_of(one) != goods]) >= MOST_WATCHED:
                raise TooManyWatched
            await price_watches.put(connection, telegram_id, values)
        return price

    async def stop(self, telegram_id: int, number: int) -> bool:
        """End a watch of this person's; False when there is none."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            return await price_watches.remove(connection, telegram_id, number)

    # -- what the rounds do

    async def look(self) -> None:
        """Ask px6 for what is due, and tell whom it concerns. While Telegram takes no messages nothing is asked."""
        while not self._stopping() and (due := await self._take()):
            theirs: dict[str, list[tuple[PriceWatch, StoredAccount]]] = defaultdict(list)
            for one in due:
                if (account := await self._wanted_by(one)) is not None:
                    theirs[account.currency].append((one, account))
            for currency, watches in theirs.items():
                await self._compare(currency, watches)
            if len(due) < BATCH:
                return

    async def _take(self) -> list[PriceWatch]:
        now = self._clock()
        async with self._database.read() as connection:
            if not await price_watches.is_due(connection, now):
                return []  # most of the time: without locking anybody out
        if not await self._line.is_open():
            return []
        async with self._database.write() as connection:
            return await price_watches.take(connection, now, now + LOOK_EVERY, BATCH, self._access.allowed)

    async def _wanted_by(self, one: PriceWatch) -> StoredAccount | None:
        """The account for which the price is asked; None at night, and for who has blocked the bot or has no key."""
        until = await self._company.rests_until(one.telegram_id)
        if until is None:
            return await self._accounts.account(one.telegram_id)
        async with self._database.write() as connection:
            await price_watches.put_off(connection, one.telegram_id, one.id, until)
        return None

    async def _compare(self, currency: str, watches: Sequence[tuple[PriceWatch, StoredAccount]]) -> None:
        goods = list(dict.fromkeys(goods_of(one) for one, _ in watches))
        people = [one.telegram_id for one, _ in watches]
        prices = await self._company.ask(people, partial(prices_of, goods, currency)) or {}
        for one, account in watches:
            price = prices.get(goods_of(one))
            if price is not None and (price, currency) != (one.price, one.currency):
                await self._tell(one, account, price)

    async def _tell(self, one: PriceWatch, account: StoredAccount, price: Decimal) -> None:
        """Tell once: the new price and the message are written in one transaction, then it is sent.

        A price in another currency than before is no change.
        """
        person = await self._people.find(one.telegram_id)
        if person is None:
            return
        said = PriceChanged(one.version, one.period, one.price, price, account.currency)
        before, after = (one.price, one.currency), (price, account.currency)
        try:
            async with write_if_unchanged(self._database, account) as connection:
                noted = await price_watches.set_price(connection, one.telegram_id, one.id, before, after)
                if not noted or one.currency != account.currency:
                    return
                notice = await self._notices.write(connection, account, said)
                await look_soon(connection, one.telegram_id, self._clock())
            await self._notices.send(person, notice)
        except AccountChanged:
            return
        except Gone:
            await self._people.set_blocked(person.chat_id, True)


async def prices_of(goods: Sequence[Goods], currency: str, client: Px6Client) -> Mapping[Goods, Decimal] | None:
    """What one proxy of each costs in this currency, as far as px6 sells it; None where the key's is another one."""
    table = await client.price_table(fresh=True)
    if table is None:
        return await _one_by_one(goods, currency, client)
    if table.currency != currency:
        return None
    found = {(version, period): table.price(Version(version), period) for version, period in goods}
    return {each: price for each, price in found.items() if price is not None}


async def _one_by_one(goods: Sequence[Goods], currency: str, client: Px6Client) -> Mapping[Goods, Decimal] | None:
    found: dict[Goods, Decimal] = {}
    for version, period in goods:
        try:
            answer = await client.price(1, period, Version(version), fresh=True)
        except NOT_SOLD:
            continue
        if answer.currency != currency:
            return None
        found[version, period] = answer.price
    return found


def goods_of(one: PriceWatch) -> Goods:
    return one.version, one.period
