"""When quiet hours end and the daily digest comes, in the zone of a person. Pure: no I/O, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from model.schedules import Habits


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
    assert habits.hour is not None  # noqa: S101 - asked for habits with an hour only
    hour = last_local(habits.hour, zone, after)
    while (moment := quiet_until(habits, zone, hour) or hour) <= after:
        hour = next_local(habits.hour, zone, hour)
    return moment


def last_digest(habits: Habits, zone: ZoneInfo, until: datetime) -> datetime:
    """When the daily digest came last, or would have."""
    assert habits.hour is not None  # noqa: S101 - asked for habits with an hour only
    hour = last_local(habits.hour, zone, until)
    while (moment := quiet_until(habits, zone, hour) or hour) > until:
        hour = last_local(habits.hour, zone, hour - timedelta(seconds=1))
    return moment
