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

import px6
from model.accounts import StoredAccount
from model.people import Person
from model.watching import StockWatch
from services.account.accounts import Accounts, NoKey
from services.account.people import People
from services.account.unchanged import AccountChanged, write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Gone
from services.notifications.watching_kinds import KeptEnded, KeptPaying, StockBack
from services.orders import Orders, OrderState, Quote
from services.watching.company import Company
from services.watching.paying import Payer
from storage import locks, maintenance_mode, quotes, reminders, stock_watches
from storage.engine.database import Database

log = logging.getLogger(__name__)

NOT_SOLD = (px6.WrongPeriod, px6.WrongVersion, px6.WrongCount, px6.WrongCountry)
TRY_AGAIN = (timedelta(minutes=10), timedelta(hours=1))  # after a purchase that spent nothing, and after another one


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

    async def waits(self, one: StockWatch) -> bool:
        """Whether a purchase that was begun was not confirmed, and never will be; else it is an order, and once it is
        known what became of that, the watch ends or waits on."""
        quote_id = one.paying or ""
        async with self._database.write() as connection:
            await locks.person(connection, one.telegram_id)
            is_back = bool(await quotes.take_back(connection, one.telegram_id, [quote_id]))
            if is_back:
                await stock_watches.end_paying(connection, one.telegram_id, one.id, quote_id)
        if not is_back:
            await self._conclude(one, quote_id)
        return is_back

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
                pause = TRY_AGAIN[min(times, len(TRY_AGAIN)) - 1]
                await stock_watches.put_off(connection, one.telegram_id, one.id, now + pause)

    async def buy(self, one: StockWatch, stock: int) -> StockBack | None:
        """Buy it; gives why the person is told instead. None: it is bought, or tried again with the next look."""
        try:
            return await self._buy(one, StockBack(one.id, one.wish, stock, up_to=one.up_to, currency=one.currency))
        except NOT_SOLD:
            return StockBack(one.id, one.wish, stock, "refused")
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
        if failed > len(TRY_AGAIN):
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
        waits = await self.waits(structs.replace(one, paying=quote.id))
        if paid.message_id is not None and waits:
            said = await self._why_not(one, quote)
            await self._notices.say(person, account, said, message_id=paid.message_id)

    async def _why_not(self, one: StockWatch, quote: Quote) -> KeptEnded:
        """What the message becomes that said that it is paid: it goes on waiting, or was called off."""
        async with self._database.read() as connection:
            now = await stock_watches.one(connection, one.telegram_id, one.id)
        waits = now is not None and now.told_at is None and now.up_to is not None
        [option], wish, why = quote.options, one.wish, "later" if waits else "lost"
        return KeptEnded(
            "buy", wish, wish.count, wish.period, option.price, quote.currency, quote.id, why, of="stock"
        )
