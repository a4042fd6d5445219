"""Prices that people watch: told once for each change, with the old and the new price of one proxy.

px6 is asked once an hour for everybody with the same currency: by one call where it has a table of prices, else by
one for each kind and period that is watched. Anybody's key will do for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial

import px6
from model.accounts import StoredAccount
from model.watching import PriceWatch
from px6 import Px6Client, Version
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.notifications.kinds import Gone
from services.notifications.watching_kinds import PriceChanged
from services.watching.company import look_soon
from services.watching.rounds import BATCH, WatchRounds
from storage import locks, price_watches

MOST_WATCHED = 10  # of a person
LOOK_EVERY = timedelta(hours=1)

NOT_SOLD = (px6.WrongPeriod, px6.WrongVersion, px6.WrongCount)

Goods = tuple[str, int]
"""A version and a period."""


class TooManyWatched(Exception):
    """A person watches at most ten prices."""


class NotSold(Exception):
    """px6 names no price for this kind and period."""


class OtherCurrency(Exception):
    """px6 names prices in another currency than at the last look at the account, which the next look learns."""


class PriceWatches(WatchRounds):
    """What people watch; `look` is called about once a minute, by any number of processes."""

    # -- what people do

    async def of(self, telegram_id: int) -> list[PriceWatch]:
        """What the person watches, oldest first."""
        async with self._database.read() as connection:
            return await price_watches.of_person(connection, telegram_id)

    async def watch(self, telegram_id: int, version: Version, period: int) -> Decimal:
        """Tell the person when this price changes; gives the price of now, with which it begins.

        Raises NoKey, TooManyWatched, NotSold, OtherCurrency and px6's errors.
        """
        account, client = await self._accounts.connected(telegram_id)
        goods: Goods = (version.value, period)
        prices = await prices_of([goods], account.currency, client)
        if prices is None:
            raise OtherCurrency
        price = prices.get(goods)
        if price is None:
            raise NotSold
        now = self._clock()
        values = {
            "version": version.value,
            "period": period,
            "price": price,
            "currency": account.currency,
            "since": now,
            "looked_at": now,
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
        while not self._stopping() and (due := await self._due()):
            theirs: dict[str, list[tuple[PriceWatch, StoredAccount]]] = defaultdict(list)
            for one in due:
                if (account := await self._wanted_by(one)) is not None:
                    theirs[account.currency].append((one, account))
            for currency, watches in theirs.items():
                await self._compare(currency, watches)
            if len(due) < BATCH:
                return

    async def _due(self) -> list[PriceWatch]:
        return await self._taken(price_watches.is_due, price_watches.take, LOOK_EVERY)

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
        await self._note_looked([one.id for one, _ in watches if goods_of(one) in prices])
        for one, account in watches:
            price = prices.get(goods_of(one))
            if price is not None and (price, currency) != (one.price, one.currency):
                await self._tell(one, account, price)

    async def _note_looked(self, numbers: Sequence[int]) -> None:
        async with self._database.write() as connection:
            await price_watches.note_looked(connection, numbers, self._clock())

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
