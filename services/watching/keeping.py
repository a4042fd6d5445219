"""What people keep of payments that the balance does not cover, see and cancel. Nothing here spends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from model.people import PersonId
from model.watching import OPEN, KeptPayment
from services.account.rights import check_right
from services.orders import Option, Orders, OtherAccount, Quote
from services.watching.kept_steps import WATCHED_FOR
from storage import accounts, kept_payments, locks, maintenance_mode, quotes, reminders, watches
from storage.engine.database import Database

MOST_KEPT = 5  # of a person
AT_FIRST = timedelta(minutes=5)  # until the first look: a top-up takes as long


class TooManyKept(Exception):
    """A person has at most five payments that wait for money."""


class Keeping:
    """A person's payments that wait for money; each function is asked for somebody and is about theirs only."""

    def __init__(self, database: Database, orders: Orders, clock: Callable[[], datetime]) -> None:
        self._database, self._orders, self._clock = database, orders, clock

    async def of(self, telegram_id: int) -> list[KeptPayment]:
        """The person's payments that wait for money, oldest first; not those that are confirmed by now."""
        async with self._database.read() as connection:
            return await self._waiting(connection, telegram_id)

    async def _waiting(self, connection: AsyncConnection, telegram_id: int) -> list[KeptPayment]:
        listed = await kept_payments.open_of(connection, telegram_id)
        paying = [kept.paying for kept in listed if kept.paying is not None]
        claimed = await quotes.claimed_of(connection, telegram_id, paying) if paying else set()
        return [kept for kept in listed if kept.paying not in claimed]

    async def keep(
        self, quote: Quote, option: Option, *, at_once: bool, by: PersonId | None = None
    ) -> KeptPayment | None:
        """Keep what a person's quote would pay, for three days. `at_once`: up to the option's price without asking.

        A quote is kept once: what has become of it since is given as it is, and one that is about to be paid waits
        again if its payment is not confirmed. None: it was confirmed meanwhile.
        `by`: the colleague who wants it. Raises TooManyKept; OtherAccount for a quote of an account that is not
        connected any more; AccessEnded.
        """
        async with self._database.write() as connection:
            await locks.person(connection, quote.telegram_id)
            await check_right(connection, quote.telegram_id, by)
            if await accounts.user_id_of(connection, quote.telegram_id) != quote.px6_user_id:
                raise OtherAccount
            stored = await quotes.get(connection, quote.id, quote.telegram_id)
            if stored is None or stored.state != "open":
                return None
            kept = await self._keep(connection, quote, option, at_once=at_once)
            await watches.wake_by(connection, quote.telegram_id, self._clock() + AT_FIRST)
        return kept

    async def _keep(self, connection: AsyncConnection, quote: Quote, option: Option, *, at_once: bool) -> KeptPayment:
        telegram_id, up_to = quote.telegram_id, option.price if at_once else None
        before = await kept_payments.of_quote(connection, telegram_id, quote.id)
        if before is not None:
            terms: dict[str, Any] = {"up_to": up_to}
            if before.period != option.period:
                terms |= {"period": option.period, "price": option.price, "balance": quote.balance}
            states = ("waiting",)
            if before.state == "paying":
                if not await self._taken_back(connection, before):
                    return await self._only_asked(connection, before)
                states = ("paying",)
                terms |= {"state": "waiting", "paying": None}
                await watches.wake_by(connection, telegram_id, self._clock())  # a message may say that it is paid
            changed = await kept_payments.move(connection, telegram_id, before.id, states, **terms)
            return changed or before
        await self._replace(connection, quote)
        if len(await self._waiting(connection, telegram_id)) >= MOST_KEPT:
            raise TooManyKept
        now = self._clock()
        values = {
            "px6_user_id": quote.px6_user_id,
            "quote_id": quote.id,
            "kind": quote.kind,
            "wish": quote.wish,
            "ends": quote.ends,
            "period": option.period,
            "price": option.price,
            "currency": quote.currency,
            "balance": quote.balance,
            "up_to": up_to,
            "kept_at": now,
            "until": now + WATCHED_FOR,
        }
        await kept_payments.add(connection, {"telegram_id": telegram_id, **values})
        kept = await kept_payments.of_quote(connection, telegram_id, quote.id)
        assert kept is not None  # noqa: S101 - it was added just now
        return kept

    async def _replace(self, connection: AsyncConnection, quote: Quote) -> None:
        """A payment for the same that was kept from an older quote ends: nothing is kept twice."""
        for kept in await kept_payments.open_of(connection, quote.telegram_id):
            if kept.is_like(quote.kind, quote.wish, frozenset(quote.ids)):
                await kept_payments.move(connection, quote.telegram_id, kept.id, ("waiting",), state="replaced")

    async def cancel(self, telegram_id: int, number: int) -> bool:
        """End a payment that waits; False when it has ended, or is confirmed already."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            mine = (one for one in await kept_payments.open_of(connection, telegram_id) if one.id == number)
            kept = next(mine, None)
            if kept is None:
                return False
            if not await self._taken_back(connection, kept):
                await self._only_asked(connection, kept)
                return False
            await watches.wake_by(connection, telegram_id, self._clock())  # a message may say that it is paid
            return await kept_payments.move(connection, telegram_id, number, OPEN, state="cancelled") is not None

    async def _only_asked(self, connection: AsyncConnection, kept: KeptPayment) -> KeptPayment:
        """It is too late to keep it from being paid; should that come to nothing, the person is asked."""
        changed = await kept_payments.move(connection, kept.telegram_id, kept.id, OPEN, up_to=None)
        return changed or kept

    async def is_cancelled(self, telegram_id: int, number: int) -> bool:
        """Whether the person has cancelled it: then nothing was spent on it."""
        async with self._database.read() as connection:
            return await kept_payments.state_of(connection, telegram_id, number) == "cancelled"

    async def _taken_back(self, connection: AsyncConnection, kept: KeptPayment) -> bool:
        """Whether nobody has confirmed its payment, and nobody can any more."""
        if kept.paying is None:
            return True
        return bool(await quotes.take_back(connection, kept.telegram_id, [kept.paying]))

    async def like(self, quote: Quote) -> KeptPayment | None:
        """What is kept of just the same as this quote, if anything is; also where it is being paid."""
        async with self._database.read() as connection:
            kept = await kept_payments.open_of(connection, quote.telegram_id)
        return next((one for one in kept if one.is_like(quote.kind, quote.wish, frozenset(quote.ids))), None)

    async def may_spend(self, telegram_id: int) -> bool:
        """The one switch of all that is spent automatically is on."""
        async with self._database.read() as connection:
            return (await reminders.habits_of(connection, telegram_id)).rules_on

    async def asked_by(self, quote: Quote) -> None:
        """The person has this quote, which the balance covers, before them: they need not be asked once more.

        In a pause of payments its button does nothing, so they are asked after it.
        """
        kept = await self.like(quote)
        if kept is None or kept.up_to is not None or await maintenance_mode.look_up(self._database) is not None:
            return
        async with self._database.write() as connection:
            await kept_payments.move(connection, kept.telegram_id, kept.id, ("waiting",), state="asked")

    async def money_seen(self, telegram_id: int, balance: Decimal) -> int:
        """A tap has read the balance: when it covers something that waits, that is looked at now.

        Gives how many payments wait.
        """
        kept = await self.of(telegram_id)
        if any(one.price <= balance for one in kept):
            async with self._database.write() as connection:
                await watches.wake_by(connection, telegram_id, self._clock())
        return len(kept)
