"""Executing what a rule announced. Every charge is an order; nothing here spends by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import px6
from model.money import NOTHING
from model.rules import Portion, Rule, Run
from px6 import Proxy
from services.money.prices import Prices, cents, read_prices
from services.notifications.kinds import CalledOff, RuleFailed, Running
from services.orders import Confirmation, NotPriced, Orders, OrderState, OtherAccount, Quote, UnknownIds
from services.reminders.look import LOOK_AGAIN
from services.rules.announce import CUT_OFF
from services.rules.context import RuleContext, RuleLook, check_currency
from services.rules.plan import Allowance, allowance_of, fits, how_many, prices_by_end
from storage import locks, reminders
from storage import rules as stored

log = logging.getLogger(__name__)

TRY_AGAIN = timedelta(hours=1)  # with too little money, until the proxies end
LAST_HOUR = timedelta(hours=1)  # before the end: the second message about too little money
LAST_TRY = timedelta(minutes=10)  # before the end: no part of a payment waits for another one any more


@dataclass(frozen=True)
class RunInProgress:
    """A run that is executed: the proxies still to be prolonged, soonest first, and their prices now."""

    look: RuleLook
    rule: Rule
    run: Run
    wanted: Sequence[Proxy]
    prices: Prices

    def announced(self, proxies: Iterable[Proxy]) -> Decimal:
        """The price that was announced for exactly these."""
        return cents(sum((self.run.prices[proxy.id] for proxy in proxies), NOTHING))

    def cost(self, proxies: Iterable[Proxy]) -> Decimal:
        """What they cost now."""
        return cents(sum((self.prices.price(proxy) for proxy in proxies), NOTHING))


@dataclass(frozen=True)
class AffordablePart:
    """What the limits of a rule allow of a run. `quote`: of the proxies that end soonest; `left`: those left out."""

    quote: Quote
    allowed: Allowance
    left: Sequence[Proxy]


class RuleExecutor:
    """Executes one run after another, each at most once."""

    def __init__(self, context: RuleContext, orders: Orders) -> None:
        self._context, self._orders = context, orders

    async def execute_run(self, look: RuleLook, run: Run) -> datetime | None:
        """Execute a run whose time has come; gives when to come again for it.

        Raises px6's errors, Gone and AccountChanged.
        """
        now = self._context.now()
        if run.state == "running":
            return await self._resume(run, now)
        if run.state != "announced" or run.run_at > now:
            return run.run_at if run.state == "announced" else None
        if await self._context.is_maintained():
            await self._say_waiting(look, run, "maintenance")
            return now + LOOK_AGAIN
        until = await self._paid_before(run)
        if until is not None and run.ends and until < soonest(run)[0] - LAST_TRY:
            return until
        rule = await self._begin(run, now)
        if rule is None:
            return None
        try:
            return await self._prolong(look, rule, run)
        except px6.WrongPeriod:  # it would never prolong anything
            await self._drop(run)
            await self._context.stop(look, RuleFailed(rule, "period", True, len(run.ends)))
            return None
        except px6.Px6Error:
            if await self._wait(run, now + LOOK_AGAIN):
                await self._say_waiting(look, run, "unread")
            raise

    async def _paid_before(self, run: Run) -> datetime | None:
        """By when a part of the same payment that ends sooner is paid, if one waits: it gets the money first."""
        async with self._context.database.read() as connection:
            parts = await stored.unpaid_parts(connection, run)
        first = min((part for part in parts if part.ends), key=soonest, default=None)
        if first is None or first.id == run.id:
            return None
        return first.run_at + CUT_OFF if first.state == "running" else first.run_at

    async def _begin(self, run: Run, now: datetime) -> Rule | None:
        """Begin a run; gives its rule as it is now, or None where another task has begun it, or it no longer holds.

        Whoever changes a rule, switches it off, or skips drops its runs in the same transaction, also this one until
        it pays (`storage/rules.py:begin_paying`): it pays by the rule with which it begins.
        """
        async with self._context.database.write() as connection:
            await locks.person(connection, run.telegram_id)
            rule = await stored.one(connection, run.telegram_id, run.rule_id)
            if rule is None or not rule.on:
                await stored.release(connection, run.telegram_id, run.rule_id)
                return None
            begun = await stored.move_run(connection, run.id, ("announced",), "running", run_at=now)
            return rule if begun else None

    async def _resume(self, run: Run, now: datetime) -> datetime | None:
        """End a run that was cut off after its payment, as its orders say; one without a payment stays announced.

        What px6 was certainly not asked for is announced anew, since the person may have skipped it meanwhile.
        """
        if now - run.run_at <= CUT_OFF:
            return run.run_at + CUT_OFF
        if run.confirmation_id is None:
            await self._wait(run, now)
            return now
        paid = await self._orders.confirmation(run.telegram_id, run.confirmation_id)
        if paid is not None and paid.is_under_way:
            return now + LOOK_AGAIN
        orders = paid.orders if paid is not None else ()
        left = run.ends.keys() - {one for order in orders if not order.state.was_never_sent for one in order.ids}
        await self._done(run, left)
        return now + LOOK_AGAIN if left else None

    async def _prolong(self, look: RuleLook, rule: Rule, run: Run) -> datetime | None:
        """Prolong the soonest that the limits allow, if the price is still the announced one."""
        wanted = await self._wanted(look, rule, run)
        if not wanted:
            await self._drop(run)
            return self._context.now() + LOOK_AGAIN
        prices = await read_prices(look.client, wanted, look.kinds, rule.period, rule.currency, fresh=True)
        progress = RunInProgress(look, rule, run, wanted, prices)
        if progress.cost(wanted) > progress.announced(wanted):
            return await self._too_dear(progress, progress.cost(wanted), progress.announced(wanted))
        spent = await self._context.spent(rule, run, look.facts.zone)
        allowed = allowance_of(rule, spent, prices.balance, [prices.price(proxy) for proxy in wanted])
        if not allowed.count:
            return await self._fell_short(progress, wanted, allowed)
        quote = await self._quote(progress, wanted[: allowed.count])
        if quote is None:  # some are gone: with the next look the rest is announced anew
            await self._drop(run)
            return self._context.now() + LOOK_AGAIN
        check_currency(rule, quote.currency)
        [option], agreed = quote.options, min(progress.announced(wanted[: allowed.count]), allowed.limit)
        if option.price > agreed:
            return await self._too_dear(progress, option.price, agreed)
        return await self._pay(progress, AffordablePart(quote, allowed.after(option.price), wanted[allowed.count :]))

    async def _wanted(self, look: RuleLook, rule: Rule, run: Run) -> list[Proxy]:
        """The announced proxies that are still to be prolonged, soonest first. The run lets go of the others."""
        now, tried = self._context.now(), await self._context.tried(look.listed.user_id)
        wanted = [
            proxy
            for proxy in sorted(look.listed.proxies, key=lambda one: (one.ends_at, one.id))
            if run.ends.get(proxy.id) == proxy.ends_at > now and look.is_free(proxy) and fits(rule, proxy)
            if (proxy.id, proxy.ends_at) not in tried
        ]
        kept = {proxy.id for proxy in wanted}
        async with self._context.write_if_unchanged(look) as connection:
            await stored.leave_out(connection, run.id, run.ends.keys() - kept)
        return wanted

    async def _quote(self, progress: RunInProgress, proxies: Sequence[Proxy]) -> Quote | None:
        """A quote for these proxies; None when some are gone."""
        ids = [proxy.id for proxy in proxies]
        try:
            return await self._orders.quote_prolong(
                progress.run.telegram_id, ids, [progress.rule.period], source="rule", fresh=True
            )
        except (UnknownIds, NotPriced, OtherAccount) as error:
            log.debug("A rule got no quote: %s", type(error).__name__)
            return None

    # -- paying

    async def _pay(self, progress: RunInProgress, part: AffordablePart) -> datetime | None:
        """Confirm and pay the quote, as a tap would; a message says so and becomes the receipt."""
        if not await self._set_rest_aside(progress, part):
            return self._context.now() + LOOK_AGAIN
        message_id = await self._say_running(progress, part.quote)
        if message_id is not None:
            await self._orders.set_message(part.quote.id, progress.run.telegram_id, message_id)
        claim = await self._orders.claim(
            progress.run.telegram_id, part.quote.id, progress.rule.period, run=progress.run.id
        )
        if claim.won and claim.confirmation is not None:
            paid = await self._orders.execute(claim.confirmation.id)
            return await self._after_payment(progress, part, paid, message_id)
        if claim.reason == "maintenance" and await self._wait(progress.run, self._context.now() + LOOK_AGAIN):
            return await self._say_called_off(progress, part, message_id, "maintenance")
        return await self._call_off(progress, part, message_id, await self._why_lost(progress.run, claim.reason))

    async def _set_rest_aside(self, progress: RunInProgress, part: AffordablePart) -> bool:
        """Make a run of its own of what is left for want of money, so that Skip, and whoever changes the rule, reach
        it while the other is paid. False, and nothing is made, where somebody has called that off."""
        run, left = progress.run, part.left if part.allowed.why == "money" else ()
        async with self._context.write_if_unchanged(progress.look) as connection:
            if await stored.state_of(connection, run.id) != "running":
                return False
            muted = await reminders.muted_of(connection, run.telegram_id)
            if any(muted.get(end, self._context.now()) is None for end in part.quote.ends.items()):
                await stored.drop(connection, run.id)
                return False
            if left:
                prices = {proxy.id: run.prices[proxy.id] for proxy in left}
                ends = {proxy.id: proxy.ends_at for proxy in left}
                portion = Portion(run_at=self._try_again_at(left), ends=ends, prices=prices)
                await stored.put_off(connection, run, portion)
        return True

    def _try_again_at(self, left: Sequence[Proxy]) -> datetime:
        """When there may be more money; at the latest half an hour before the first of them ends."""
        now, ends_at = self._context.now(), left[0].ends_at
        return min(now + TRY_AGAIN, max(ends_at - LAST_HOUR / 2, now + LAST_HOUR / 6))

    async def _why_lost(self, run: Run, reason: str | None) -> str:
        """Why the payment was not confirmed, as `CalledOff` has it."""
        if reason in ("called_off", "maintenance"):
            async with self._context.database.read() as connection:
                state = await stored.state_of(connection, run.id)
            return "skipped" if state == "skipped" else "changed"
        return reason if reason in ("let_go", "stale") else "busy"

    async def _say_running(self, progress: RunInProgress, quote: Quote) -> int | None:
        [option] = quote.options
        said = Running(progress.rule, len(quote.ids), option.price, quote.currency, option.at_most)
        quietly = progress.rule.quiet or progress.look.is_quiet(self._context.now())
        return await self._context.say_running(progress.look, said, quietly=quietly)

    async def _after_payment(
        self, progress: RunInProgress, part: AffordablePart, paid: Confirmation, message_id: int | None
    ) -> datetime | None:
        """Say what kept the payment from being whole, with a sound; a success is told by the receipt alone."""
        states = {order.state for order in paid.orders}
        if OrderState.REQUOTED in states:
            return await self._requoted(progress, part, paid, message_id)
        if any(state.spent_nothing for state in states):
            lost = sum(order.count for order in paid.orders if order.state.spent_nothing) + len(part.left)
            await self._done(progress.run)
            for rest in await self._waiting(progress.run, part.left):
                async with self._context.database.write() as connection:
                    await stored.move_run(connection, rest.id, ("announced",), "done")
            await self._context.say(progress.look, RuleFailed(progress.rule, "refused", False, lost))
            return None
        if part.left:
            return await self._fell_short(progress, part.left, part.allowed, paid=True)
        await self._done(progress.run)
        return None

    async def _requoted(
        self, progress: RunInProgress, part: AffordablePart, paid: Confirmation, message_id: int | None
    ) -> datetime | None:
        """An end or the price changed between the quote and sending, so nothing was sent."""
        again = paid.requote
        if again is None or again.ends != part.quote.ends:
            return await self._call_off(progress, part, message_id, "moved")
        if again.currency != part.quote.currency:
            return await self._call_off(progress, part, message_id, "currency")
        [now], [before] = again.options, part.quote.options
        return await self._too_dear(progress, now.price, before.price, message_id)

    async def _call_off(
        self, progress: RunInProgress, part: AffordablePart, message_id: int | None, why: str
    ) -> datetime | None:
        """End the run without a payment; the message that announced the payment says so."""
        await self._drop(progress.run)
        return await self._say_called_off(progress, part, message_id, why)

    async def _say_called_off(
        self, progress: RunInProgress, part: AffordablePart, message_id: int | None, why: str
    ) -> datetime | None:
        if message_id is not None:
            await self._context.say(progress.look, CalledOff(progress.rule, why, len(part.quote.ids)), message_id)
        return self._context.now() + LOOK_AGAIN  # what is left of the run may be announced anew

    # -- what keeps it from prolonging

    async def _too_dear(
        self, progress: RunInProgress, now: Decimal, announced: Decimal, message_id: int | None = None
    ) -> datetime | None:
        """Stop the rule: the price `now` is more than the `announced` one, to which nobody agreed."""
        if not await self._drop(progress.run):
            return None
        currency, count = progress.prices.currency, len(await self._not_paid(progress, progress.wanted))
        silent = progress.rule.quiet or progress.look.is_quiet(self._context.now())
        failed = RuleFailed(progress.rule, "price", True, count, now, announced, currency)
        await self._context.stop(progress.look, failed, None if silent else message_id)
        return None

    async def _fell_short(
        self, progress: RunInProgress, left: Sequence[Proxy], allowed: Allowance, *, paid: bool = False
    ) -> datetime | None:
        """The limits do not cover the proxies that are `left`; `allowed` is what they allow of these.

        A cap stops the rule. Too little money does not, since more may come: it is tried again until the end.
        """
        prices, limit = await self._not_paid(progress, left), max(allowed.limit, NOTHING)
        if allowed.why != "money":
            if paid:
                await self._done(progress.run, [proxy.id for proxy in left])
            elif not await self._drop(progress.run):
                return None
            needed, currency = cents(sum(prices, NOTHING)), progress.prices.currency
            await self._context.stop(
                progress.look, RuleFailed(progress.rule, allowed.why, True, len(prices), needed, limit, currency)
            )
            return None
        again, is_last = self._try_again_at(left), left[0].ends_at - self._context.now() <= LAST_HOUR
        if paid:
            await self._done(progress.run)
            waits = bool(await self._waiting(progress.run, left))
        else:
            waits = await self._wait(progress.run, again)
        if not waits:
            return self._context.now() + LOOK_AGAIN
        count = how_many(prices, allowed.cap)  # for more than the caps allow, no money is asked for
        needed, currency = cents(sum(prices[:count], NOTHING)), progress.prices.currency
        short = RuleFailed(progress.rule, "money", False, len(prices), needed, limit, currency, is_last)
        if count < len(prices):
            short = replace(short, allowed=count, capped_by=allowed.capped_by)
        await self._say_short(progress, short)
        return again

    async def _not_paid(self, progress: RunInProgress, left: Sequence[Proxy]) -> list[Decimal]:
        """The prices of these, and of what waits besides of the same payment, in the order in which they end."""
        async with self._context.database.read() as connection:
            parts = await stored.unpaid_parts(connection, progress.run)
        now = {(proxy.ends_at, proxy.id): progress.prices.price(proxy) for proxy in left}
        prices = prices_by_end(parts) | now
        return [prices[end] for end in sorted(prices)]

    async def _waiting(self, run: Run, left: Sequence[Proxy]) -> list[Run]:
        """What is still to be paid of what a run left, unless somebody has called that off meanwhile."""
        async with self._context.database.read() as connection:
            of_cycle = await stored.of_cycle(connection, run.telegram_id, run.cycle)
        ends = {(proxy.id, proxy.ends_at) for proxy in left}
        return [each for each in of_cycle if each.state == "announced" and ends & each.ends.items()]

    async def _say_short(self, progress: RunInProgress, short: RuleFailed) -> None:
        """Say once that the money is too little, and once more in the last hour, for all announced together."""
        key = f"{progress.run.cycle} {'last' if short.last else 'first'}"
        await self._context.say_once(progress.look, "rule-money", key, short)

    async def _say_waiting(self, look: RuleLook, run: Run, why: str) -> None:
        """Say in the last hour before the end, once, that px6 does not answer ("unread"), or that payments are paused
        ("maintenance"). It is tried again all the same."""
        rule = await self._context.rule(run.telegram_id, run.rule_id)
        if rule is not None and run.ends and soonest(run)[0] - self._context.now() <= LAST_HOUR:
            waiting = RuleFailed(rule, why, False, len(run.ends), last=True)
            await self._context.say_once(look, f"rule-{why}", str(run.cycle), waiting)

    # -- how a run ends

    async def _wait(self, run: Run, until: datetime) -> bool:
        """Leave the run announced, to be executed at `until`; False when it was called off meanwhile."""
        async with self._context.database.write() as connection:
            return await stored.move_run(connection, run.id, ("running",), "announced", run_at=until)

    async def _drop(self, run: Run) -> bool:
        """End the run without a payment: its proxies may be announced anew. False when it was called off before."""
        async with self._context.database.write() as connection:
            return await stored.drop(connection, run.id)

    async def _done(self, run: Run, left: Iterable[int] = ()) -> None:
        """End the run after its payment; the proxies in `left` may be announced anew."""
        async with self._context.database.write() as connection:
            await stored.move_run(connection, run.id, ("running",), "done")
            await stored.leave_out(connection, run.id, left)


def soonest(run: Run) -> tuple[datetime, int]:
    """When the first proxy of a run ends, and which it is."""
    return min((ends_at, proxy_id) for proxy_id, ends_at in run.ends.items())
