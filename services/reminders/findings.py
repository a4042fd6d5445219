"""What a look finds besides ends: changes that the bot did not make, too little money, a refused key. Said once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.accounts import Outlook, StoredAccount
from model.notifications import Unsaid
from model.people import Person
from px6 import State
from services.account.currency import take_currency
from services.account.unchanged import write_if_unchanged
from services.money.forecaster import Forecaster, outlook_of
from services.money.low_balance import got_worse, needed_within
from services.money.prices import CENT, read_prices
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import Change, KeyRefused, LowBalance, Px6Answers
from services.orders import Orders
from services.proxies.kept_list import WRITTEN_EVERY, PackedList, keep, pack
from services.proxies.known_list import merged
from services.reminders.look import Look, not_at_once
from services.reminders.outside_changes import AROUND, is_certain, unexplained
from services.reminders.schedule import quiet_until
from services.reminders.service import LISTED_FOR
from storage import (
    accounts,
    check_histories,
    kept_payments,
    last_known,
    looks,
    reminders,
    replacements,
    told_colleagues,
    unsaid,
    watches,
)
from storage import rules as stored_rules
from storage.engine.database import Database

log = logging.getLogger(__name__)

FORGOTTEN_AFTER = timedelta(days=90)  # what was said of ends longer past is forgotten


@dataclass(frozen=True)
class Comparison:
    """What comparing a look with the one before shows.

    `certain`: this look is one to compare with. `key`: a change's name. `anew`: the account is kept in another
    currency, so sums that were named before say nothing any more.
    """

    certain: bool
    change: Change | None = None
    key: str = ""
    anew: bool = False


@dataclass(frozen=True)
class BalanceFinding:
    """What a forecast says: `outlook` for the home screen, and what is missing.

    `low` is the warning; None: nothing is missing, or the person wants no warning.
    """

    outlook: Outlook
    missing: Decimal
    low: LowBalance | None


class Findings:
    """What a look finds is written in one transaction, and then said."""

    def __init__(
        self,
        database: Database,
        orders: Orders,
        forecaster: Forecaster,
        notices: NoticeDelivery,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._orders, self._forecaster, self._clock = database, orders, forecaster, clock
        self._notices = notices

    async def compare(self, look: Look) -> Comparison:
        """Compare with the look before."""
        user_id, records = look.account.px6_user_id, look.records
        seen, of_now = records.row.seen, (user_id, look.listed.currency)
        anew = seen is not None and (seen.px6_user_id, seen.currency) != of_now
        if anew:
            seen = None
        since = (seen.read_at if seen else look.read_at) - AROUND
        ours = await self._orders.sent_since(user_id, since) if records.row.ordered else ()
        if not is_certain(ours, look.read_at):
            return Comparison(certain=False, anew=anew)
        if seen is None or not look.facts.habits.changes:
            return Comparison(certain=True, anew=anew)
        change = unexplained(seen, look.listed, ours, look.read_at, records.renewed)
        return Comparison(True, change, f"{seen.read_at.timestamp():.6f}")

    async def conclude(self, look: Look, comparison: Comparison, named: Decimal | None, look_at: datetime) -> bool:
        """Keep what the look found and say what is to be said of it, each once: it is written before it is sent.

        `named`: the sum that a digest of this look said is missing. Where nothing is to be said, now or again, the
        next look is planned for `look_at` in the same transaction: gives whether it is.
        """
        balance = await self._check_balance(look)
        packed = await pack(merged(None, look.listed, State.ALL, look.read_at), look.records.row.list_mark)
        change = await self._with_price_compared(look, comparison.change) if comparison.change else None
        found: list[Unsaid] = []
        async with write_if_unchanged(self._database, look.account) as connection:
            await self._keep(look, comparison, balance, connection)
            await self._keep_list(look, packed, connection)
            if look.listed.currency != look.account.currency:
                whose = (look.person.telegram_id, look.listed.user_id)
                await take_currency(connection, *whose, look.listed.currency, self._clock())
            if look.records.row.waits:
                found += await self._answers_again(look, connection)
            if comparison.anew:
                await reminders.drop_notice(connection, look.person.telegram_id, "low")
            if change is not None and await self._is_news(look, comparison, connection):
                quietly = is_quiet(look, self._clock())
                found.append(await self._notices.write(connection, look.account, change, quietly=quietly))
            low = await self._warning(look, balance, named, connection) if balance else None
            if low is not None:
                found.append(await self._notices.write(connection, look.account, low))
            is_planned = not found and await self._plan(look, look_at, connection)
        for one in found:
            await self._notices.send(look.person, one)
        return is_planned

    async def _plan(self, look: Look, look_at: datetime, connection: AsyncConnection) -> bool:
        """Plan the next look unless a notice waits to be sent again."""
        telegram_id = look.person.telegram_id
        notice_at, digest_at = await looks.next_tries(connection, telegram_id)
        if notice_at is not None:
            return False
        at = not_at_once(min(look_at, digest_at or look_at), self._clock())
        await watches.plan_look(connection, telegram_id, look.lease, at)
        return True

    async def refused(self, person: Person, account: StoredAccount, error: px6.Refused) -> None:
        """px6 does not take the key (100) or the address (105): rules and what waits for money stop. Said the first
        time, and whenever something stopped waiting."""
        async with write_if_unchanged(self._database, account) as connection:
            first = await accounts.set_refused(connection, person.telegram_id, error.error_id, self._clock())
            stopped = await stored_rules.stop_all(connection, person.telegram_id, "key")
            await replacements.call_off(connection, person.telegram_id)  # announced anew once the key is accepted
            await last_known.end_wait(connection, person.telegram_id)  # px6 answers, and what it says is told
            kept = 0 if isinstance(error, px6.WrongAddress) else await self._end_kept(person, connection)
            if not first and not kept:
                return
            address = error.address if isinstance(error, px6.WrongAddress) else ""
            one = await self._notices.write(connection, account, KeyRefused(error.error_id, stopped, address, kept))
        await self._notices.send(person, one)

    async def _end_kept(self, person: Person, connection: AsyncConnection) -> int:
        """Payments do not wait for the money of an account that cannot be seen; gives how many did."""
        ended = [
            await kept_payments.move(connection, person.telegram_id, kept.id, ("waiting",), state="key")
            for kept in await kept_payments.open_of(connection, person.telegram_id)
        ]
        return sum(one is not None for one in ended)

    async def _is_news(self, look: Look, comparison: Comparison, connection: AsyncConnection) -> bool:
        """Whether nobody has written this change down yet."""
        return await reminders.notice(connection, look.person.telegram_id, "change", comparison.key, self._clock())

    # -- what is kept

    async def _keep(
        self, look: Look, comparison: Comparison, balance: BalanceFinding | None, connection: AsyncConnection
    ) -> None:
        """From here on a change is no longer new, so it is told at most once."""
        telegram_id, outlook = look.person.telegram_id, balance.outlook if balance else None
        if comparison.certain:
            await watches.keep_snapshot(
                connection,
                telegram_id,
                px6_user_id=look.account.px6_user_id,
                read_at=look.read_at,
                balance=look.listed.balance,
                currency=look.listed.currency,
                ends={proxy.id: proxy.ends_at for proxy in look.listed.proxies},
                outlook=outlook,
            )
            await self._forget_gone(look, connection)
        elif outlook is not None:
            await watches.keep_outlook(connection, telegram_id, outlook)
        if look.facts.looked_at is None or look.facts.looked_at.date() != look.read_at.date():  # once a day
            before = long_past(look)
            await reminders.forget_older(connection, telegram_id, before)
            if look.records.row.shared:
                await told_colleagues.forget_older(connection, telegram_id, before)
            await stored_rules.forget_older(connection, telegram_id, before)
            await unsaid.forget_older(connection, telegram_id, look.read_at - LISTED_FOR)

    async def _forget_gone(self, look: Look, connection: AsyncConnection) -> None:
        """What checks said of proxies that px6 does not list any more."""
        seen, user_id = look.records.row.seen, look.account.px6_user_id
        if seen is None or seen.px6_user_id != user_id:
            return
        gone = seen.ends.keys() - {proxy.id for proxy in look.listed.proxies}
        if gone:
            await check_histories.forget(connection, look.person.telegram_id, user_id, gone)

    async def _keep_list(self, look: Look, packed: PackedList, connection: AsyncConnection) -> None:
        """For when px6 does not answer. What a tap wrote a moment ago, or has changed since, stays as it is."""
        if look.client.changes != look.changes:
            return
        telegram_id, kept_at = look.person.telegram_id, look.records.row.list_at
        is_new = kept_at is not None and timedelta(0) <= look.read_at - kept_at < WRITTEN_EVERY
        if packed.text is not None or not is_new or look.records.row.waits:
            user_id, keyring = look.account.px6_user_id, self._database.keyring
            await keep(connection, keyring, telegram_id, user_id, packed, look.read_at)

    async def _answers_again(self, look: Look, connection: AsyncConnection) -> list[Unsaid]:
        """Who asked to be told is told at once and with a sound, also in quiet hours: they have asked just now, and
        wait for it. The wish is taken together with writing this down, so it is told once."""
        since = await last_known.end_wait(connection, look.person.telegram_id)
        if since is None:
            return []
        return [await self._notices.write(connection, look.account, Px6Answers(since, look.read_at))]

    # -- money

    async def _check_balance(self, look: Look) -> BalanceFinding | None:
        """None when px6 names no prices now."""
        try:
            prices, forecast = await self._forecaster.make_of(
                look.client, look.listed, look.records.kinds, look.facts.busy, look.records.periods
            )
        except (px6.WrongKey, px6.WrongAddress):
            raise
        except px6.Px6Error as error:
            log.debug("No forecast for an account: %s", type(error).__name__)
            return None
        outlook, days = outlook_of(forecast), look.facts.habits.low_days
        muted, busy = look.facts.muted, look.facts.busy
        wanted = [
            proxy
            for proxy in look.listed.proxies
            if proxy.id not in busy and muted.get((proxy.id, proxy.ends_at), look.read_at) is not None
        ]
        count, needed, at_most = needed_within(wanted, prices, self._clock(), timedelta(days=days or 0))
        missing = needed - look.listed.balance
        if days is None or missing <= 0:
            return BalanceFinding(outlook, missing, None)
        low = LowBalance(days, count, needed, look.listed.balance, look.listed.currency, at_most)
        return BalanceFinding(outlook, missing, low)

    async def _warning(
        self, look: Look, balance: BalanceFinding, named: Decimal | None, connection: AsyncConnection
    ) -> LowBalance | None:
        """The warning, if it is to be said: once, and again only when it got worse. Never beside a digest that named
        what is missing: that counts as the warning, or else the next look gives it."""
        telegram_id, now, low = look.person.telegram_id, self._clock(), balance.low
        if low is None and not look.records.row.warned:
            return None
        before = await reminders.amounts_said(connection, telegram_id, "low")
        if balance.missing <= 0 and before:
            await reminders.drop_notice(connection, telegram_id, "low")
            await unsaid.drop(connection, telegram_id, unsaid.LOW_BALANCE)
        if low is None or is_quiet(look, now) or (named is not None and named < balance.missing):
            return None
        if not got_worse(before, balance.missing, low.balance, now):
            return None
        amounts = {"missing": balance.missing, "balance": low.balance}
        await reminders.put_amounts(connection, telegram_id, "low", amounts, now)
        return low if named is None else None

    async def _with_price_compared(self, look: Look, change: Change) -> Change:
        """The change, saying also whether the balance fell by just the price of prolonging what moved."""
        periods = set(change.moved.values())
        moved = [proxy for proxy in look.listed.proxies if proxy.id in change.moved]
        if len(periods) != 1 or change.fell <= 0 or change.bought:
            return change
        try:
            prices = await read_prices(look.client, moved, look.records.kinds, periods.pop(), change.currency)
        except px6.Px6Error:
            return change  # the notice does not wait for a price
        cost = sum((prices.price(proxy) for proxy in moved), Decimal())
        return replace(change, matches=abs(cost - change.fell) < CENT)


def long_past(look: Look) -> datetime:
    """Ends before it are of no interest. A clock that is wrong makes none so that px6 still lists."""
    return min([look.read_at - FORGOTTEN_AFTER, *(proxy.ends_at for proxy in look.listed.proxies)])


def is_quiet(look: Look, now: datetime) -> bool:
    return quiet_until(look.facts.habits, look.facts.zone, now) is not None
