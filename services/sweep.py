"""The sweep: looks at the accounts that are due, and says what there is to say. One message for each account.

A look claims its account with a lease, reads px6 then, decides (`services.planning`), asks for the prices, reads px6
once more just before sending, writes down what it is about to say, and sends it. What was written is never said
again, unless it is certain that it was not sent. So two processes, a restart at any point or a clock that jumps
send nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import px6
from px6 import ProxyList, Px6Client, State
from services.accounts import Accounts, NoKey
from services.changes import comparable, unexplained
from services.forecast import Prices, needed_within, read_prices
from services.habits import quiet_until
from services.money import Money
from services.orders import NotPriced, Orders, OtherAccount, Quote, UnknownIds
from services.planning import LOOK_EVERY, Known, Plan, plan
from services.reminders import Reminders
from services.rules import Rules
from services.telling import Change, Digest, Gone, KeyRefused, LowBalance, NotSent, Teller, Unsure
from services.usual import usual_periods
from storage import orders as stored_orders
from storage import reminders, watches
from storage import rules as stored_rules
from storage.accounts import StoredAccount
from storage.database import Database
from storage.errors import StorageError
from storage.people import Person

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)  # longer than any look takes
BATCH = 100  # accounts claimed at once
AT_ONCE = 6  # accounts looked at at the same time
IN_THREAD = 200  # proxies from which a plan is made in a thread, so that the loop is never blocked
AGAIN_AFTER_ERROR = timedelta(minutes=10)
AGAIN_AFTER_NOT_SENT = timedelta(minutes=1)
KEPT = timedelta(days=90)  # what was said of ends longer past is forgotten
PERIODS = (30, 7, 90)  # days of the one-tap buttons, the usual one first
SMALLEST_PERIODS = (3,)  # offered when the balance covers none of those
TRIES = 3  # plans made when proxies change in the middle of a look


@dataclass(frozen=True)
class Look:
    """One look at one account."""

    person: Person
    account: StoredAccount
    client: Px6Client
    listed: ProxyList
    read_at: datetime
    known: Known


class Sweep:
    """Called every SYNC_SECONDS, by any number of processes. `teller` is set by the wiring."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        orders: Orders,
        people: Reminders,
        rules: Rules,
        money: Money,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._accounts, self._orders = database, accounts, orders
        self._reminders, self._rules, self._money, self._clock = people, rules, money, clock
        self.teller: Teller | None = None

    async def run(self) -> None:
        """Look at every account that is due now."""
        started = self._clock()
        workers = asyncio.Semaphore(AT_ONCE)
        lease = secrets.token_hex(8)
        async with asyncio.TaskGroup() as group:
            while due := await self._claim(lease):
                for telegram_id in due:
                    await workers.acquire()
                    work = group.create_task(self._guarded(telegram_id, lease))
                    work.add_done_callback(lambda _: workers.release())
                if self._clock() - started > LEASE:
                    return  # the scheduler comes again at once

    async def look(self, telegram_id: int) -> None:
        """Look at one account now, due or not."""
        lease = secrets.token_hex(8)
        async with self._database.write() as connection:
            await watches.claim_one(connection, telegram_id, self._clock() + LEASE, lease)
        await self._guarded(telegram_id, lease)

    async def _claim(self, lease: str) -> list[int]:
        now = self._clock()
        latest = now + LOOK_EVERY + LEASE
        async with self._database.read() as connection:
            if not (await connection.execute(watches.due_query(now, latest, 1))).first():
                return []  # most of the time: without locking anybody out
        async with self._database.write() as connection:
            return await watches.claim(connection, now, latest, now + LEASE, lease, BATCH)

    async def _guarded(self, telegram_id: int, lease: str) -> None:
        """A look that fails concerns its account alone, and comes again."""
        try:
            at = await self._look(telegram_id)
        except StorageError as error:
            log.error("An account could not be looked at: %s", error)
            return  # its lease ends by itself
        except Exception:  # whatever it is, the others must not wait for it
            log.exception("A look at an account failed")
            at = self._clock() + AGAIN_AFTER_ERROR
        async with self._database.write() as connection:
            await watches.plan_look(connection, telegram_id, lease, at)

    async def _look(self, telegram_id: int) -> datetime | None:
        """Everything about one account; gives when to look again, None for never."""
        person = await self._accounts.person(telegram_id)
        if person.blocked_at is not None:
            return None
        try:
            return await self._look_at(person)
        except NoKey:
            return None
        except Gone:
            await self._accounts.set_blocked(telegram_id, True)
            return None
        except NotSent:
            return self._clock() + AGAIN_AFTER_NOT_SENT
        except (px6.WrongKey, px6.WrongAddress) as error:
            return await self._refused(person, error)
        except px6.Px6Error as error:
            log.info("An account could not be read: %s", type(error).__name__)
            return self._clock() + AGAIN_AFTER_ERROR

    async def _look_at(self, person: Person) -> datetime:
        look = await self._read(person)
        if look.account.refused_at is not None:
            await self._accounts.key_accepted(person.telegram_id)
        change = await self._changed(look)
        rules_at = await self._rules.step(look.person, look.client, look.listed, look.known)
        covered = await self._rules.covered(person.telegram_id, look.listed)
        look = replace(look, known=replace(look.known, covered=covered))
        made = await self._plan(look.listed, look.known)
        if not made.is_empty:
            made = await self._say(look, made)
        await self._keep(look)
        await self._tell_change(look, change)
        await self._warn(look)
        return min(made.look_at, rules_at or made.look_at)

    async def _read(self, person: Person) -> Look:
        account, client = await self._accounts.connected(person.telegram_id)
        client = client.background
        read_at = self._clock()
        listed = await client.proxies(State.ALL, nokey=True)
        known = await self._reminders.known(person, account.px6_user_id)
        return Look(person, account, client, listed, read_at, known)

    async def _plan(self, listed: ProxyList, known: Known) -> Plan:
        now = self._clock()
        if len(listed.proxies) < IN_THREAD:
            return plan(listed.proxies, known, now)
        return await asyncio.to_thread(plan, listed.proxies, known, now)

    # -- the digest

    async def _say(self, look: Look, made: Plan) -> Plan:
        """Send one digest, or nothing when everything was prolonged in between. Gives the plan that was current."""
        for _ in range(TRIES):
            quote = await self._quote(look, made)
            listed = await look.client.proxies(State.ALL, nokey=True)
            known = await self._reminders.known(look.person, look.account.px6_user_id)
            fresh = await self._plan(listed, replace(known, covered=look.known.covered))
            same = fresh.key == made.key
            made = fresh
            if same or fresh.is_empty:
                break
        else:
            quote = None  # it changes faster than px6 can be asked: the prices are asked for at the tap
        if not made.is_empty:
            await self._send(look, made, quote)
            made = await self._plan(listed, after(replace(known, covered=look.known.covered), made))
        return made

    async def _quote(self, look: Look, made: Plan) -> Quote | None:
        """One quote with several periods; None when px6 names no price now. A reminder does not wait for that."""
        known = await self._versions(look.person.telegram_id)
        prices = Prices(0, "", Decimal(), {}, known)
        ids = [proxy.id for proxy in made.soon if prices.is_priced(proxy)]
        if not ids:
            return None
        try:
            quote = await self._orders.quote_prolong(
                look.person.telegram_id, ids, await self._periods(look.person.telegram_id), source="digest"
            )
            if all(option.price > quote.balance for option in quote.options):
                return await self._with_smaller(look.person.telegram_id, ids, quote)
        except (px6.WrongKey, px6.WrongAddress):
            raise
        except (px6.Px6Error, UnknownIds, NotPriced, NoKey, OtherAccount) as error:
            log.info("A digest goes out without prices: %s", type(error).__name__)
            return None
        return quote

    async def _with_smaller(self, telegram_id: int, ids: list[int], quote: Quote) -> Quote:
        """The same with a shorter period, should the balance cover that; px6 may not rent for it."""
        try:
            wider = await self._orders.quote_prolong(
                telegram_id, ids, [*quote.periods, *SMALLEST_PERIODS], source="digest"
            )
        except px6.Refused:
            return quote
        return wider

    async def _send(self, look: Look, made: Plan, quote: Quote | None) -> None:
        """Write down, then send. Nothing happens between the two that could fail for long."""
        assert self.teller is not None  # noqa: S101 - the wiring sets it
        telegram_id = look.person.telegram_id
        told = (*made.soon, *made.ended)
        ends = {proxy.id: proxy.ends_at for proxy in told}
        kind = "soon" if made.soon else "ended"
        async with self._database.read() as connection:
            renewed = await stored_orders.auto_prolonged(connection, telegram_id)
        async with self._database.write() as connection:
            digest_id = await reminders.write_digest(
                connection, telegram_id, kind, made.rows, ends, quote.id if quote else None, self._clock()
            )
        if digest_id is None:
            return  # another process was quicker
        digest = Digest(digest_id, made.soon, made.ended, quote, made.quietly, self._clock(), renewed)
        try:
            message_id = await self.teller.digest(look.person, digest)
        except Unsure:
            return await self._note(digest_id, "unknown")
        except NotSent:
            await self._note(digest_id, "failed")
            raise
        await self._note(digest_id, "sent", message_id)
        if quote is not None:
            await self._orders.set_message(quote.id, telegram_id, message_id)
        return None

    async def _note(self, digest_id: int, state: str, message_id: int | None = None) -> None:
        async with self._database.write() as connection:
            await reminders.note_sent(connection, digest_id, state, message_id)

    # -- what else there is to say

    async def _refused(self, person: Person, error: px6.Refused) -> datetime:
        """px6 does not take the key or the address: said once."""
        async with self._database.write() as connection:
            stopped = await stored_rules.stop_all(connection, person.telegram_id, "key")
        if await self._accounts.key_refused(person.telegram_id, error):
            await self._tell(person, KeyRefused(error.error_id, stopped))
        return self._clock() + LOOK_EVERY

    async def _changed(self, look: Look) -> Change | None:
        """Compare with the look before."""
        telegram_id = look.person.telegram_id
        async with self._database.read() as connection:
            seen = await watches.snapshot(connection, telegram_id)
            renewed = await stored_orders.auto_prolonged(connection, telegram_id)
        if seen is None or seen.px6_user_id != look.account.px6_user_id or not look.known.habits.changes:
            return None
        since = seen.read_at - timedelta(minutes=1)
        ours = [
            order
            for order in await self._orders.history(telegram_id, limit=200)
            if order.px6_user_id == seen.px6_user_id and (order.state.is_open or order.confirmed_at > since)
        ]
        if not comparable(seen, ours, look.read_at):
            return None
        return unexplained(seen, look.listed, ours, look.read_at, renewed)

    async def _keep(self, look: Look) -> None:
        """Remember what px6 said. From here on a change is no longer new, so it is told at most once."""
        async with self._database.write() as connection:
            await watches.keep_snapshot(
                connection,
                look.person.telegram_id,
                px6_user_id=look.account.px6_user_id,
                read_at=look.read_at,
                balance=look.listed.balance,
                currency=look.listed.currency,
                ends={proxy.id: proxy.ends_at for proxy in look.listed.proxies},
            )
            if look.known.looked_at is None or look.known.looked_at.date() != look.read_at.date():  # once a day
                await reminders.forget_older(connection, look.person.telegram_id, look.read_at - KEPT)
                await stored_rules.forget_older(connection, look.person.telegram_id, look.read_at - KEPT)

    async def _tell_change(self, look: Look, change: Change | None) -> None:
        if change is None:
            return
        key = f"{look.listed.balance}/{len(look.listed.proxies)}/{sorted(change.moved.items())}"[:200]
        async with self._database.write() as connection:
            fresh = await reminders.notice(connection, look.person.telegram_id, "change", key, self._clock())
        if fresh:
            await self._tell(look.person, await self._with_sum(look, change), quietly=self._is_quiet(look))

    async def _with_sum(self, look: Look, change: Change) -> Change:
        """Whether what is missing is just what prolonging these costs."""
        periods = set(change.moved.values())
        moved = [proxy for proxy in look.listed.proxies if proxy.id in change.moved]
        if len(periods) != 1 or change.fell <= 0 or change.bought:
            return change
        try:
            known = await self._versions(look.person.telegram_id)
            prices = await read_prices(look.client, moved, known, periods.pop())
        except px6.Px6Error:
            return change  # the notice does not wait for a price
        cost = sum((prices.price(proxy) for proxy in moved), Decimal())
        return replace(change, matches=abs(cost - change.fell) < Decimal("0.01"))

    async def _warn(self, look: Look) -> None:
        """Low balance: once, and again only when it got worse. And the outlook for the home screen."""
        try:
            prices, ahead = await self._money.of(look.person, look.client, look.listed)
        except px6.Px6Error as error:
            log.info("No forecast for an account: %s", type(error).__name__)
            return
        days = look.known.habits.low_days
        silent = look.known.silent
        wanted = [p for p in look.listed.proxies if silent.get((p.id, p.ends_at), look.read_at) is not None]
        count, needed, at_most = needed_within(wanted, prices, self._clock(), timedelta(days=days or 0))
        missing = needed - look.listed.balance
        said = False
        async with self._database.write() as connection:
            await watches.keep_outlook(connection, look.person.telegram_id, self._money.outlook(ahead))
            if missing <= 0:
                await reminders.drop_notice(connection, look.person.telegram_id, "low")
            elif days is not None and not self._is_quiet(look):
                said = await reminders.notice(
                    connection, look.person.telegram_id, "low", "low", self._clock(), amount=missing
                )
        if said:
            low = LowBalance(days or 0, count, needed, look.listed.balance, look.listed.currency, at_most)
            await self._tell(look.person, low)

    async def _tell(self, person: Person, notice: Change | LowBalance | KeyRefused, *, quietly: bool = False) -> None:
        """Say something once; when Telegram does not take it now, it is not worth repeating."""
        assert self.teller is not None  # noqa: S101 - the wiring sets it
        try:
            await self.teller.notice(person, notice, quietly=quietly)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("A notice was not delivered: %s", type(error).__name__)

    def _is_quiet(self, look: Look) -> bool:
        return quiet_until(look.known.habits, look.known.zone, self._clock()) is not None

    async def _periods(self, telegram_id: int) -> list[int]:
        """The days of the one-tap buttons, the person's usual ones first."""
        usual = await usual_periods(self._orders, telegram_id)
        return list(dict.fromkeys([*usual[:1], *PERIODS]))

    async def _versions(self, telegram_id: int) -> dict[int, str]:
        async with self._database.read() as connection:
            return await stored_orders.known_versions(connection, telegram_id)


def after(known: Known, made: Plan) -> Known:
    """What is known once a plan was said: none of it is due any more."""
    said = {key: set(leads) for key, leads in known.said.items()}
    for proxy_id, end, lead in made.rows:
        said.setdefault((proxy_id, end), set()).add(lead)
    return replace(known, said=said)
