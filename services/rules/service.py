"""Automatic prolonging: off until a rule is made. What people do with rules, and what the sweep does for them.

A rule announces what it will prolong (`services/rules/announce.py`) and then does it (`services/rules/execute.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

import px6
from model.people import Person
from model.proxies import is_sold, is_unsure
from model.rules import Rule, Run, Scope
from px6 import Proxy, ProxyList, Px6Client
from services.money.forecast import read_prices
from services.notifications.kinds import Gone, NotSent, RulesStopped, Sender
from services.notifications.line import Line
from services.orders import Orders
from services.reminders.look import Look
from services.reminders.planning import Key
from services.reminders.service import HELD, habits_from
from services.reminders.settings import zone_of
from services.rules.announce import Announcing
from services.rules.context import At, Desk
from services.rules.execute import LOOK_AGAIN, Carrying
from services.rules.plan import Preview, Purse, announced_at, assigned, fits, preview
from storage import accounts, reminders, watches
from storage import rules as stored
from storage.engine.database import Database
from storage.rules import MOST_RULES

log = logging.getLogger(__name__)


class TooManyRules(Exception):
    """A person has at most twenty rules."""


class Rules:
    """Rules as people change them, and as the sweep announces and executes them."""

    def __init__(
        self, database: Database, orders: Orders, sender: Sender, line: Line, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._clock = database, clock
        self._desk = Desk(database, sender, line, clock)
        self._announcing, self._carrying = Announcing(self._desk), Carrying(self._desk, orders)

    # -- what people do

    async def of(self, telegram_id: int) -> list[Rule]:
        """The person's rules, oldest first."""
        async with self._database.read() as connection:
            return await stored.of_person(connection, telegram_id)

    async def rule(self, telegram_id: int, rule_id: int) -> Rule | None:
        return await self._desk.rule(telegram_id, rule_id)

    async def add(self, telegram_id: int, scope: Scope, value: Any, *, hours: int, period: int) -> Rule:
        """A new rule. It is off: what it would do is looked at first. Raises TooManyRules."""
        values: dict[str, Any] = {
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
            if len(await stored.of_person(connection, telegram_id)) >= MOST_RULES:
                raise TooManyRules
            values["px6_user_id"], values["currency"] = await accounts.owner(connection, telegram_id)
            rule_id = await stored.add(connection, values)
        made = await self.rule(telegram_id, rule_id)
        assert made is not None  # noqa: S101 - it was added just now
        return made

    async def change(self, telegram_id: int, rule_id: int, **values: Any) -> None:
        """Change a rule: what it announced no longer holds, and is announced anew. Switching it on ends its stop."""
        if values.get("on"):
            values["stopped"] = None
        async with self._database.write() as connection:
            if await stored.change(connection, telegram_id, rule_id, **values) and values.keys() != {"quiet"}:
                await stored.release(connection, telegram_id, rule_id)
            await watches.wake(connection, telegram_id, self._clock())

    async def switch_on(self, telegram_id: int, rule_id: int, terms: int) -> bool:
        """Switch a rule on if it is still as it was shown; what it would do is looked at first."""
        async with self._database.write() as connection:
            rule = await stored.one(connection, telegram_id, rule_id)
            if rule is None or rule.terms != terms:
                return False
            await stored.change(connection, telegram_id, rule_id, on=True, stopped=None)
            await watches.wake(connection, telegram_id, self._clock())
        return True

    async def bound(self, rule: Rule, account: px6.Account) -> Rule:
        """The rule; one that is off belongs to the account that is connected now, without limits of another money."""
        if rule.on or fits_account(rule, account):
            return rule
        async with self._database.write() as connection:
            await stored.bind(connection, rule, account.user_id, account.currency)
            return await stored.one(connection, rule.telegram_id, rule.id) or rule

    async def remove(self, telegram_id: int, rule_id: int) -> None:
        async with self._database.write() as connection:
            await stored.remove(connection, telegram_id, rule_id)
            await watches.wake(connection, telegram_id, self._clock())

    async def switch(self, telegram_id: int, *, on: bool) -> None:
        """The one switch of all rules. Off: what was announced does not happen, from this moment on."""
        async with self._database.write() as connection:
            habits = habits_from(await reminders.habits_of(connection, telegram_id))
            kept = msgspec.to_builtins(msgspec.structs.replace(habits, rules_on=on))
            await reminders.keep_habits(connection, telegram_id, kept)
            await stored.release(connection, telegram_id)
            await watches.wake(connection, telegram_id, self._clock())

    async def skip(self, telegram_id: int, cycle: int) -> int | None:
        """The person does not want what was announced; gives of how many proxies that is true.

        0: it is too late for all of them. None: the announcement no longer holds, or is not theirs.
        """
        async with self._database.write() as connection:
            skipped = await stored.skip(connection, telegram_id, cycle)
            await watches.wake(connection, telegram_id, self._clock())
        return skipped

    async def preview(self, person: Person, rule: Rule, client: Px6Client, listed: ProxyList) -> Preview:
        """What it would do in the next 30 days if it were on, beside the older rules. Raises px6's errors."""
        now, zone, kinds = self._clock(), zone_of(person.zone), await self._desk.kinds(person.telegram_id)
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
        purse = Purse(rule, await self._desk.spent(rule, zone), listed.balance, now, zone)
        unsure = any(is_unsure(proxy, kinds) for proxy in mine)
        return replace(bare, steps=preview(rule, mine, prices, purse, now), at_most=unsure)

    async def _in_scope(self, rule: Rule, listed: ProxyList) -> list[Proxy]:
        """The running proxies that the rule is about, without what was let go, skipped, or tried before."""
        now = self._clock()
        async with self._database.read() as connection:
            silent = await reminders.silences_of(connection, rule.telegram_id)
            states = await stored.announced(connection, rule.telegram_id)
        over = {key for key, until in silent.items() if until is None}
        over |= {key for key, state in states.items() if state not in HELD}
        running = (proxy for proxy in listed.proxies if proxy.ends_at > now and fits(rule, proxy))
        return [proxy for proxy in running if key_of(proxy) not in over]

    async def _as_if_on(self, rule: Rule) -> list[Rule]:
        """The person's rules with this one switched on."""
        return [
            msgspec.structs.replace(each, on=each.on or each.id == rule.id)
            for each in await self.of(rule.telegram_id)
        ]

    async def covered(self, telegram_id: int, listed: ProxyList) -> frozenset[Key]:
        """What working rules announced, or will still announce: no reminder is needed of it.

        Not what was skipped or could not be done, nor what should have been announced by now and was not.
        """
        async with self._database.read() as connection:
            habits = habits_from(await reminders.habits_of(connection, telegram_id))
            rules = await stored.of_person(connection, telegram_id)
            states = await stored.announced(connection, telegram_id)
        if not habits.rules_on or not any(rule.on for rule in rules):
            return frozenset()
        now, kinds = self._clock(), await self._desk.kinds(telegram_id)
        mine = assigned(rules, (proxy for proxy in listed.proxies if is_sold(proxy, kinds)), now)
        will = {key_of(p) for rule in rules for p in mine.get(rule.id, ()) if announced_at(rule, p) > now}
        return frozenset(key for key, state in states.items() if state in HELD) | (will - states.keys())

    # -- what the sweep does

    async def step(self, look: Look) -> datetime | None:
        """Announce and carry out what is due for one account; gives when to come again.

        What was announced is carried out also while Telegram takes no messages. Raises WrongKey, NotSent, Outdated.
        """
        person = look.person
        rules = await self.of(person.telegram_id)
        if not look.known.habits.rules_on or not any(rule.on for rule in rules):
            return None
        kinds = await self._desk.kinds(person.telegram_id)
        at = At(person, look.account, look.client, look.listed, look.known, kinds)
        await self._stop_strange(at, rules)
        moments, untold = await self._again(at)
        runs = await self._open_runs(person)
        moments += [await self._or_later(self._carrying.carry(at, run)) for run in runs]
        if untold is not None:
            raise untold
        # What was carried out may have changed the rules, and made what this look has read old: of that, the next.
        old = {key for run in runs for key in run.ends.items()}
        moments += await self._announce_all(at, await self.of(person.telegram_id), old)
        return min((moment for moment in moments if moment is not None), default=None)

    async def _again(self, at: At) -> tuple[list[datetime | None], NotSent | None]:
        """What may not have been announced, once more; and what kept it from being sent."""
        try:
            return await self._announcing.again(at, await self._open_runs(at.person)), None
        except Gone:
            raise
        except NotSent as error:
            return [], error

    async def _stop_strange(self, at: At, rules: Sequence[Rule]) -> None:
        """Rules that were switched on for another px6 account, or for another currency, stop and say so."""
        strange = [rule for rule in rules if rule.on and not fits_account(rule, at.listed)]
        if strange:
            before, now = {rule.currency for rule in strange}, at.listed.currency
            currency = (min(before), now) if before != {now} else None
            await self._desk.stop_strange(at, strange, RulesStopped(len(strange), at.listed.user_id, currency))

    async def _open_runs(self, person: Person) -> list[Run]:
        async with self._database.read() as connection:
            return await stored.open_runs(connection, person.telegram_id)

    async def _announce_all(self, at: At, rules: Sequence[Rule], old: Collection[Key]) -> list[datetime | None]:
        async with self._database.read() as connection:
            before = {*old, *await stored.announced(connection, at.person.telegram_id)}
        mine = assigned(rules, filter(at.is_free, at.listed.proxies), self._clock())
        return [
            await self._or_later(self._announcing.announce(at, rule, mine.get(rule.id, []), before)) for rule in rules
        ]

    async def _or_later(self, work: Awaitable[datetime | None]) -> datetime | None:
        """What px6 does not answer one rule keeps neither the others nor the digest back."""
        try:
            return await work
        except (px6.WrongKey, px6.WrongAddress):
            raise
        except px6.Px6Error as error:
            log.info("A rule has to wait: %s", type(error).__name__)
            return self._clock() + LOOK_AGAIN


def fits_account(rule: Rule, account: px6.Account) -> bool:
    """Whether the rule's limits and sums are this account's."""
    return (rule.px6_user_id, rule.currency) == (account.user_id, account.currency)


def key_of(proxy: Proxy) -> Key:
    return proxy.id, proxy.ends_at
