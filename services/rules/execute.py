"""Carrying out what a rule announced. Every charge is an order; nothing here spends by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import px6
from model.rules import Limit, Portion, Rule, Run
from model.schedules import Habits
from px6 import Proxy
from services.money.forecast import Prices, cents, read_prices
from services.notifications.kinds import CalledOff, RuleFailed, Running
from services.orders import Confirmation, NotPriced, Orders, OrderState, OtherAccount, Quote, UnknownIds
from services.reminders.service import habits_from
from services.rules.announce import CUT_OFF
from services.rules.context import At, Desk, check_currency
from services.rules.plan import NOTHING, fits, how_many, limit_of
from storage import reminders
from storage import rules as stored

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(hours=1)  # with too little money, until the proxies end
LOOK_AGAIN = timedelta(minutes=10)  # also after a run that was dropped: what is left of it may be announced anew
LAST_HOUR = timedelta(hours=1)  # before the end: the second message about too little money
SPENT_NOTHING = {OrderState.REFUSED, OrderState.NOT_SENT, OrderState.NOT_DONE}


@dataclass(frozen=True)
class Doing:
    """A run that is carried out: what of it is still to be prolonged, soonest first, and the prices of now."""

    at: At
    rule: Rule
    run: Run
    wanted: Sequence[Proxy]
    prices: Prices

    def announced(self, proxies: Iterable[Proxy]) -> Decimal:
        """What was announced for exactly these."""
        return cents(sum((self.run.prices[proxy.id] for proxy in proxies), NOTHING))

    def cost(self, proxies: Iterable[Proxy]) -> Decimal:
        """What they cost now."""
        return cents(sum((self.prices.price(proxy) for proxy in proxies), NOTHING))


@dataclass(frozen=True)
class Part:
    """What the limits let through: a quote for the soonest, what is left out and why, what may be spent on that."""

    quote: Quote
    left: Sequence[Proxy]
    why: Limit
    limit: Decimal


class Carrying:
    """One run after another, each at most once."""

    def __init__(self, desk: Desk, orders: Orders) -> None:
        self._desk, self._orders = desk, orders

    async def carry(self, at: At, run: Run) -> datetime | None:
        """Carry a run out if its time has come; gives when to come again for it. Raises px6's errors, and Gone."""
        now = self._desk.now()
        if run.state == "running":
            return await self._take_up(run, now)
        if run.state != "announced" or run.run_at > now:
            return run.run_at if run.state == "announced" else None
        # What is switched off or changed is dropped in the same transaction, so winning means that it still holds.
        async with self._desk.database.write() as connection:
            won = await stored.move_run(connection, run.id, ("announced",), "running", run_at=now)
        rule = await self._desk.rule(run.telegram_id, run.rule_id)
        if not won or rule is None:
            return None
        try:
            return await self._prolong(at, rule, run)
        except px6.WrongPeriod:  # it would never prolong anything
            await self._drop(run)
            await self._desk.stop(at, RuleFailed(rule, "period", True, len(run.ends)))
            return None
        except px6.Px6Error:
            await self._wait(run, now + LOOK_AGAIN)
            await self._say_unread(at, rule, run)
            raise

    async def _take_up(self, run: Run, now: datetime) -> datetime | None:
        """A run that was cut off: orders know what became of its payment; without one its announcement holds."""
        if now - run.run_at <= CUT_OFF:
            return run.run_at + CUT_OFF
        if run.confirmation_id is None:
            await self._wait(run, now)
            return now
        paid = await self._orders.confirmation(run.telegram_id, run.confirmation_id)
        ids = {one for order in paid.orders for one in order.ids} if paid else set()
        await self._done(run, run.ends.keys() - ids)
        return None

    async def _prolong(self, at: At, rule: Rule, run: Run) -> datetime | None:
        """Prolong the soonest that the limits allow, if the price is still the announced one."""
        wanted = await self._wanted(at, rule, run)
        if not wanted:
            await self._drop(run)
            return self._desk.now() + LOOK_AGAIN
        prices = await read_prices(at.client, wanted, at.kinds, rule.period, rule.currency, fresh=True)
        doing = Doing(at, rule, run, wanted, prices)
        if doing.cost(wanted) > doing.announced(wanted):
            return await self._too_dear(doing, doing.cost(wanted), doing.announced(wanted))
        limit, why = limit_of(rule, await self._desk.spent(rule, at.known.zone), doing.prices.balance)
        assert limit is not None  # noqa: S101 - the balance is a limit
        count = how_many((doing.prices.price(proxy) for proxy in wanted), limit)
        if not count:
            return await self._short(doing, wanted, why, limit)
        quote = await self._quote(doing, wanted[:count])
        if quote is None:  # some are gone: with the next look the rest is announced anew
            await self._drop(run)
            return self._desk.now() + LOOK_AGAIN
        check_currency(rule, quote.currency)
        allowed = min(doing.announced(wanted[:count]), limit)
        if quote.options[0].price > allowed:
            return await self._too_dear(doing, quote.options[0].price, allowed)
        return await self._pay(doing, Part(quote, wanted[count:], why, limit - quote.options[0].price))

    async def _wanted(self, at: At, rule: Rule, run: Run) -> list[Proxy]:
        """What was announced and is still to be prolonged, soonest first. The run lets go of the rest."""
        now = self._desk.now()
        wanted = [
            proxy
            for proxy in sorted(at.listed.proxies, key=lambda one: (one.ends_at, one.id))
            if run.ends.get(proxy.id) == proxy.ends_at > now and at.is_free(proxy) and fits(rule, proxy)
        ]
        kept = {proxy.id for proxy in wanted}
        async with self._desk.writing(at) as connection:
            await stored.leave_out(connection, run.id, run.ends.keys() - kept)
        return wanted

    async def _quote(self, doing: Doing, proxies: Sequence[Proxy]) -> Quote | None:
        """What they cost now; None when some are gone."""
        ids = [proxy.id for proxy in proxies]
        try:
            return await self._orders.quote_prolong(
                doing.run.telegram_id, ids, [doing.rule.period], source="rule", fresh=True
            )
        except (UnknownIds, NotPriced, OtherAccount) as error:
            log.info("A rule got no quote: %s", type(error).__name__)
            return None

    # -- paying

    async def _pay(self, doing: Doing, part: Part) -> datetime | None:
        """Confirm and carry out, as a tap would; a message says so and becomes the receipt."""
        message_id = await self._say_running(doing, part.quote)
        if not await self._still_so(doing.rule):
            return await self._call_off(doing, part, message_id, "changed")
        if message_id is not None:
            await self._orders.set_message(part.quote.id, doing.run.telegram_id, message_id)
        claim = await self._orders.claim(doing.run.telegram_id, part.quote.id, doing.rule.period)
        if not claim.won or claim.confirmation is None:
            return await self._call_off(doing, part, message_id, "busy", done=claim.reason == "repeated")
        values = {"confirmation_id": claim.confirmation.id}
        async with self._desk.database.write() as connection:
            await stored.move_run(connection, doing.run.id, ("running",), "running", **values)
        paid = await self._orders.execute(claim.confirmation.id)
        return await self._look_back(doing, part, paid, message_id)

    async def _say_running(self, doing: Doing, quote: Quote) -> int | None:
        option = quote.options[0]
        said = Running(doing.rule, len(quote.ids), option.price, quote.currency, option.at_most)
        quietly = doing.rule.quiet or doing.at.is_quiet(self._desk.now())
        return await self._desk.say_running(doing.at, said, quietly=quietly)

    async def _still_so(self, rule: Rule) -> bool:
        """Whether the rule is what it was when this look began to carry it out, and the one switch is on."""
        async with self._desk.database.read() as connection:
            habits: Habits = habits_from(await reminders.habits_of(connection, rule.telegram_id))
        return habits.rules_on and await self._desk.rule(rule.telegram_id, rule.id) == rule

    async def _look_back(
        self, doing: Doing, part: Part, paid: Confirmation, message_id: int | None
    ) -> datetime | None:
        """Success is told by the receipt; everything else always makes a sound."""
        states = {order.state for order in paid.orders}
        if OrderState.REQUOTED in states:
            return await self._requoted(doing, part, paid, message_id)
        if states & SPENT_NOTHING:
            lost = sum(order.count for order in paid.orders if order.state.spent_nothing) + len(part.left)
            await self._done(doing.run)
            await self._desk.say(doing.at, RuleFailed(doing.rule, "refused", False, lost))
            return None
        if part.left:
            return await self._short(doing, part.left, part.why, part.limit, paid=True)
        await self._done(doing.run)
        return None

    async def _requoted(
        self, doing: Doing, part: Part, paid: Confirmation, message_id: int | None
    ) -> datetime | None:
        """Just before sending it was otherwise than a moment ago, so nothing was sent."""
        again = paid.requote
        if again is None or again.ends != part.quote.ends:
            return await self._call_off(doing, part, message_id, "moved")
        if again.currency != part.quote.currency:
            return await self._call_off(doing, part, message_id, "currency")
        return await self._too_dear(doing, again.options[0].price, part.quote.options[0].price, message_id)

    async def _call_off(
        self, doing: Doing, part: Part, message_id: int | None, why: str, *, done: bool = False
    ) -> datetime | None:
        """It does not happen, and the message does not go on saying that it does."""
        await (self._done(doing.run) if done else self._drop(doing.run))
        if message_id is not None:
            await self._desk.say(doing.at, CalledOff(doing.rule, why, len(part.quote.ids)), message_id)
        return self._desk.now() + LOOK_AGAIN

    # -- what keeps it from prolonging

    async def _too_dear(
        self, doing: Doing, now: Decimal, announced: Decimal, message_id: int | None = None
    ) -> datetime | None:
        """More than was announced: nobody agreed to that."""
        await self._drop(doing.run)
        currency, count = doing.prices.currency, len(doing.wanted)
        silent = doing.rule.quiet or doing.at.is_quiet(self._desk.now())
        failed = RuleFailed(doing.rule, "price", True, count, now, announced, currency)
        await self._desk.stop(doing.at, failed, None if silent else message_id)
        return None

    async def _short(
        self, doing: Doing, left: Sequence[Proxy], why: Limit, limit: Decimal, *, paid: bool = False
    ) -> datetime | None:
        """Some could not be paid for. A cap stops the rule; money may come, so that is tried again until the end."""
        needed, limit = doing.cost(left), max(limit, NOTHING)
        if why != "money":
            await (self._done(doing.run, [proxy.id for proxy in left]) if paid else self._drop(doing.run))
            currency = doing.prices.currency
            await self._desk.stop(doing.at, RuleFailed(doing.rule, why, True, len(left), needed, limit, currency))
            return None
        now, ends_at = self._desk.now(), left[0].ends_at
        await self._say_short(doing, len(left), needed, limit, last=ends_at - now <= LAST_HOUR)
        again = min(now + TRY_AGAIN, max(ends_at - LAST_HOUR / 2, now + LAST_HOUR / 6))
        if not paid:
            await self._wait(doing.run, again)
            return again
        prices = {proxy.id: doing.run.prices[proxy.id] for proxy in left}
        async with self._desk.writing(doing.at) as connection:
            portion = Portion(run_at=again, ends={proxy.id: proxy.ends_at for proxy in left}, prices=prices)
            await stored.put_off(connection, doing.run, portion)
            await stored.move_run(connection, doing.run.id, ("running",), "done")
        return again

    async def _say_short(self, doing: Doing, left: int, needed: Decimal, limit: Decimal, *, last: bool) -> None:
        """Too little money: said once, and once more in the last hour, for all that was announced together."""
        key = f"{doing.run.cycle} {'last' if last else 'first'}"
        short = RuleFailed(doing.rule, "money", False, left, needed, limit, doing.prices.currency, last)
        await self._desk.say_once(doing.at, "rule-money", key, short)

    async def _say_unread(self, at: At, rule: Rule, run: Run) -> None:
        """px6 does not answer. It is asked again, but in the last hour the person must know: said once."""
        if min(run.ends.values()) - self._desk.now() <= LAST_HOUR:
            unread = RuleFailed(rule, "unread", False, len(run.ends), last=True)
            await self._desk.say_once(at, "rule-unread", str(run.cycle), unread)

    # -- how a run ends

    async def _wait(self, run: Run, until: datetime) -> None:
        """It stays announced, and is carried out later."""
        async with self._desk.database.write() as connection:
            await stored.move_run(connection, run.id, ("running",), "announced", run_at=until)

    async def _drop(self, run: Run) -> None:
        async with self._desk.database.write() as connection:
            await stored.drop(connection, run.id)

    async def _done(self, run: Run, left: Iterable[int] = ()) -> None:
        """It was paid for, or tried; what is left of it is free again."""
        async with self._desk.database.write() as connection:
            await stored.move_run(connection, run.id, ("running",), "done")
            await stored.leave_out(connection, run.id, left)
