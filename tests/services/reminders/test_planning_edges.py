"""What is said when, on both sides of the second at which that becomes otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from model.schedules import Habits
from services.reminders.planning import PersonFacts, plan
from services.reminders.schedule import quiet_until
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW, ending


def facts(habits: Habits | None = None, **more: object) -> PersonFacts:
    made = PersonFacts(habits=habits or Habits(), zone=ZoneInfo("UTC"), since=NOW - 60 * DAY)
    return replace(made, **more)  # type: ignore[arg-type]


QUIET = Habits(quiet_from=12 * 60, quiet_to=20 * 60)


@pytest.mark.parametrize(
    ("end", "told"),
    [(timedelta(0), False), (SECOND, True), (8 * HOUR - SECOND, True), (8 * HOUR, True), (8 * HOUR + SECOND, False)],
)
def test_in_quiet_hours_that_is_said_which_ends_at_their_last_moment_and_nothing_later(
    end: timedelta, told: bool
) -> None:
    made = plan([ending(end)], facts(QUIET), NOW)
    assert (len(made.soon), made.quietly) == (int(told), True)
    assert (len(made.ended), made.look_at <= NOW + 8 * HOUR) == (0, True)


@pytest.mark.parametrize(
    ("after", "until"),
    [(-SECOND, None), (timedelta(0), 8 * HOUR), (8 * HOUR - SECOND, 8 * HOUR), (8 * HOUR, None), (20 * HOUR, None)],
)
def test_quiet_hours_are_from_their_first_moment_to_the_one_before_their_end(
    after: timedelta, until: timedelta | None
) -> None:
    found = quiet_until(QUIET, ZoneInfo("UTC"), NOW + after)
    assert found == (None if until is None else NOW + until)


@pytest.mark.parametrize(
    ("end", "leads"),
    [
        (3 * DAY + SECOND, []),
        (3 * DAY, [259200]),
        (DAY + SECOND, [259200]),
        (DAY, [259200, 86400]),
        (3 * HOUR + SECOND, [259200, 86400]),
        (3 * HOUR, [259200, 86400, 10800]),
        (SECOND, [259200, 86400, 10800]),
    ],
)
def test_a_lead_has_come_at_its_very_moment(end: timedelta, leads: list[int]) -> None:
    made = plan([ending(end)], facts(), NOW)
    assert [lead for _, _, lead in made.rows] == leads


@pytest.mark.parametrize(
    ("said", "leads"),
    [({86400}, []), ({10800}, []), ({259200}, [86400]), ({86401}, [259200, 86400]),
     ({-5}, [259200, 86400]), ({0}, [259200, 86400])],
)  # fmt: skip
def test_after_the_last_lead_that_was_said_none_as_long_comes(said: set[int], leads: list[int]) -> None:
    one = ending(20 * HOUR)
    made = plan([one], facts(said={(one.id, one.ends_at): said}), NOW)
    assert [lead for _, _, lead in made.rows] == leads


@pytest.mark.parametrize(
    ("lead", "further", "along"),
    [(HOUR, 15 * MINUTE, True), (HOUR, 15 * MINUTE + SECOND, False),
     (DAY, 6 * HOUR, True), (DAY, 6 * HOUR + SECOND, False),
     (3 * DAY, 6 * HOUR, True), (3 * DAY, 6 * HOUR + SECOND, False)],
)  # fmt: skip
def test_what_comes_within_a_quarter_of_a_lead_or_six_hours_is_taken_along(
    lead: timedelta, further: timedelta, along: bool
) -> None:
    habits = Habits(leads=(int(lead.total_seconds()),))
    made = plan([ending(lead), ending(lead + further, 2)], facts(habits), NOW)
    assert [proxy.id for proxy in made.soon] == ([1, 2] if along else [1])


@pytest.mark.parametrize(("other", "waits"), [(29 * MINUTE, True), (30 * MINUTE, False)])
def test_an_end_waits_for_those_that_end_within_half_an_hour_of_it(other: timedelta, waits: bool) -> None:
    """One minute after the first end."""
    habits = Habits(leads=(60,))
    made = plan([ending(-MINUTE), ending(other, 2)], facts(habits), NOW)
    assert len(made.ended) == (0 if waits else 1)


@pytest.mark.parametrize(
    ("ago", "since", "news"),
    [(timedelta(0), 60 * DAY, True), (SECOND, SECOND * 2, True), (SECOND, SECOND, False),
     (7 * DAY - SECOND, 60 * DAY, True), (7 * DAY, 60 * DAY, False)],
)  # fmt: skip
def test_an_end_is_news_for_seven_days_if_it_came_since_the_account_is_looked_after(
    ago: timedelta, since: timedelta, news: bool
) -> None:
    made = plan([ending(-ago)], facts(since=NOW - since), NOW)
    assert len(made.ended) == int(news)


@pytest.mark.parametrize(
    ("end", "look"),
    [(3 * DAY + SECOND, 20 * SECOND), (3 * DAY + 21 * SECOND, 21 * SECOND), (3 * DAY + 5 * HOUR, 5 * HOUR),
     (3 * DAY + 6 * HOUR, 6 * HOUR), (3 * DAY + 7 * HOUR, 6 * HOUR), (90 * DAY, 6 * HOUR)],
)  # fmt: skip
def test_the_next_look_is_when_something_comes_due_between_20_seconds_and_6_hours(
    end: timedelta, look: timedelta
) -> None:
    assert plan([ending(end)], facts(), NOW).look_at == NOW + look
    assert plan([], facts(), NOW).look_at == NOW + 6 * HOUR
