"""A person's reminders: their habits, what they do not want to be told of, and what will be said when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from model.colleagues import Colleague, Right
from model.notifications import StoredDigest
from model.people import Person
from model.rules import ProxyEnd
from model.schedules import Habits, of_colleague
from model.watching import KeptPayment
from px6 import Proxy, ProxyList
from services.account.accounts import Accounts
from services.notifications.kinds import PersonEnd
from services.orders import Orders
from services.orders.habits import usual_periods
from services.reminders.planning import PersonFacts
from services.reminders.preview import LONGEST_AHEAD, ComingMessage, coming_messages
from services.reminders.records import Records
from services.reminders.schedule import quiet_until, zone_of
from storage import (
    digest_endings,
    kept_payments,
    known_proxies,
    locks,
    looks,
    people,
    reminders,
    rules,
    told_colleagues,
    unsaid,
    watches,
)
from storage import orders as stored_orders
from storage.engine.database import Database

LISTED_FOR = timedelta(days=7)  # what could not be said is listed for so long
WILL_PROLONG = ("announcing", "announced", "running")  # runs of a rule that will prolong what they name


NoReminder = Literal["off", "colleagues", "not_told", "ended"]
"""Why somebody is not reminded: all is off, the owner left it to colleagues, a colleague is told no longer."""


@dataclass(frozen=True)
class Undelivered:
    """A reminder of `count` proxies that Telegram did not certainly take. `certain`: it certainly did not."""

    at: datetime
    count: int
    certain: bool


@dataclass(frozen=True)
class RemindersOverview:
    """What `/reminders` shows: the person's habits and the name of their zone (None: not known); the next `messages`.

    `count`: how many proxies run; `let_go`: how many of them are marked “Don't prolong”. `undelivered`: digests that
    Telegram did not certainly take and that are still true, newest first; `others`: how many messages of other kinds.
    `colleagues`: the names of those who are told of the account, for its owner. `is_told`: the person is, too.

    For a colleague the lead times of `habits` are the owner's (`by_owner`), who may have switched all reminders of
    the account off (`off_by_owner`).
    """

    habits: Habits
    zone: str | None
    messages: Sequence[ComingMessage]
    count: int
    let_go: int
    undelivered: Sequence[Undelivered] = ()
    others: int = 0
    colleagues: Sequence[str] = ()
    is_told: bool = True
    by_owner: bool = False
    off_by_owner: bool = False


SETTING_PAUSE = timedelta(minutes=2)  # from a change of the settings until what it makes due is said


class Reminders:
    """What people change and see; the sweep does the sending."""

    def __init__(self, database: Database, accounts: Accounts, orders: Orders, clock: Callable[[], datetime]) -> None:
        self._database, self._accounts, self._orders, self._clock = database, accounts, orders, clock

    async def habits(self, telegram_id: int) -> Habits:
        """The person's settings of reminders."""
        async with self._database.read() as connection:
            return await reminders.habits_of(connection, telegram_id)

    async def quiet_until(self, person: Person) -> datetime | None:
        """When the quiet hours end that the person has now; None: they have none."""
        return quiet_until(await self.habits(person.chat_id), zone_of(person.zone), self._clock())

    async def is_quiet(self, person: Person) -> bool:
        """Whether the person has quiet hours now."""
        return await self.quiet_until(person) is not None

    async def change(self, telegram_id: int, **values: Any) -> Habits:
        """Set these settings, whatever they were before."""
        return await self.rework(telegram_id, lambda before: msgspec.structs.replace(before, **values))

    async def rework(self, telegram_id: int, change: Callable[[Habits], Habits]) -> Habits:
        """Make new settings of the stored ones, in one transaction: of two quick taps none is lost.

        What `change` raises leaves all as it was. Others may be due now: the account is looked at again in two
        minutes, for no reminder is to come in the middle of the settings.
        """
        async with self._database.write() as connection:
            await locks.whole_person(connection, telegram_id)
            after = change(await reminders.habits_of(connection, telegram_id))
            await reminders.keep_habits(connection, telegram_id, after)
            await watches.wake_all_by(connection, telegram_id, self._clock() + SETTING_PAUSE)
            await told_colleagues.wake_all_by(connection, telegram_id, self._clock() + SETTING_PAUSE)
        return after

    async def tell_owner(self, person: Person, told: bool) -> None:
        """Whether the owner is reminded of the account, too, of which colleagues are told."""

        def change(before: Habits) -> Habits:
            others = tuple(each for each in before.left_to_colleagues if each != person.telegram_id)
            left = others if told else (*others, person.telegram_id)
            return msgspec.structs.replace(before, left_to_colleagues=left)

        await self.rework(person.chat_id, change)

    async def digest(self, telegram_id: int, digest_id: int) -> StoredDigest | None:
        """A digest that was sent to this person."""
        async with self._database.read() as connection:
            return await reminders.digest(connection, telegram_id, digest_id)

    async def let_go(self, telegram_id: int) -> set[ProxyEnd]:
        """The ends that are not to be prolonged."""
        async with self._database.read() as connection:
            muted = await reminders.muted_of(connection, telegram_id)
        return {key for key, until in muted.items() if until is None}

    async def mute(
        self, telegram_id: int, ends: Mapping[int, datetime], until: datetime | None, by: Colleague | None = None
    ) -> list[KeptPayment]:
        """Say nothing of these ends until then to who wants it so, the owner of the account or a colleague (`by`);
        None: to nobody until they are prolonged, and what others were sent says so.

        What waits for money is not paid for them then either: gives the payments that were called off, or that go
        on without them.
        """
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            if by is not None and until is not None:
                await told_colleagues.put_off(connection, telegram_id, by.person, ends, until)
            else:
                await reminders.mute(connection, telegram_id, ends, until)
            changed = []
            if until is None:
                asks = by is not None and not by.right.includes(Right.ALL)
                changed = await kept_payments.let_go(connection, telegram_id, ends, asks=asks)
                await self._say_to_others(connection, telegram_id, ends, by, "let_go")
            await watches.wake(connection, telegram_id, self._clock())
        return changed

    async def comes_at(
        self, person: Person, px6_user_id: str, proxies: Sequence[Proxy], until: datetime
    ) -> datetime | NoReminder:
        """When the person is reminded of these if they put them off until then, and nobody prolongs them before: at
        the end of their quiet hours where it would come within these."""
        if person.colleague is not None and not person.colleague.told:
            return "not_told"
        facts = await self.facts(person, px6_user_id)
        if not facts.habits.on:
            return "off"
        async with self._database.read() as connection:
            others = await told_colleagues.ids(connection, person.telegram_id)
        if person.colleague is None and others and person.telegram_id in facts.habits.left_to_colleagues:
            return "colleagues"
        muted: dict[ProxyEnd, datetime | None] = {(proxy.id, proxy.ends_at): until for proxy in proxies}
        alone = replace(facts, muted=muted, covered=frozenset(), busy=frozenset())
        coming = await asyncio.to_thread(coming_messages, proxies, alone, self._clock(), 1)
        return coming[0].at if coming else "ended"

    async def unmute(self, telegram_id: int, ends: Mapping[int, datetime], by: Colleague | None = None) -> None:
        """Say these ends again, to everybody."""
        async with self._database.write() as connection:
            await locks.person(connection, telegram_id)
            await reminders.unmute(connection, telegram_id, ends.items())
            await self._say_to_others(connection, telegram_id, ends, by, "undone")
            await watches.wake(connection, telegram_id, self._clock())

    async def _say_to_others(
        self,
        connection: AsyncConnection,
        telegram_id: int,
        ends: Mapping[int, datetime],
        by: Colleague | None,
        what: PersonEnd,
    ) -> None:
        await digest_endings.note(
            connection,
            telegram_id,
            ends.items(),
            self._clock(),
            besides=None if by is None else by.person,
            by_name=None if by is None else by.name,
            kind=what,
        )

    async def wake(self, telegram_id: int) -> None:
        """Look at all accounts of the person with the next sweep."""
        async with self._database.write() as connection:
            await watches.wake_all(connection, telegram_id, self._clock())

    async def facts(self, person: Person, px6_user_id: str) -> PersonFacts:
        """Everything that decides what this person is told of, apart from what px6 says."""
        return (await self.records(person, px6_user_id)).facts

    async def records(self, person: Person, px6_user_id: str) -> Records:
        """Everything that a look needs of the database; what there is nothing of is not read.

        Of a person who has this account no longer there is nothing: what a look finds is not written then.
        """
        telegram_id = person.telegram_id
        async with self._database.read() as connection:
            row = await looks.read(connection, telegram_id, px6_user_id, self._clock()) or looks.LookRow()
            facts = await self._facts(connection, person, px6_user_id, row)
            if person.colleague is not None:
                facts = await for_colleague(connection, person.colleague, facts)
            kinds = await known_proxies.versions_of(connection, telegram_id) if row.bought else {}
            renewed = await known_proxies.auto_prolonged_of(connection, telegram_id) if row.bought else frozenset()
        periods = await usual_periods(self._orders, telegram_id) if row.prolonged else []
        return Records(facts, row, kinds, renewed, periods)

    async def _facts(
        self, connection: AsyncConnection, person: Person, px6_user_id: str, row: looks.LookRow
    ) -> PersonFacts:
        telegram_id, seen = person.telegram_id, row.seen
        states = await rules.announced(connection, telegram_id) if row.announced else {}
        return PersonFacts(
            habits=row.habits,
            zone=zone_of(person.zone),
            since=row.since or self._clock(),
            looked_at=seen.read_at if seen is not None and seen.px6_user_id == px6_user_id else None,
            said=await reminders.leads_said(connection, telegram_id) if row.said else {},
            muted=await reminders.muted_of(connection, telegram_id) if row.muted else {},
            busy=await stored_orders.open_proxies(connection, px6_user_id) if row.busy else frozenset(),
            covered=await will_be_paid(connection, states, px6_user_id, self._clock()),
        )

    async def overview(
        self, person: Person, listed: ProxyList, covered: frozenset[ProxyEnd] = frozenset()
    ) -> RemindersOverview:
        """What `/reminders` shows, if nothing is prolonged before. `covered`: what rules will prolong."""
        facts = await self.facts(person, listed.user_id)
        facts = replace(facts, covered=frozenset(facts.covered) | covered)
        now, colleague = self._clock(), person.colleague
        running = [proxy for proxy in listed.proxies if proxy.ends_at > now]
        let_go = sum(facts.muted.get((p.id, p.ends_at), now) is None for p in running)
        async with self._database.read() as connection:
            receiver = None if colleague is None else colleague.person
            sent = await reminders.recent(connection, person.telegram_id, now - LISTED_FOR, receiver)
            others = await unsaid.count(connection, person.telegram_id)
            names = await told_names(connection, person.telegram_id) if receiver is None else []
            own = facts.habits if receiver is None else await reminders.habits_of(connection, receiver)
        left = bool(names) and person.telegram_id in facts.habits.left_to_colleagues
        is_told = not left if colleague is None else colleague.told
        return RemindersOverview(
            habits=msgspec.structs.replace(facts.habits, on=own.on),
            zone=person.zone,
            messages=await asyncio.to_thread(coming_messages, listed.proxies, facts, now) if is_told else [],
            count=len(running),
            let_go=let_go,
            undelivered=undelivered(sent, {p.id: p.ends_at for p in listed.proxies}, now),
            others=others,
            colleagues=names,
            is_told=is_told,
            by_owner=colleague is not None,
            off_by_owner=own.on and not facts.habits.on,
        )

    def examples(self, listed: ProxyList, most: int = 4) -> list[Proxy]:
        """The proxies that end soonest, for a digest that only shows how one looks."""
        now = self._clock()
        until = now + timedelta(days=LONGEST_AHEAD)
        running = sorted((p for p in listed.proxies if now < p.ends_at <= until), key=lambda p: (p.ends_at, p.id))
        return running[:most]


async def told_names(connection: AsyncConnection, owner: int) -> list[str]:
    """What the colleagues are called to whom reminders of this owner's account come: not to those who have blocked
    the bot, or have switched theirs off."""
    found = []
    for person_id, name in (await told_colleagues.names(connection, owner)).items():
        person = await people.get(connection, person_id)
        is_there = person is not None and person.blocked_at is None
        if is_there and (await reminders.habits_of(connection, person_id)).on:
            found.append(name)
    return found


async def will_be_paid(
    connection: AsyncConnection, states: Mapping[ProxyEnd, str], px6_user_id: str, now: datetime
) -> frozenset[ProxyEnd]:
    """Which announced ends their runs will pay for; not what was tried meanwhile, by itself, in another way."""
    waiting = frozenset(key for key, state in states.items() if state in WILL_PROLONG)
    if not waiting:
        return waiting
    tried = await stored_orders.tried_automatically(connection, px6_user_id, now)
    return frozenset(key for key in waiting if states[key] == "running" or key not in tried)


async def for_colleague(connection: AsyncConnection, colleague: Colleague, facts: PersonFacts) -> PersonFacts:
    """The facts about an account as they decide what this colleague is told of it. What was let go is so for all;
    what the owner has put off, they have put off for themselves."""
    whose = (colleague.owner, colleague.person)
    let_go = {key: until for key, until in facts.muted.items() if until is None}
    return replace(
        facts,
        habits=of_colleague(facts.habits, await reminders.habits_of(connection, colleague.person)),
        since=max(facts.since, colleague.since),
        said=await told_colleagues.leads_said(connection, *whose),
        muted={**await told_colleagues.put_off_by(connection, *whose), **let_go},
    )


def undelivered(sent: Sequence[StoredDigest], ends: Mapping[int, datetime], now: datetime) -> tuple[Undelivered, ...]:
    """Which of these digests, newest first, did not certainly arrive and are still true."""
    told: set[ProxyEnd] = set()
    found = []
    for one in sent:
        about = {key for key in one.ends.items() if ends.get(key[0]) == key[1]} - told
        told |= about
        being_sent = one.state == "sending" and one.again_at is not None and one.again_at > now
        if about and one.state != "sent" and not being_sent:
            found.append(Undelivered(one.written_at, len(about), one.state == "failed"))
    return tuple(found)
