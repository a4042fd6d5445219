"""What follows from a stage of checks: what is checked again, what fell, what is back, and when it is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.watching.health_steps import asked_of, step
from tests.sample_proxies import NOW
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
