"""What announcing and executing a rule share: one look at the account, the rules in the database, and notices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

import px6
from model.accounts import StoredAccount
from model.orders import NOT_PAID_AGAIN
from model.people import Person
from model.proxies import is_sold
from model.rules import ProxyEnd, Rule, Run
from px6 import Proxy, ProxyList, Px6Client
from services.account.currency import take_currency
from services.account.unchanged import check_unchanged, write_if_unchanged
from services.notifications.delivery import NoticeDelivery
from services.notifications.kinds import CalledOff, Gone, NotSent, RuleFailed, RulesStopped, Running, Sender, Unsure
from services.notifications.line import Line
from services.reminders.planning import PersonFacts
from services.reminders.schedule import quiet_until
from services.rules.plan import Spent, month_start
from storage import known_proxies, maintenance_mode, orders, reminders
from storage import rules as stored
from storage.engine.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RuleLook:
    """What one look at an account saw, for the rules. `kinds`: the kind of each proxy that the person bought here."""

    person: Person
    account: StoredAccount
    client: Px6Client
    listed: ProxyList
    facts: PersonFacts
    kinds: Mapping[int, str]

    def is_free(self, proxy: Proxy) -> bool:
        """Whether a rule may prolong it: px6 sells that, no order is under way, the person did not let it go."""
        let_go = self.facts.muted.get((proxy.id, proxy.ends_at), self.facts.since) is None
        return is_sold(proxy, self.kinds) and proxy.id not in self.facts.busy and not let_go

    def is_quiet(self, now: datetime) -> bool:
        """Whether the person has quiet hours now."""
        return quiet_until(self.facts.habits, self.facts.zone, now) is not None


def check_currency(rule: Rule, currency: str) -> None:
    """A rule neither announces nor pays in another currency than its limits have: the next look stops it."""
    if rule.currency != currency:
        raise px6.BadAnswer("prices are in another currency than the rule's limits")


class RuleContext:
    """Reads rules and what they spent, and says what becomes of them."""

    def __init__(self, database: Database, sender: Sender, line: Line, clock: Callable[[], datetime]) -> None:
        self.database, self.sender, self.line, self.now = database, sender, line, clock
        self._notices = NoticeDelivery(database, sender, line, clock)

    def write_if_unchanged(self, look: RuleLook) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction about an account that is still what the look saw. Raises AccountChanged."""
        return write_if_unchanged(self.database, look.account)

    async def rule(self, telegram_id: int, rule_id: int) -> Rule | None:
        """A rule of this person's as it is now."""
        async with self.database.read() as connection:
            return next(
                (rule for rule in await stored.of_person(connection, telegram_id) if rule.id == rule_id), None
            )

    async def holds(self, connection: AsyncConnection, rule: Rule) -> bool:
        """Whether a rule is on and as it was read, and so is the one switch of all rules. The person is locked."""
        now = await stored.one(connection, rule.telegram_id, rule.id)
        habits = await reminders.habits_of(connection, rule.telegram_id)
        return habits.rules_on and now is not None and now.on and now.terms == rule.terms

    async def kinds(self, telegram_id: int) -> dict[int, str]:
        """The kind of each proxy that the person bought here; older servers of px6 do not say it."""
        async with self.database.read() as connection:
            return await known_proxies.versions_of(connection, telegram_id)

    async def spent_in_month(self, rule: Rule, zone: ZoneInfo) -> Decimal:
        """What the rule spent in the person's calendar month."""
        async with self.database.read() as connection:
            return await stored.spent(connection, rule, month_start(self.now(), zone))

    async def spent(self, rule: Rule, run: Run, zone: ZoneInfo) -> Spent:
        """What the rule spent of what its caps count for this run."""
        async with self.database.read() as connection:
            month = await stored.spent(connection, rule, month_start(self.now(), zone))
            return Spent(month, await stored.spent_of_whole(connection, rule, run.whole))

    async def tried(self, px6_user_id: str) -> frozenset[ProxyEnd]:
        """The ends to come that were tried by itself before, or paid for: no rule pays, or announces, these again."""
        async with self.database.read() as connection:
            tried = await orders.tried_automatically(connection, px6_user_id, self.now())
            return tried | await orders.paid_since(connection, px6_user_id, self.now() - NOT_PAID_AGAIN)

    async def is_maintained(self) -> bool:
        """Whether no payment may begin now, since operators maintain the bot."""
        return await maintenance_mode.look_up(self.database) is not None

    # -- notices

    async def say_running(self, look: RuleLook, said: Running, *, quietly: bool) -> int | None:
        """Say that a rule prolongs now; gives the id of the message, which becomes the receipt.

        None when Telegram did not take it: the rule prolongs all the same. Raises Gone and AccountChanged.
        """
        await check_unchanged(self.database, look.account)
        try:
            await self.line.check()
            with self.line.sending():
                return await self.sender.notice(look.person, said, quietly=quietly)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("A rule prolongs without saying so before: %s", type(error).__name__)
            return None

    async def say(self, look: RuleLook, notice: RuleFailed | CalledOff, message_id: int | None = None) -> None:
        """Send a notice, or turn a message into it; what Telegram does not take now is sent later.

        Raises Gone and AccountChanged.
        """
        await self._notices.say(look.person, look.account, notice, message_id=message_id)

    async def say_once(self, look: RuleLook, kind: str, key: str, notice: RuleFailed) -> None:
        """Send a notice unless one of this kind was sent under this key. Raises Gone and AccountChanged."""
        async with self.write_if_unchanged(look) as connection:
            if not await reminders.notice(connection, look.person.telegram_id, kind, key, self.now()):
                return
            one = await self._notices.write(connection, look.account, notice)
        await self._notices.send(look.person, one)

    async def stop(self, look: RuleLook, failed: RuleFailed, message_id: int | None = None) -> None:
        """Switch a rule off until the person switches it on again, and say so: with a sound, or in a message that has
        just made one. Raises Gone and AccountChanged."""
        rule, telegram_id = failed.rule, look.person.telegram_id
        async with self.write_if_unchanged(look) as connection:
            if not await self.holds(connection, rule):
                return
            await stored.change(connection, telegram_id, rule.id, on=False, stopped=failed.why)
            await stored.release(connection, telegram_id, rule.id)
            one = await self._notices.write(connection, look.account, failed, message_id=message_id)
        await self._notices.send(look.person, one)

    async def stop_foreign(self, look: RuleLook, foreign: Sequence[Rule], stopped: RulesStopped) -> None:
        """Stop rules that were switched on for another account or another currency; one message says so."""
        async with self.write_if_unchanged(look) as connection:
            whose = look.person.telegram_id, look.listed.user_id
            await take_currency(connection, *whose, look.listed.currency, self.now())
            for rule in foreign:
                why = "currency" if rule.px6_user_id == look.listed.user_id else "account"
                await stored.change(connection, rule.telegram_id, rule.id, on=False, stopped=why)
                await stored.release(connection, rule.telegram_id, rule.id)
            one = await self._notices.write(connection, look.account, stopped)
        await self._notices.send(look.person, one)
