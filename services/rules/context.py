"""What announcing and carrying out have in common: what a look saw, prices, sums, and saying things."""

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
from model.people import Person
from model.proxies import is_sold
from model.rules import Rule
from px6 import Proxy, ProxyList, Px6Client
from services.account.unchanged import check_still, writing
from services.notifications.delivery import Saying
from services.notifications.kinds import CalledOff, Gone, NotSent, RuleFailed, RulesStopped, Running, Sender, Unsure
from services.notifications.line import Line
from services.reminders.planning import Known
from services.reminders.settings import quiet_until
from services.rules.plan import month_start
from storage import accounts, bought, reminders
from storage import rules as stored
from storage.engine.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class At:
    """What a look saw of the account. `kinds`: which were bought here as which kind."""

    person: Person
    account: StoredAccount
    client: Px6Client
    listed: ProxyList
    known: Known
    kinds: Mapping[int, str]

    def is_free(self, proxy: Proxy) -> bool:
        """Whether a rule may prolong it: px6 sells that, no order is under way, the person did not let it go."""
        let_go = self.known.silent.get((proxy.id, proxy.ends_at), self.known.since) is None
        return is_sold(proxy, self.kinds) and proxy.id not in self.known.busy and not let_go

    def is_quiet(self, now: datetime) -> bool:
        return quiet_until(self.known.habits, self.known.zone, now) is not None


def check_currency(rule: Rule, currency: str) -> None:
    """A rule neither announces nor pays in another currency than that of its limits: the next look stops it."""
    if rule.currency != currency:
        raise px6.BadAnswer("prices are in another currency than the rule's limits")


class Desk:
    """The database, the way to a person and the clock, with what both steps of a rule do with them."""

    def __init__(self, database: Database, sender: Sender, line: Line, clock: Callable[[], datetime]) -> None:
        self.database, self.sender, self.line, self.now = database, sender, line, clock
        self._saying = Saying(database, sender, line, clock)

    def writing(self, at: At) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction about an account that is still what the look saw. Raises Outdated."""
        return writing(self.database, at.account)

    async def rule(self, telegram_id: int, rule_id: int) -> Rule | None:
        """A rule of this person's as it is now."""
        async with self.database.read() as connection:
            return next(
                (rule for rule in await stored.of_person(connection, telegram_id) if rule.id == rule_id), None
            )

    async def kinds(self, telegram_id: int) -> dict[int, str]:
        async with self.database.read() as connection:
            return await bought.known_versions(connection, telegram_id)

    async def spent(self, rule: Rule, zone: ZoneInfo) -> Decimal:
        """What the rule spent in the person's calendar month."""
        async with self.database.read() as connection:
            return await stored.spent(connection, rule, month_start(self.now(), zone))

    # -- saying things

    async def say_running(self, at: At, said: Running, *, quietly: bool) -> int | None:
        """Say that a rule prolongs now: the message becomes the receipt. Without one that comes alone."""
        await check_still(self.database, at.account)
        try:
            await self.line.check()
            with self.line.sending():
                return await self.sender.notice(at.person, said, quietly=quietly)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("A rule prolongs without saying so before: %s", type(error).__name__)
            return None

    async def say(self, at: At, notice: RuleFailed | CalledOff, message_id: int | None = None) -> None:
        """Say it, or turn a message into it; what Telegram does not take now is said later. Raises Gone, Outdated."""
        await self._saying.say(at.person, at.account, notice, message_id=message_id)

    async def say_once(self, at: At, kind: str, key: str, notice: RuleFailed) -> None:
        """Say it unless that was said before under this key."""
        async with self.writing(at) as connection:
            if not await reminders.notice(connection, at.person.telegram_id, kind, key, self.now()):
                return
            one = await self._saying.write(connection, at.account, notice)
        await self._saying.send(at.person, one)

    async def stop(self, at: At, failed: RuleFailed, message_id: int | None = None) -> None:
        """The rule does nothing more until it is switched on again, and says so: with a sound, or in a message that
        has just made one."""
        rule, telegram_id = failed.rule, at.person.telegram_id
        async with self.writing(at) as connection:
            if not await stored.change(connection, telegram_id, rule.id, on=False, stopped=failed.why):
                return
            await stored.release(connection, telegram_id, rule.id)
            one = await self._saying.write(connection, at.account, failed, message_id=message_id)
        await self._saying.send(at.person, one)

    async def stop_strange(self, at: At, strange: Sequence[Rule], stopped: RulesStopped) -> None:
        """These were switched on for another account or another currency: they stop, and one message says so."""
        async with self.writing(at) as connection:
            await accounts.set_currency(connection, at.person.telegram_id, at.listed.user_id, at.listed.currency)
            for rule in strange:
                why = "currency" if rule.px6_user_id == at.listed.user_id else "account"
                await stored.change(connection, rule.telegram_id, rule.id, on=False, stopped=why)
                await stored.release(connection, rule.telegram_id, rule.id)
            one = await self._saying.write(connection, at.account, stopped)
        await self._saying.send(at.person, one)
