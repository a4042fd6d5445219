"""What a person wants to be reminded of, and when: lead times, quiet hours, a fixed hour. Pure: no I/O, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

HOUR = 3600
DAY = 24 * HOUR
MINUTES = 24 * 60  # of a day
DEFAULT_LEADS = (3 * DAY, DAY, 3 * HOUR)
MOST_LEADS = 8
LONGEST_LEAD = 60 * DAY
SHORTEST_LEAD = HOUR // 2


class TooManyLeads(Exception):
    """There are MOST_LEADS of them."""


class CommentLeads(msgspec.Struct, frozen=True):
    """Lead times of their own for the proxies with a comment; none of them: no reminders for it."""

    comment: str
    leads: tuple[int, ...]


class Habits(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person's switches.

    Leads are seconds before the end, longest first. `quiet_from` and `quiet_to` are minutes after local midnight
    (None: no quiet hours; the first may be greater: over midnight). `hour`: a digest at this minute of the day
    instead of at lead times. `low_days`: a warning when the balance does not cover what ends within so many days
    (None: never). `rules_on` is the one switch of all automatic prolonging.
    """

    on: bool = True
    leads: tuple[int, ...] = DEFAULT_LEADS
    by_comment: tuple[CommentLeads, ...] = ()
    quiet_from: int | None = None
    quiet_to: int | None = None
    hour: int | None = None
    after_end: bool = True
    low_days: int | None = 3
    changes: bool = True
    rules_on: bool = True

    @property
    def digest_minute(self) -> int | None:
        """The minute of the day at which the daily digest comes: one within the quiet hours waits for their end."""
        if self.hour is None or self.quiet_from is None or self.quiet_to is None:
            return self.hour
        within = (self.hour - self.quiet_from) % MINUTES < (self.quiet_to - self.quiet_from) % MINUTES
        return self.quiet_to if within else self.hour

    def leads_of(self, comment: str) -> tuple[int, ...]:
        """The lead times for a proxy with this comment; none while nothing is reminded of."""
        return self.leads_kept(comment) if self.on else ()

    def leads_kept(self, comment: str | None) -> tuple[int, ...]:
        """The lead times for a comment, or (None) those without their own, switched on or not."""
        own = next((each.leads for each in self.by_comment if each.comment == comment), None)
        return self.leads if own is None else own

    def with_leads(self, comment: str | None, leads: tuple[int, ...]) -> Habits:
        """The same with these lead times, for a comment or (None) for all others. Raises TooManyLeads."""
        if len(set(leads)) > MOST_LEADS:
            raise TooManyLeads
        if comment is not None:
            return self.with_comment(comment, leads)
        return msgspec.structs.replace(self, leads=ordered(leads))

    def with_lead(self, comment: str | None, lead: int) -> Habits:
        """The same with one lead time more, for a comment or (None) for all others. Raises TooManyLeads."""
        return self.with_leads(comment, (*self.leads_kept(comment), lead))

    def toggled(self, comment: str | None, lead: int) -> Habits:
        """The same with a lead time more, or without it when it is there. Raises TooManyLeads."""
        before = self.leads_kept(comment)
        if lead not in before:
            return self.with_lead(comment, lead)
        return self.with_leads(comment, tuple(each for each in before if each != lead))

    def with_comment(self, comment: str, leads: tuple[int, ...] | None) -> Habits:
        """The same with lead times of its own for a comment; None takes them away."""
        others = tuple(each for each in self.by_comment if each.comment != comment)
        mine = () if leads is None else (CommentLeads(comment, ordered(leads)),)
        return msgspec.structs.replace(self, by_comment=(*others, *mine))


def ordered(leads: tuple[int, ...]) -> tuple[int, ...]:
    """Each lead once, longest first."""
    return tuple(sorted(set(leads), reverse=True))


def zone_of(name: str | None) -> ZoneInfo:
    """The person's zone; UTC while it is unknown."""
    return ZoneInfo(name or "UTC")


def next_local(minute: int, zone: ZoneInfo, after: datetime) -> datetime:
    """The first moment after `after` at which local clocks show this minute of the day, as aware UTC.

    A time that a change to summer time leaves out comes as late as the change; one that occurs twice, the first time.
    """
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone)
        moment = local.astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)


def last_local(minute: int, zone: ZoneInfo, until: datetime) -> datetime:
    """The last moment not after `until` at which local clocks showed this minute of the day."""
    day = until.astimezone(zone).date() + timedelta(days=1)
    while True:
        moment = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)
        if moment <= until:
            return moment
        day -= timedelta(days=1)


def quiet_until(habits: Habits, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that `now` falls into end; None when it falls into none."""
    if habits.quiet_from is None or habits.quiet_to is None or habits.quiet_from == habits.quiet_to:
        return None
    began = last_local(habits.quiet_from, zone, now)
    ended = last_local(habits.quiet_to, zone, now)
    return next_local(habits.quiet_to, zone, now) if began > ended else None


def next_digest(habits: Habits, zone: ZoneInfo, after: datetime) -> datetime:
    """When the daily digest comes next: at its hour, or when the quiet hours end that this falls into."""
    assert habits.hour is not None  # noqa: S101 - whoever asks has looked
    hour = last_local(habits.hour, zone, after)
    while (moment := quiet_until(habits, zone, hour) or hour) <= after:
        hour = next_local(habits.hour, zone, hour)
    return moment


def last_digest(habits: Habits, zone: ZoneInfo, until: datetime) -> datetime:
    """When the daily digest came last, or would have."""
    assert habits.hour is not None  # noqa: S101 - as above
    hour = last_local(habits.hour, zone, until)
    while (moment := quiet_until(habits, zone, hour) or hour) > until:
        hour = last_local(habits.hour, zone, hour - timedelta(seconds=1))
    return moment
