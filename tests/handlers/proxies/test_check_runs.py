"""A check of many goes on until it is stopped, nothing is left, or px6 would answer all others alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import px6
from handlers.ground.proxy_buttons import Check
from handlers.proxies.check_results import CheckResult, result_from, run_of
from handlers.proxies.check_run import CheckRun
from handlers.proxies.check_string_run import StringRun
from handlers.proxies.proxy_strings import ProxyString
from tests.sample_proxies import a_proxy

PROXIES = [a_proxy(number) for number in (15, 16, 17, 18)]
STRINGS = [ProxyString("10.0.0.1", port, "login", "password") for port in ("80", "81")]
DOWN, NO_KEY, NO_ADDRESS = px6.Unreachable(), px6.WrongKey(100, ""), px6.WrongAddress(105, "")
BEGAN = Check(ticks="tik")
UNKNOWN_METHOD, IDS_ONLY = px6.WrongMethod(110, ""), px6.WrongIds(230, "")


@pytest.mark.parametrize(
    ("state", "by_id", "by_string"),
    [
        ({}, True, True),
        ({"failures": 2, "error": DOWN}, True, True),
        ({"failures": 3, "error": DOWN}, False, False),
        ({"failures": 1, "error": NO_KEY}, False, False),
        ({"failures": 1, "error": NO_ADDRESS}, False, False),
        ({"failures": 1, "error": UNKNOWN_METHOD}, True, False),
        ({"failures": 1, "error": IDS_ONLY}, True, False),
        ({"stopped": True}, False, False),
    ],
)
def test_another_is_asked_about_only_where_the_answer_can_be_another(
    state: dict[str, Any], by_id: bool, by_string: bool
) -> None:
    assert CheckRun(PROXIES, [], **state).next() == (PROXIES[0] if by_id else None)
    assert StringRun(STRINGS, **state).next() == (STRINGS[0] if by_string else None)


def test_answers_part_the_good_from_the_dead_and_what_was_asked_in_vain_is_left() -> None:
    run = CheckRun(PROXIES, [])
    outcomes: list[px6.Check | px6.Px6Error] = [said(alive=True), DOWN, said(alive=False), px6.NotFound(404, "")]
    failures = []
    for outcome in outcomes:
        proxy = run.next()
        assert proxy is not None
        if isinstance(outcome, px6.Check):
            run.answered(proxy, outcome)
        else:
            run.failed(proxy, outcome)
        failures.append(run.failures)
    assert run.next() is None
    assert failures == [0, 1, 0, 0], "an answer ends a row of failures, and a proxy that is gone is none"
    assert (run.done, run.left, run.unknown) == (3, [16], [18])
    assert result_from(run, BEGAN) == CheckResult((15,), (17,), (16,), BEGAN)


def said(*, alive: bool) -> px6.Check:
    return px6.Check(user_id="7", balance=Decimal(0), currency="RUB", alive=alive)


@pytest.mark.parametrize(
    ("again", "good", "dead", "asked"),
    [((), [15], [16], None), ((17,), [15], [16], 17), ((16,), [15], [], 16), ((15, 16), [], [], 15)],
)
def test_a_result_is_gone_on_with_by_asking_for_these_and_no_others(
    again: tuple[int, ...], good: list[int], dead: list[int], asked: int | None
) -> None:
    """18 was listed since, and 19 is gone."""
    run = run_of(CheckResult((15, 19), (16,), (17,), BEGAN), reversed(PROXIES), again)
    assert [proxy.id for proxy in run.proxies] == [15, 16, 17]
    assert ([proxy.id for proxy in run.good], [proxy.id for proxy in run.dead]) == (good, dead)
    assert run.left == [one for one in (15, 16, 17) if one not in {*good, *dead}]
    following = run.next()
    assert (following and following.id) == asked
