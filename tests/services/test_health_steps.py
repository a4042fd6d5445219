"""What follows from a stage of checks: what is checked again, what fell, what is back, and when it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from model.replacing import Failing
from services.watching.health_steps import asked_of, step, watched_of
from tests.sample_proxies import NOW, a_proxy, ending
from tests.sample_watches import a_watch

RUNNING = (1, 2, 3)
EVENING = NOW + timedelta(hours=5)

# Of the watch; what px6 said; until when nothing may be told → stage, suspects, fallen, down, back; fell, back.
STEPS: tuple[tuple[dict[str, Any], dict[int, bool], Any, tuple[Any, ...]], ...] = (
    ({}, {1: True, 2: True, 3: True}, None, (0, [], [], [], [], (), ())),
    ({}, {1: False, 2: True}, None, (1, [1], [], [], [], (), ())),
    ({"stage": 1, "suspects": [1, 2]}, {1: False, 2: True}, None, (2, [1], [], [], [], (), ())),
    ({"stage": 2, "suspects": [1]}, {1: False}, None, (0, [], [], [1], [], (1,), ())),
    ({"stage": 2, "suspects": [1]}, {1: True}, None, (0, [], [], [], [], (), ())),
    ({"stage": 2, "suspects": [1]}, {1: False}, EVENING, (3, [], [1], [], [], (), ())),
    ({"stage": 3, "fallen": [1, 2]}, {1: False, 2: True}, None, (0, [], [], [1], [], (1,), ())),
    ({"down": [1, 2]}, {1: True, 2: False, 3: True}, None, (0, [], [], [2], [], (), (1,))),
    ({"down": [1]}, {1: True, 2: False, 3: True}, None, (1, [2], [], [], [1], (), ())),
    ({"back": [1]}, {1: False, 2: True, 3: True}, None, (0, [], [], [1], [], (), ())),
    ({"down": [9], "fallen": [8]}, {1: True}, None, (0, [], [], [], [], (), ())),
)


@pytest.mark.parametrize(("given", "said", "quiet_end", "expected"), STEPS)
def test_a_stage_leads_to_the_next(
    given: dict[str, Any], said: dict[int, bool], quiet_end: Any, expected: tuple[Any, ...]
) -> None:
    watch = a_watch(minutes=720, began_at=NOW, next_at=NOW + timedelta(hours=11), **given)
    made = step(watch, RUNNING, said, NOW, quiet_end)
    values = made.values
    lists = (values[name] for name in ("suspects", "fallen", "down", "back"))
    assert (values["stage"], *lists, made.fell, made.back) == expected


@pytest.mark.parametrize(("all_listed", "down"), [(True, [1]), (False, [1, 9])])
def test_what_px6_has_not_said_to_be_gone_stays_down_with_its_failures(all_listed: bool, down: list[int]) -> None:
    failures = {one: Failing(5, NOW) for one in (1, 2, 9)}
    watch = a_watch(down=[1, 2, 9], failures=failures)
    values = step(watch, RUNNING, {1: False, 2: True, 3: True}, NOW, None, all_listed=all_listed).values
    assert (values["down"], list(values["failures"])) == (down, down)
    assert [values["failures"][one].count for one in down] == [6, 5][: len(down)]


def test_looks_come_an_interval_after_the_last_one_began_and_never_at_once() -> None:
    began = NOW - timedelta(minutes=20)
    planned = [
        step(a_watch(minutes=minutes, began_at=began), RUNNING, {1: True}, NOW, None).values
        for minutes in (60, 30, 10)
    ]
    assert [each["look_at"] - NOW for each in planned] == [timedelta(minutes=each) for each in (40, 10, 5)]
    failing = step(a_watch(), RUNNING, {1: False}, NOW, None).values
    assert failing["look_at"] == NOW + timedelta(minutes=2)


def test_only_what_runs_is_asked_for() -> None:
    assert asked_of(a_watch(), RUNNING) == [1, 2, 3]
    assert asked_of(a_watch(stage=1, suspects=[2, 9]), RUNNING) == [2]
    assert asked_of(a_watch(stage=3, fallen=[1], back=[3, 9], suspects=[2]), RUNNING) == [1, 3]


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("given", "said", "quiet_end", "stage", "look_in", "next_in", "counts"),
    [
        ({}, {1: False, 2: True, 3: True}, None, 1, 2, 50, (True, 3, 2)),
        ({"stage": 1, "next_at": 40}, {1: False, 2: True}, None, 2, 10, 40, (True, None, 3)),
        ({"stage": 1, "next_at": 40}, {1: True, 2: True}, None, 0, 40, 40, (True, None, 3)),
        ({"stage": 2, "next_at": 30}, {1: False}, None, 0, 30, 30, (True, None, 2)),
        ({"stage": 2, "next_at": 1}, {1: False}, None, 0, 1, 1, (True, None, 2)),
        ({"stage": 2, "next_at": -5}, {1: False}, None, 0, 1, 1, (True, None, 2)),
        ({"stage": 2, "next_at": 30}, {1: False}, 30, 3, 30, 30, (True, None, 2)),
        ({"stage": 2, "next_at": 30}, {1: False}, 31, 0, 30, 30, (True, None, 2)),
        ({"stage": 3, "next_at": 30, "fallen": [1]}, {1: True}, None, 0, 30, 30, (False, None, None)),
    ],
)
def test_each_stage_plans_the_next_one_and_counts_what_works(
    given: dict[str, Any],
    said: dict[int, bool],
    quiet_end: int | None,
    stage: int,
    look_in: int,
    next_in: int,
    counts: tuple[bool, int | None, int | None],
) -> None:
    """All were looked at ten minutes ago: two of three worked. In minutes from now."""
    given = {**given, "next_at": NOW + given.get("next_at", 0) * MINUTE, "suspects": [1, 2]}
    watch = a_watch(began_at=NOW - 10 * MINUTE, checked=3, worked=2, **given)
    values = step(watch, RUNNING, said, NOW, None if quiet_end is None else NOW + quiet_end * MINUTE).values
    planned = (values["stage"], (values["look_at"] - NOW) / MINUTE, (values["next_at"] - NOW) / MINUTE)
    assert (*planned, values["began_at"]) == (stage, look_in, next_in, None)
    assert ("looked_at" in values, values.get("checked"), values.get("worked")) == counts
    assert values.get("looked_at", NOW) == NOW


@pytest.mark.parametrize(("which", "value", "ids"), [("all", "", [2, 3, 4]), ("comment", "shop", [2, 4]),
                                                     ("country", "fr", [3, 4])])  # fmt: skip
def test_a_watch_is_for_what_still_runs(which: Any, value: str, ids: list[int]) -> None:
    proxies = [
        ending(timedelta(0), 1, "shop"),
        ending(timedelta(seconds=1), 2, "shop"),
        a_proxy(3, comment="", country="fr"),
        a_proxy(4, country="fr"),
    ]
    assert [proxy.id for proxy in watched_of(a_watch(which=which, value=value), proxies, NOW)] == ids
