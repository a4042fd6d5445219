"""Payments that the balance did not cover, finished when it does: asked about once more, or paid at once up to a sum.

    waiting ──▶ asked        the balance covers it: one message with an ordinary quote, which a tap confirms
       │  ▲ └─▶ cancelled, over, done, key, account, sold_out, refused: nothing was spent, nothing will be
       ▼  │
     paying ──▶ paid         as the person wanted: up to that sum, by one quote that nobody else can confirm; what
                             px6 did not get, or refused, waits again, to be asked about

A look at the account (`services/sweep.py`) sees the balance, so one process at a time is here for an account. What it
was cut off at is a row: a payment that is `paying` has a quote, and whether that was confirmed is decided by one
statement. Taken back (`Orders.withdraw_quote`) it never spends; confirmed it is an order like any other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.notifications import Unsaid
from model.orders import Source
from model.watching import SAID_FOR, KeptPayment
from px6 import Version
from services.account.unchanged import write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Sender
from services.notifications.line import Line
from services.notifications.watching_kinds import KeptEnded, KeptPaying, MoneyThere
from services.orders import (
    Confirmation,
    ListedAccount,
    NotPriced,
    Orders,
    OrderState,
    Quote,
    UnknownIds,
)
from services.reminders.look import LOOK_AGAIN, Look, later_on_error
from services.watching.keeping import Keeping
from services.watching.kept_steps import called_off, ended_of, is_quiet, is_read, left_of, next_look
from services.watching.paying import Payer
from storage import kept_payments, maintenance_mode, quotes, reminders
from storage.engine.database import Database


class KeptPayments(Keeping):
    """What people keep, see and cancel; and what a look at their account does about it."""

    def __init__(
        self, database: Database, orders: Orders, sender: Sender, line: Line, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(database, orders, clock)
        self._notices = NoticeDelivery(database, sender, line, clock)
        self._payer = Payer(database, orders, sender, line)

    # -- what a look does

    async def step(self, look: Look) -> datetime | None:
        """Ask about or pay what the balance covers now; gives when to come again, None for never.

        Raises WrongKey, WrongAddress, Gone and AccountChanged.
        """
        if not look.records.row.kept:
            return None
        await self._tell_called_off(look)
        async with self._database.read() as connection:
            listed = await kept_payments.open_of(connection, look.person.telegram_id)
        moments = [await later_on_error("A kept payment", self._go_on(look, kept), self._clock) for kept in listed]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _go_on(self, look: Look, kept: KeptPayment) -> datetime | None:
        """Take one payment further. What cannot be paid as it was wished ends here."""
        try:
            return await (self._resume(look, kept) if kept.state == "paying" else self._look_at(look, kept))
        except (px6.WrongPeriod, NotPriced, UnknownIds):
            return await self._end(look, kept, "refused")

    async def _look_at(self, look: Look, kept: KeptPayment) -> datetime | None:
        now = self._clock()
        if kept.px6_user_id != look.account.px6_user_id:
            return await self._end(look, kept, "account")
        if kept.currency != look.listed.currency:
            return await self._end(look, kept, "currency")
        if now >= kept.until:
            return await self._end(look, kept, "over" if look.listed.balance < kept.price else "late")
        left, busy = left_of(kept, look)
        if not is_read(kept, look):
            return next_look(kept, now)
        if kept.kind == "prolong" and not left and not busy:
            return await self._end(look, kept, "nothing")
        fewer = len(left) < len(kept.ends)
        covered = look.listed.balance >= kept.price or look.listed.balance > kept.balance or fewer
        if busy or not covered or await maintenance_mode.look_up(self._database) is not None:
            return next_look(kept, now)
        if await self._orders.changed_since(look.account.px6_user_id, look.read_at):
            return now  # what this look read of ends and money is the past
        return await self._try(look, kept, left)

    async def _try(self, look: Look, kept: KeptPayment, left: list[int]) -> datetime | None:
        """The price of this moment decides: too much, a question, or the payment."""
        quote = await self._price(look, kept, left)
        [option] = quote.options
        if quote.currency != kept.currency:
            raise px6.BadAnswer("the price is in another currency than a moment ago")
        if option.price > quote.balance:
            return await self._still_short(kept, option.price, quote.balance)
        if kept.wish is not None:
            stock = await look.client.stock(kept.wish.country, Version(kept.wish.version), fresh=True)
            if stock.count < kept.wish.count:
                return await self._end(look, kept, "sold_out", stock=stock.count)
        if kept.up_to is None:
            return await self._ask(look, kept, MoneyThere(quote))
        if option.price > kept.up_to:
            return await self._ask(look, kept, MoneyThere(quote, "price", kept.up_to))
        if not await self.may_spend(kept.telegram_id):
            return await self._ask(look, kept, MoneyThere(quote, "off", kept.up_to))
        return await self._pay(look, kept, msgspec.structs.replace(quote, source="at_once"))

    async def _price(self, look: Look, kept: KeptPayment, left: list[int]) -> Quote:
        source: Source = "kept"
        if kept.wish is not None:
            return await self._orders.price_buy(kept.telegram_id, kept.wish, source=source, background=True)
        known = look.records.kinds
        listed = ListedAccount(kept.telegram_id, kept.px6_user_id, look.client, look.listed, known)
        return await self._orders.price_prolong(listed, left, [kept.period], source=source)

    async def _still_short(self, kept: KeptPayment, price: Decimal, balance: Decimal) -> datetime:
        """Wait on for the sum that it costs now."""
        async with self._database.write() as connection:
            values = {"price": price, "balance": balance}
            await self._move_on(connection, kept, **values)
        return next_look(kept, self._clock())

    async def _move_on(self, connection: AsyncConnection, kept: KeptPayment, **values: Any) -> bool:
        """Change what waits; False where it has ended, or the person wants it otherwise by now."""
        moved = await kept_payments.move(connection, kept.telegram_id, kept.id, ("waiting",), seen=kept, **values)
        return moved is not None

    # -- asking

    async def _ask(self, look: Look, kept: KeptPayment, said: MoneyThere) -> datetime | None:
        """Ask once: the quote, the message and that it was asked are written in one transaction, then it is sent.

        Gives None where it has ended, as `_end` does.
        """
        async with write_if_unchanged(self._database, look.account) as connection:
            if not await self._move_on(connection, kept, state="asked"):
                return self._clock()
            await self._orders.keep_quote(connection, said.quote)
            one = await self._notices.write(connection, look.account, said, quietly=is_quiet(look, self._clock()))
        await self._notices.send(look.person, one)
        return None

    # -- paying

    async def _pay(self, look: Look, kept: KeptPayment, quote: Quote) -> datetime | None:
        """Confirm and pay the quote, as a tap would; a message says so and becomes the receipt."""
        async with write_if_unchanged(self._database, look.account) as connection:
            may_spend = (await reminders.habits_of(connection, kept.telegram_id)).rules_on
            if not may_spend or not await self._move_on(connection, kept, state="paying", paying=quote.id):
                return self._clock()
            await self._orders.keep_quote(connection, quote)
        quietly = is_quiet(look, self._clock())
        paid = await self._payer.pay(look.person, look.account, quote, KeptPaying(quote), quietly=quietly)
        if paid.confirmation is None:
            return await self._not_claimed(
                look, kept, quote, paid.message_id, asks=paid.reason in ("repeated", "behind")
            )
        return await self._conclude(kept, paid.confirmation)

    async def _not_claimed(
        self, look: Look, kept: KeptPayment, quote: Quote, message_id: int | None, *, asks: bool
    ) -> datetime | None:
        """Nothing was spent: payments are paused, it was called off in this moment, or another payment came first.

        `asks`: for this end something was tried by itself before, or paid, so only a tap may do it.
        """
        values: dict[str, Any] = {"state": "waiting", "paying": None} | ({"up_to": None} if asks else {})
        async with write_if_unchanged(self._database, look.account) as connection:
            await self._orders.withdraw_quote(connection, kept.telegram_id, quote.id)
            await kept_payments.end_paying(connection, kept.telegram_id, kept.id, quote.id, **values)
            now = await kept_payments.of_quote(connection, kept.telegram_id, kept.quote_id) or kept
            waits = now.state == "waiting"
            why = "lost" if not waits else "later" if now.ends == kept.ends else "fewer"
            written = await self._say_in(connection, look, ended_of(now, why), quote.id, message_id)
        await self._send(look, written)
        return self._clock() + LOOK_AGAIN if waits else None

    async def _tell_called_off(self, look: Look) -> None:
        """What was taken back once a message said that it is paid: the message says so."""
        telegram_id = look.person.telegram_id
        async with self._database.read() as connection:
            since = self._clock() - SAID_FOR
            taken_back = await quotes.said_and_withdrawn(connection, telegram_id, "at_once", since)
        for quote in taken_back:
            async with write_if_unchanged(self._database, look.account) as connection:
                listed = await kept_payments.open_of(connection, telegram_id)
                if any(kept.paying == quote.id for kept in listed):
                    continue  # it is decided below
                said = called_off(quote, [kept for kept in listed if kept.state == "waiting"])
                written = await self._say_in(connection, look, said, quote.id, quote.message_id)
            await self._send(look, written)

    async def _say_in(
        self, connection: AsyncConnection, look: Look, said: KeptEnded, quote_id: str, message_id: int | None
    ) -> Unsaid | None:
        """Write down that the message which said that this quote is paid, if there is one, says what became of it."""
        if message_id is None:
            return None
        await quotes.message_told(connection, look.person.telegram_id, quote_id)
        return await self._notices.write(connection, look.account, said, message_id=message_id)

    async def _send(self, look: Look, written: Unsaid | None) -> None:
        if written is not None:
            await self._notices.send(look.person, written)

    async def _resume(self, look: Look, kept: KeptPayment) -> datetime | None:
        """What was cut off between its quote and the payment waits again; what was confirmed is an order by now."""
        written, quote_id = None, kept.paying or ""
        async with write_if_unchanged(self._database, look.account) as connection:
            is_back = await self._taken_back(connection, kept)
            if is_back:
                values: dict[str, Any] = {"state": "waiting", "paying": None}
                await kept_payments.end_paying(connection, kept.telegram_id, kept.id, quote_id, **values)
                quote = await quotes.get(connection, quote_id, kept.telegram_id)
                message_id = None if quote is None else quote.message_id
                said = ended_of(kept, "interrupted")
                written = await self._say_in(connection, look, said, quote_id, message_id)
        await self._send(look, written)
        confirmed = None if is_back else await self._orders.confirmation_of(kept.telegram_id, quote_id)
        return self._clock() if confirmed is None else await self._conclude(kept, confirmed)

    async def _conclude(self, kept: KeptPayment, confirmation: Confirmation) -> datetime:
        """What px6 did not do was told as not paid: the person is asked before it is tried again.

        Whether it did is not known at once where its answer is lost: until then it is being paid. Where the price
        rose in that moment, px6 was asked nothing and the person has a new quote. What a process could not ask px6
        any more waits as before.
        """
        if confirmation.is_open:
            return self._clock() + LOOK_AGAIN
        states = {order.state for order in confirmation.orders}
        if all(order.was_cut_off for order in confirmation.orders):
            await self._move(kept, confirmation.quote_id, state="waiting", paying=None)
            return self._clock()
        if OrderState.REQUOTED not in states and all(state.spent_nothing for state in states):
            await self._move(kept, confirmation.quote_id, state="waiting", paying=None, up_to=None)
            return self._clock() + LOOK_AGAIN
        await self._move(kept, confirmation.quote_id, state="paid")
        return self._clock()  # what a look read of the account before is the past

    async def _move(self, kept: KeptPayment, quote_id: str, **values: Any) -> None:
        async with self._database.write() as connection:
            await kept_payments.end_paying(connection, kept.telegram_id, kept.id, quote_id, **values)

    # -- how it ends

    async def _end(self, look: Look, kept: KeptPayment, why: str, *, stock: int = 0) -> datetime | None:
        """End it and say why, once."""
        state = {"nothing": "done", "currency": "account", "late": "over"}.get(why, why)
        said = replace(ended_of(kept, why), stock=stock)
        async with write_if_unchanged(self._database, look.account) as connection:
            if not await self._move_on(connection, kept, state=state):
                return self._clock()
            one = await self._notices.write(connection, look.account, said, quietly=is_quiet(look, self._clock()))
        await self._notices.send(look.person, one)
        return None
