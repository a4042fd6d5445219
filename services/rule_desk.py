"""What announcing and carrying out have in common: what a look saw, prices, sums, and saying things."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from px6 import Proxy, ProxyList, Px6Client
from services.forecast import kind_or_skip
from services.habits import quiet_until
from services.planning import Known
from services.ruling import month_start
from services.telling import Gone, Notice, NotSent, RuleFailed, Teller, Unsure
from storage import bought
from storage import rules as stored
from storage.database import Database
from storage.people import Person
from storage.rules import Rule

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class At:
    """What a look saw of the account. `kinds`: which were bought here as which kind."""

    person: Person
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


def is_sold(proxy: Proxy, kinds: Mapping[int, str]) -> bool:
    """Whether px6 names a price for renewing this kind."""
    return kind_or_skip(proxy, kinds) != ""


def is_unsure(proxy: Proxy, kinds: Mapping[int, str]) -> bool:
    """Whether it may be of a cheaper kind than the one it is priced as."""
    return kind_or_skip(proxy, kinds) is None


class Desk:
    """`teller` is set by the wiring."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database, self.now = database, clock
        self.teller: Teller | None = None

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
            return await stored.spent(connection, rule.id, month_start(self.now(), zone))

    # -- saying things

    async def say(self, person: Person, notice: Notice, *, quietly: bool = False) -> int | None:
        """Say something; what Telegram does not take now is not worth stopping for, but Gone is."""
        assert self.teller is not None  # noqa: S101 - the wiring sets it
        try:
            return await self.teller.notice(person, notice, quietly=quietly)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("A message about a rule was not delivered: %s", type(error).__name__)
            return None

    async def rewrite(self, person: Person, message_id: int | None, notice: Notice) -> None:
        """Turn a message into this; without one it is said anew."""
        assert self.teller is not None  # noqa: S101 - the wiring sets it
        if message_id is None:
            await self.say(person, notice)
            return
        try:
            await self.teller.rewrite(person, message_id, notice)
        except Gone:
            raise
        except (NotSent, Unsure) as error:
            log.warning("A message about a rule was not rewritten: %s", type(error).__name__)

    async def stop(self, at: At, failed: RuleFailed, message_id: int | None = None) -> None:
        """The rule does nothing more until it is switched on again, and says so: with a sound, or in a message that
        has just made one."""
        rule, telegram_id = failed.rule, at.person.telegram_id
        async with self.database.write() as connection:
            await stored.change(connection, telegram_id, rule.id, on=False, stopped=failed.why)
            await stored.release(connection, telegram_id, rule.id)
        await self.rewrite(at.person, message_id, failed)
