"""The journal: every change of an order is one transaction, and is on disk before anything else happens.

A change is made only from the states it is allowed from, by one conditional UPDATE, so that two processes, a late
answer and a look cannot undo each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import Colleague
from model.orders import (
    BY_ITSELF,
    LISTS_BEHIND,
    NOT_PAID_AGAIN,
    WATCHES,
    Claim,
    Confirmation,
    Order,
    OrderState,
    Quote,
    Source,
)
from model.people import PersonId
from model.watching import OPEN, KeptPayment, same_purchase
from services.account.accounts import NoKey
from services.account.currency import take_currency
from services.ground.leases import Leases, LocalLeases
from services.orders.colleague_rights import NotTheirs, access, may_spend
from services.orders.errors import OtherAccount
from services.orders.outcome_log import OutcomeLog
from services.orders.rows import STUCK, confirmation_values, order_rows, quote_values
from storage import (
    accounts,
    confirmations,
    digest_endings,
    kept_payments,
    known_proxies,
    locks,
    maintenance_mode,
    orders,
    quotes,
    reminders,
    replacements,
    rules,
    stock_watches,
)
from storage.engine.database import Database

SHORTLY, FOR_DAYS = timedelta(minutes=15), timedelta(days=3)
HOLDS: Mapping[Source, timedelta] = {
    "person": SHORTLY,
    "rule": SHORTLY,
    "at_once": SHORTLY,
    "stock": SHORTLY,
    "replace": SHORTLY,
    "digest": FOR_DAYS,
    "kept": FOR_DAYS,
}
WAITED: frozenset[Source] = frozenset({"kept", "at_once"})
TELL_AGAIN = timedelta(seconds=30)


class Journal:
    """Reads and writes quotes, confirmations and orders."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        outcomes: OutcomeLog | None = None,
        leases: Leases | None = None,
    ) -> None:
        self._database, self._clock, self._leases = database, clock, leases or LocalLeases()
        self._outcomes = outcomes or OutcomeLog()

    # -- quotes and their confirmation

    async def add_quote(self, quote: Quote) -> None:
        """Keep a quote, which tells the currency of its account. Raises OtherAccount when another one is connected by
        now, and NoKey when none is."""
        async with self._database.write() as connection:
            await locks.person(connection, quote.telegram_id)
            connected = await accounts.user_id_of(connection, quote.telegram_id)
            if connected != quote.px6_user_id:
                raise NoKey if connected is None else OtherAccount
            whose = quote.telegram_id, quote.px6_user_id
            await take_currency(connection, *whose, quote.currency, self._clock())
            await self.write_quote(connection, quote)

    async def write_quote(self, connection: AsyncConnection, quote: Quote) -> None:
        """Keep a quote within a transaction of the caller's, who has seen that its account is connected."""
        await quotes.add(connection, quote_values(quote))

    async def quote(self, telegram_id: int, quote_id: str) -> Quote | None:
        """A quote of this person's."""
        async with self._database.read() as connection:
            return await quotes.get(connection, quote_id, telegram_id)

    async def set_message(self, quote_id: str, chat_id: int, message_id: int) -> None:
        async with self._database.single() as connection:
            await quotes.set_message(connection, quote_id, chat_id, message_id)

    async def claim(
        self,
        telegram_id: int,
        quote_id: str,
        period: int,
        message: tuple[int, int] | None = None,
        by: PersonId | None = None,
        run: int | None = None,
    ) -> Claim:
        """Confirm a quote: one atomic statement decides who wins; the winner's orders come with it or not at all.

        `run`: the run of a rule that pays, unless it was called off until now.
        """
        try:
            async with self._database.write() as connection:
                await locks.beside(connection, locks.MAINTENANCE)
                await locks.person(connection, telegram_id)
                colleague = None if by is None else await access(connection, telegram_id, by)
                if message is not None:
                    await quotes.set_message(connection, quote_id, *message)  # undone with a lost claim
                return await self._claim(connection, telegram_id, quote_id, period, colleague, run)
        except NotTheirs as refused:
            return Claim(won=False, reason=refused.reason, cap=refused.cap, spent=refused.spent)
        except NotClaimed as lost:
            return await self._lost(telegram_id, lost.reason, lost.confirmation_id)
        except IntegrityError:  # another process took one of the proxies after we had looked
            return Claim(won=False, reason="busy")

    async def _claim(
        self,
        connection: AsyncConnection,
        telegram_id: int,
        quote_id: str,
        period: int,
        by: Colleague | None,
        run: int | None,
    ) -> Claim:
        now = self._clock()
        quote = await quotes.take(connection, telegram_id, quote_id, now - max(HOLDS.values()))
        if quote is None:
            raise await self._why_not(connection, telegram_id, quote_id)
        if quote.option(period) is None:
            raise NotClaimed("gone")
        is_current = await accounts.user_id_of(connection, telegram_id) == quote.px6_user_id
        if not is_current or quote.created_at + HOLDS[quote.source] < now:
            raise NotClaimed("stale")
        await locks.px6_account(connection, quote.px6_user_id)
        automatic = quote.source in BY_ITSELF and quote.kind == "prolong"
        since = now - (NOT_PAID_AGAIN if automatic else LISTS_BEHIND)
        taken = await orders.taken(connection, quote.px6_user_id, quote.ends, automatic=automatic, since=since)
        if taken is not None:
            raise NotClaimed(*taken)
        if await maintenance_mode.current(connection) is not None:
            raise NotClaimed("maintenance")
        if by is not None:
            await may_spend(connection, by, quote, period, now)
        values = confirmation_values(quote, period, now, by) | {"held_by": self._leases.holder}
        confirmation_id = await confirmations.add(connection, values)
        for order, ends in order_rows(quote, period, confirmation_id, now):
            await orders.add_order(connection, order, ends, automatic=automatic)
        if run is not None:
            await self._pay_run(connection, quote, run, confirmation_id)
        await self._end_like(connection, quote)
        await note_for_others(connection, quote, confirmation_id, now, by)
        return Claim(won=True, confirmation=await confirmations.get(connection, confirmation_id))

    async def _pay_run(self, connection: AsyncConnection, quote: Quote, run: int, confirmation_id: int) -> None:
        """A rule pays only what nobody has called off until now. Raises NotClaimed."""
        muted = await reminders.muted_of(connection, quote.telegram_id)
        if any(muted.get(end, quote.created_at) is None for end in quote.ends.items()):
            raise NotClaimed("let_go")
        if not await rules.begin_paying(connection, run, confirmation_id):
            raise NotClaimed("called_off")

    async def _end_like(self, connection: AsyncConnection, quote: Quote) -> None:
        """One payment for what waited for money: whichever of its quotes is confirmed first takes the place of the
        others. What waits is over when that has paid; where it did not, the person is asked."""
        if quote.wish is None or quote.source == "replace":
            return
        if quote.source != "stock":
            await replacements.hold_back(connection, quote.telegram_id, quote.wish)
            await stock_watches.only_tell(connection, quote.telegram_id, quote.wish)
        for other in await quotes.open_of(connection, quote.telegram_id, "buy"):
            if other.wish and same_purchase(other.wish, quote.wish) and {other.source, quote.source} & WAITED:
                await quotes.withdraw(connection, quote.telegram_id, [other.id])
        for kept in await kept_payments.open_of(connection, quote.telegram_id):
            if kept.paying != quote.id and kept.is_like("buy", quote.wish, frozenset()):
                await self._pay_instead(connection, quote, kept)

    async def _pay_instead(self, connection: AsyncConnection, quote: Quote, kept: KeptPayment) -> None:
        """A quote takes the place of what waits, unless that is paid, or may be, by a confirmation before it."""
        values: dict[str, Any] = {"state": "paying", "paying": quote.id, "up_to": None}
        before = None if kept.paying is None else await self._confirmed_by(connection, quote.telegram_id, kept.paying)
        if before is not None and before.is_open:
            values = {"up_to": None}
        elif before is not None and not all(order.state.spent_nothing for order in before.orders):
            values = {"state": "paid"}
        await kept_payments.move(connection, quote.telegram_id, kept.id, OPEN, **values)

    async def _confirmed_by(
        self, connection: AsyncConnection, telegram_id: int, quote_id: str
    ) -> Confirmation | None:
        """What was confirmed with this quote; nobody can confirm it from now on."""
        if await quotes.take_back(connection, telegram_id, [quote_id]):
            return None
        found = await confirmations.of_quote(connection, telegram_id, quote_id)
        return None if found is None else await confirmations.get(connection, found)

    async def _why_not(self, connection: AsyncConnection, telegram_id: int, quote_id: str) -> NotClaimed:
        quote = await quotes.get(connection, quote_id, telegram_id)
        if quote is None:
            return NotClaimed("gone")
        if quote.state != "claimed":
            return NotClaimed("stale")
        return NotClaimed("claimed", await confirmations.of_quote(connection, telegram_id, quote_id))

    async def _lost(self, telegram_id: int, reason: str, confirmation_id: int | None) -> Claim:
        confirmation = None if confirmation_id is None else await self.confirmation(confirmation_id)
        mine = confirmation is not None and confirmation.telegram_id == telegram_id
        return Claim(won=False, reason=reason, confirmation=confirmation if mine else None)

    # -- reading

    async def confirmation(self, confirmation_id: int) -> Confirmation | None:
        async with self._database.read() as connection:
            return await confirmations.get(connection, confirmation_id)

    async def order(self, order_id: int) -> Order | None:
        async with self._database.read() as connection:
            return await orders.get(connection, order_id)

    # -- what happens to an order

    async def start_anew(self, confirmation_id: int) -> bool:
        """Give up the start of a process that is gone; False when some of it was sent or closed meanwhile."""
        async with self._database.write() as connection:
            await locks.payer(connection, confirmation_id)
            if not is_untouched(await confirmations.get(connection, confirmation_id)):
                return False
            await confirmations.start_anew(connection, confirmation_id)
            return True

    async def start(self, confirmation_id: int) -> bool:
        """Take a confirmation for sending; False when it was taken before."""
        async with self._database.single() as connection:
            return await confirmations.start(connection, confirmation_id, self._clock())

    async def sending(self, order: Order, method: str, params: Mapping[str, Any], **values: Any) -> Order | None:
        """Make `sending` durable; None when the order is no longer to be sent. The call may leave only after this."""
        now = self._clock()
        values = {"state": OrderState.SENDING, "sent_at": now, "due_at": now + STUCK, **values}
        async with self._database.write() as connection:
            await locks.person(connection, order.telegram_id)
            if not await orders.move(connection, order.id, (OrderState.CONFIRMED,), values):
                return None
            sent = {"method": method, "params": dict(params), "balance": values["balance_before"]}
            await orders.write_journal(connection, order.id, now, "sent", sent)
            return await orders.get(connection, order.id)

    async def change(
        self,
        order: Order,
        states: Collection[OrderState],
        values: Mapping[str, Any],
        event: str,
        data: Mapping[str, Any],
        *,
        ends: Mapping[int, datetime | None] | None = None,
        news: bool = True,
        asked: Decimal | None = None,
    ) -> bool:
        """Change an order that is in one of `states`, with a line in its journal; False when it is not.

        `news`: the person is to be told. `ends`: of its proxies, those bought included. `asked`: only while it is
        asked whether this was topped up.
        """
        now = self._clock()
        async with self._database.write() as connection:
            await locks.person(connection, order.telegram_id)
            if not await orders.move(connection, order.id, states, values, asked=asked):
                return False
            await orders.set_ends(connection, order.id, order.px6_user_id, ends or {})
            await orders.write_journal(connection, order.id, now, event, data)
            if order.kind == "buy" and values.get("state") is OrderState.DONE and order.version:
                await known_proxies.remember(
                    connection, order.telegram_id, ends or {}, order.version, auto_prolong=order.auto_prolong
                )
            if news:
                await confirmations.changed(connection, order.confirmation_id, now + TELL_AGAIN)
        self._outcomes.changed(order, values, now)
        return True

    async def not_sent(self, listed: Iterable[Order], error: str, error_id: int | None = None) -> None:
        """Close orders that were confirmed but not sent: nothing was spent on them."""
        for order in listed:
            await self._closed(order, OrderState.NOT_SENT, error, error_id)

    async def _closed(self, order: Order, state: OrderState, error: str | None, error_id: int | None) -> None:
        values = {
            "state": state,
            "error": error,
            "error_id": error_id,
            "settled_at": self._clock(),
            "due_at": None,
        }
        await self.change(order, (OrderState.CONFIRMED,), values, str(state), {"error": error})

    async def requoted(self, confirmation: Confirmation, quote: Quote) -> None:
        """Nothing is sent: the person is shown what it costs now, in the same message.

        Nothing changes when another process has sent some of it, or closed it.
        """
        now = self._clock()
        from_here = quote.source == "at_once" or quote.source in WATCHES  # on only a tap pays
        source: Source = "person" if from_here else quote.source
        shown = {"chat_id": confirmation.chat_id, "message_id": confirmation.message_id}
        quote = msgspec.structs.replace(quote, source=source, **shown)
        values = {"state": OrderState.REQUOTED, "settled_at": now, "due_at": None}
        async with self._database.write() as connection:
            await locks.payer(connection, confirmation.id)
            if not is_untouched(await confirmations.get(connection, confirmation.id)):
                return
            await quotes.add(connection, quote_values(quote))
            await confirmations.set_requote(connection, confirmation.id, quote.id)
            for order in confirmation.orders:
                await orders.move(connection, order.id, (OrderState.CONFIRMED,), values)
                await orders.write_journal(connection, order.id, now, "requoted", {"quote": quote.id})
            await confirmations.changed(connection, confirmation.id, now + TELL_AGAIN)
        for order in confirmation.orders:
            self._outcomes.changed(order, values, now)


async def note_for_others(
    connection: AsyncConnection, quote: Quote, confirmation_id: int, now: datetime, by: Colleague | None = None
) -> None:
    """What others were sent of these ends is to say who has prolonged them, once the outcome is known."""
    if quote.kind != "prolong":
        return
    await digest_endings.note(
        connection,
        quote.telegram_id,
        quote.ends.items(),
        now,
        besides=None if by is None else by.person,
        by_name=None if by is None else by.name,
        quote_id=quote.id,
        to_all=quote.source in BY_ITSELF,
        kind="paid",
        confirmation_id=confirmation_id,
    )


class NotClaimed(Exception):
    """Undoes the transaction of a claim."""

    def __init__(self, reason: str, confirmation_id: int | None = None) -> None:
        self.reason, self.confirmation_id = reason, confirmation_id


def is_untouched(confirmation: Confirmation | None) -> bool:
    """Whether none of it was sent, and none closed."""
    return confirmation is not None and all(order.state is OrderState.CONFIRMED for order in confirmation.orders)
