"""When "later" is: in so many hours, or on the morning of the next day where the person lives."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handlers.reminders.digest import put_off_to


@pytest.mark.parametrize(
    ("hours", "zone", "now", "until"),
    [
        (3, None, "2026-11-30T12:00:00", "2026-11-30T15:00:00"),
        (3, "Asia/Tokyo", "2026-11-30T12:00:00", "2026-11-30T15:00:00"),
        (0, None, "2026-11-30T12:00:00", "2026-12-01T12:00:00"),
        (0, "Asia/Tokyo", "2026-11-30T12:00:00", "2026-12-01T00:00:00"),  # 21:00 there
        (0, "Asia/Tokyo", "2026-11-30T14:59:59", "2026-12-01T00:00:00"),
        (0, "Asia/Tokyo", "2026-11-30T15:00:30", "2026-12-02T00:00:00"),  # half a minute after midnight there
        (0, "Europe/Berlin", "2027-03-27T12:00:00", "2027-03-28T07:00:00"),  # summer time begins in that night
    ],
)
def test_tomorrow_is_nine_o_clock_after_the_next_midnight(hours: int, zone: str | None, now: str, until: str) -> None:
    at, expected = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (now, until))
    assert put_off_to(hours, zone, at) == expected
