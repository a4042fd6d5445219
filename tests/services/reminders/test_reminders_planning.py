"""When a person is told of what: quiet hours, zones, changes of summer time, fixed hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import pytest

from model.schedules import DAY, HOUR, Habits
from px6 import Proxy
from services.reminders.planning import PersonFacts, plan
from services.reminders.preview import coming_messages
from services.reminders.schedule import last_digest, last_local, next_digest, next_local, quiet_until
from services.reminders.zones import available_places, places_showing
from tests.sample_proxies import a_proxy

NOW = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
H = timedelta(hours=1)


def proxy(ends_at: datetime, number: int = 1, comment: str = "") -> Proxy:
    return a_proxy(number, ends_at=ends_at, comment=comment)


def facts(habits: Habits | None = None, zone: str = "UTC", **more: object) -> PersonFacts:
    made = PersonFacts(habits=habits or Habits(), zone=ZoneInfo(zone), since=NOW - timedelta(days=60))
    return replace(made, **more)  # type: ignore[arg-type]


def quiet(start: int, end: int) -> Habits:
    return Habits(quiet_from=start * 60, quiet_to=end * 60)


def replace_habits(habits: Habits, **more: object) -> Habits:
    return msgspec.structs.replace(habits, **more)


def test_quiet_hours_over_midnight_hold_the_message_until_they_end() -> None:
    night = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)
    made = plan([proxy(night + timedelta(days=1) - H / 2)], facts(quiet(22, 8)), night)
    assert made.is_empty
    assert made.look_at <= datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    morning = plan(
        [proxy(night + timedelta(days=1) - H / 2)], facts(quiet(22, 8)), datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    )
    assert len(morning.soon) == 1
    assert not morning.quietly


def test_what_ends_within_the_quiet_hours_is_said_without_a_sound() -> None:
    night = datetime(2026, 3, 27, 23, 30, tzinfo=UTC)
    made = plan([proxy(night + 3 * H), proxy(night + 20 * H, 2)], facts(quiet(22, 8)), night)
    assert [p.id for p in made.soon] == [1]
    assert made.quietly


def test_quiet_hours_are_those_of_kathmandu_at_five_hours_and_45_minutes() -> None:
    habits, zone = quiet(22, 8), ZoneInfo("Asia/Kathmandu")
    assert quiet_until(habits, zone, datetime(2026, 3, 27, 16, 14, tzinfo=UTC)) is None
    until = quiet_until(habits, zone, datetime(2026, 3, 27, 16, 15, tzinfo=UTC))
    assert until == datetime(2026, 3, 28, 2, 15, tzinfo=UTC)


def test_quiet_hours_are_an_hour_shorter_when_summer_time_begins_within_them() -> None:
    habits, zone = quiet(23, 8), ZoneInfo("Europe/Berlin")  # 29 March 2026: 2:00 becomes 3:00
    until = quiet_until(habits, zone, datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
    assert until == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)


def test_a_time_that_summer_time_leaves_out_still_comes_once_that_day() -> None:
    zone = ZoneInfo("Europe/Berlin")
    found = next_local(2 * 60 + 30, zone, datetime(2026, 3, 28, 20, 0, tzinfo=UTC))
    assert datetime(2026, 3, 29, 0, 0, tzinfo=UTC) < found < datetime(2026, 3, 29, 2, 0, tzinfo=UTC)
    assert next_local(2 * 60 + 30, zone, found) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_a_time_that_occurs_twice_in_autumn_counts_once() -> None:
    zone = ZoneInfo("Europe/Berlin")  # 25 October 2026: 3:00 becomes 2:00
    first = next_local(2 * 60 + 30, zone, datetime(2026, 10, 24, 20, 0, tzinfo=UTC))
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_local(2 * 60 + 30, zone, first) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)
    assert last_local(2 * 60 + 30, zone, first) == first


def test_a_fixed_hour_says_everything_that_comes_before_the_next_one() -> None:
    habits = Habits(hour=9 * 60)
    nine = datetime(2026, 3, 28, 9, 0, tzinfo=UTC)
    tomorrow, far = proxy(nine + timedelta(days=1, hours=5)), proxy(nine + timedelta(days=9), 2)
    made = plan([tomorrow, far], facts(habits, looked_at=nine - H), nine)
    assert [p.id for p in made.soon] == [1]
    assert sorted(lead for _, _, lead in made.rows) == [DAY, 3 * DAY]


def test_between_fixed_hours_nothing_is_said_that_the_next_one_can_say() -> None:
    habits = Habits(hour=9 * 60)
    noon = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    made = plan([proxy(noon + timedelta(days=2))], facts(habits, looked_at=noon - H), noon)
    assert made.is_empty
    urgent = plan([proxy(noon + 5 * H)], facts(habits, looked_at=noon - H), noon)
    assert len(urgent.soon) == 1


def test_a_comment_may_have_lead_times_of_its_own_or_none() -> None:
    habits = Habits().with_comment("calm", ()).with_comment("hasty", (10 * DAY,))
    end = NOW + timedelta(days=9)
    made = plan([proxy(end, 1, "calm"), proxy(end, 2, "hasty"), proxy(end, 3)], facts(habits), NOW)
    assert [p.id for p in made.soon] == [2]


def test_a_lead_is_not_said_after_a_shorter_one() -> None:
    one = proxy(NOW + 20 * H)
    said = {(one.id, one.ends_at): {DAY}}
    assert plan([one], facts(Habits(leads=(2 * DAY,)), said=said), NOW).is_empty
    assert not plan([one], facts(Habits(leads=(22 * HOUR,)), said=said), NOW).is_empty


def test_a_proxy_whose_order_is_open_is_not_spoken_of() -> None:
    assert plan([proxy(NOW + H)], facts(busy={1}), NOW).is_empty


def test_what_ended_before_the_bot_looked_after_the_account_is_no_news() -> None:
    old = proxy(NOW - 2 * H)
    assert plan([old], facts(since=NOW - H), NOW).is_empty
    assert len(plan([old], facts(since=NOW - 3 * H), NOW).ended) == 1


def test_the_coming_messages_are_played_forward() -> None:
    found = coming_messages([proxy(NOW + timedelta(days=5)), proxy(NOW + timedelta(days=5), 2)], facts(), NOW)
    assert [(each.at - NOW, each.count) for each in found] == [
        (timedelta(days=2), 2),
        (timedelta(days=4), 2),
        (timedelta(days=4, hours=21), 2),
    ]


def test_a_fixed_hour_within_the_quiet_hours_comes_when_they_are_over() -> None:
    habits = replace_habits(quiet(23, 9), hour=8 * 60)
    assert habits.digest_minute == 9 * 60
    assert replace_habits(quiet(0, 8), hour=8 * 60).digest_minute == 8 * 60
    eight = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    one = proxy(eight + timedelta(days=1, hours=12))
    at_eight = plan([one], facts(habits, looked_at=eight - H), eight)
    assert at_eight.is_empty
    assert at_eight.look_at == eight + H
    assert len(plan([one], facts(habits, looked_at=eight), eight + H).soon) == 1
    assert plan([one], facts(habits, looked_at=eight + H), eight + 2 * H).is_empty
    shown = coming_messages([one], facts(habits, looked_at=eight - H), eight - H)
    assert [each.at - eight for each in shown] == [H, 25 * H, 36 * H]


def test_quiet_hours_that_end_in_the_hour_that_summer_time_leaves_out_do_not_swallow_the_digest() -> None:
    habits = replace_habits(Habits(quiet_from=22 * 60, quiet_to=150), hour=2 * 60)  # until 2:30, which is not there
    night = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    there = facts(habits, "Europe/Berlin")
    assert next_digest(habits, there.zone, night) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert last_digest(habits, there.zone, night + 8 * H) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_what_was_bought_minutes_apart_makes_one_message_for_each_lead_time_and_two_for_the_ends() -> None:
    ends = [NOW + timedelta(days=3, hours=1, minutes=3 * nth) for nth in range(15)]
    proxies = [proxy(end, nth) for nth, end in enumerate(ends)]
    said: dict[tuple[int, datetime], set[int]] = {}
    counts = []
    for minute in range(4 * 24 * 60):
        made = plan(proxies, facts(said=said), NOW + timedelta(minutes=minute))
        if not made.is_empty:
            counts.append((len(made.soon), len(made.ended)))
        for number, end, lead in made.rows:
            said.setdefault((number, end), set()).add(lead)
    assert counts == [(15, 0), (15, 0), (15, 0), (0, 11), (0, 4)]


def test_only_the_same_lead_time_is_taken_along() -> None:
    habits = Habits(leads=(7 * HOUR, 6 * HOUR))
    one, near, far = proxy(NOW + 7 * H), proxy(NOW + 8 * H, 2), proxy(NOW + 9 * H, 3)
    made = plan([one, near, far], facts(habits), NOW)
    assert made.rows == ((1, one.ends_at, 7 * HOUR), (2, near.ends_at, 7 * HOUR))


def test_an_end_waits_only_for_ends_that_will_be_told() -> None:
    one, let_go, moved = proxy(NOW - H / 60), proxy(NOW + H / 4, 2), proxy(NOW + H / 3, 3)
    muted = {(2, let_go.ends_at): None, (3, moved.ends_at): None}
    assert len(plan([one, let_go, moved], facts(muted=muted), NOW).ended) == 1
    held = plan([one, let_go, moved], facts(Habits(leads=(60,)), muted={(2, let_go.ends_at): None}), NOW)
    assert held.is_empty
    assert held.look_at <= moved.ends_at


@pytest.mark.parametrize(
    ("hour", "minute", "place"),
    [(15, 0, "Europe/Moscow"), (17, 45, "Asia/Kathmandu"), (17, 28, "Asia/Kolkata"), (8, 3, "America/New_York")],
)
def test_a_clock_finds_its_places(hour: int, minute: int, place: str) -> None:
    assert place in places_showing(hour, minute, NOW)


def test_a_time_that_no_clock_shows_finds_nothing() -> None:
    assert places_showing(15, 20, NOW) == []


@pytest.mark.parametrize("month", [1, 4, 7, 10])
def test_every_time_that_a_clock_on_earth_shows_has_a_place(month: int) -> None:
    now = datetime(2026, month, 15, 12, 0, tzinfo=UTC)
    inhabited = [name for name in available_timezones() if "/" in name and not name.startswith("Etc/")]
    assert {now.astimezone(ZoneInfo(name)).utcoffset() for name in inhabited} == {
        now.astimezone(ZoneInfo(name)).utcoffset() for name in available_places()
    }
