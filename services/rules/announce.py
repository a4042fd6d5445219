"""Announcing what a rule will do: one message for a day's runs, sent for certain before any of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import px6
from model.money import NOTHING
from model.proxies import is_unsure
from model.rules import Portion, ProxyEnd, Rule, Run
from px6 import Proxy
from services.money.prices import Prices, cents, read_prices
from services.notifications.kinds import Announcement, NotSent, RuleFailed, Unsure
from services.notifications.line import AGAIN
from services.rules.context import RuleContext, RuleLook
from services.rules.plan import (
    Batch,
    Budget,
    allowance_of,
    next_announcement,
    prices_by_end,
    to_announce,
    until_stopped,
    with_notice,
)
from storage import locks
from storage import rules as stored

CUT_OFF = timedelta(minutes=20)  # what is under way for so long was cut off


class RuleAnnouncer:
    """Writes runs down, then announces them; until that certainly arrived they are announced again, not executed."""

    def __init__(self, context: RuleContext) -> None:
        self._context = context
        self._tries: dict[int, int] = {}  # how often each cycle was said without a clear answer

    async def announce(
        self, look: RuleLook, rule: Rule, proxies: Sequence[Proxy], before: Iterable[ProxyEnd]
    ) -> datetime | None:
        """Announce what is due; gives when to come again. Raises px6's errors, NotSent and Gone."""
        known = set(before)
        batches = to_announce(rule, proxies, known, self._context.now())
        if not batches:
            return next_announcement(rule, proxies, known)
        known |= {(proxy.id, proxy.ends_at) for _, batch in batches for proxy in batch}
        try:
            again = await self._announce(look, rule, batches)
        except px6.WrongPeriod:  # it would never prolong anything
            count = sum(len(batch) for _, batch in batches)
            await self._context.stop(look, RuleFailed(rule, "period", True, count))
            return None
        moments = [again, batches[0][0], next_announcement(rule, proxies, known)]
        return min(moment for moment in moments if moment is not None)

    async def again(self, look: RuleLook, runs: Iterable[Run]) -> list[datetime | None]:
        """Announce once more what may not have arrived: twice is better than not at all. Gives when to come again.

        Raises NotSent, Gone and AccountChanged.
        """
        now = self._context.now()
        untold = {run.cycle: (run.told_at or now - CUT_OFF) + CUT_OFF for run in runs if run.state == "announcing"}
        due = [cycle for cycle, again_at in untold.items() if again_at <= now]
        moments: list[datetime | None] = [again_at for again_at in untold.values() if again_at > now]
        if due:
            await self._context.line.check()
        for cycle in due:
            async with self._context.write_if_unchanged(look) as connection:
                taken = await stored.tell_again(connection, cycle, now, now - CUT_OFF)
            moments.append(await self._repeat(look, cycle) if taken else now + CUT_OFF)
        return moments

    async def _announce(self, look: RuleLook, rule: Rule, batches: Sequence[Batch]) -> datetime | None:
        proxies = [proxy for _, batch in batches for proxy in batch]
        await self._context.line.check()
        prices = await read_prices(look.client, proxies, look.kinds, rule.period, rule.currency)
        portions = [portion_of(run_at, batch, prices) for run_at, batch in batches]
        async with self._context.write_if_unchanged(look) as connection:
            if not await self._context.holds(connection, rule):
                return None
            cycle = await stored.announce(
                connection, look.person.telegram_id, rule.id, portions, prices.currency, self._context.now()
            )
        if cycle is None:
            return None  # another process announced it
        return await self._say(look, await self._words(look, rule, cycle, portions, prices.currency))

    async def _repeat(self, look: RuleLook, cycle: int) -> datetime | None:
        """Announce again what is still to be prolonged, and leave time for Skip before it is prolonged."""
        async with self._context.database.read() as connection:
            runs = await stored.of_cycle(connection, look.person.telegram_id, cycle)
        rule = await self._context.rule(look.person.telegram_id, runs[0].rule_id) if runs else None
        portions = [await self._kept(look, run) for run in runs]
        left = [portion for portion in portions if portion is not None]
        if rule is None or not left:
            return None
        return await self._say(look, await self._words(look, rule, cycle, left, runs[0].currency))

    async def _kept(self, look: RuleLook, run: Run) -> Portion | None:
        """The part of a run that is still to be prolonged; None when nothing of it is, or it was called off."""
        now = self._context.now()
        still = {p.id for p in look.listed.proxies if run.ends.get(p.id) == p.ends_at > now and look.is_free(p)}
        async with self._context.database.write() as connection:
            await locks.person(connection, run.telegram_id)
            if not still or await stored.state_of(connection, run.id) != "announcing":
                await stored.drop(connection, run.id)
                return None
            await stored.leave_out(connection, run.id, run.ends.keys() - still)
            run_at = with_notice(run.run_at, min(run.ends[one] for one in still), now)
            await stored.postpone(connection, run.id, run_at)
        ends = {one: run.ends[one] for one in sorted(still, key=lambda one: (run.ends[one], one))}
        return Portion(run_at=run_at, ends=ends, prices={one: run.prices[one] for one in ends})

    async def _say(self, look: RuleLook, said: Announcement) -> datetime | None:
        """Send it, and note whether that is certain; gives when to say it again."""
        quietly = said.rule.quiet or look.is_quiet(said.now)
        try:
            await self._context.line.check()
            with self._context.line.sending():
                message_id = await self._context.sender.notice(look.person, said, quietly=quietly)
        except (Unsure, NotSent) as error:
            pause = self._pause(said.cycle, error)
            async with self._context.database.write() as connection:
                await stored.not_told(connection, said.cycle, self._context.now() + pause - CUT_OFF)
            if isinstance(error, NotSent):
                raise
            return self._context.now() + pause
        self._tries.pop(said.cycle, None)
        async with self._context.database.write() as connection:
            await stored.told(connection, said.cycle, message_id)
        return None

    def _pause(self, cycle: int, error: Unsure | NotSent) -> timedelta:
        """How long to wait before the next try: as Telegram wants it, or longer after each try without an answer."""
        if isinstance(error, NotSent):
            return timedelta(seconds=error.wait)
        tries = self._tries[cycle] = self._tries.get(cycle, 0) + 1
        return AGAIN[min(tries, len(AGAIN)) - 1]

    async def _words(
        self, look: RuleLook, rule: Rule, cycle: int, portions: Sequence[Portion], currency: str
    ) -> Announcement:
        """The announcement: what these runs cost, what the caps allow, what is missing beside all other runs."""
        spent, others = await self._committed(look, rule, cycle)
        budget = Budget(rule, spent, None, self._context.now(), look.facts.zone)
        steps = until_stopped(budget, ((p.run_at, list(p.prices.values())) for p in portions))
        allowed = sum((step.price for step in steps), NOTHING)
        proxies = named(look, portions)
        return Announcement(
            rule=rule,
            cycle=cycle,
            proxies=tuple(proxies),
            first=portions[0].run_at,
            last=max((step.at for step in steps if step.count), default=portions[0].run_at),
            price=cents(sum((price for portion in portions for price in portion.prices.values()), NOTHING)),
            allowed=sum(step.count for step in steps),
            allowed_price=allowed,
            stop=steps[-1].stop,
            missing=max(allowed + rule.floor + others - look.listed.balance, NOTHING) if allowed else NOTHING,
            currency=currency,
            at_most=any(is_unsure(proxy, look.kinds) for proxy in proxies),
            now=self._context.now(),
        )

    async def _committed(self, look: RuleLook, rule: Rule, cycle: int) -> tuple[Decimal, Decimal]:
        """What this rule spent this month, or will for what it announced before, and what all rules together will for
        that: each of them as much as its caps let it."""
        async with self._context.database.read() as connection:
            runs = await stored.open_runs(connection, look.person.telegram_id)
            rules = {each.id: each for each in await stored.of_person(connection, look.person.telegram_id)}
        months, every = {rule.id: await self._context.spent_in_month(rule, look.facts.zone)}, NOTHING
        for parts in by_whole(run for run in runs if run.cycle != cycle and run.confirmation_id is None):
            its = rules.get(parts[0].rule_id)
            if its is None:
                continue  # it was removed just now
            spent = await self._context.spent(its, parts[0], look.facts.zone)
            month = months.setdefault(its.id, spent.month)
            prices = [price for _, price in sorted(prices_by_end(parts).items())]
            count = allowance_of(its, replace(spent, month=month), None, prices).count
            price = cents(sum(prices[:count], NOTHING))
            months[its.id] = month + price
            every += price
        return months[rule.id], every


def by_whole(runs: Iterable[Run]) -> list[list[Run]]:
    """The runs, those together that are parts of the same announced one."""
    found: dict[int, list[Run]] = {}
    for run in runs:
        found.setdefault(run.whole, []).append(run)
    return list(found.values())


def portion_of(run_at: datetime, batch: Sequence[Proxy], prices: Prices) -> Portion:
    return Portion(
        run_at=run_at,
        ends={proxy.id: proxy.ends_at for proxy in batch},
        prices={proxy.id: prices.price(proxy) for proxy in batch},
    )


def named(look: RuleLook, portions: Sequence[Portion]) -> list[Proxy]:
    """The proxies of these runs, soonest first."""
    ids = {one for portion in portions for one in portion.ends}
    return sorted((p for p in look.listed.proxies if p.id in ids), key=lambda p: (p.ends_at, p.id))
