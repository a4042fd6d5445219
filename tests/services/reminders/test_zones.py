"""Which time zones fit the time that a person reads on their clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.reminders.zones import places_showing, times_shown


@pytest.mark.parametrize(
    ("now", "typed", "found"),
    [
        ("23:58", (23, 58), True),
        ("23:58", (0, 2), True),  # two minutes before midnight against two after
        ("0:02", (23, 58), True),
        ("23:57", (0, 4), True),
        ("23:57", (0, 5), False),
        ("0:03", (23, 56), True),
        ("0:03", (23, 55), False),
        ("12:00", (12, 7), True),
        ("12:00", (12, 8), False),
        ("12:00", (11, 53), True),
        ("12:00", (11, 52), False),
    ],
)
def test_a_clock_may_be_seven_minutes_wrong_also_over_midnight(now: str, typed: tuple[int, int], found: bool) -> None:
    hour, _, minute = now.partition(":")
    moment = datetime(2026, 11, 23, int(hour), int(minute), tzinfo=UTC)
    assert ("Europe/London" in places_showing(*typed, moment)) is found


def test_each_time_that_clocks_show_stands_once_in_the_order_of_the_day() -> None:
    shown = times_shown(datetime(2026, 1, 15, 23, 10, 59, tzinfo=UTC))
    assert shown == sorted(set(shown))
    there = {"London": (23, 10), "Berlin": (0, 10), "Kathmandu": (4, 55), "New York": (18, 10), "Kolkata": (4, 40)}
    assert set(there.values()) <= set(shown)
    assert {minute for _, minute in shown} == {10, 40, 55}
