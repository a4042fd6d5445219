"""Rules and what they announce: what a run goes through, and what another task or another rule may not do to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import OrderState
from model.rules import Portion, Rule
from storage import rules
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, a_rule, an_order

END = NOW + 3 * DAY
D = Decimal


def portion(ends: Mapping[int, datetime], price: str = "21.00", run_at: datetime = NOW) -> Portion:
    return Portion(run_at=run_at, ends=ends, prices=dict.fromkeys(ends, D(price)))


async def announce(connection: AsyncConnection, rule_id: int, *portions: Portion, person: int = 1001) -> int | None:
    return await rules.announce(connection, person, rule_id, portions, "RUB", NOW)


async def told(connection: AsyncConnection, rule_id: int, *portions: Portion) -> int:
    """An announcement that was certainly sent."""
    cycle = await announce(connection, rule_id, *portions)
    assert cycle is not None
    await rules.told(connection, cycle, 55)
    return cycle


async def the_rule(connection: AsyncConnection, rule_id: int, person: int = 1001) -> Rule:
    found = await rules.one(connection, person, rule_id)
    assert found is not None
    return found


async def test_an_announcement_makes_a_run_of_each_portion_with_its_own_prices(connection: AsyncConnection) -> None:
    rule_id = await a_rule(connection)
    await told(connection, rule_id, portion({9: END - DAY}))
    await rules.release(connection, 1001)
    cycle = await announce(
        connection, rule_id, portion({1: END, 2: END}), portion({3: END + HOUR}, "7.00", NOW + HOUR)
    )
    assert cycle is not None
    first, second = await rules.of_cycle(connection, 1001, cycle)
    assert (first.id, first.cycle, second.cycle) == (cycle, cycle, cycle)
    assert (first.price, first.ends, first.run_at) == (D("42.00"), {1: END, 2: END}, NOW)
    assert (first.prices, second.prices) == ({1: D("21.00"), 2: D("21.00")}, {3: D("7.00")})
    assert (first.state, first.told_at, first.message_id, first.rule_id) == ("announcing", NOW, None, rule_id)
    assert await rules.announced(connection, 1001) == dict.fromkeys(
        [(1, END), (2, END), (3, END + HOUR)], "announcing"
    )


async def test_an_end_is_announced_once_and_an_announcement_of_nothing_not_at_all(
    connection: AsyncConnection,
) -> None:
    rule_id, other = await a_rule(connection), await a_rule(connection, value="again")
    assert await announce(connection, rule_id, portion({1: END})) is not None
    assert await announce(connection, other, portion({2: END, 1: END})) is None
    assert await announce(connection, other) is None
    assert await announce(connection, other, portion({1: END + SECOND, 2: END})) is not None
    theirs = await a_rule(connection, 1002)
    assert await announce(connection, theirs, portion({1: END}), person=1002) is not None


async def test_an_announcement_is_taken_for_sending_by_one_task_at_a_time(connection: AsyncConnection) -> None:
    cycle = await announce(connection, await a_rule(connection), portion({1: END}))
    assert cycle is not None
    assert not await rules.tell_again(connection, cycle, NOW, NOW - SECOND)
    assert await rules.tell_again(connection, cycle, NOW + HOUR, NOW)
    assert not await rules.tell_again(connection, cycle, NOW + HOUR, NOW)
    assert not await rules.tell_again(connection, cycle + 1, NOW + HOUR, NOW + DAY)
    await rules.not_told(connection, cycle, NOW - DAY)
    assert [run.told_at for run in await rules.open_runs(connection, 1001)] == [NOW - DAY]
    await rules.told(connection, cycle, 55)
    [run] = await rules.open_runs(connection, 1001)
    assert (run.state, run.told_at, run.message_id) == ("announced", None, 55)
    assert not await rules.tell_again(connection, cycle, NOW, NOW)
    await rules.not_told(connection, cycle, NOW)
    assert [run.told_at for run in await rules.open_runs(connection, 1001)] == [None]


async def test_what_is_told_of_one_announcement_changes_no_other(connection: AsyncConnection) -> None:
    rule_id = await a_rule(connection)
    first, second = [await announce(connection, rule_id, portion({one: END})) for one in (1, 2)]
    assert first is not None
    assert second is not None
    await rules.told(connection, second, 55)
    await rules.not_told(connection, first, NOW - DAY)
    runs = {run.cycle: run for run in await rules.open_runs(connection, 1001)}
    assert (runs[first].state, runs[first].told_at) == ("announcing", NOW - DAY)
    assert (runs[second].state, runs[second].told_at) == ("announced", None)
    await rules.told(connection, first, 66)
    assert {run.cycle: run.message_id for run in await rules.open_runs(connection, 1001)} == {first: 66, second: 55}


async def test_what_a_run_cannot_pay_for_becomes_a_run_of_the_same_announcement(connection: AsyncConnection) -> None:
    cycle = await told(connection, await a_rule(connection), portion({1: END, 2: END}), portion({3: END}))
    await rules.put_off(connection, (await rules.of_cycle(connection, 1001, cycle))[0], portion({2: END}, "9.00"))
    runs = await rules.of_cycle(connection, 1001, cycle)
    assert sorted((list(run.ends), run.state, run.message_id, run.cycle) for run in runs) == [
        ([1], "announced", 55, cycle),
        ([2], "announced", 55, cycle),
        ([3], "announced", 55, cycle),
    ]
    assert sorted(run.price for run in runs) == [D("9.00"), D("21.00"), D("42.00")]


async def test_runs_are_told_by_their_time_and_a_later_one_comes_later(connection: AsyncConnection) -> None:
    rule_id = await a_rule(connection)
    cycle = await told(connection, rule_id, portion({1: END}, run_at=NOW + HOUR), portion({2: END}))
    assert [list(run.ends) for run in await rules.open_runs(connection, 1001)] == [[2], [1]]
    await rules.postpone(connection, cycle + 1, NOW + DAY)
    assert [(list(run.ends), run.run_at) for run in await rules.open_runs(connection, 1001)] == [
        ([1], NOW + HOUR),
        ([2], NOW + DAY),
    ]
    other = await told(connection, rule_id, portion({3: END}))
    assert [list(run.ends) for run in await rules.of_cycle(connection, 1001, other)] == [[3]]


@pytest.mark.parametrize(
    ("state", "skipped", "after"),
    [("announcing", 2, "skipped"), ("announced", 2, "skipped"), ("running", 2, "skipped"), ("done", 0, "done"),
     ("skipped", 0, "skipped"), ("dropped", None, "dropped")],
)  # fmt: skip
async def test_skip_takes_what_has_not_paid(
    connection: AsyncConnection, state: str, skipped: int | None, after: str
) -> None:
    rule_id = await a_rule(connection)
    other = await told(connection, rule_id, portion({8: END}))
    cycle = await announce(connection, rule_id, portion({1: END, 2: END}))
    assert cycle is not None
    assert await rules.move_run(connection, cycle, ["announcing"], state)
    assert await rules.skip(connection, 1001, cycle) == skipped
    assert await rules.announced(connection, 1001) == {(8, END): "announced", (1, END): after, (2, END): after}
    assert [run.cycle for run in await rules.open_runs(connection, 1001)].count(other) == 1


async def test_skip_counts_all_waiting_runs_of_its_announcement_and_finds_none_of_another(
    connection: AsyncConnection,
) -> None:
    cycle = await told(connection, await a_rule(connection), portion({1: END, 2: END}), portion({3: END}))
    assert await rules.move_run(connection, cycle + 1, ["announced"], "dropped")
    assert await rules.skip(connection, 1001, cycle + 1) is None
    assert await rules.skip(connection, 1001, cycle) == 2
    assert await rules.open_runs(connection, 1001) == []


async def test_a_run_moves_only_from_the_states_that_the_task_saw(connection: AsyncConnection) -> None:
    cycle = await told(connection, await a_rule(connection), portion({1: END}), portion({2: END}))
    assert not await rules.move_run(connection, cycle, ["announcing"], "running")
    assert await rules.move_run(connection, cycle, ["announcing", "announced"], "running", confirmation_id=None)
    assert not await rules.move_run(connection, cycle, ["announced"], "running")
    assert await rules.announced(connection, 1001) == {(1, END): "running", (2, END): "announced"}


@pytest.mark.parametrize("state", ["announcing", "announced", "running"])
async def test_the_ends_of_a_dropped_run_can_be_announced_again(connection: AsyncConnection, state: str) -> None:
    rule_id = await a_rule(connection)
    cycle = await announce(connection, rule_id, portion({1: END}), portion({2: END}))
    assert cycle is not None
    await rules.move_run(connection, cycle, ["announcing"], state)
    await rules.drop(connection, cycle)
    assert await rules.announced(connection, 1001) == {(2, END): "announcing"}
    assert await announce(connection, rule_id, portion({1: END})) is not None


async def test_what_was_paid_is_not_dropped_and_stays_announced(connection: AsyncConnection) -> None:
    cycle = await told(connection, await a_rule(connection), portion({1: END}))
    await rules.move_run(connection, cycle, ["announced"], "done")
    await rules.drop(connection, cycle)
    assert await rules.announced(connection, 1001) == {(1, END): "done"}


async def test_a_released_rule_drops_what_has_not_paid_and_what_pays_is_neither_skipped_nor_dropped(
    connection: AsyncConnection,
) -> None:
    one, other = await a_rule(connection), await a_rule(connection, value="other")
    paying, running, _ = [await told(connection, one, portion({each: END})) for each in (1, 2, 3)]
    await told(connection, other, portion({4: END}))
    for each in (paying, running):
        await rules.move_run(connection, each, ["announced"], "running")
    assert await rules.begin_paying(connection, paying, await a_confirmation(connection, "by the rule"))
    await rules.release(connection, 1001, one)
    assert await rules.announced(connection, 1001) == {(1, END): "running", (4, END): "announced"}
    assert await rules.skip(connection, 1001, paying) == 0
    await rules.release(connection, 1001)
    assert await rules.announced(connection, 1001) == {(1, END): "running"}
    assert [run.id for run in await rules.open_runs(connection, 1001)] == [paying]


@pytest.mark.parametrize("state", ["announced", "dropped", "skipped", "done", "gone"])
async def test_a_run_that_is_not_under_way_any_more_pays_nothing(connection: AsyncConnection, state: str) -> None:
    rule_id = await a_rule(connection)
    run = await told(connection, rule_id, portion({1: END}))
    confirmation = await a_confirmation(connection, "by the rule")
    if state == "gone":
        await rules.remove(connection, 1001, rule_id)
    else:
        await rules.move_run(connection, run, ["announced"], state)
    assert not await rules.begin_paying(connection, run, confirmation)
    assert await rules.state_of(connection, run) == (None if state == "gone" else state)


async def test_a_run_pays_by_one_payment(connection: AsyncConnection) -> None:
    run, other = [await told(connection, await a_rule(connection), portion({each: END})) for each in (1, 2)]
    for each in (run, other):
        await rules.move_run(connection, each, ["announced"], "running")
    first, second = [await a_confirmation(connection, each) for each in ("first", "second")]
    assert await rules.begin_paying(connection, run, first)
    assert not await rules.begin_paying(connection, run, second)
    paid = {each.id: each.confirmation_id for each in await rules.open_runs(connection, 1001)}
    assert paid == {run: first, other: None}


async def test_stopping_all_says_whether_any_was_on_and_why(connection: AsyncConnection) -> None:
    on, off = await a_rule(connection), await a_rule(connection, on=False, stopped="before")
    await told(connection, on, portion({1: END}))
    assert await rules.stop_all(connection, 1001, "key")
    assert not await rules.stop_all(connection, 1001, "again")
    assert [(one.id, one.on, one.stopped) for one in await rules.of_person(connection, 1001)] == [
        (on, False, "key"),
        (off, False, "before"),
    ]
    assert await rules.announced(connection, 1001) == {}


async def test_a_rule_bound_to_another_currency_loses_its_limits_and_one_that_is_on_is_not_bound(
    connection: AsyncConnection,
) -> None:
    on, off, other = [await a_rule(connection, on=on) for on in (True, False, False)]
    for one in (on, off):
        await rules.bind(connection, await the_rule(connection, one), "8", "RUB")
    bound = await the_rule(connection, off)
    assert (bound.px6_user_id, bound.cap_run, bound.cap_month, bound.floor) == ("8", D("50.00"), D("200.00"), D(10))
    await rules.bind(connection, bound, "9", "USD")
    bound = await the_rule(connection, off)
    assert (bound.px6_user_id, bound.currency, bound.has_limits) == ("9", "USD", False)
    assert [(await the_rule(connection, one)).px6_user_id for one in (on, other)] == ["7", "7"]


async def test_a_change_of_a_rule_says_whether_there_is_one(connection: AsyncConnection) -> None:
    first, second = await a_rule(connection), await a_rule(connection)
    assert await rules.change(connection, 1001, second, hours=5)
    assert not await rules.change(connection, 1001, second + 1, hours=5)
    assert [one.hours for one in await rules.of_person(connection, 1001)] == [12, 5]
    await rules.remove(connection, 1001, first)
    assert [one.id for one in await rules.of_person(connection, 1001)] == [second]


@pytest.mark.parametrize(
    ("changed", "counts"),
    [({}, "21.00"), ({"expected": D("20.00")}, "20.00"), ({"charged": D("19.00"), "expected": D("20.00")}, "19.00"),
     ({"confirmed_at": NOW - SECOND}, "0.00"), ({"confirmed_at": NOW}, "21.00"),
     ({"px6_user_id": "8"}, "0.00"), ({"currency": "USD"}, "0.00"),
     *[({"state": state}, "21.00" if state in ("confirmed", "sending", "unknown", "done", "unclear") else "0.00")
       for state in OrderState]],
)  # fmt: skip
async def test_a_rule_has_spent_what_it_may_have_spent_of_its_account_since(
    connection: AsyncConnection, changed: dict[str, Any], counts: str
) -> None:
    rule_id = await a_rule(connection)
    cycle = await told(connection, rule_id, portion({1: END}))
    confirmed = await a_confirmation(connection, "by the rule")
    await rules.move_run(connection, cycle, ["announced"], "running", confirmation_id=confirmed)
    await an_order(connection, confirmed, **changed)
    await an_order(connection, await a_confirmation(connection, "by hand"))
    assert await rules.spent(connection, await the_rule(connection, rule_id), NOW) == D(counts)
    assert await rules.spent(connection, await the_rule(connection, await a_rule(connection)), NOW) == D("0.00")


async def test_a_run_of_that_very_moment_is_kept_and_an_older_one_forgotten(connection: AsyncConnection) -> None:
    rule_id = await a_rule(connection)
    await told(connection, rule_id, portion({1: END}), portion({2: END}, run_at=NOW - SECOND))
    await rules.forget_older(connection, 1001, NOW)
    assert await rules.announced(connection, 1001) == {(1, END): "announced"}


async def test_proxies_are_left_out_of_one_run_only(connection: AsyncConnection) -> None:
    cycle = await told(connection, await a_rule(connection), portion({1: END, 2: END}), portion({1: END + DAY}))
    await rules.leave_out(connection, cycle, [1])
    assert await rules.announced(connection, 1001) == {(2, END): "announced", (1, END + DAY): "announced"}
