"""Automatic prolonging: off until a rule is made. Every charge is an order; nothing here spends by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import px6
from px6 import Proxy, ProxyList, Px6Client
from services.forecast import Prices, read_prices
from services.habits import zone_of
from services.orders import Confirmation, NotPriced, Orders, OrderState, OtherAccount, Quote, UnknownIds
from services.planning import Key, Known
from services.reminders import habits_from
from services.ruling import (
    Limit,
    Step,
    assigned,
    fits,
    how_many,
    limit_of,
    month_start,
    next_announcement,
    preview,
    to_announce,
)
from services.telling import Announcement, Gone, Notice, NotSent, RuleFailed, Running, Teller, Unsure
from storage import orders as stored_orders
from storage import reminders, watches
from storage import rules as stored
from storage.database import Database
from storage.people import Person
from storage.rules import MOST_RULES, Rule, Run

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(hours=1)  # with too little money, until the proxies end
CUT_OFF = timedelta(minutes=20)  # a run that is under way for so long was cut off
LAST_HOUR = timedelta(hours=1)  # before the end: the second of them
TRIES = 3
COVERED = frozenset({"announced", "running"})


class TooManyRules(Exception):
    """A person has at most twenty rules."""


@dataclass(frozen=True)
class At:
    """What a run sees of the account."""

    person: Person
    client: Px6Client
    listed: ProxyList
    known: Known


class Rules:
    """`teller` is set by the wiring."""

    def __init__(self, database: Database, orders: Orders, clock: Callable[[], datetime]) -> None:
        self._database, self._orders, self._clock = database, orders, clock
        self.teller: Teller | None = None

    # -- what people do

    async def of(self, telegram_id: int) -> list[Rule]:
        """The person's rules, oldest first."""
        async with self._database.read() as connection:
            return await stored.of_person(connection, telegram_id)

    async def rule(self, telegram_id: int, rule_id: int) -> Rule | None:
        return next((rule for rule in await self.of(telegram_id) if rule.id == rule_id), None)

    async def add(self, telegram_id: int, scope: stored.Scope, value: Any, *, hours: int, period: int) -> Rule:
        """A new rule. It is off: what it would do is looked at first. Raises TooManyRules."""
        if len(await self.of(telegram_id)) >= MOST_RULES:
            raise TooManyRules
        values = {
            "telegram_id": telegram_id,
            "scope": scope,
            "value": value,
            "hours": hours,
            "period": period,
            "floor": Decimal("0.00"),
            "quiet": False,
            "on": False,
            "created_at": self._clock(),
        }
        async with self._database.write() as connection:
            rule_id = await stored.add(connection, values)
        made = await self.rule(telegram_id, rule_id)
        assert made is not None  # noqa: S101 - it was added just now
        return made

    async def change(self, telegram_id: int, rule_id: int, **values: Any) -> None:
        """Change a rule. One that is switched on has no reason to have stopped any more."""
        if values.get("on"):
            values["stopped"] = None
        async with self._database.write() as connection:
            await stored.change(connection, telegram_id, rule_id, **values)
            await watches.wake(connection, telegram_id, self._clock())

    async def remove(self, telegram_id: int, rule_id: int) -> None:
        async with self._database.write() as connection:
            await stored.remove(connection, telegram_id, rule_id)
            await watches.wake(connection, telegram_id, self._clock())

    async def skip(self, telegram_id: int, run_id: int) -> bool:
        """The person does not want this run; False when it is too late or it is not theirs."""
        async with self._database.write() as connection:
            if await stored.run(connection, telegram_id, run_id) is None:
                return False
            skipped = await stored.move_run(connection, run_id, ("announced",), "skipped")
            await watches.wake(connection, telegram_id, self._clock())
        return skipped

    async def preview(self, person: Person, rule: Rule, client: Px6Client, listed: ProxyList) -> list[Step]:
        """What it would do in the next 30 days. Raises px6's errors."""
        mine = [proxy for proxy in listed.proxies if fits(rule, proxy)]
        prices = await self._prices(person.telegram_id, client, mine, rule.period)
        priced = [proxy for proxy in mine if prices.is_priced(proxy)]
        now, zone = self._clock(), zone_of(person.zone)
        spent = await self._spent(rule, month_start(now, zone))
        return preview(rule, priced, prices, spent, listed.balance, now, zone)

    async def covered(self, telegram_id: int, listed: ProxyList) -> frozenset[Key]:
        """What working rules will prolong: no reminder is needed of it. Not what was skipped or could not be done."""
        async with self._database.read() as connection:
            if not habits_from(await reminders.habits_of(connection, telegram_id)).rules_on:
                return frozenset()
            rules = await stored.of_person(connection, telegram_id)
            if not any(rule.on for rule in rules):
                return frozenset()
            states = await stored.announced(connection, telegram_id)
        mine = assigned(rules, listed.proxies, self._clock())
        keys = ((proxy.id, proxy.ends_at) for proxies in mine.values() for proxy in proxies)
        return frozenset(key for key in keys if states.get(key, "announced") in COVERED)

    # -- what the sweep does

    async def step(self, person: Person, client: Px6Client, listed: ProxyList, known: Known) -> datetime | None:
        """Announce and carry out what is due for one account; gives when to come again."""
        async with self._database.read() as connection:
            rules = await stored.of_person(connection, person.telegram_id)
            if not rules:
                return None
            runs = await stored.open_runs(connection, person.telegram_id)
        if not known.habits.rules_on or not any(rule.on for rule in rules):
            await self._drop(runs)
            return None
        at = At(person, client, listed, known)
        moments = [await self._carry(at, run, rules) for run in runs]
        # What was carried out may have changed the rules: the announcements come from the table.
        moments += await self._announce_all(at, await self.of(person.telegram_id))
        return min((moment for moment in moments if moment is not None), default=None)

    async def _drop(self, runs: Iterable[Run]) -> None:
        """Automatic prolonging is off: what was announced does not happen."""
        for run in runs:
            async with self._database.write() as connection:
                await stored.move_run(connection, run.id, ("announced",), "dropped")

    async def _announce_all(self, at: At, rules: Sequence[Rule]) -> list[datetime | None]:
        async with self._database.read() as connection:
            states = await stored.announced(connection, at.person.telegram_id)
        before = set(states)
        moments: list[datetime | None] = []
        free = [proxy for proxy in at.listed.proxies if proxy.id not in at.known.busy and not let_go(at, proxy)]
        mine = assigned(rules, free, self._clock())
        for rule in rules:
            while found := to_announce(rule, mine.get(rule.id, []), before, self._clock()):
                moments.append(found[0])
                before |= {(proxy.id, proxy.ends_at) for proxy in found[1]}
                await self._announce(at, rule, *found)
            moments.append(next_announcement(rule, mine.get(rule.id, []), before))
        return moments

    async def _announce(self, at: At, rule: Rule, run_at: datetime, proxies: Sequence[Proxy]) -> None:
        """Say beforehand what the rule will do and what it costs. Raises px6's errors, and Gone."""
        priced = await self._quote(at, rule, [proxy.id for proxy in proxies])
        if priced is None:
            return
        option = priced.options[0]
        ends = {proxy.id: proxy.ends_at for proxy in proxies}
        telegram_id = at.person.telegram_id
        async with self._database.write() as connection:
            run_id = await stored.announce(
                connection, telegram_id, rule.id, ends, run_at, option.price, priced.currency
            )
            run = None if run_id is None else await stored.run(connection, telegram_id, run_id)
        if run is None:
            return  # another process announced it
        said = Announcement(rule, run, tuple(proxies), priced.balance, option.at_most, self._clock())
        try:
            message_id = await self._say(at.person, said)
        except Unsure:
            return  # perhaps it arrived; the run keeps its time
        except NotSent:
            async with self._database.write() as connection:
                await stored.unannounce(connection, run.id)
            raise
        async with self._database.write() as connection:
            await stored.move_run(connection, run.id, ("announced",), "announced", message_id=message_id)

    async def _carry(self, at: At, run: Run, rules: Sequence[Rule]) -> datetime | None:
        """Carry a run out if its time has come; gives when to come again for it."""
        rule = next((rule for rule in rules if rule.id == run.rule_id), None)
        now = self._clock()
        if rule is None or not rule.on:
            await self._drop([run])
            return None
        if run.state == "running":
            return await self._take_up(run, now)
        if run.run_at > now:
            return run.run_at
        async with self._database.write() as connection:
            won = await stored.move_run(connection, run.id, ("announced",), "running", run_at=now)
        return await self._prolong(at, rule, run) if won else None

    async def _take_up(self, run: Run, now: datetime) -> datetime | None:
        """A run that was cut off: orders know what became of its payment; without one it is announced as before."""
        if run.confirmation_id is not None:
            await self._end(run, "done")
        elif now - run.run_at > CUT_OFF:
            await self._end(run, "announced")
        return now + CUT_OFF

    async def _prolong(self, at: At, rule: Rule, run: Run) -> datetime | None:
        """Prolong the soonest that the limits allow; the message becomes the receipt."""
        wanted = [
            proxy
            for proxy in sorted(at.listed.proxies, key=lambda one: (one.ends_at, one.id))
            if run.ends.get(proxy.id) == proxy.ends_at and proxy.id not in at.known.busy and not let_go(at, proxy)
        ]
        wanted = [proxy for proxy in wanted if proxy.ends_at > self._clock()]
        if not wanted:
            await self._end(run, "dropped")
            return None
        quote, why, limit = await self._affordable(at, rule, wanted)
        if quote is None:
            return await self._failed(at, rule, run, why, wanted, limit)
        if quote.options[0].price > run.price:
            await self._end(run, "dropped")
            await self._stop(at, rule, "price", len(wanted), quote.options[0].price, run.price, quote.currency)
            return None
        message_id = await self._say_running(at, rule, run, quote)
        confirmation = await self._spend(at, rule, run, quote, message_id)
        return await self._look_back(at, rule, run, confirmation, wanted, quote, why, limit)

    async def _affordable(
        self, at: At, rule: Rule, wanted: Sequence[Proxy]
    ) -> tuple[Quote | None, Limit | None, Decimal]:
        """A quote for as many of the soonest as the limits allow, and which limit left some out."""
        spent = await self._spent(rule, month_start(self._clock(), at.known.zone))
        prices = await self._prices(at.person.telegram_id, at.client, wanted, rule.period)
        account = await at.client.account()
        limit, why = limit_of(rule, spent, account.balance)
        count = how_many(wanted, prices, limit)
        for _ in range(TRIES):
            if count <= 0:
                return None, why, limit
            quote = await self._quote(at, rule, [proxy.id for proxy in wanted[:count]])
            if quote is not None and quote.options[0].price <= limit:
                return quote, why if count < len(wanted) else None, limit
            count -= 1
        return None, why, limit

    async def _spend(self, at: At, rule: Rule, run: Run, quote: Quote, message_id: int | None) -> Confirmation | None:
        """Confirm and carry out, as a tap would. None when another order is in the way."""
        telegram_id = at.person.telegram_id
        if message_id is not None:
            await self._orders.set_message(quote.id, telegram_id, message_id)
        claim = await self._orders.claim(telegram_id, quote.id, rule.period)
        if not claim.won or claim.confirmation is None:
            await self._end(run, "done" if claim.reason == "repeated" else "dropped")
            return None
        async with self._database.write() as connection:
            await stored.move_run(connection, run.id, ("running",), "running", confirmation_id=claim.confirmation.id)
        return await self._orders.execute(claim.confirmation.id)

    async def _look_back(
        self,
        at: At,
        rule: Rule,
        run: Run,
        confirmation: Confirmation | None,
        wanted: Sequence[Proxy],
        quote: Quote,
        why: Limit | None,
        limit: Decimal,
    ) -> datetime | None:
        """Success is told by the receipt; everything else always makes a sound."""
        if confirmation is None:
            return None
        states = {order.state for order in confirmation.orders}
        left = [proxy for proxy in wanted if proxy.id not in quote.ids]
        if OrderState.REQUOTED in states:
            await self._end(run, "dropped")
            again = confirmation.requote
            price = again.options[0].price if again else None
            await self._stop(at, rule, "price", len(wanted), price, quote.options[0].price, quote.currency)
            return None
        if states & {OrderState.REFUSED, OrderState.NOT_SENT, OrderState.NOT_DONE}:
            lost = sum(order.count for order in confirmation.orders if order.state.spent_nothing) + len(left)
            await self._end(run, "done")
            await self._say(at.person, RuleFailed(rule, "refused", False, lost, currency=quote.currency))
            return None
        if not left or why is None:
            await self._end(run, "done")
            return None
        return await self._failed(at, rule, run, why, left, limit, done=True)

    async def _failed(
        self,
        at: At,
        rule: Rule,
        run: Run,
        why: Limit | None,
        left: Sequence[Proxy],
        limit: Decimal,
        *,
        done: bool = False,
    ) -> datetime | None:
        """Some could not be prolonged. A cap stops the rule; money may come, so that is tried again until the end."""
        currency = at.listed.currency
        prices = await self._prices(at.person.telegram_id, at.client, left, rule.period)
        needed = sum((prices.price(proxy) for proxy in left), Decimal("0.00"))
        if why != "money":
            await self._end(run, "done" if done else "dropped", left)
            await self._stop(at, rule, why or "refused", len(left), needed, max(limit, Decimal(0)), currency)
            return None
        now, ends_at = self._clock(), left[0].ends_at
        last = ends_at - now <= LAST_HOUR
        key = f"{rule.id} {ends_at.timestamp():.0f} {'last' if last else 'first'}"
        async with self._database.write() as connection:
            first = await reminders.notice(connection, at.person.telegram_id, "rule-money", key, now)
        if first:
            short = RuleFailed(rule, "money", False, len(left), needed, max(limit, Decimal(0)), currency, last)
            await self._say(at.person, short)
        again = min(now + TRY_AGAIN, max(ends_at - LAST_HOUR / 2, now + LAST_HOUR / 6))
        if done:  # a run is one payment: what is left, which was announced with it, is a run of its own
            await self._end(run, "done", left)
            ends = {proxy.id: proxy.ends_at for proxy in left}
            async with self._database.write() as connection:
                await stored.announce(connection, run.telegram_id, rule.id, ends, again, run.price, run.currency)
            return again
        async with self._database.write() as connection:
            await stored.move_run(connection, run.id, ("running",), "announced", run_at=again, tries=run.tries + 1)
        return again

    async def _stop(
        self,
        at: At,
        rule: Rule,
        why: str,
        left: int,
        needed: Decimal | None,
        limit: Decimal | None,
        currency: str,
    ) -> None:
        """The rule does nothing more until it is switched on again, and says so."""
        async with self._database.write() as connection:
            await stored.change(connection, at.person.telegram_id, rule.id, on=False, stopped=why)
        await self._say(at.person, RuleFailed(rule, why, True, left, needed, limit, currency))

    async def _end(self, run: Run, state: str, left: Sequence[Proxy] = ()) -> None:
        async with self._database.write() as connection:
            await stored.move_run(connection, run.id, ("running", "announced"), state)
            keys = [(proxy.id, proxy.ends_at) for proxy in left]
            await stored.leave_out(connection, run.telegram_id, keys, run.id)

    async def _say(self, person: Person, notice: Notice, *, quietly: bool = False) -> int | None:
        """Say something; what Telegram does not take now is not worth stopping for, but Gone is."""
        assert self.teller is not None  # noqa: S101 - the wiring sets it
        if isinstance(notice, Announcement):
            return await self.teller.notice(person, notice, quietly=quietly)
        try:
            return await self.teller.notice(person, notice, quietly=quietly)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("A message about a rule was not delivered: %s", type(error).__name__)
            return None

    async def _say_running(self, at: At, rule: Rule, run: Run, quote: Quote) -> int | None:
        """A message that becomes the receipt; without one, the announcement does."""
        said = Running(rule, len(quote.ids), quote.options[0].price, quote.currency)
        message_id = await self._say(at.person, said, quietly=rule.quiet)
        return run.message_id if message_id is None else message_id

    async def _quote(self, at: At, rule: Rule, ids: Sequence[int]) -> Quote | None:
        """What it costs now; None when some are gone or have no price."""
        try:
            return await self._orders.quote_prolong(at.person.telegram_id, ids, [rule.period], source="rule")
        except (UnknownIds, NotPriced, OtherAccount, px6.WrongPeriod) as error:
            log.info("A rule got no quote: %s", type(error).__name__)
            return None

    async def _prices(self, telegram_id: int, client: Px6Client, proxies: Sequence[Proxy], period: int) -> Prices:
        async with self._database.read() as connection:
            known: Mapping[int, str] = await stored_orders.known_versions(connection, telegram_id)
        return await read_prices(client, proxies, known, period)

    async def _spent(self, rule: Rule, since: datetime) -> Decimal:
        async with self._database.read() as connection:
            return await stored.spent(connection, rule.id, since)


def let_go(at: At, proxy: Proxy) -> bool:
    """The person said that this one may end."""
    return at.known.silent.get((proxy.id, proxy.ends_at), at.known.since) is None
