"""Times of day as people type them."""

from __future__ import annotations

import pytest

from handlers.reminders.time_of_day import minute_from


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        *(("0:00", 0), ("00:00", 0), ("0", 0), ("23:59", 1439), ("2359", 1439), ("23", 1380), ("9:05", 545)),
        *(("24:00", None), ("24", None), ("2400", None), ("23:60", None), ("0:60", None), ("99", None)),
    ],
)
def test_a_day_has_the_hours_0_to_23_and_the_minutes_0_to_59(typed: str, minute: int | None) -> None:
    assert minute_from(typed) == minute
