"""px6's dates as texts, which are read only where the seconds since 1970 are missing. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

MOSCOW = timezone(timedelta(hours=3))
"""The zone of px6's dates that name none."""

NO_TIME = ("", 0, "0")
"""What PHP sends in place of a missing time."""


def seconds_of(date: object) -> int:
    """Seconds since 1970 of "2016-06-19 16:32:39" or "2016-06-19T16:32:39+03:00". ValueError for anything else."""
    at = datetime.fromisoformat(str(date))
    return int((at if at.tzinfo else at.replace(tzinfo=MOSCOW)).timestamp())
