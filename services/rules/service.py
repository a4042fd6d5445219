"""Automatic prolonging, off until a rule is made: how people change rules, and what the sweep does for them.

A rule announces what it will prolong (`services/rules/announce.py`), then prolongs it (`services/rules/execute.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.money import NOTHING
from model.people import Person, PersonId
from model.proxies import is_sold, is_unsure
from model.rules import ProxyEnd, Rule, Run, Scope
from px6 import Proxy, ProxyList, Px6Client
from services.account.rights import check_right
from services.money.prices import read_prices
from services.notifications.kinds import Gone, NotSent, RulesStopped, Sender
from services.notifications.line import Line
from services.orders import Orders
from services.reminders.look import Look, later_on_error
from services.reminders.schedule import zone_of
from services.reminders.service import WILL_PROLONG, will_be_paid
from services.rules.announce import RuleAnnouncer
from services.rules.context import RuleContext, RuleLook
from services.rules.execute import RuleExecutor
from services.rules.plan import Budget, Preview, announced_at, assigned, fits, preview
from storage import (
    accounts,
    kept_payments,
    locks,
    people,
    quotes,
    reminders,
    replacements,
    stock_watches,
    watches,
)
from storage import rules as stored
from storage.engine.database import Database
from storage.rules import MOST_RULES


class TooManyRules(Exception):
    """A person has at most twenty rules."""


class IsThere(Exception):
    """The same rule is there as it was made: the tap that makes it came twice."""

    def __init__(self, rule_id: int) -> None:
        super().__init__()
        self.rule_id = rule_id


class Rules:
    """Reads and changes the rules of a person; announces and executes what is due for one account."""

    def __init__(
        self, database: Database, orders: Orders, sender: Sender, line: Line, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._clock = database, clock
        self._context = RuleContext(database, sender, line, clock)
        self._announcer, self._executor = RuleAnnouncer(self._context), RuleExecutor(self._context, orders)

    # -- what people do

    async def of(self, telegram_id: int) -> list[Rule]:
        """The person's rules, oldest first."""
        async with self._database.read() as connection:
            return await stored.of_person(connection, telegram_id)

    async def rule(self, telegram_id: int, rule_id: int) -> Rule | None:
        """A rule of this person's; None when there is none."""
        return await self._context.rule(telegram_id, rule_id)

    async def draft(self, telegram_id: int, scope: Scope, value: Any, *, hours: int, period: int) -> Rule:
        """A rule as it would be, of which nothing is kept; its id is 0. Raises TooManyRules."""
        async with self._database.read() as connection:
            values = await self._of_a_new_rule(connection, telegram_id)
        given = {"scope": scope, "value": value, "hours": hours, "period": period}
        return Rule(id=0, cap_run=None, cap_month=None, stopped=None, **values, **given)

    async def add(
        self,
        telegram_id: int,
        scope: Scope,
        value: Any,
        *,
        hours: int,
        period: int,
        by: PersonId | None = None,
    ) -> Rule:
        """A new rule. It is off: what it would do is looked at first. Raises TooManyRules and IsThere.

        `by`, here and below: the colleague who wants it; AccessEnded is raised for who may not any more.
        """
        given = {"scope": scope, "value": value, "hours": hours, "period": period}
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            for rule in await stored.of_person(connection, telegram_id):
                if rule.is_untouched and all(getattr(rule, name) == value for name, value in given.items()):
                    raise IsThere(rule.id)
            rule_id = await stored.add(connection, await self._of_a_new_rule(connection, telegram_id) | given)
        made = await self.rule(telegram_id, rule_id)
        assert made is not None  # noqa: S101 - it was added just now
        return made

    async def _of_a_new_rule(self, connection: AsyncConnection, telegram_id: int) -> dict[str, Any]:
        """What a new rule has besides what was chosen. Raises TooManyRules."""
        if len(await stored.of_person(connection, telegram_id)) >= MOST_RULES:
            raise TooManyRules
        px6_user_id, currency = await accounts.owner(connection, telegram_id)
        return {
            "telegram_id": telegram_id,
            "floor": NOTHING,
            "quiet": False,
            "on": False,
            "px6_user_id": px6_user_id,
            "currency": currency,
            "created_at": self._clock(),
        }

    async def change(
        self,
        telegram_id: int,
        rule_id: int,
        *,
        by: PersonId | None = None,
        sum_in: str | None = None,
        **values: Any,
    ) -> bool:
        """Change a rule: what it announced no longer holds, and is announced anew. Switching it on ends its stop.

        `sum_in`: the currency of a sum that is given. False: there is no such rule, or it counts in another one.
        """
        if values.get("on"):
            values["stopped"] = None
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            changed = await stored.change(connection, telegram_id, rule_id, sum_in, **values)
            if changed and values.keys() != {"quiet"}:
                await stored.release(connection, telegram_id, rule_id)
            await watches.wake(connection, telegram_id, self._clock())
        return changed

    async def switch_on(self, telegram_id: int, rule_id: int, terms: int, *, by: PersonId | None = None) -> bool:
        """Switch a rule on if it is still as it was shown; what it would do is looked at first."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await check_right(connection, telegram_id, by)
            rule = await stored.one(connection, telegram_id, rule_id)
            if rule is None or rule.terms != terms:
                return False
            await stored.change(connection, telegram_id, rule_id, on=True, stopped=None)
            await watches.wake(connection, telegram_id, self._clock())
        return True

    async def bound(self, rule: Rule, account: px6.Account) -> Rule:
        """The rule, bound to this account if it is off and belongs to another one or another currency.

        Limits in another currency are dropped then.
        """
        if rule.on or fits_account(rule, account):
            return rule
        async with self._database.write() as connection:
            await stored.bind(connection, rule, account.user_id, account.currency)
            return await stored.one(connection, rule.telegram_id, rule.id) or rule

    async def remove(self, telegram_id: int, rule_id: int) -> bool:
        """Delete a rule; what it announced does not happen. False: there is no such rule."""
        async with self._database.write() as connection:
            removed = await stored.remove(connection, telegram_id, rule_id)
            await watches.wake(connection, telegram_id, self._clock())
        return removed

    async def switch(self, telegram_id: int, *, on: bool) -> None:
        """The one switch of all that is spent automatically, by whichever px6 account of the person.

        Off: from this moment on what rules and watches have announced does not happen, what is in stock again is told
        and not bought, and payments that wait for money are asked about first.
        """
        async with self._database.write() as connection:
            await locks.all_accounts(connection, telegram_id)
            habits = await reminders.habits_of(connection, telegram_id)
            if habits.rules_on and on:
                return
            await reminders.keep_habits(connection, telegram_id, msgspec.structs.replace(habits, rules_on=on))
            await stored.release_all(connection, telegram_id)
            for owner in await people.all_ids(connection, telegram_id):
                begun = [kept.paying for kept in await kept_payments.open_of(connection, owner) if kept.paying]
                await quotes.withdraw(connection, owner, begun)
                await replacements.call_off(connection, owner)
                await stock_watches.call_off(connection, owner)
            await watches.wake_all(connection, telegram_id, self._clock())

    async def skip(self, telegram_id: int, cycle: int) -> int | None:
        """Call off what was announced; gives the number of proxies that will not be prolonged.

        0: it is too late for all of them. None: the announcement no longer holds, or is not theirs.
        """
        async with self._database.write() as connection:
            skipped = await stored.skip(connection, telegram_id, cycle)
            await watches.wake(connection, telegram_id, self._clock())
        return skipped

    async def preview(self, person: Person, rule: Rule, client: Px6Client, listed: ProxyList) -> Preview:
        """What a rule would do in the next 30 days if it were on, beside the older rules. Raises px6's errors."""
        now, zone, kinds = self._clock(), zone_of(person.zone), await self._context.kinds(person.telegram_id)
        wanted = await self._in_scope(rule, listed)
        sold = [proxy for proxy in wanted if is_sold(proxy, kinds)]
        mine = assigned(await self._as_if_on(rule), sold, now)[rule.id]
        bare = Preview(taken=len(sold) - len(mine), unpriced=len(wanted) - len(sold))
        if not mine:
            return bare
        try:
            prices = await read_prices(client, mine, kinds, rule.period, listed.currency)
        except px6.WrongPeriod:
            return replace(bare, refused=True)
        budget = Budget(rule, await self._context.spent_in_month(rule, zone), listed.balance, now, zone)
        unsure = any(is_unsure(proxy, kinds) for proxy in mine)
        return replace(bare, steps=preview(rule, mine, prices, budget, now), at_most=unsure)

    async def _in_scope(self, rule: Rule, listed: ProxyList) -> list[Proxy]:
        """The running proxies in the rule's scope, without those that were let go, skipped or tried before."""
        now = self._clock()
        async with self._database.read() as connection:
            muted = await reminders.muted_of(connection, rule.telegram_id)
            states = await stored.announced(connection, rule.telegram_id)
        over = {key for key, until in muted.items() if until is None}
        over |= {key for key, state in states.items() if state not in WILL_PROLONG}
        over |= await self._context.tried(listed.user_id)
        running = (proxy for proxy in listed.proxies if proxy.ends_at > now and fits(rule, proxy))
        return [proxy for proxy in running if end_of(proxy) not in over]

    async def _as_if_on(self, rule: Rule) -> list[Rule]:
        """The person's rules with this one switched on, also one that is not kept yet."""
        kept = await self.of(rule.telegram_id)
        rules = kept if any(each.id == rule.id for each in kept) else [*kept, rule]
        return [msgspec.structs.replace(each, on=each.on or each.id == rule.id) for each in rules]

    async def covered(self, telegram_id: int, listed: ProxyList) -> frozenset[ProxyEnd]:
        """The ends that rules which are on announced, or will still announce: no reminder is needed of them.

        Not what was skipped or could not be done, nor what should have been announced by now and was not.
        """
        async with self._database.read() as connection:
            habits = await reminders.habits_of(connection, telegram_id)
            rules = await stored.of_person(connection, telegram_id)
            states = await stored.announced(connection, telegram_id)
            announced = await will_be_paid(connection, states, listed.user_id, self._clock())
        if not habits.rules_on or not any(rule.on for rule in rules):
            return frozenset()
        now, kinds = self._clock(), await self._context.kinds(telegram_id)
        mine = assigned(rules, (proxy for proxy in listed.proxies if is_sold(proxy, kinds)), now)
        will = {end_of(p) for rule in rules for p in mine.get(rule.id, ()) if announced_at(rule, p) > now}
        will -= states.keys() | await self._context.tried(listed.user_id)
        return announced | will

    # -- what the sweep does

    async def step(self, look: Look) -> datetime | None:
        """Announce and execute what is due for one account; gives when to come again, None for never.

        What was announced is executed also while Telegram takes no messages. Raises WrongKey, NotSent and
        AccountChanged.
        """
        if not look.facts.habits.rules_on or not look.records.row.on:
            return None
        person, rules = look.person, await self.of(look.person.telegram_id)
        rule_look = RuleLook(person, look.account, look.client, look.listed, look.facts, look.records.kinds)
        await self._stop_foreign(rule_look, rules)
        moments, untold = await self._again(rule_look)
        runs = await self._open_runs(person)
        moments += [
            await later_on_error("A rule", self._executor.execute_run(rule_look, run), self._clock) for run in runs
        ]
        if untold is not None:
            raise untold
        # A run may have changed the rules and the ends: what this look read of those is left to the next look.
        old = {key for run in runs for key in run.ends.items()}
        moments += await self._announce_all(rule_look, await self.of(person.telegram_id), old)
        return min((moment for moment in moments if moment is not None), default=None)

    async def _again(self, rule_look: RuleLook) -> tuple[list[datetime | None], NotSent | None]:
        """Announce again what may not have arrived; gives when to come again, and what kept it from being sent."""
        try:
            return await self._announcer.again(rule_look, await self._open_runs(rule_look.person)), None
        except Gone:
            raise
        except NotSent as error:
            return [], error

    async def _stop_foreign(self, rule_look: RuleLook, rules: Sequence[Rule]) -> None:
        """Rules that were switched on for another px6 account, or for another currency, stop and say so."""
        listed = rule_look.listed
        foreign = [rule for rule in rules if rule.on and not fits_account(rule, listed)]
        if foreign:
            before, now = {rule.currency for rule in foreign}, listed.currency
            currency = (min(before), now) if before != {now} else None
            await self._context.stop_foreign(rule_look, foreign, RulesStopped(len(foreign), listed.user_id, currency))

    async def _open_runs(self, person: Person) -> list[Run]:
        async with self._database.read() as connection:
            return await stored.open_runs(connection, person.telegram_id)

    async def _announce_all(
        self, rule_look: RuleLook, rules: Sequence[Rule], old: Collection[ProxyEnd]
    ) -> list[datetime | None]:
        if not rules:
            return []
        async with self._database.read() as connection:
            before = {*old, *await stored.announced(connection, rule_look.person.telegram_id)}
        before |= await self._context.tried(rule_look.listed.user_id)
        mine = assigned(rules, filter(rule_look.is_free, rule_look.listed.proxies), self._clock())
        return [
            await later_on_error(
                "A rule", self._announcer.announce(rule_look, rule, mine.get(rule.id, []), before), self._clock
            )
            for rule in rules
        ]


def fits_account(rule: Rule, account: px6.Account) -> bool:
    """Whether the rule's limits and sums are this account's."""
    return (rule.px6_user_id, rule.currency) == (account.user_id, account.currency)


def end_of(proxy: Proxy) -> ProxyEnd:
    """This end of this proxy: after it was prolonged it has another one."""
    return proxy.id, proxy.ends_at
