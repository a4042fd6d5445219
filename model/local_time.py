"""When a day and a month began where somebody lives. In the hour that is lived twice, at the end of summer time, they
began before its first time, also where that hour is the one after midnight (the Azores, Cuba)."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo


def day_begun(now: datetime, zone: tzinfo) -> datetime:
    """When this day began, in UTC."""
    return _midnight(now.astimezone(zone))


def month_begun(now: datetime, zone: tzinfo) -> datetime:
    """When this calendar month began, in UTC."""
    return _midnight(now.astimezone(zone).replace(day=1))


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
