"""Which proxies a person is to be told of now, and when to look again. Pure: data in, a plan out.

The rules, each with a test:
- A lead time that has passed is due once for one end of one proxy; several passed at once make one reminder.
- What was put off comes back at its moment, whatever the lead times are by then, unless reminders are switched off.
- A lead is never said after a shorter one: neither lead times changed later nor a clock that goes back repeat any.
- During quiet hours only what ends within them is said, without a sound; the rest is held until they are over.
- With a fixed hour, everything whose lead time comes before the next fixed hour is said at this one. A fixed hour
  within the quiet hours comes when these are over.
- When a lead time is said of one, it is said of all for which the same comes within a quarter of it (at most six
  hours): what was bought minutes apart makes one message, not fifteen.
- What ended is said once, with what ends up to half an hour after it; what ended while the bot was away is folded
  into the same message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from model.rules import ProxyEnd
from model.schedules import Habits
from px6 import Proxy
from services.reminders.schedule import last_digest, next_digest, quiet_until

LOOK_EVERY = timedelta(hours=6)  # what is bought or prolonged on the site is known after at most this time
SOONEST_LOOK = timedelta(seconds=20)
AFTER_END = 0  # the lead of the message after the end
ENDED_IS_NEWS = timedelta(days=7)  # what ended earlier is no news, even after a long downtime
ALONG = timedelta(hours=6)  # a lead that comes within a quarter of it, at most within this, is said at once
TOGETHER = timedelta(minutes=30)  # what ends within this makes one message

Row = tuple[int, datetime, int]  # and a lead: what is written before it is sent


@dataclass(frozen=True)
class PersonFacts:
    """What decides when a person is told of their proxies, apart from what px6 says of these.

    `said`: the leads that were said of each (proxy, end); a negative one is a "later" that came. `muted`: let go, or
    put off to a moment. `busy`: an order is under way or its outcome is unknown. `covered`: a rule will prolong it.
    `since`: when the bot began to look after this account. `looked_at`: the last look before this one.
    """

    habits: Habits
    zone: ZoneInfo
    since: datetime
    looked_at: datetime | None = None
    said: Mapping[ProxyEnd, Collection[int]] = field(default_factory=dict)
    muted: Mapping[ProxyEnd, datetime | None] = field(default_factory=dict)
    busy: Collection[int] = frozenset()
    covered: Collection[ProxyEnd] = frozenset()


@dataclass(frozen=True)
class Plan:
    """What to say now: `soon` end, `ended` have ended, both soonest first. `rows` are written before it is said.

    `quietly`: without a sound. `look_at`: when to look again.
    """

    soon: tuple[Proxy, ...]
    ended: tuple[Proxy, ...]
    rows: tuple[Row, ...]
    quietly: bool
    look_at: datetime

    @property
    def is_empty(self) -> bool:
        return not self.rows

    @property
    def key(self) -> frozenset[Row]:
        """What it is about; two plans with the same key say the same."""
        return frozenset(self.rows)


def plan(proxies: Iterable[Proxy], facts: PersonFacts, now: datetime) -> Plan:
    """What to say of these proxies at this moment."""
    wanted = [proxy for proxy in proxies if proxy.id not in facts.busy]
    until = quiet_until(facts.habits, facts.zone, now)
    within = wanted if until is None else [proxy for proxy in wanted if now < proxy.ends_at <= until]
    due = {proxy.id: rows for proxy in within if (rows := due_rows(proxy, facts, now))}
    due = taken_along(within, due, facts, now)
    ended = [proxy for proxy in within if proxy.id in due and proxy.ends_at <= now]
    if len(ended) == len(due) and not is_over(ended, wanted, facts, now):
        due = {}
    told = sorted((proxy for proxy in wanted if proxy.id in due), key=lambda proxy: (proxy.ends_at, proxy.id))
    return Plan(
        soon=tuple(proxy for proxy in told if proxy.ends_at > now),
        ended=tuple(proxy for proxy in told if proxy.ends_at <= now),
        rows=tuple(row for proxy in told for row in due[proxy.id]),
        quietly=until is not None,
        look_at=next_look(wanted, facts, now, until),
    )


def due_rows(proxy: Proxy, facts: PersonFacts, now: datetime) -> tuple[Row, ...]:
    """What would be written if this proxy were told of now; nothing when there is no reason to."""
    key = (proxy.id, proxy.ends_at)
    said = facts.said.get(key, ())
    if proxy.ends_at <= now:
        leads = [AFTER_END] if is_news(proxy, facts, now) and AFTER_END not in said else []
    else:
        leads = due_leads(proxy, facts, now)
    return tuple((*key, lead) for lead in leads)


def taken_along(
    proxies: Sequence[Proxy], due: Mapping[int, tuple[Row, ...]], facts: PersonFacts, now: datetime
) -> dict[int, tuple[Row, ...]]:
    """What is due, and what the same leads would bring in messages of their own within a while."""
    said_now = {lead for rows in due.values() for _, _, lead in rows if lead > AFTER_END}
    if facts.habits.hour is not None or not said_now:
        return dict(due)  # a fixed hour gathers by itself
    found = dict(due)
    for proxy in proxies:
        reaching = [lead for lead in leads_in_reach(proxy, facts, now) if lead in said_now]
        rows = tuple((proxy.id, proxy.ends_at, lead) for lead in unsaid(proxy, reaching, facts, now))
        more = tuple(row for row in rows if row not in due.get(proxy.id, ()))
        if more and proxy.ends_at > now:
            found[proxy.id] = (*due.get(proxy.id, ()), *more)
    return found


def is_over(ended: Sequence[Proxy], proxies: Iterable[Proxy], facts: PersonFacts, now: datetime) -> bool:
    """Whether all have ended that end within half an hour of the first: then one message tells of them."""
    if not ended:
        return True
    until = min(proxy.ends_at for proxy in ended) + TOGETHER
    coming = [proxy for proxy in proxies if now < proxy.ends_at <= until]
    return not any(is_news(proxy, facts, now) and (proxy.id, proxy.ends_at) not in facts.covered for proxy in coming)


def is_news(proxy: Proxy, facts: PersonFacts, now: datetime) -> bool:
    """Whether the end of a proxy is still to be told."""
    key = (proxy.id, proxy.ends_at)
    wanted = facts.habits.on and facts.habits.after_end and bool(facts.habits.leads_of(proxy.comment))
    let_go = key in facts.muted and facts.muted[key] is None
    return wanted and not let_go and proxy.ends_at > max(facts.since, now - ENDED_IS_NEWS)


def is_wanted(proxy: Proxy, facts: PersonFacts) -> bool:
    """Whether a reminder of a proxy is wanted before its end, at whatever time: for its lead times, or as it was put
    off; not of what a rule will prolong."""
    key = (proxy.id, proxy.ends_at)
    was_put_off = facts.habits.on and facts.muted.get(key) is not None
    return key not in facts.covered and (was_put_off or bool(facts.habits.leads_of(proxy.comment)))


def due_leads(proxy: Proxy, facts: PersonFacts, now: datetime) -> list[int]:
    """The leads that one message would say now: those that passed and were not said, if the shortest was not."""
    key = (proxy.id, proxy.ends_at)
    if facts.habits.on and key in facts.muted and key not in facts.covered:
        later = facts.muted[key]
        if later is not None and later <= now and (mark := put_off_mark(later)) not in facts.said.get(key, ()):
            return [mark, *(lead for lead in passed(proxy, facts, now) if lead not in facts.said.get(key, ()))]
    return unsaid(proxy, passed(proxy, facts, now), facts, now)


def unsaid(proxy: Proxy, leads: Sequence[int], facts: PersonFacts, now: datetime) -> list[int]:
    """Those of the leads that are still to be said; none after a shorter one, or when nothing is to be said now."""
    key = (proxy.id, proxy.ends_at)
    later = facts.muted.get(key, now)
    if not leads or key in facts.covered or later is None or now < later:
        return []
    said = facts.said.get(key, ())
    shortest_said = min((lead for lead in said if lead > AFTER_END), default=None)
    if shortest_said is not None and shortest_said <= min(leads):
        return []
    return [lead for lead in leads if lead not in said]


def put_off_mark(later: datetime) -> int:
    """The lead that stands for "remind me later"."""
    return -int(later.timestamp())


def passed(proxy: Proxy, facts: PersonFacts, now: datetime) -> list[int]:
    """The leads whose time has come. With a fixed hour: those whose time comes before the next one."""
    if facts.habits.hour is None:
        return leads_until(proxy, facts, now)
    following = next_digest(facts.habits, facts.zone, now)
    done = facts.looked_at is not None and facts.looked_at >= last_digest(facts.habits, facts.zone, now)
    if done and proxy.ends_at > following:
        return []  # it is said at the next fixed hour
    return leads_until(proxy, facts, following)


def leads_until(proxy: Proxy, facts: PersonFacts, until: datetime) -> list[int]:
    """The leads whose time comes until then."""
    return [lead for lead in facts.habits.leads_of(proxy.comment) if proxy.ends_at - timedelta(seconds=lead) <= until]


def leads_in_reach(proxy: Proxy, facts: PersonFacts, now: datetime) -> list[int]:
    """The leads whose time has come, or comes within a quarter of them."""
    reach = {lead: now + min(timedelta(seconds=lead) / 4, ALONG) for lead in facts.habits.leads_of(proxy.comment)}
    return [lead for lead, until in reach.items() if proxy.ends_at - timedelta(seconds=lead) <= until]


def next_look(proxies: Sequence[Proxy], facts: PersonFacts, now: datetime, quiet_end: datetime | None) -> datetime:
    """When something may become due, at most six hours from now."""
    moments = [moment for proxy in proxies for moment in moments_of(proxy, facts) if moment > now]
    if facts.habits.hour is not None:
        moments.append(next_digest(facts.habits, facts.zone, now))
    if quiet_end is not None:
        moments.append(quiet_end)
    soonest = min(moments, default=now + LOOK_EVERY)
    return min(max(soonest, now + SOONEST_LOOK), now + LOOK_EVERY)


def moments_of(proxy: Proxy, facts: PersonFacts) -> list[datetime]:
    """The moments at which this proxy may become due."""
    key = (proxy.id, proxy.ends_at)
    later = facts.muted.get(key)
    if key in facts.muted and later is None:
        return []
    leads = facts.habits.leads_of(proxy.comment)
    moments = [proxy.ends_at] if facts.habits.after_end and leads else []
    if facts.habits.hour is None:
        said = facts.said.get(key, ())
        moments += [proxy.ends_at - timedelta(seconds=lead) for lead in leads if lead not in said]
    return [*moments, later] if later is not None and facts.habits.on else moments
