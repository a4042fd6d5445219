"""When an order is looked for: on both sides of each second of SETTLE_SECONDS, and after a look that failed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from services.ground.elapsed_time import ElapsedTime
from services.orders.look_schedule import LookSchedule
from tests.services.orders.books import SENT, order

BUY = order("buy")


def schedule_at(age: float, watched: float = 0.0) -> tuple[LookSchedule, datetime]:
    """The schedule when an order was sent `age` seconds ago, of which this process has known for `watched`."""
    seconds = 0.0
    elapsed = ElapsedTime(lambda: SENT + timedelta(seconds=age - watched), lambda: seconds)
    schedule = LookSchedule((5.0, 30.0, 120.0, 600.0), 30.0, elapsed)
    schedule.age(BUY)
    seconds = watched
    return schedule, SENT + timedelta(seconds=age)


@pytest.mark.parametrize(
    ("age", "next_look"),
    [(0, 5), (4.9, 5), (5, 30), (29.9, 30), (30, 120), (120, 600), (600, 1800), (1799.9, 1800), (1800, 7200),
     (7199.9, 7200), (7200, None)],
)  # fmt: skip
def test_the_next_look_is_at_the_next_scheduled_second(age: float, next_look: float | None) -> None:
    schedule, now = schedule_at(age)
    assert schedule.next_look(BUY, now) == (None if next_look is None else SENT + timedelta(seconds=next_look))


@pytest.mark.parametrize(("age", "pause"), [(599.9, 0.1), (600, 30), (86_400, 30)])
def test_without_a_verdict_px6_gets_its_time_once_more(age: float, pause: float) -> None:
    schedule, now = schedule_at(age)
    found = schedule.next_look_without_verdict(BUY, now)
    assert found is not None
    assert (found - now).total_seconds() == pytest.approx(pause)
    assert schedule.is_verdict_due(age) is (pause == 30)


@pytest.mark.parametrize(
    ("age", "gone", "pause"),
    [(0, False, 5), (6, False, 5), (28, False, 2), (130, False, 32.5), (240, False, 60), (590, False, 10),
     (900, True, 225), (3600, True, 300), (3600, False, 60), (7200, False, 60)],
)  # fmt: skip
def test_after_a_failed_look_pauses_grow_and_never_pass_the_next_scheduled_one(
    age: float, gone: bool, pause: float
) -> None:
    schedule, now = schedule_at(age)
    assert (schedule.after_failed_look(BUY, now, gone=gone) - now).total_seconds() == pytest.approx(pause)


@pytest.mark.parametrize(("watched", "had"), [(29.9, False), (30.0, True)])
def test_px6_had_its_time_only_when_this_process_has_waited(watched: float, had: bool) -> None:
    schedule, _ = schedule_at(3600, watched)
    assert schedule.px6_had_its_time(BUY) is had


def test_the_age_counts_from_when_it_was_sent_and_nothing_is_planned_beyond_the_horizon() -> None:
    schedule, _ = schedule_at(7)
    assert schedule.age(order("buy", id=6, confirmed_at=SENT - timedelta(hours=1))) == 7
    assert (schedule.first, schedule.horizon) == (timedelta(seconds=5), timedelta(hours=2))
    late = LookSchedule((5.0, 3600.0), 30.0, ElapsedTime(lambda: SENT, lambda: 0.0))
    assert late.horizon == timedelta(hours=12)
