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
from storage import rules
from tests.databases import run
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS
from tests.services.rules.rule_rig import RuleRig, announced, new_rule_rig

D = Decimal


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[RuleRig]:
    async with new_rule_rig(tmp_path) as made:
        yield made


async def test_a_person_has_twenty_rules_and_all_of_them_begin_switched_off(anna: RuleRig) -> None:
    made = [await anna.rules.add(ANNA, "comment", f"{n}", hours=24, period=7) for n in range(20)]
    assert {(rule.on, rule.quiet, rule.floor, rule.stopped) for rule in made} == {(False, False, D("0.00"), None)}
    assert {(rule.px6_user_id, rule.currency, rule.created_at) for rule in made} == {
        (anna.rig.account.user_id, "RUB", NOW)
    }
    with pytest.raises(TooManyRules):
        await anna.rules.add(ANNA, "all", "", hours=12, period=30)
    assert [rule.value for rule in await anna.rules.of(ANNA)] == [f"{n}" for n in range(20)]
    assert await anna.rules.rule(BORIS, made[0].id) is None


async def test_what_a_rule_announced_goes_with_each_change_but_that_of_its_sound(anna: RuleRig) -> None:
    [rule] = [await anna.rule()]
    anna.rig.proxy(ends_in=DAY)
    await anna.step()
    await anna.rules.change(BORIS, rule.id, hours=24)
    await anna.rules.change(ANNA, rule.id, quiet=True)
    assert anna.runs() == [("announced", NOW + 12 * HOUR)]
    await anna.rules.change(ANNA, rule.id, quiet=False, cap_run=D(50))
    assert anna.runs() == [("dropped", NOW + 12 * HOUR)]


async def test_a_stop_stands_until_the_rule_is_switched_on(anna: RuleRig) -> None:
    rule = await anna.rule()
    await anna.rules.change(ANNA, rule.id, on=False, stopped="price")
    await anna.rules.change(ANNA, rule.id, hours=24)
    assert (await anna.again(rule)).stopped == "price"
    await anna.rules.change(ANNA, rule.id, on=True)
    assert (await anna.again(rule)).stopped is None


async def test_a_rule_is_switched_on_only_by_its_owner_and_as_it_was_shown(anna: RuleRig) -> None:
    rule = await anna.rule(on=False, stopped="price")
    for person, rule_id, terms in ((ANNA, rule.id, rule.terms + 1), (ANNA, rule.id + 1, rule.terms),
                                   (BORIS, rule.id, rule.terms)):  # fmt: skip
        assert await anna.rules.switch_on(person, rule_id, terms) is False
    assert not (await anna.again(rule)).on
    assert await anna.rules.switch_on(ANNA, rule.id, rule.terms) is True
    assert ((await anna.again(rule)).on, (await anna.again(rule)).stopped) == (True, None)


async def test_a_rule_that_is_off_is_bound_to_the_account_it_is_shown_with(anna: RuleRig) -> None:
    account = (await anna.look()).listed
    other = px6.Account(user_id=account.user_id + "1", balance=D(0), currency="USD")
    rule = await anna.rule(cap_run=D(50))
    assert await anna.rules.bound(rule, other) == rule, "it is on"
    await anna.rules.change(ANNA, rule.id, on=False)
    off = await anna.again(rule)
    assert await anna.rules.bound(off, account) == off
    bound = await anna.rules.bound(off, other)
    assert (bound.px6_user_id, bound.currency, bound.cap_run) == (account.user_id + "1", "USD", None)
    assert await anna.again(rule) == bound


CHANGES: dict[str, Callable[[RuleRig, int, int], Awaitable[object]]] = {
    "change": lambda anna, rule, _: anna.rules.change(ANNA, rule, quiet=True),
    "skip": lambda anna, _, cycle: anna.rules.skip(ANNA, cycle),
    "stop all": lambda anna, *_: anna.rules.switch(ANNA, on=False),
    "resume all": lambda anna, *_: anna.rules.switch(ANNA, on=True),
    "switch off": lambda anna, rule, _: anna.rules.change(ANNA, rule, on=False),
    "remove": lambda anna, rule, _: anna.rules.remove(ANNA, rule),
}


async def test_whatever_a_person_changes_of_a_rule_is_looked_at_with_the_next_sweep(anna: RuleRig) -> None:
    """What was announced does not happen; an unread change could keep what is due waiting for hours."""
    await announced(anna)
    [rule] = await anna.rules.of(ANNA)
    [(cycle,)] = anna.rig.rows("SELECT cycle FROM runs")
    states = []
    for change in CHANGES.values():
        async with anna.rig.database.write() as connection:
            await run(connection, "UPDATE watches SET next_look_at = next_look_at + 3600000000")
        before = anna.rig.rows("SELECT next_look_at FROM watches")
        await change(anna, rule.id, cycle)
        assert anna.rig.rows("SELECT next_look_at FROM watches") != before
        states.append([state for state, _ in anna.runs()])
    assert states == [["announced"], *[["skipped"]] * 4, []]
    assert await anna.rules.of(ANNA) == []
    off = await anna.rules.add(ANNA, "all", "", hours=12, period=30)
    async with anna.rig.database.write() as connection:
        await run(connection, "UPDATE watches SET next_look_at = 0")
    assert await anna.rules.switch_on(ANNA, off.id, off.terms)
    assert anna.rig.rows("SELECT next_look_at > 0 FROM watches") == [(1,)]


async def test_the_one_switch_drops_what_was_announced_and_remembers_its_position(anna: RuleRig) -> None:
    await announced(anna)
    for on in (False, True):
        await anna.rules.switch(ANNA, on=on)
        assert (await anna.reminders.habits(ANNA)).rules_on is on
        assert [state for state, _ in anna.runs()] == ["dropped"]


async def test_skip_says_of_how_many_and_nothing_of_what_no_longer_holds(anna: RuleRig) -> None:
    await announced(anna, 3)
    [(cycle,)] = anna.rig.rows("SELECT cycle FROM runs")
    assert await anna.rules.skip(BORIS, cycle) is None
    assert await anna.rules.skip(ANNA, cycle) == 3
    assert await anna.rules.skip(ANNA, cycle) == 0


# -- what a rule would do


async def preview(anna: RuleRig, rule_id: int) -> Preview:
    look = await anna.look()
    rule = await anna.rules.rule(ANNA, rule_id)
    assert rule is not None
    return await anna.rules.preview(look.person, rule, look.client, look.listed)


async def test_a_preview_counts_what_an_older_rule_takes_and_what_px6_does_not_renew(anna: RuleRig) -> None:
    rig = anna.rig
    for _ in range(3):
        rig.proxy(country="de")
    rig.proxy(country="us")
    for _ in range(2):
        rig.proxy(version="5", country="us")
    older = await anna.rules.add(ANNA, "country", "de", hours=12, period=30)
    rule = await anna.rules.add(ANNA, "all", "", hours=12, period=30)
    alone = await preview(anna, rule.id)
    assert ([step.count for step in alone.steps], alone.taken, alone.unpriced) == ([4], 0, 2)
    assert (alone.steps[0].price, alone.at_most, alone.refused) == (D("84.00"), False, False)
    await anna.rules.change(ANNA, older.id, on=True)
    beside = await preview(anna, rule.id)
    assert ([step.count for step in beside.steps], beside.taken, beside.unpriced) == ([1], 3, 2)
    younger = await anna.rules.add(ANNA, "country", "us", hours=12, period=30)
    await anna.rules.change(ANNA, rule.id, on=True)
    nothing = await preview(anna, younger.id)
    assert (nothing.steps, nothing.taken, nothing.unpriced) == ((), 1, 2)


async def test_a_preview_leaves_out_what_was_let_go_skipped_or_has_ended(anna: RuleRig) -> None:
    rig = anna.rig
    await announced(anna)
    rig.px6.clock.move(-12 * HOUR)
    for end in (timedelta(0), 2 * DAY):
        rig.proxy(ends_in=end)
    let_go, put_off = rig.proxy(ends_in=3 * DAY), rig.proxy(ends_in=3 * DAY)
    rig.proxy(country="us")
    [(cycle,)] = rig.rows("SELECT cycle FROM runs")
    await anna.rules.skip(ANNA, cycle)
    await anna.reminders.mute(ANNA, {let_go.id: let_go.ends_at}, None)
    await anna.reminders.mute(ANNA, {put_off.id: put_off.ends_at}, NOW + DAY)
    rule = await anna.rules.add(ANNA, "country", "ru", hours=12, period=60)
    first = (await anna.rules.of(ANNA))[0]
    await anna.rules.change(ANNA, first.id, on=False)
    shown = await preview(anna, rule.id)
    assert ([step.at for step in shown.steps], shown.taken) == ([NOW + 36 * HOUR, NOW + 60 * HOUR], 0)


async def test_what_was_tried_before_is_neither_in_the_preview_nor_kept_from_reminders(anna: RuleRig) -> None:
    """No rule will pay for this end: whoever is not reminded of it loses the proxy."""
    tried, other = anna.rig.proxy(ends_in=3 * DAY), anna.rig.proxy(ends_in=3 * DAY)
    rule = await anna.rule()
    before = await preview(anna, rule.id)
    assert [step.count for step in before.steps] == [2]
    quote = await anna.rig.orders.quote_prolong(ANNA, [tried.id], [30], source="at_once")
    anna.rig.fault("drop_before", "prolong")
    await anna.rig.pay((quote.id, 30))
    await anna.rig.through(5, 30, 120, 600)
    assert anna.rig.states() == ["not_done"]
    shown = await preview(anna, rule.id)
    assert [step.count for step in shown.steps] == [1]
    assert await anna.rules.covered(ANNA, (await anna.look()).listed) == {(other.id, other.ends_at)}


async def test_a_period_that_px6_does_not_sell_is_told_by_the_preview(anna: RuleRig) -> None:
    anna.rig.proxy(ends_in=DAY)
    rule = await anna.rules.add(ANNA, "all", "", hours=12, period=2)
    assert await preview(anna, rule.id) == Preview(refused=True)


# -- which ends need no reminder


@pytest.mark.parametrize(("after", "covered"), [(DAY, False), (DAY + SECOND, True)])
async def test_an_end_needs_no_reminder_while_a_rule_has_yet_to_announce_it(
    anna: RuleRig, after: timedelta, covered: bool
) -> None:
    """At the moment of the announcement itself it was due, and was not made."""
    one = anna.rig.proxy(ends_in=after)
    anna.rig.proxy(version="5", ends_in=3 * DAY)
    rule = await anna.rule()

    async def ends() -> frozenset[tuple[int, object]]:
        return frozenset(await anna.rules.covered(ANNA, (await anna.look()).listed))

    expected = {(one.id, one.ends_at)} if covered else set()
    assert await ends() == expected
    await anna.step()
    assert await ends() == {(one.id, one.ends_at)}, "announced, or to be announced"
    await anna.rules.switch(ANNA, on=False)
    assert await ends() == set()
    await anna.rules.switch(ANNA, on=True)
    await anna.rules.change(ANNA, rule.id, on=False)
    assert await ends() == set()


async def test_what_is_being_paid_needs_no_reminder(anna: RuleRig) -> None:
    ids = await announced(anna)
    async with anna.rig.database.write() as connection:
        [mine] = await rules.open_runs(connection, ANNA)
        await rules.move_run(connection, mine.id, ("announced",), "running")
    quote = await anna.rig.orders.quote_prolong(ANNA, ids, [30], source="rule")
    assert (await anna.rig.orders.claim(ANNA, quote.id, 30, run=mine.id)).won
    look = await anna.look()
    assert {one for one, _ in await anna.rules.covered(ANNA, look.listed)} == set(ids)
    assert {one for one, _ in look.facts.covered} == set(ids)


async def test_what_was_skipped_needs_its_reminder(anna: RuleRig) -> None:
    await announced(anna)
    [(cycle,)] = anna.rig.rows("SELECT cycle FROM runs")
    later = anna.rig.proxy(ends_in=9 * DAY)
    await anna.rules.skip(ANNA, cycle)
    assert await anna.rules.covered(ANNA, (await anna.look()).listed) == {(later.id, later.ends_at)}
