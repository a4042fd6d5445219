"""What a rule does at each look: on both sides of the moments, sums and states at which that becomes otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from model.rules import Portion, Run
from services.account.unchanged import AccountChanged
from services.notifications.kinds import (
    Announcement,
    CalledOff,
    Notice,
    NotSent,
    RuleFailed,
    Running,
    Unsure,
)
from services.operators.maintenance import MaintenanceMode
from services.rules.announce import RuleAnnouncer
from storage import orders, rules
from tests.databases import run
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_proxies import NOW
from tests.services.rig import ANNA
from tests.services.rules.rule_rig import RuleRig, announced, dearer, new_rule_rig

D = Decimal


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[RuleRig]:
    async with new_rule_rig(tmp_path) as made:
        yield made


# -- announcing


async def test_an_announcement_names_what_will_be_prolonged_and_what_is_missing(anna: RuleRig) -> None:
    """Three runs within a day; two of the five fit into a run, and other announcements want their money, too."""
    rig = anna.rig
    other = rig.proxy(ends_in=20 * HOUR, country="de")
    await anna.rules.change(ANNA, (await anna.rules.add(ANNA, "country", "de", hours=12, period=30)).id, on=True)
    ends = [DAY, DAY + HOUR, DAY + 2 * HOUR, 2 * DAY, 2 * DAY + SECOND]
    ids = [rig.proxy(ends_in=end, country="us").id for end in ends]
    rule = await anna.rule(cap_run=D(25), floor=D(5), quiet=True)
    rig.account.balance = D("30.00")
    assert await anna.step() == NOW + 8 * HOUR
    (_, first), (said, quietly) = [(notice, quietly) for notice, quietly in anna.news()]
    assert first is False
    assert isinstance(said, Announcement)
    assert (said.rule, [proxy.id for proxy in said.proxies], quietly) == (rule, ids[:4], True)
    assert (said.first, said.last) == (NOW + 12 * HOUR, NOW + 12 * HOUR)
    assert (said.price, said.allowed, said.allowed_price, said.stop) == (D("84.00"), 1, D("21.00"), "cap_run")
    assert (said.missing, said.currency, said.at_most, said.now) == (D("17.00"), "RUB", False, NOW)
    assert other.id not in {proxy.id for proxy in said.proxies}
    runs = [NOW + hours * HOUR for hours in (8, 12, 14, 36)]
    assert anna.runs() == [("announced", at) for at in runs]


async def test_an_announcement_lasts_as_long_as_the_limits_do(anna: RuleRig) -> None:
    for end in (DAY, DAY + 2 * HOUR, DAY + 4 * HOUR):
        anna.rig.proxy(ends_in=end)
    await anna.rule(cap_month=D(42))
    await anna.step()
    [(said, _)] = anna.news()
    assert isinstance(said, Announcement)
    assert (said.allowed, said.first, said.last) == (2, NOW + 12 * HOUR, NOW + 14 * HOUR)
    assert (said.price, said.allowed_price, said.stop, said.missing) == (D("63.00"), D("42.00"), "cap_month", D(0))


@pytest.mark.parametrize(("balance", "missing"), [("20.99", "0.01"), ("21.00", "0")])
async def test_what_is_missing_is_missing_to_the_cent(anna: RuleRig, balance: str, missing: str) -> None:
    anna.rig.proxy(ends_in=DAY)
    anna.rig.account.balance = D(balance)
    await anna.rule()
    await anna.step()
    [(said, quietly)] = anna.news()
    assert isinstance(said, Announcement)
    assert (said.missing, said.stop, quietly) == (D(missing), None, False)


async def test_the_next_look_is_for_the_first_run_or_the_next_announcement(anna: RuleRig) -> None:
    """What ends in 50 hours is said in 26; the run of what ends in 40 is in 28."""
    anna.rig.proxy(ends_in=40 * HOUR)
    anna.rig.proxy(ends_in=50 * HOUR + 13 * HOUR)
    assert await anna.step() is None, "without a rule"
    rule = await anna.rule()
    assert await anna.step() == NOW + 16 * HOUR
    anna.rig.px6.clock.move(16 * HOUR)
    assert await anna.step() == NOW + 28 * HOUR
    assert len(anna.news()) == 1
    await anna.rules.change(ANNA, rule.id, on=False)
    assert await anna.step() is None
    await anna.rules.change(ANNA, rule.id, on=True)
    await anna.reminders.change(ANNA, rules_on=False)
    assert await anna.step() is None


async def test_a_period_that_px6_does_not_sell_stops_the_rule_with_a_sound(anna: RuleRig) -> None:
    for end in (DAY, 30 * HOUR):
        anna.rig.proxy(ends_in=end)
    rule = await anna.rule(period=2, quiet=True)
    assert await anna.step() is None
    [(failed, quietly)] = anna.news()
    assert (failed, quietly) == (RuleFailed(rule, "period", True, 2), False)
    assert ((await anna.again(rule)).on, (await anna.again(rule)).stopped) == (False, "period")
    assert anna.runs() == []


async def test_without_a_price_the_rule_waits_ten_minutes_and_no_other_waits_for_it(anna: RuleRig) -> None:
    anna.rig.proxy(ends_in=DAY, comment="one")
    anna.rig.proxy(ends_in=DAY, version="4", comment="other")
    for comment in ("one", "other"):
        rule = await anna.rules.add(ANNA, "comment", comment, hours=12, period=30)
        await anna.rules.change(ANNA, rule.id, on=True)
    anna.rig.fault("no_before", "getprice")
    assert await anna.step() == NOW + 10 * MINUTE
    [(said, _)] = anna.news()
    assert isinstance(said, Announcement)
    assert [proxy.comment for proxy in said.proxies] == ["other"]


async def test_what_may_not_have_arrived_is_said_after_a_minute_a_quarter_an_hour_and_every_hour(
    anna: RuleRig,
) -> None:
    anna.rig.proxy(ends_in=DAY)
    await anna.rule()
    anna.fails, pauses = Unsure(), []
    for _ in range(5):
        at = await anna.step()
        assert at is not None
        pauses.append(at - anna.now())
        assert [state for state, _ in anna.runs()] == ["announcing"]
        anna.rig.passed += 10  # the harmless call is asked again
        if len(pauses) == 2:
            assert await anna.step() == at, "not before"
        anna.rig.px6.clock.move(pauses[-1])
    assert pauses == [MINUTE, 15 * MINUTE, HOUR, HOUR, HOUR]
    anna.fails = None
    run_at = NOW + 12 * HOUR
    assert await anna.step() == run_at
    assert anna.runs() == [("announced", run_at)]
    assert len(anna.news()) == 1
    assert anna.rules._announcer._tries == {}, "nothing is kept of what has arrived"


async def test_what_is_announced_again_leaves_out_what_is_no_longer_to_be_done_and_leaves_time_for_skip(
    anna: RuleRig,
) -> None:
    """It ends in 18 hours, so the run is in 6; said again 5 minutes before that, it is put off to a quarter hour."""
    rig = anna.rig
    kept, later = rig.proxy(ends_in=18 * HOUR), rig.proxy(ends_in=18 * HOUR + 30 * MINUTE)
    renewed, gone, let_go = (rig.proxy(ends_in=18 * HOUR) for _ in range(3))
    ended = rig.proxy(ends_in=6 * HOUR - 5 * MINUTE)
    await anna.rules.change(ANNA, (await anna.rules.add(ANNA, "ids", [ended.id], hours=1, period=30)).id, on=True)
    await anna.rule()
    anna.fails = Unsure()
    assert await anna.step() == NOW + MINUTE
    rig.px6.prolong_on_site(rig.account.key, [renewed.id], 30)
    del rig.account.proxies[gone.id]
    await anna.reminders.mute(ANNA, {let_go.id: let_go.ends_at}, None)
    anna.fails = None
    rig.px6.clock.move(6 * HOUR - 5 * MINUTE)
    rig.passed += 10
    assert await anna.step() == anna.now() + 15 * MINUTE
    [(said, _)] = anna.news()
    assert isinstance(said, Announcement)
    assert ([proxy.id for proxy in said.proxies], said.price) == ([kept.id, later.id], D("42.00"))
    assert (said.first, said.allowed) == (NOW + 6 * HOUR + 10 * MINUTE, 2)
    assert anna.runs() == [("dropped", NOW + 5 * HOUR - 5 * MINUTE), ("announced", NOW + 6 * HOUR + 10 * MINUTE)]
    async with rig.database.read() as connection:
        assert {one for one, _ in await rules.announced(connection, ANNA)} == {kept.id, later.id}


async def test_of_two_processes_one_says_it_again(anna: RuleRig) -> None:
    """Both have read that it may not have arrived; an announcement of which nobody knows when is said at once."""
    anna.rig.proxy(ends_in=DAY)
    await anna.rule()
    anna.fails = Unsure()
    await anna.step()
    async with anna.rig.database.write() as connection:
        await run(connection, "UPDATE runs SET told_at = NULL")
    anna.fails = None
    anna.rig.passed += 10
    announcer, look = RuleAnnouncer(anna.context), await anna.rule_look()
    async with anna.rig.database.read() as connection:
        runs = await rules.open_runs(connection, ANNA)

    async def other(_: Notice) -> None:
        assert await announcer.again(look, runs) == [NOW + 20 * MINUTE]

    anna.meanwhile = other
    assert await announcer.again(look, runs) == [None]
    assert len(anna.news()) == 1


async def test_what_was_announced_before_counts_towards_the_months_cap_of_its_own_rule_alone(
    anna: RuleRig,
) -> None:
    for comment in ("one", "other"):
        anna.rig.proxy(ends_in=DAY, comment=comment)
    for comment in ("one", "other"):
        made = await anna.rules.add(ANNA, "comment", comment, hours=12, period=30)
        await anna.rules.change(ANNA, made.id, on=True, cap_month=D(42))
    anna.rig.account.balance = D("40.00")
    await anna.step()
    for hours in (20, 22):
        anna.rig.proxy(ends_in=hours * HOUR, comment="one")
    await anna.step()
    *_, (said, _) = anna.news()
    assert isinstance(said, Announcement)
    assert (len(said.proxies), said.allowed, said.stop) == (2, 1, "cap_month")
    assert said.missing == D("23.00"), "three of 21 are wanted, and there are 40"
    await anna.rules.change(ANNA, said.rule.id, cap_run=D(20))
    await anna.step()
    *_, (none, _) = anna.news()
    assert isinstance(none, Announcement)
    assert (none.allowed, none.first, none.last, none.missing) == (0, none.first, none.first, D(0))


async def test_what_is_announced_again_when_nothing_of_it_is_left_is_dropped_without_a_word(
    anna: RuleRig,
) -> None:
    one = anna.rig.proxy(ends_in=DAY)
    await anna.rule()
    anna.fails = Unsure()
    await anna.step()
    anna.rig.px6.prolong_on_site(anna.rig.account.key, [one.id], 30)
    anna.fails = None
    anna.rig.px6.clock.move(MINUTE)
    anna.rig.passed += 10
    await anna.step()
    assert anna.news() == []
    assert anna.runs() == [("dropped", NOW + 12 * HOUR)]


async def test_a_pause_that_telegram_wants_is_kept_and_what_was_announced_is_paid_meanwhile(
    anna: RuleRig,
) -> None:
    await announced(anna)
    anna.rig.px6.clock.move(-HOUR)
    anna.rig.proxy(ends_in=DAY)
    anna.news()
    anna.fails = NotSent(30)
    with pytest.raises(NotSent):
        await anna.step()
    assert anna.runs() == [("announced", NOW + 12 * HOUR), ("announcing", NOW + 23 * HOUR)]
    anna.rig.px6.clock.move(29 * SECOND)
    assert await anna.step() == anna.now() + SECOND
    anna.rig.px6.clock.move(HOUR)
    anna.rig.passed += 10
    with pytest.raises(NotSent):
        await anna.step()
    assert (anna.rig.spends(), anna.news()) == (["prolong"], [])
    anna.fails = None
    anna.rig.passed += 30
    assert await anna.step() == NOW + 23 * HOUR
    assert [type(notice) for notice, _ in anna.news()] == [Announcement]


# -- executing


@pytest.mark.parametrize(("before", "spent"), [(SECOND, 0), (timedelta(0), 1)])
async def test_a_run_is_executed_at_its_very_moment(anna: RuleRig, before: timedelta, spent: int) -> None:
    await announced(anna)
    anna.rig.px6.clock.move(-before)
    at = await anna.step()
    assert len(anna.rig.spends()) == spent
    assert at == (NOW + 12 * HOUR if before else None)
    assert [type(notice) for notice, _ in anna.news()] == [Announcement, *[Running] * spent]


async def test_a_running_rule_says_so_once_and_its_receipt_is_that_message(anna: RuleRig) -> None:
    ids = await announced(anna, 2)
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    await anna.step()
    assert anna.news() == [(Running(rule, 2, D("42.00"), "RUB", False), False)]
    [paid] = anna.rig.told
    assert ([order.ids for order in paid.orders], paid.message_id) == ([tuple(ids)], 501)
    assert anna.rig.rows("SELECT state, confirmation_id FROM runs") == [("done", paid.id)]


@pytest.mark.parametrize(("passed", "state"), [(20 * MINUTE, "running"), (20 * MINUTE + SECOND, "done")])
async def test_a_run_that_was_cut_off_after_its_payment_ends_when_nobody_can_be_at_it_any_more(
    anna: RuleRig, passed: timedelta, state: str
) -> None:
    """Of two proxies one was paid: the other may be announced anew."""
    ids = await announced(anna, 2)
    quote = await anna.rig.orders.quote_prolong(ANNA, ids[:1], [30], source="rule")
    paid = await anna.rig.pay((quote.id, 30))
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        await rules.move_run(
            connection, run.id, ("announced",), "running", run_at=anna.now(), confirmation_id=paid.id
        )
    anna.rig.px6.clock.move(passed)
    at = await anna.step()
    assert anna.runs() == [(state, NOW + 12 * HOUR)]
    async with anna.rig.database.read() as connection:
        held = {one for one, _ in await rules.announced(connection, ANNA)}
    assert held == set(ids if state == "running" else ids[:1])
    assert at == (anna.now() if state == "running" else anna.now() + 10 * MINUTE)
    anna.news()
    anna.rig.px6.clock.move(-MINUTE)
    await anna.step()
    left = [[proxy.id for proxy in said.proxies] for said, _ in anna.news() if isinstance(said, Announcement)]
    assert left == ([] if state == "running" else [ids[1:]])


async def test_what_became_a_run_of_its_own_is_counted_once_where_money_is_missing(anna: RuleRig) -> None:
    later = await anna.rules.add(ANNA, "country", "de", hours=12, period=30)
    await anna.rules.change(ANNA, later.id, on=True)
    ids = [anna.rig.proxy(ends_in=DAY, country="us").id for _ in range(2)]
    await anna.rule()
    await anna.step()
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        rest = Portion(run_at=run.run_at, ends={ids[1]: run.ends[ids[1]]}, prices={ids[1]: D("21.00")})
        await rules.put_off(connection, run, rest)
    anna.news()
    anna.rig.account.balance = D("50.00")
    anna.rig.proxy(ends_in=DAY, country="de")
    await anna.step()
    [said] = [said for said, _ in anna.news() if isinstance(said, Announcement)]
    assert said.missing == D("13.00")


async def a_part_left(anna: RuleRig) -> tuple[Run, list[int]]:
    """Of two announced proxies one became a run of its own, which is due now. Gives the other run, and both."""
    ids = await announced(anna, 2)
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        left = Portion(run_at=anna.now(), ends={ids[1]: run.ends[ids[1]]}, prices={ids[1]: D("21.00")})
        await rules.put_off(connection, run, left)
    anna.news()
    return run, ids


async def paid_ids(anna: RuleRig) -> list[int]:
    return [proxy.id for proxy in await anna.listed() if proxy.ends_at > NOW + DAY]


@pytest.mark.parametrize(
    ("state", "run_at", "comes_again"),
    [("announced", 5 * MINUTE, 5 * MINUTE), ("running", -MINUTE, 19 * MINUTE)],
)
async def test_what_was_left_waits_for_what_it_was_left_of(
    anna: RuleRig, state: str, run_at: timedelta, comes_again: timedelta
) -> None:
    run, _ = await a_part_left(anna)
    async with anna.rig.database.write() as connection:
        await rules.move_run(connection, run.id, ("announced",), state, run_at=anna.now() + run_at)
    assert await anna.step() == anna.now() + comes_again
    assert (anna.rig.spends(), anna.news()) == ([], [])


@pytest.mark.parametrize("state", ["skipped", "dropped", "done", "paying"])
async def test_what_was_left_waits_no_longer_than_until_that_has_paid_or_never_will(
    anna: RuleRig, state: str
) -> None:
    """Also while it is not known how the other payment ends."""
    run, ids = await a_part_left(anna)
    async with anna.rig.database.write() as connection:
        await rules.move_run(connection, run.id, ("announced",), "running" if state == "paying" else state)
    if state == "paying":
        quote = await anna.rig.orders.quote_prolong(ANNA, ids[:1], [30], source="rule")
        assert (await anna.rig.orders.claim(ANNA, quote.id, 30, run=run.id)).won
    await anna.step()
    assert await paid_ids(anna) == ids[1:]


async def test_what_was_left_waits_neither_for_an_empty_run_nor_for_another(anna: RuleRig) -> None:
    sooner = anna.rig.proxy(ends_in=DAY, country="de").id
    first = await anna.rules.add(ANNA, "country", "de", hours=6, period=30)
    await anna.rules.change(ANNA, first.id, on=True)
    later = [anna.rig.proxy(ends_in=DAY + HOUR, country="us").id for _ in range(2)]
    await anna.rule(hours=13)
    anna.rig.px6.clock.move(6 * HOUR)
    await anna.step()
    async with anna.rig.database.write() as connection:
        [run] = [each for each in await rules.open_runs(connection, ANNA) if later[0] in each.ends]
        left = Portion(run_at=anna.now(), ends={later[1]: run.ends[later[1]]}, prices={later[1]: D("21.00")})
        await rules.put_off(connection, run, left)
        await rules.leave_out(connection, run.id, later[:1])
    await anna.step()
    assert [proxy.id for proxy in await anna.listed() if proxy.ends_at > NOW + 2 * DAY] == later[1:]
    states = {state for state, _ in anna.runs()}
    assert "announced" in states, f"the run of {sooner} still waits"


async def test_of_a_payment_in_parts_all_is_named_in_the_order_of_its_ends(anna: RuleRig) -> None:
    """The limit per run lets it pay 25.00 RUB, and the second of them, which costs 5.00, no more fits into that."""
    ids = await announced(anna, 2, cap_run=D(25))
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        sooner = anna.now() - MINUTE
        await rules.put_off(
            connection, run, Portion(run_at=sooner, ends={ids[1]: run.ends[ids[1]]}, prices={ids[1]: D("5.00")})
        )
    anna.news()
    anna.rig.account.balance = D("4.00")
    await anna.step()
    [(said, _)] = anna.news()
    assert isinstance(said, RuleFailed)
    assert (said.left, said.needed, said.allowed, said.capped_by) == (2, D("21.00"), 1, "cap_run")


async def test_a_price_that_rose_stops_what_waits_of_the_same_payment_too_and_says_so(anna: RuleRig) -> None:
    await a_part_left(anna)
    dearer(anna, "0.8")
    await anna.step()
    [(said, _)] = anna.news()
    assert isinstance(said, RuleFailed)
    assert (said.why, said.left, [state for state, _ in anna.runs()]) == ("price", 2, ["dropped", "dropped"])


async def test_a_part_of_which_nothing_is_left_waits_for_nothing(anna: RuleRig) -> None:
    run, ids = await a_part_left(anna)
    async with anna.rig.database.write() as connection:
        [part] = [each for each in await rules.open_runs(connection, ANNA) if each.id != run.id]
        await rules.leave_out(connection, part.id, ids[1:])
        await rules.postpone(connection, run.id, anna.now() + HOUR)
    await anna.step()
    assert [state for state, _ in anna.runs()] == ["announced", "dropped", "announced"], (
        "the last is of what was left out"
    )


async def announces_besides(anna: RuleRig, balance: str) -> Decimal:
    """What a rule for Germany says is missing, for one proxy of 21.00 RUB, beside all that was announced before."""
    anna.news()
    anna.rig.account.balance = D(balance)
    anna.rig.proxy(ends_in=DAY, country="de")
    other = await anna.rules.add(ANNA, "country", "de", hours=12, period=30)
    await anna.rules.change(ANNA, other.id, on=True)
    await anna.step()
    [said] = [said for said, _ in anna.news() if isinstance(said, Announcement)]
    return said.missing


async def test_what_was_announced_before_needs_no_more_than_the_months_limit_lets_it_spend(anna: RuleRig) -> None:
    """Three runs of which two fit."""
    for ends_in in (DAY, DAY + 2 * HOUR, DAY + 4 * HOUR):
        anna.rig.proxy(ends_in=ends_in, country="us")
    rule = await anna.rules.add(ANNA, "country", "us", hours=12, period=30)
    await anna.rules.change(ANNA, rule.id, on=True, cap_month=D(50))
    await anna.step()
    assert len(anna.runs()) == 3
    assert await announces_besides(anna, "62.00") == D("1.00")


async def test_the_parts_of_one_payment_need_no_more_than_its_limit_lets_it_spend(anna: RuleRig) -> None:
    ids = [anna.rig.proxy(ends_in=DAY, country="us").id for _ in range(2)]
    rule = await anna.rules.add(ANNA, "country", "us", hours=12, period=30)
    await anna.rules.change(ANNA, rule.id, on=True, cap_run=D(25))
    await anna.step()
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        left = Portion(run_at=run.run_at - MINUTE, ends={ids[1]: run.ends[ids[1]]}, prices={ids[1]: D("5.00")})
        await rules.put_off(connection, run, left)
    assert await announces_besides(anna, "40.00") == D("2.00")


async def test_what_was_confirmed_and_never_sent_is_announced_anew(anna: RuleRig) -> None:
    """As a process leaves it that dies between the two, and what another finds that takes over."""
    ids = await announced(anna, 2)
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        await rules.move_run(connection, run.id, ("announced",), "running", run_at=anna.now())
    quote = await anna.rig.orders.quote_prolong(ANNA, ids, [30], source="rule")
    claim = await anna.rig.orders.claim(ANNA, quote.id, 30, run=run.id)
    assert claim.won and claim.confirmation is not None
    anna.rig.px6.clock.move(20 * MINUTE + SECOND)
    assert await anna.step() == anna.now() + 10 * MINUTE
    assert anna.rig.states() == ["confirmed"], "somebody may still be at it"
    async with anna.rig.database.write() as connection:
        [order] = claim.confirmation.orders
        await orders.move(connection, order.id, ["confirmed"], {"state": "not_sent"})
    anna.news()
    assert await anna.step() == anna.now() + 10 * MINUTE
    at = await anna.step()
    [said] = [said for said, _ in anna.news() if isinstance(said, Announcement)]
    assert at is not None and sorted(proxy.id for proxy in said.proxies) == sorted(ids), "it may be skipped again"
    anna.rig.px6.clock.move(at - anna.now())
    await anna.step()
    assert anna.rig.states() == ["not_sent", "done"]


async def test_a_run_that_was_cut_off_before_its_payment_is_announced_as_before(anna: RuleRig) -> None:
    await announced(anna)
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        await rules.move_run(connection, run.id, ("announced",), "running", run_at=anna.now())
    anna.rig.px6.clock.move(20 * MINUTE)
    assert await anna.step() == anna.now()
    anna.rig.px6.clock.move(SECOND)
    assert await anna.step() == anna.now()
    assert anna.runs() == [("announced", anna.now())]
    assert anna.rig.spends() == []


@pytest.mark.parametrize(
    ("left", "again", "last"),
    [(90 * MINUTE, HOUR, False), (HOUR + SECOND, HOUR / 2 + SECOND, False), (HOUR, HOUR / 2, True),
     (SECOND, 10 * MINUTE, True)],
)  # fmt: skip
async def test_too_little_money_is_tried_again_after_an_hour_and_before_the_end(
    anna: RuleRig, left: timedelta, again: timedelta, last: bool
) -> None:
    await announced(anna, 2, floor=D("979.01"))
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    anna.rig.px6.clock.move(12 * HOUR - left)
    assert await anna.step() == anna.now() + again
    short = RuleFailed(rule, "money", False, 2, D("42.00"), D("20.99"), "RUB", last)
    assert anna.news() == [(short, False)]
    assert anna.runs() == [("announced", anna.now() + again)]
    anna.rig.px6.clock.move(again)
    await anna.step()
    assert [notice for notice, _ in anna.news()] == (
        [replace(short, last=True)] if not last and left < 2 * HOUR else []
    )
    assert anna.rig.spends() == []


async def test_the_soonest_end_says_when_it_is_tried_again(anna: RuleRig) -> None:
    await announced(anna)
    anna.rig.px6.clock.move(-MINUTE)
    anna.rig.proxy(ends_in=12 * HOUR + 31 * MINUTE)
    [rule] = await anna.rules.of(ANNA)
    await anna.rules.change(ANNA, rule.id, floor=D(990))
    await anna.step()
    anna.rig.px6.clock.move(10 * HOUR + 41 * MINUTE)
    assert await anna.step() == anna.now() + 50 * MINUTE
    assert [state for state, _ in anna.runs()] == ["dropped", "announced"]


async def test_what_the_money_covers_is_paid_and_the_rest_waits_with_its_announced_price(anna: RuleRig) -> None:
    ids = await announced(anna, 3)
    [rule] = await anna.rules.of(ANNA)
    anna.rig.account.balance = D("50.00")
    anna.news()
    assert await anna.step() == anna.now() + HOUR
    assert anna.news() == [
        (Running(rule, 2, D("42.00"), "RUB", False), False),
        (RuleFailed(rule, "money", False, 1, D("21.00"), D("8.00"), "RUB", False), False),
    ]
    assert anna.runs() == [("done", NOW + 12 * HOUR), ("announced", NOW + 13 * HOUR)]
    async with anna.rig.database.read() as connection:
        [run] = await rules.open_runs(connection, ANNA)
    assert (run.prices, list(run.ends.values())) == ({ids[2]: D("21.00")}, [NOW + DAY])
    anna.rig.account.balance = D("21.00")
    anna.rig.px6.clock.move(HOUR)
    await anna.step()
    assert anna.rig.account.balance == D("0.00")


@pytest.mark.parametrize(
    ("cap", "why", "paid", "left", "limit"),
    [({"cap_run": D("20.99")}, "cap_run", 0, 2, "20.99"),
     ({"cap_month": D("41.99")}, "cap_month", 1, 1, "20.99")],
)  # fmt: skip
async def test_a_cap_stops_the_rule_and_names_what_would_be_needed(
    anna: RuleRig, cap: dict[str, Decimal], why: str, paid: int, left: int, limit: str
) -> None:
    await announced(anna, 2, quiet=True, **cap)
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    assert await anna.step() is None
    *running, (failed, quietly) = anna.news()
    assert (len(running), quietly) == (paid, False)
    assert failed == RuleFailed(rule, why, True, left, D("21.00") * left, D(limit), "RUB")
    assert ((await anna.again(rule)).on, (await anna.again(rule)).stopped) == (False, why)
    assert [state for state, _ in anna.runs()] == ["done" if paid else "dropped"]
    async with anna.rig.database.read() as connection:
        assert len(await rules.announced(connection, ANNA)) == paid


async def test_a_price_that_rose_by_a_kopeck_stops_the_rule(anna: RuleRig) -> None:
    """A price of 0.7 a day is 21.00 for 30 days, and one of 0.7004 is 21.01."""
    await announced(anna, 2)
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    dearer(anna, "0.7004")
    assert await anna.step() is None
    assert anna.news() == [(RuleFailed(rule, "price", True, 2, D("42.02"), D("42.00"), "RUB"), False)]
    assert anna.runs() == [("dropped", NOW + 12 * HOUR)]
    assert (await anna.again(rule)).stopped == "price"
    await anna.rules.change(ANNA, rule.id, on=True)
    assert await anna.step() == anna.now() + 15 * MINUTE
    dearer(anna, "0.5")
    anna.rig.px6.clock.move(15 * MINUTE)
    await anna.step()
    assert anna.rig.account.balance == D("970.00"), "a price that fell is paid"


@pytest.mark.parametrize(("quiet", "hours", "in_message"), [(False, None, True), (False, (0, 1439), False)])
async def test_a_price_that_rose_at_the_last_moment_is_said_in_the_message_that_rang_or_with_a_sound(
    anna: RuleRig, quiet: bool, hours: tuple[int, int] | None, in_message: bool
) -> None:
    await announced(anna, quiet=quiet)
    if hours:
        await anna.reminders.change(ANNA, quiet_from=hours[0], quiet_to=hours[1])
    [rule] = await anna.rules.of(ANNA)
    anna.news()

    async def rise(notice: Notice) -> None:
        if isinstance(notice, Running):
            dearer(anna, "0.8")

    anna.meanwhile = rise
    assert await anna.step() is None
    failed = RuleFailed(rule, "price", True, 1, D("24.00"), D("21.00"), "RUB")
    assert anna.rewritten == ([(501, failed)] if in_message else [])
    assert anna.said[0][1] is not in_message
    assert [said for said in anna.news() if said[0] == failed] == ([] if in_message else [(failed, False)])
    assert anna.rig.spends() == []


async def test_a_run_says_nothing_of_an_account_that_is_another_one_by_now(anna: RuleRig) -> None:
    rule, look = await anna.rule(), await anna.rule_look()
    await anna.rig.replaces_key(anna.rig.px6.add_account().key)
    with pytest.raises(AccountChanged):
        await anna.context.say_running(look, Running(rule, 1, D("21.00"), "RUB", False), quietly=False)
    assert anna.said == []


@pytest.mark.parametrize("why", ["busy", "changed", "maintenance", "currency"])
async def test_what_comes_between_the_word_and_the_payment_calls_it_off(anna: RuleRig, why: str) -> None:
    ids = await announced(anna, 2)
    [rule] = await anna.rules.of(ANNA)
    anna.news()

    async def meanwhile(notice: Notice) -> None:
        if not isinstance(notice, Running):
            return
        match why:
            case "busy":
                quote = await anna.rig.orders.quote_prolong(ANNA, ids[:1], [7])
                await anna.rig.orders.claim(ANNA, quote.id, 7)
            case "changed":
                await anna.rules.change(ANNA, rule.id, cap_run=D(500))
            case "maintenance":
                await MaintenanceMode(anna.rig.database, anna.now).switch_on()
            case "currency":
                anna.rig.px6.set_currency(anna.rig.account.key, "USD")

    anna.meanwhile = meanwhile
    at = await anna.step()
    assert at == anna.now() + 10 * MINUTE
    assert anna.rewritten == [(501, CalledOff(rule, why, 2))]
    waits = ("announced", NOW + 12 * HOUR + 10 * MINUTE)
    assert anna.runs() == [waits if why == "maintenance" else ("dropped", NOW + 12 * HOUR)]
    assert anna.rig.spends() == []
