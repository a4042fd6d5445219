"""Which proxies a person is to be told of now, and when to look again. Pure: data in, a plan out.

The rules, each with a test:
- A lead time that has passed is due once for one end of one proxy; several passed at once make one reminder.
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
from services.reminders.settings import last_digest, next_digest, quiet_until

LOOK_EVERY = timedelta(hours=6)  # what is bought or prolonged on the site is known after at most this time
SOONEST_LOOK = timedelta(seconds=20)
AFTER_END = 0  # the lead of the message after the end
ENDED_IS_NEWS = timedelta(days=7)  # what ended earlier is no news, even after a long downtime
ALONG = timedelta(hours=6)  # a lead that comes within a quarter of it, at most within this, is said at once
TOGETHER = timedelta(minutes=30)  # what ends within this makes one message

Row = tuple[int, datetime, int]  # and a lead: what is written before it is sent


@dataclass(frozen=True)
class Known:
    """What is known of a person, apart from what px6 says.

    `said`: the leads that were said of each (proxy, end); a negative one is a "later" that came. `silent`: let go, or
    put off to a moment. `busy`: an order is under way or its outcome is unknown. `covered`: a rule will prolong it.
    `since`: when the bot began to look after this account. `looked_at`: the last look before this one.
    """

    habits: Habits
    zone: ZoneInfo
    since: datetime
    looked_at: datetime | None = None
    said: Mapping[ProxyEnd, Collection[int]] = field(default_factory=dict)
    silent: Mapping[ProxyEnd, datetime | None] = field(default_factory=dict)
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


def plan(proxies: Iterable[Proxy], known: Known, now: datetime) -> Plan:
    """What to say of these proxies at this moment."""
    wanted = [proxy for proxy in proxies if proxy.id not in known.busy]
    until = quiet_until(known.habits, known.zone, now)
    within = wanted if until is None else [proxy for proxy in wanted if now < proxy.ends_at <= until]
    due = {proxy.id: rows for proxy in within if (rows := due_rows(proxy, known, now))}
    due = taken_along(within, due, known, now)
    ended = [proxy for proxy in within if proxy.id in due and proxy.ends_at <= now]
    if len(ended) == len(due) and not is_over(ended, wanted, known, now):
        due = {}
    told = sorted((proxy for proxy in wanted if proxy.id in due), key=lambda proxy: (proxy.ends_at, proxy.id))
    return Plan(
        soon=tuple(proxy for proxy in told if proxy.ends_at > now),
        ended=tuple(proxy for proxy in told if proxy.ends_at <= now),
        rows=tuple(row for proxy in told for row in due[proxy.id]),
        quietly=until is not None,
        look_at=next_look(wanted, known, now, until),
    )


def due_rows(proxy: Proxy, known: Known, now: datetime) -> tuple[Row, ...]:
    """What would be written if this proxy were told of now; nothing when there is no reason to."""
    key = (proxy.id, proxy.ends_at)
    said = known.said.get(key, ())
    if proxy.ends_at <= now:
        leads = [AFTER_END] if is_news(proxy, known, now) and AFTER_END not in said else []
    else:
        leads = due_leads(proxy, known, now)
    return tuple((*key, lead) for lead in leads)


def taken_along(
    proxies: Sequence[Proxy], due: Mapping[int, tuple[Row, ...]], known: Known, now: datetime
) -> dict[int, tuple[Row, ...]]:
    """What is due, and what the same leads would bring in messages of their own within a while."""
    said_now = {lead for rows in due.values() for _, _, lead in rows if lead > AFTER_END}
    if known.habits.hour is not None or not said_now:
        return dict(due)  # a fixed hour gathers by itself
    found = dict(due)
    for proxy in proxies:
        reaching = [lead for lead in leads_in_reach(proxy, known, now) if lead in said_now]
        rows = tuple((proxy.id, proxy.ends_at, lead) for lead in unsaid(proxy, reaching, known, now))
        more = tuple(row for row in rows if row not in due.get(proxy.id, ()))
        if more and proxy.ends_at > now:
            found[proxy.id] = (*due.get(proxy.id, ()), *more)
    return found


def is_over(ended: Sequence[Proxy], proxies: Iterable[Proxy], known: Known, now: datetime) -> bool:
    """Whether all have ended that end within half an hour of the first: then one message tells of them."""
    if not ended:
        return True
    until = min(proxy.ends_at for proxy in ended) + TOGETHER
    coming = [proxy for proxy in proxies if now < proxy.ends_at <= until]
    return not any(is_news(proxy, known, now) and (proxy.id, proxy.ends_at) not in known.covered for proxy in coming)


def is_news(proxy: Proxy, known: Known, now: datetime) -> bool:
    """Whether the end of a proxy is still to be told."""
    key = (proxy.id, proxy.ends_at)
    wanted = known.habits.on and known.habits.after_end and bool(known.habits.leads_of(proxy.comment))
    let_go = key in known.silent and known.silent[key] is None
    return wanted and not let_go and proxy.ends_at > max(known.since, now - ENDED_IS_NEWS)


def due_leads(proxy: Proxy, known: Known, now: datetime) -> list[int]:
    """The leads that one message would say now: those that passed and were not said, if the shortest was not."""
    key = (proxy.id, proxy.ends_at)
    if key in known.silent and key not in known.covered:
        later = known.silent[key]
        if later is not None and later <= now and (mark := put_off_mark(later)) not in known.said.get(key, ()):
            return [mark, *(lead for lead in passed(proxy, known, now) if lead not in known.said.get(key, ()))]
    return unsaid(proxy, passed(proxy, known, now), known, now)


def unsaid(proxy: Proxy, leads: Sequence[int], known: Known, now: datetime) -> list[int]:
    """Those of the leads that are still to be said; none after a shorter one, or when nothing is to be said now."""
    key = (proxy.id, proxy.ends_at)
    later = known.silent.get(key, now)
    if not leads or key in known.covered or later is None or now < later:
        return []
    said = known.said.get(key, ())
    shortest_said = min((lead for lead in said if lead > AFTER_END), default=None)
    if shortest_said is not None and shortest_said <= min(leads):
        return []
    return [lead for lead in leads if lead not in said]


def put_off_mark(later: datetime) -> int:
    """The lead that stands for "remind me later"."""
    return -int(later.timestamp())


def passed(proxy: Proxy, known: Known, now: datetime) -> list[int]:
    """The leads whose time has come. With a fixed hour: those whose time comes before the next one."""
    if known.habits.hour is None:
        return leads_until(proxy, known, now)
    following = next_digest(known.habits, known.zone, now)
    done = known.looked_at is not None and known.looked_at >= last_digest(known.habits, known.zone, now)
    if done and proxy.ends_at > following:
        return []  # it is said at the next fixed hour
    return leads_until(proxy, known, following)


def leads_until(proxy: Proxy, known: Known, until: datetime) -> list[int]:
    """The leads whose time comes until then."""
    return [lead for lead in known.habits.leads_of(proxy.comment) if proxy.ends_at - timedelta(seconds=lead) <= until]


def leads_in_reach(proxy: Proxy, known: Known, now: datetime) -> list[int]:
    """The leads whose time has come, or comes within a quarter of them."""
    reach = {lead: now + min(timedelta(seconds=lead) / 4, ALONG) for lead in known.habits.leads_of(proxy.comment)}
    return [lead for lead, until in reach.items() if proxy.ends_at - timedelta(seconds=lead) <= until]


def next_look(proxies: Sequence[Proxy], known: Known, now: datetime, quiet_end: datetime | None) -> datetime:
    """When something may become due, at most six hours from now."""
    moments = [moment for proxy in proxies for moment in moments_of(proxy, known) if moment > now]
    if known.habits.hour is not None:
        moments.append(next_digest(known.habits, known.zone, now))
    if quiet_end is not None:
        moments.append(quiet_end)
    soonest = min(moments, default=now + LOOK_EVERY)
    return min(max(soonest, now + SOONEST_LOOK), now + LOOK_EVERY)


def moments_of(proxy: Proxy, known: Known) -> list[datetime]:
    """The moments at which this proxy may become due."""
    key = (proxy.id, proxy.ends_at)
    later = known.silent.get(key)
    if key in known.silent and later is None:
        return []
    leads = known.habits.leads_of(proxy.comment)
    moments = [proxy.ends_at] if known.habits.after_end and leads else []
    if known.habits.hour is None:
        said = known.said.get(key, ())
        moments += [proxy.ends_at - timedelta(seconds=lead) for lead in leads if lead not in said]
    return [*moments, later] if later is not None else moments
