"""Which proxies a person is to be told of now, and when to look again. Pure: data in, a plan out.

The rules, each with a test:
- A lead time that has passed is due once for one end of one proxy; several passed at once make one reminder.
- A lead is never said after a shorter one: neither lead times changed later nor a clock that goes back repeat any.
- During quiet hours only what ends within them is said, without a sound; the rest is held until they are over.
- With a fixed hour, everything whose lead time comes before the next fixed hour is said at this one.
- What ended is said once; what ended while the bot was away is folded into the same message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from px6 import Proxy
from services.habits import Habits, last_local, next_local, quiet_until

LOOK_EVERY = timedelta(hours=6)  # what is bought or prolonged on the site is known after at most this time
SOONEST_LOOK = timedelta(seconds=20)
AFTER_END = 0  # the lead of the message after the end
ENDED_IS_NEWS = timedelta(days=7)  # what ended earlier is no news, even after a long downtime
DAY = timedelta(days=1)

Key = tuple[int, datetime]  # a proxy and one end of it
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
    said: Mapping[Key, Collection[int]] = field(default_factory=dict)
    silent: Mapping[Key, datetime | None] = field(default_factory=dict)
    busy: Collection[int] = frozenset()
    covered: Collection[Key] = frozenset()


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
    due = {proxy.id: rows for proxy in wanted if (rows := due_rows(proxy, known, now))}
    if until is not None:
        due = {proxy.id: due[proxy.id] for proxy in wanted if proxy.id in due and now < proxy.ends_at <= until}
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


def is_news(proxy: Proxy, known: Known, now: datetime) -> bool:
    """Whether the end of a proxy is still to be told."""
    key = (proxy.id, proxy.ends_at)
    wanted = known.habits.on and known.habits.after_end and bool(known.habits.leads_of(proxy.comment))
    let_go = key in known.silent and known.silent[key] is None
    return wanted and not let_go and proxy.ends_at > max(known.since, now - ENDED_IS_NEWS)


def due_leads(proxy: Proxy, known: Known, now: datetime) -> list[int]:
    """The leads that one message would say now: those that passed and were not said, if the shortest was not."""
    key = (proxy.id, proxy.ends_at)
    said = known.said.get(key, ())
    if key in known.covered:
        return []
    if key in known.silent:
        later = known.silent[key]
        if later is None or now < later:
            return []
        mark = put_off_mark(later)
        if mark not in said:
            return [mark, *(lead for lead in passed(proxy, known, now) if lead not in said)]
    leads = passed(proxy, known, now)
    fresh = [lead for lead in leads if lead not in said]
    shortest_said = min((lead for lead in said if lead > 0), default=None)
    if not leads or (shortest_said is not None and shortest_said <= min(leads)):
        return []
    return fresh


def put_off_mark(later: datetime) -> int:
    """The lead that stands for "remind me later"."""
    return -int(later.timestamp())


def passed(proxy: Proxy, known: Known, now: datetime) -> list[int]:
    """The leads whose time has come. With a fixed hour: those whose time comes before the next one."""
    reach = now
    if known.habits.hour is not None:
        today = last_local(known.habits.hour, known.zone, now)
        following = next_local(known.habits.hour, known.zone, now)
        done = known.looked_at is not None and known.looked_at >= today
        if done and proxy.ends_at > following:
            return []  # it is said at the next fixed hour
        reach = following
    return [lead for lead in known.habits.leads_of(proxy.comment) if proxy.ends_at - timedelta(seconds=lead) <= reach]


def next_look(proxies: Sequence[Proxy], known: Known, now: datetime, quiet_end: datetime | None) -> datetime:
    """When something may become due, at most six hours from now."""
    moments = [moment for proxy in proxies for moment in moments_of(proxy, known) if moment > now]
    if known.habits.hour is not None:
        moments.append(next_local(known.habits.hour, known.zone, now))
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
        moments += [proxy.ends_at - timedelta(seconds=lead) for lead in leads]
    return [*moments, later] if later is not None else moments


@dataclass(frozen=True)
class Coming:
    """A message that will be sent at `at`, about `count` proxies."""

    at: datetime
    count: int


def coming(proxies: Sequence[Proxy], known: Known, now: datetime, most: int = 5) -> list[Coming]:
    """The next messages, if nothing is prolonged before: played forward from moment to moment."""
    said = {key: set(leads) for key, leads in known.said.items()}
    found: list[Coming] = []
    at = now
    end = now + timedelta(days=LONGEST_AHEAD)
    while len(found) < most and at < end:
        played = Known(
            habits=known.habits,
            zone=known.zone,
            since=known.since,
            looked_at=known.looked_at if at == now else at - SOONEST_LOOK,
            said=said,
            silent=known.silent,
            busy=known.busy,
            covered=known.covered,
        )
        step = plan(proxies, played, at)
        if not step.is_empty:
            found.append(Coming(at, len(step.soon) + len(step.ended)))
            for proxy_id, ends_at, lead in step.rows:
                said.setdefault((proxy_id, ends_at), set()).add(lead)
        at = following_moment(proxies, played, at)
    return found


LONGEST_AHEAD = 61  # days that `coming` plays forward


def following_moment(proxies: Sequence[Proxy], known: Known, at: datetime) -> datetime:
    """The next moment at which a plan can be other than at `at`."""
    far = datetime.max.replace(tzinfo=UTC)
    moments = [m for proxy in proxies for m in moments_of(proxy, known) if m > at]
    quiet = quiet_until(known.habits, known.zone, at)
    if quiet is not None:
        moments.append(quiet)
    if known.habits.hour is not None and moments:
        moments.append(next_local(known.habits.hour, known.zone, at))
    return min(moments, default=far)
