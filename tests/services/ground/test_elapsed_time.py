"""Seconds that really passed, whatever a clock says."""

from __future__ import annotations

from datetime import timedelta

from services.ground.elapsed_time import ElapsedTime
from tests.durations import HOUR, SECOND
from tests.sample_proxies import NOW


class Clocks:
    """The machine's clock, which can be set, and the seconds that pass."""

    def __init__(self) -> None:
        self.now, self.passed = NOW, 100.0
        self.elapsed = ElapsedTime(lambda: self.now, lambda: self.passed)

    def after(self, seconds: float, clock: timedelta) -> None:
        self.passed += seconds
        self.now += clock


def test_the_clock_is_believed_once_and_seconds_are_counted_from_then_on() -> None:
    clocks = Clocks()
    assert clocks.elapsed.seconds_since(1, NOW - 5 * SECOND) == 5.0
    clocks.after(10, HOUR)
    assert clocks.elapsed.seconds_since(1, NOW - 5 * SECOND) == 15.0
    clocks.after(10, -2 * HOUR)
    assert clocks.elapsed.seconds_since(1, NOW - 5 * SECOND) == 25.0
    assert clocks.elapsed.seconds_since(2, NOW) == 0.0, "what seems to come yet has just begun"


def test_one_is_watched_since_it_was_first_asked_for_until_it_is_forgotten() -> None:
    clocks = Clocks()
    assert clocks.elapsed.watched_for(1) == 0.0
    clocks.elapsed.seconds_since(1, NOW - HOUR)
    clocks.after(7, 7 * SECOND)
    clocks.elapsed.seconds_since(2, NOW)
    assert (clocks.elapsed.watched_for(1), clocks.elapsed.watched_for(2)) == (7.0, 0.0)
    clocks.elapsed.forget(1)
    clocks.elapsed.forget(3)
    assert clocks.elapsed.watched_for(1) == 0.0
    assert clocks.elapsed.seconds_since(1, NOW) == 7.0
