"""What is put off, let go, covered by a rule or under way, and when to look again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from model.schedules import Habits
from px6 import Proxy
from services.reminders.planning import PersonFacts, Plan, plan
from services.reminders.preview import coming_messages
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW, ending

LEADS = Habits(leads=(86400, 10800))


def facts(habits: Habits = LEADS, **more: Any) -> PersonFacts:
    return replace(PersonFacts(habits=habits, zone=ZoneInfo("UTC"), since=NOW - 60 * DAY), **more)


def leads(made: Plan) -> list[int]:
    return [lead for _, _, lead in made.rows]


def mark(moment: datetime) -> int:
    return -int(moment.timestamp())


@pytest.mark.parametrize(
    ("later", "said", "expected"),
    [(None, (), []), (NOW + SECOND, (), []), (NOW, (), [mark(NOW), 86400]),
     (NOW - HOUR, (), [mark(NOW - HOUR), 86400]),
     (NOW, (86400,), [mark(NOW)]), (NOW, (mark(NOW),), [86400]), (NOW, (mark(NOW), 86400), []),
     (NOW, (10800,), [mark(NOW), 86400])],
)  # fmt: skip
def test_what_was_put_off_comes_back_once_whatever_was_said(
    later: datetime | None, said: Sequence[int], expected: list[int]
) -> None:
    one = ending(20 * HOUR)
    key = (one.id, one.ends_at)
    made = plan([one], facts(muted={key: later}, said={key: said}), NOW)
    assert leads(made) == expected
    other_end = plan([one], facts(muted={(1, NOW): later}), NOW)
    assert leads(other_end) == [86400]


@pytest.mark.parametrize(
    ("habits", "comes"),
    [(LEADS, True), (Habits(leads=()), True), (LEADS.with_comment("shop", ()), True), (Habits(on=False), False)],
)
def test_what_was_put_off_comes_whatever_the_lead_times_are_unless_all_are_switched_off(
    habits: Habits, comes: bool
) -> None:
    one = ending(20 * HOUR, comment="shop")
    wanted = facts(without_ends(habits), muted={(one.id, one.ends_at): NOW + HOUR})
    assert plan([one], wanted, NOW).look_at - NOW == (HOUR if comes else 6 * HOUR)
    assert [each.at for each in coming_messages([one], wanted, NOW, most=1)] == [NOW + HOUR] * comes
    assert plan([one], wanted, NOW + HOUR).is_empty is not comes


def without_ends(habits: Habits) -> Habits:
    """The same for who does not want to be told of the end."""
    return msgspec.structs.replace(habits, after_end=False)


def test_nothing_is_said_of_what_a_rule_will_prolong_until_it_has_ended() -> None:
    one, key = ending(20 * HOUR), (1, NOW + 20 * HOUR)
    for muted in ({}, {key: NOW}):
        assert plan([one], facts(covered={key}, muted=muted), NOW).is_empty
    over = ending(timedelta(0))
    assert [proxy.id for proxy in plan([over], facts(covered={(1, NOW)}), NOW).ended] == [1]


@pytest.mark.parametrize(
    ("habits", "said", "news"),
    [(LEADS, (), 1), (LEADS, (0,), 0), (LEADS, (10800,), 1), (Habits(after_end=False), (), 0),
     (Habits(on=False), (), 0),
     (Habits(leads=()), (), 0), (Habits(leads=()).with_comment("shop", (3600,)), (), 1)],
)  # fmt: skip
def test_an_end_is_told_once_to_who_wants_it(habits: Habits, said: Sequence[int], news: int) -> None:
    over = ending(-SECOND, comment="shop")
    key = (over.id, over.ends_at)
    made = plan([over], facts(habits, said={key: said}), NOW)
    assert (len(made.ended), leads(made)) == (news, [0] * news)
    assert plan([over], facts(habits, said={key: said}, muted={key: None}), NOW).is_empty
    assert len(plan([over], facts(habits, said={key: said}, muted={key: NOW}), NOW).ended) == news


def test_what_has_ended_is_told_with_what_ends_soon_and_soonest_first() -> None:
    proxies = [ending(20 * HOUR, 4), ending(-MINUTE, 3), ending(2 * HOUR, 2), ending(-HOUR, 1), ending(5 * DAY, 9)]
    made = plan(proxies, facts(), NOW)
    assert [[proxy.id for proxy in part] for part in (made.ended, made.soon)] == [[1, 3], [2, 4]]
    assert [row[0] for row in made.rows] == [1, 3, 2, 2, 4]
    assert not made.quietly
    twins = plan([ending(HOUR, number) for number in (3, 1, 2)], facts(), NOW)
    assert [proxy.id for proxy in twins.soon] == [1, 2, 3]


def test_a_plan_that_says_the_same_has_the_same_key() -> None:
    one, other = ending(HOUR, 1), ending(HOUR, 2)
    assert plan([one, other], facts(), NOW).key == plan([other, one], facts(), NOW + SECOND).key
    assert plan([one], facts(), NOW).key != plan([other], facts(), NOW).key


def test_what_is_taken_along_has_its_own_leads_too() -> None:
    """The second comes within a quarter of a day's lead; its shorter lead has not come."""
    made = plan([ending(DAY, 1), ending(DAY + 5 * HOUR, 2), ending(2 * HOUR, 3)], facts(), NOW)
    assert made.rows == (
        (3, NOW + 2 * HOUR, 86400),
        (3, NOW + 2 * HOUR, 10800),
        (1, NOW + DAY, 86400),
        (2, NOW + DAY + 5 * HOUR, 86400),
    )
    near = plan([ending(3 * HOUR, 1), ending(3 * HOUR + 45 * MINUTE, 2)], facts(), NOW)
    assert [row for row in near.rows if row[0] == 2] == [
        (2, NOW + 3 * HOUR + 45 * MINUTE, 86400),
        (2, NOW + 3 * HOUR + 45 * MINUTE, 10800),
    ]


def test_neither_what_has_ended_nor_what_is_put_off_takes_others_along() -> None:
    later = ending(DAY + 5 * HOUR, 2)
    assert [proxy.id for proxy in plan([ending(-HOUR, 1), later], facts(), NOW).ended] == [1]
    assert plan([ending(-HOUR, 1), later], facts(), NOW).soon == ()
    key = (1, NOW + 5 * DAY)
    put_off = plan([ending(5 * DAY, 1), later], facts(muted={key: NOW}), NOW)
    assert [proxy.id for proxy in put_off.soon] == [1]
    muted: dict[tuple[int, datetime], datetime | None] = {(2, later.ends_at): None}
    assert [proxy.id for proxy in plan([ending(DAY, 1), later], facts(muted=muted), NOW).soon] == [1]


@pytest.mark.parametrize(
    ("given", "look"),
    [({}, 5 * HOUR), ({"muted": {(1, NOW + DAY + 5 * HOUR): None}}, 6 * HOUR),
     ({"muted": {(1, NOW + DAY + 5 * HOUR): NOW + 2 * HOUR}}, 2 * HOUR),
     ({"said": {(1, NOW + DAY + 5 * HOUR): {86400}}}, 6 * HOUR), ({"busy": {1}}, 6 * HOUR)],
)  # fmt: skip
def test_the_next_look_is_for_what_is_still_to_be_said(given: dict[str, Any], look: timedelta) -> None:
    assert plan([ending(DAY + 5 * HOUR)], facts(**given), NOW).look_at == NOW + look


@pytest.mark.parametrize(
    ("habits", "look"),
    [(Habits(leads=(10800,)), HOUR), (Habits(leads=(10800,), after_end=False), 6 * HOUR),
     (Habits(leads=()), 6 * HOUR),
     (Habits(on=False), 6 * HOUR), (Habits(leads=(10800,), hour=12 * 60 + 30), MINUTE * 30),
     (Habits(leads=(10800,), hour=16 * 60), HOUR)],
)  # fmt: skip
def test_an_end_is_looked_at_by_who_wants_to_know_it(habits: Habits, look: timedelta) -> None:
    said = {(1, NOW + HOUR): {10800}}
    made = plan([ending(HOUR)], facts(habits, said=said, looked_at=NOW - MINUTE), NOW)
    assert made.look_at == NOW + look


@pytest.mark.parametrize(
    ("looked_at", "end", "said"),
    [(NOW - 3 * HOUR - SECOND, 30 * HOUR, True), (NOW - 3 * HOUR, 30 * HOUR, False), (None, 30 * HOUR, True),
     (NOW - 3 * HOUR, 21 * HOUR + SECOND, False), (NOW - 3 * HOUR, 21 * HOUR, True)],
)  # fmt: skip
def test_after_the_fixed_hour_only_that_is_said_which_ends_before_the_next(
    looked_at: datetime | None, end: timedelta, said: bool
) -> None:
    """The fixed hour is nine; it is noon."""
    made = plan([ending(end)], facts(Habits(leads=(86400,), hour=9 * 60), looked_at=looked_at), NOW)
    assert bool(made.soon) is said


def played(proxies: Sequence[Proxy], given: PersonFacts, most: int = 9) -> list[tuple[timedelta, int]]:
    return [(each.at - NOW, each.count) for each in coming_messages(proxies, given, NOW, most)]


def test_the_coming_messages_are_those_that_the_plan_will_bring() -> None:
    proxies = [ending(2 * DAY, 1), ending(3 * DAY, 2), ending(-HOUR, 3), ending(62 * DAY + 1 * HOUR, 4)]
    everything = [
        (timedelta(0), 1), (DAY, 1), (45 * HOUR, 1), (2 * DAY, 2), (69 * HOUR, 1), (3 * DAY, 1),
    ]  # fmt: skip
    assert played(proxies, facts()) == everything
    assert played(proxies, facts(), 2) == everything[:2]
    assert len(coming_messages(proxies, facts(), NOW)) == 3
    assert played([], facts()) == []
    said: dict[Any, Any] = {(1, NOW + 2 * DAY): {86400}}
    assert played(proxies[:1], facts(said=said)) == [(45 * HOUR, 1), (2 * DAY, 1)]
    assert said == {(1, NOW + 2 * DAY): {86400}}, "what is played forward was not said"


def test_quiet_hours_and_the_fixed_hour_are_played_as_well() -> None:
    quiet = Habits(leads=(86400,), quiet_from=11 * 60, quiet_to=15 * 60, after_end=False)
    assert played([ending(DAY + HOUR)], facts(quiet)) == [(3 * HOUR, 1)]
    daily = Habits(leads=(86400,), hour=15 * 60)
    assert played([ending(2 * DAY)], facts(daily, looked_at=NOW)) == [(3 * HOUR, 1), (2 * DAY, 1)]


@pytest.mark.parametrize(("after", "shown"), [(61 * DAY - SECOND, True), (61 * DAY, False)])
def test_what_comes_is_shown_for_two_months(after: timedelta, shown: bool) -> None:
    habits = Habits(leads=(3600,), after_end=False)
    found = coming_messages([ending(after + HOUR)], facts(habits), NOW)
    assert [each.at - NOW for each in found] == ([after] if shown else [])
