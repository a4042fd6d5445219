"""Buying at once what is in stock again, as its person wanted: so many, up to a sum, once; else they are told.

An open watch whose quote is being confirmed has it in `paying`. What was cut off there is found at its next look: a
quote that can still be taken back was not paid, and never will be; the other one is an order like any other, and the
watch ends with it unless nothing was spent.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.accounts import StoredAccount
from model.notifications import Unsaid
from model.people import Person
from model.watching import StockWatch
from services.account.accounts import Accounts, NoKey
from services.account.people import People
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Gone
from services.notifications.watching_kinds import KeptEnded, KeptPaying, StockBack
from services.orders import Orders, OrderState, Quote
from services.watching.company import Company, look_soon
from services.watching.paying import Payer
from storage import locks, maintenance_mode, quotes, reminders, stock_watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

NOT_SOLD = (px6.WrongPeriod, px6.WrongVersion, px6.WrongCount, px6.WrongCountry)
PAUSES = (timedelta(minutes=10), timedelta(hours=1))  # after a purchase that spent nothing, and after another one
Place = tuple[str, str]
"""A country and a version."""


class StockBuyer:
    """Buys for one watch after another. What px6 runs into makes that watch wait for its next look."""

    def __init__(
        self,
        database: Database,
        people: People,
        accounts: Accounts,
        orders: Orders,
        payer: Payer,
        notices: NoticeDelivery,
        company: Company,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._people, self._accounts, self._orders = database, people, accounts, orders
        self._payer, self._notices, self._company, self._clock = payer, notices, company, clock

    async def waits(self, one: StockWatch, why: str = "interrupted", message_id: int | None = None) -> bool:
        """Whether a purchase that was begun was not confirmed, and never will be; else it is an order, and once it is
        known what became of that, the watch ends or waits on.

        `why` it was not confirmed: the message that said that it is paid says so; `message_id`, if it is known better
        than by the quote.
        """
        quote_id, account = one.paying or "", await self._accounts.account(one.telegram_id)
        written = None
        async with self._database.write() as connection:
            await locks.person(connection, one.telegram_id)
            is_back = bool(await quotes.take_back(connection, one.telegram_id, [quote_id]))
            if is_back:
                await stock_watches.end_paying(connection, one.telegram_id, one.id, quote_id)
                written = await self._say_in(connection, account, one, why, message_id)
        if not is_back:
            await self._conclude(one, quote_id)
        await self._send(one, written)
        return is_back

    async def call_off(
        self, connection: AsyncConnection, account: StoredAccount | None, telegram_id: int, which: int | Place
    ) -> None:
        """Let nobody pay what is about to be bought of these watches; the message that it is paid says so soon."""
        for one in await stock_watches.call_off(connection, telegram_id, which):
            if one.paying is not None:
                await stock_watches.end_paying(connection, telegram_id, one.id, one.paying)
                await self._say_in(connection, account, structs.replace(one, up_to=None), "lost")
                await look_soon(connection, telegram_id, self._clock())

    async def _say_in(
        self,
        connection: AsyncConnection,
        account: StoredAccount | None,
        one: StockWatch,
        why: str,
        message_id: int | None = None,
    ) -> Unsaid | None:
        """Write down that the message, if there is one, becomes why nothing was bought: it goes on waiting, or was
        called off."""
        quote = await quotes.get(connection, one.paying or "", one.telegram_id)
        if quote is None or account is None or (shown_in := message_id or quote.message_id) is None:
            return None
        now = await stock_watches.one(connection, one.telegram_id, one.id)
        waits = now is not None and now.told_at is None and now.up_to is not None
        [option], wish = quote.options, one.wish
        price, why = option.price, why if waits else "lost"
        said = KeptEnded("buy", wish, wish.count, wish.period, price, quote.currency, quote.id, why, of="stock")
        return await self._notices.write(connection, account, said, message_id=shown_in)

    async def _send(self, one: StockWatch, written: Unsaid | None) -> None:
        person = await self._people.find(one.telegram_id)
        if person is None or written is None:
            return
        try:
            await self._notices.send(person, written)
        except Gone:
            await self._people.set_blocked(person.chat_id, True)

    async def _conclude(self, one: StockWatch, quote_id: str) -> None:
        """End it, once it is known what became of its order. Where nothing was spent it waits on: for ten minutes at
        first, then for an hour; what fails as often as that is told the next time, and not tried."""
        confirmation = await self._orders.confirmation_of(one.telegram_id, quote_id)
        if confirmation is None or confirmation.is_open:
            return
        states, now = {order.state for order in confirmation.orders}, self._clock()
        failed = OrderState.REQUOTED not in states and all(state.spent_nothing for state in states)
        async with self._database.write() as connection:
            await locks.person(connection, one.telegram_id)
            if not failed:
                await stock_watches.note_bought(connection, one.telegram_id, one.id, quote_id, now)
            elif await stock_watches.end_paying(connection, one.telegram_id, one.id, quote_id):
                times = await stock_watches.failed_of(connection, one.telegram_id, one.id)
                pause = (timedelta(0), *PAUSES)[min(times, len(PAUSES))]
                await stock_watches.put_off(connection, one.telegram_id, one.id, now + pause)

    async def buy(self, one: StockWatch, stock: int) -> StockBack | None:
        """Buy it; gives why the person is told instead. None: it is bought, or tried again with the next look."""
        try:
            return await self._buy(one, StockBack(one.id, one.wish, stock, up_to=one.up_to, currency=one.currency))
        except NOT_SOLD:
            return StockBack(one.id, one.wish, stock, "refused")
        except (px6.WrongKey, px6.WrongAddress):
            return StockBack(one.id, one.wish, stock, "key")
        except (px6.Px6Error, NoKey, AccountChanged) as error:
            log.debug("What is in stock could not be bought: %s", type(error).__name__)
            return None

    async def _buy(self, one: StockWatch, said: StockBack) -> StockBack | None:
        person, account = await self._people.find(one.telegram_id), await self._accounts.account(one.telegram_id)
        if person is None or account is None or one.up_to is None:
            return None
        if account.px6_user_id != one.px6_user_id:
            return replace(said, why="account")
        async with self._database.read() as connection:
            may_spend = (await reminders.habits_of(connection, one.telegram_id)).rules_on
            failed = await stock_watches.failed_of(connection, one.telegram_id, one.id)
        if not may_spend:
            return replace(said, why="off")
        if failed > len(PAUSES):
            return replace(said, up_to=None, currency="")
        if await maintenance_mode.look_up(self._database) is not None:
            return None
        quote = await self._orders.price_buy(one.telegram_id, one.wish, source="stock", background=True)
        [option] = quote.options
        said = replace(said, price=option.price)
        if quote.currency != one.currency:
            return replace(said, why="currency")
        if option.price > one.up_to:
            return replace(said, why="price")
        if option.price > quote.balance:
            return replace(said, why="money")
        await self._pay(person, account, one, quote)
        return None

    async def _pay(self, person: Person, account: StoredAccount, one: StockWatch, quote: Quote) -> None:
        """Confirm and pay the quote, as a tap would; a message says so and becomes the receipt."""
        quietly = await self._company.rests_until(one.telegram_id) is not None
        async with write_if_unchanged(self._database, account) as connection:
            now = await stock_watches.one(connection, one.telegram_id, one.id)
            wanted = now is not None and (now.up_to, now.wish, now.paying) == (one.up_to, one.wish, None)
            may_spend = (await reminders.habits_of(connection, one.telegram_id)).rules_on
            if not (wanted and may_spend) or not await stock_watches.begin(
                connection, one.telegram_id, one.id, quote.id
            ):
                return
            await self._orders.keep_quote(connection, quote)
        try:
            paid = await self._payer.pay(person, account, quote, KeptPaying(quote, "stock"), quietly=quietly)
        except Gone:
            await self._people.set_blocked(person.chat_id, True)
            return
        await self.waits(structs.replace(one, paying=quote.id), "later", paid.message_id)
