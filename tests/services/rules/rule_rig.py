"""The rules of one person with all that they need, but without Telegram: what they say is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from model.people import Person
from model.rules import Rule
from px6 import Proxy, State
from sandbox.px6 import Profile
from services.account.access import Access
from services.notifications.kinds import Digest, Gone, Notice, NotSent, Refused
from services.notifications.line import Line
from services.reminders.look import Look
from services.reminders.service import Reminders
from services.rules.context import RuleContext, RuleLook
from services.rules.service import Rules
from services.watching.rounds import RoundNeeds
from storage.engine.types import time_from_int
from tests.durations import DAY, HOUR
from tests.profiles import PROFILE
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, Rig, new_rig


async def nothing(_: Notice) -> None:
    """What happens while a notice is sent, unless a test says otherwise."""


class RuleRig:
    """Anna's rules at a clock that stands still until it is moved. `said`: each notice, and whether without a sound.

    `rewritten`: notices that messages were turned into. `fails`: what sending raises; `attempts`: how often it was
    tried. `meanwhile` happens with each notice.
    """

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.said: list[tuple[Notice, bool]] = []
        self.rewritten: list[tuple[int, Notice]] = []
        self.fails: Exception | None = None
        self.attempts = 0
        self.meanwhile: Callable[[Notice], Awaitable[None]] = nothing
        self.line = Line(self.ask, lambda: rig.passed)
        self.context = RuleContext(rig.database, self, self.line, self.now)
        self.rules = Rules(rig.database, rig.orders, self, self.line, self.now)
        self.reminders = Reminders(rig.database, rig.accounts, rig.orders, self.now)

    def now(self) -> datetime:
        return self.rig.px6.clock.now()

    @property
    def round_needs(self) -> RoundNeeds:
        """What rounds that look at what Anna watches stand on; the bot is for everybody."""
        rig = self.rig
        return RoundNeeds(rig.database, rig.people, rig.accounts, self, self.line, Access(), self.now)

    # -- Telegram

    async def ask(self) -> None:
        """The harmless call."""
        if isinstance(self.fails, NotSent) and not isinstance(self.fails, Gone | Refused):
            raise self.fails

    async def room(self) -> bool:
        return False

    async def digest(self, person: Person, digest: Digest) -> int:
        raise AssertionError("rules send no digest")

    async def notice(self, person: Person, notice: Notice, *, quietly: bool = False) -> int:
        self.attempts += 1
        if self.fails is not None:
            raise self.fails
        self.said.append((notice, quietly))
        await self.meanwhile(notice)
        return 500 + len(self.said)

    async def rewrite(self, person: Person, message_id: int, notice: Notice) -> None:
        self.rewritten.append((message_id, notice))

    def news(self) -> list[tuple[Notice, bool]]:
        """What was said since this was last asked."""
        news, self.said = self.said, []
        return news

    # -- what a person does, and what the sweep does

    async def rule(self, **changed: Any) -> Rule:
        """A rule for everything, by 30 days and 12 hours before the end, that is on."""
        made = await self.rules.add(ANNA, "all", "", hours=12, period=30)
        await self.rules.change(ANNA, made.id, **{"on": True, **changed})
        return await self.again(made)

    async def again(self, rule: Rule) -> Rule:
        """The rule as it is now."""
        found = await self.rules.rule(ANNA, rule.id)
        assert found is not None
        return found

    async def look(self) -> Look:
        person = await self.rig.people.find_or_create(ANNA)
        account, client = await self.rig.accounts.connected(ANNA)
        listed = await client.proxies(State.ALL, nokey=True)
        records = await self.reminders.records(person, account.px6_user_id)
        return Look(person, account, client, listed, self.now(), records, records.facts, client.changes)

    async def rule_look(self) -> RuleLook:
        """What the rules see in a look."""
        look = await self.look()
        return RuleLook(look.person, look.account, look.client, look.listed, look.facts, {})

    async def step(self) -> datetime | None:
        """What the sweep does for this account; gives when to come again."""
        return await self.rules.step(await self.look())

    async def listed(self) -> list[Proxy]:
        """The proxies as px6 lists them."""
        return list((await self.look()).listed.proxies)

    def runs(self) -> list[tuple[str, datetime]]:
        """The state of each run that was written down, and when it is."""
        rows = self.rig.rows("SELECT state, run_at FROM runs ORDER BY id")
        return [(state, time_from_int(at)) for state, at in rows]


@asynccontextmanager
async def new_rule_rig(folder: Path, profile: Profile = PROFILE) -> AsyncIterator[RuleRig]:
    """Anna's rules at `NOW`, with an account of 1,000 RUB and without proxies."""
    async with new_rig(folder, profile, now=lambda: NOW) as rig:
        yield RuleRig(rig)


async def announced(anna: RuleRig, count: int = 1, **rule: object) -> list[int]:
    """Proxies that end in 24 hours and a rule that has just said so; the clock stands at its run."""
    ids = [anna.rig.proxy(ends_in=DAY).id for _ in range(count)]
    await anna.rule(**rule)
    assert await anna.step() == NOW + 12 * HOUR
    assert anna.runs() == [("announced", NOW + 12 * HOUR)]
    anna.rig.px6.clock.move(12 * HOUR)
    return ids


def dearer(anna: RuleRig, each: str) -> None:
    anna.rig.px6.set_prices("6", {3: each, 30: each})
