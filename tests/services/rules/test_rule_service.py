"""How people change rules, what a rule would do, and which ends need no reminder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import px6
from services.rules.plan import Preview
from services.rules.service import TooManyRules
from tests.databases import run
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS
from tests.services.rules.desk import Desk, announced, new_desk

D = Decimal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with new_desk(tmp_path) as made:
        yield made


async def test_a_person_has_twenty_rules_and_all_of_them_begin_switched_off(desk: Desk) -> None:
    made = [await desk.rules.add(ANNA, "comment", f"{n}", hours=24, period=7) for n in range(20)]
    assert {(rule.on, rule.quiet, rule.floor, rule.stopped) for rule in made} == {(False, False, D("0.00"), None)}
    assert {(rule.px6_user_id, rule.currency, rule.created_at) for rule in made} == {
        (desk.rig.account.user_id, "RUB", NOW)
    }
    with pytest.raises(TooManyRules):
        await desk.rules.add(ANNA, "all", "", hours=12, period=30)
    assert [rule.value for rule in await desk.rules.of(ANNA)] == [f"{n}" for n in range(20)]
    assert await desk.rules.rule(BORIS, made[0].id) is None


async def test_what_a_rule_announced_goes_with_each_change_but_that_of_its_sound(desk: Desk) -> None:
    [rule] = [await desk.rule()]
    desk.rig.proxy(ends_in=DAY)
    await desk.step()
    await desk.rules.change(BORIS, rule.id, hours=24)
    await desk.rules.change(ANNA, rule.id, quiet=True)
    assert desk.runs() == [("announced", NOW + 12 * HOUR)]
    await desk.rules.change(ANNA, rule.id, quiet=False, cap_run=D(50))
    assert desk.runs() == [("dropped", NOW + 12 * HOUR)]


async def test_a_stop_stands_until_the_rule_is_switched_on(desk: Desk) -> None:
    rule = await desk.rule()
    await desk.rules.change(ANNA, rule.id, on=False, stopped="price")
    await desk.rules.change(ANNA, rule.id, hours=24)
    assert (await desk.again(rule)).stopped == "price"
    await desk.rules.change(ANNA, rule.id, on=True)
    assert (await desk.again(rule)).stopped is None


async def test_a_rule_is_switched_on_only_by_its_owner_and_as_it_was_shown(desk: Desk) -> None:
    rule = await desk.rule(on=False, stopped="price")
    for person, rule_id, terms in ((ANNA, rule.id, rule.terms + 1), (ANNA, rule.id + 1, rule.terms),
                                   (BORIS, rule.id, rule.terms)):  # fmt: skip
        assert await desk.rules.switch_on(person, rule_id, terms) is False
    assert not (await desk.again(rule)).on
    assert await desk.rules.switch_on(ANNA, rule.id, rule.terms) is True
    assert ((await desk.again(rule)).on, (await desk.again(rule)).stopped) == (True, None)


async def test_a_rule_that_is_off_is_bound_to_the_account_it_is_shown_with(desk: Desk) -> None:
    account = (await desk.look()).listed
    other = px6.Account(user_id=account.user_id + "1", balance=D(0), currency="USD")
    rule = await desk.rule(cap_run=D(50))
    assert await desk.rules.bound(rule, other) == rule, "it is on"
    await desk.rules.change(ANNA, rule.id, on=False)
    off = await desk.again(rule)
    assert await desk.rules.bound(off, account) == off
    bound = await desk.rules.bound(off, other)
    assert (bound.px6_user_id, bound.currency, bound.cap_run) == (account.user_id + "1", "USD", None)
    assert await desk.again(rule) == bound


CHANGES: dict[str, Callable[[Desk, int, int], Awaitable[object]]] = {
    "change": lambda desk, rule, _: desk.rules.change(ANNA, rule, quiet=True),
    "skip": lambda desk, _, cycle: desk.rules.skip(ANNA, cycle),
    "stop all": lambda desk, *_: desk.rules.switch(ANNA, on=False),
    "resume all": lambda desk, *_: desk.rules.switch(ANNA, on=True),
    "switch off": lambda desk, rule, _: desk.rules.change(ANNA, rule, on=False),
    "remove": lambda desk, rule, _: desk.rules.remove(ANNA, rule),
}


async def test_whatever_a_person_changes_of_a_rule_is_looked_at_with_the_next_sweep(desk: Desk) -> None:
    """What was announced does not happen; an unread change could keep what is due waiting for hours."""
    await announced(desk)
    [rule] = await desk.rules.of(ANNA)
    [(cycle,)] = desk.rig.rows("SELECT cycle FROM runs")
    states = []
    for change in CHANGES.values():
        async with desk.rig.database.write() as connection:
            await run(connection, "UPDATE watches SET next_look_at = next_look_at + 3600000000")
        before = desk.rig.rows("SELECT next_look_at FROM watches")
        await change(desk, rule.id, cycle)
        assert desk.rig.rows("SELECT next_look_at FROM watches") != before
        states.append([state for state, _ in desk.runs()])
    assert states == [["announced"], *[["skipped"]] * 4, []]
    assert await desk.rules.of(ANNA) == []
    off = await desk.rules.add(ANNA, "all", "", hours=12, period=30)
    async with desk.rig.database.write() as connection:
        await run(connection, "UPDATE watches SET next_look_at = 0")
    assert await desk.rules.switch_on(ANNA, off.id, off.terms)
    assert desk.rig.rows("SELECT next_look_at > 0 FROM watches") == [(1,)]


async def test_the_one_switch_drops_what_was_announced_and_remembers_its_position(desk: Desk) -> None:
    await announced(desk)
    for on in (False, True):
        await desk.rules.switch(ANNA, on=on)
        assert (await desk.reminders.habits(ANNA)).rules_on is on
        assert [state for state, _ in desk.runs()] == ["dropped"]


async def test_skip_says_of_how_many_and_nothing_of_what_no_longer_holds(desk: Desk) -> None:
    await announced(desk, 3)
    [(cycle,)] = desk.rig.rows("SELECT cycle FROM runs")
    assert await desk.rules.skip(BORIS, cycle) is None
    assert await desk.rules.skip(ANNA, cycle) == 3
    assert await desk.rules.skip(ANNA, cycle) == 0


# -- what a rule would do


async def preview(desk: Desk, rule_id: int) -> Preview:
    look = await desk.look()
    rule = await desk.rules.rule(ANNA, rule_id)
    assert rule is not None
    return await desk.rules.preview(look.person, rule, look.client, look.listed)


async def test_a_preview_counts_what_an_older_rule_takes_and_what_px6_does_not_renew(desk: Desk) -> None:
    rig = desk.rig
    for _ in range(3):
        rig.proxy(country="de")
    rig.proxy(country="us")
    for _ in range(2):
        rig.proxy(version="5", country="us")
    older = await desk.rules.add(ANNA, "country", "de", hours=12, period=30)
    rule = await desk.rules.add(ANNA, "all", "", hours=12, period=30)
    alone = await preview(desk, rule.id)
    assert ([step.count for step in alone.steps], alone.taken, alone.unpriced) == ([4], 0, 2)
    assert (alone.steps[0].price, alone.at_most, alone.refused) == (D("84.00"), False, False)
    await desk.rules.change(ANNA, older.id, on=True)
    beside = await preview(desk, rule.id)
    assert ([step.count for step in beside.steps], beside.taken, beside.unpriced) == ([1], 3, 2)
    younger = await desk.rules.add(ANNA, "country", "us", hours=12, period=30)
    await desk.rules.change(ANNA, rule.id, on=True)
    nothing = await preview(desk, younger.id)
    assert (nothing.steps, nothing.taken, nothing.unpriced) == ((), 1, 2)


async def test_a_preview_leaves_out_what_was_let_go_skipped_or_has_ended(desk: Desk) -> None:
    rig = desk.rig
    await announced(desk)
    rig.px6.clock.move(-12 * HOUR)
    for end in (timedelta(0), 2 * DAY):
        rig.proxy(ends_in=end)
    let_go, put_off = rig.proxy(ends_in=3 * DAY), rig.proxy(ends_in=3 * DAY)
    rig.proxy(country="us")
    [(cycle,)] = rig.rows("SELECT cycle FROM runs")
    await desk.rules.skip(ANNA, cycle)
    await desk.reminders.silence(ANNA, {let_go.id: let_go.ends_at}, None)
    await desk.reminders.silence(ANNA, {put_off.id: put_off.ends_at}, NOW + DAY)
    rule = await desk.rules.add(ANNA, "country", "ru", hours=12, period=60)
    first = (await desk.rules.of(ANNA))[0]
    await desk.rules.change(ANNA, first.id, on=False)
    shown = await preview(desk, rule.id)
    assert ([step.at for step in shown.steps], shown.taken) == ([NOW + 36 * HOUR, NOW + 60 * HOUR], 0)


async def test_a_period_that_px6_does_not_sell_is_told_by_the_preview(desk: Desk) -> None:
    desk.rig.proxy(ends_in=DAY)
    rule = await desk.rules.add(ANNA, "all", "", hours=12, period=2)
    assert await preview(desk, rule.id) == Preview(refused=True)


# -- which ends need no reminder


@pytest.mark.parametrize(("after", "covered"), [(DAY, False), (DAY + SECOND, True)])
async def test_an_end_needs_no_reminder_while_a_rule_has_yet_to_announce_it(
    desk: Desk, after: timedelta, covered: bool
) -> None:
    """At the moment of the announcement itself it was due, and was not made."""
    one = desk.rig.proxy(ends_in=after)
    desk.rig.proxy(version="5", ends_in=3 * DAY)
    rule = await desk.rule()

    async def ends() -> frozenset[tuple[int, object]]:
        return frozenset(await desk.rules.covered(ANNA, (await desk.look()).listed))

    expected = {(one.id, one.ends_at)} if covered else set()
    assert await ends() == expected
    await desk.step()
    assert await ends() == {(one.id, one.ends_at)}, "announced, or to be announced"
    await desk.rules.switch(ANNA, on=False)
    assert await ends() == set()
    await desk.rules.switch(ANNA, on=True)
    await desk.rules.change(ANNA, rule.id, on=False)
    assert await ends() == set()


async def test_what_was_skipped_needs_its_reminder(desk: Desk) -> None:
    await announced(desk)
    [(cycle,)] = desk.rig.rows("SELECT cycle FROM runs")
    later = desk.rig.proxy(ends_in=9 * DAY)
    await desk.rules.skip(ANNA, cycle)
    assert await desk.rules.covered(ANNA, (await desk.look()).listed) == {(later.id, later.ends_at)}
