"""What keeps a rule from paying, and what becomes of it then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import px6
from services.notifications.kinds import (
    Announcement,
    Gone,
    NotSent,
    RuleFailed,
    RulesStopped,
    Running,
    Unsure,
)
from services.operators.maintenance import MaintenanceMode
from services.rules.execute import RuleExecutor
from storage import rules
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.px6_events import once_answered
from tests.sample_proxies import NOW
from tests.services.rig import ANNA
from tests.services.rules.rule_rig import RuleRig, announced, dearer, new_rule_rig

D = Decimal


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[RuleRig]:
    async with new_rule_rig(tmp_path) as made:
        yield made


# -- when it is not to be paid


@pytest.mark.parametrize(("left", "said", "why"), [(HOUR + SECOND, False, "maintenance"), (HOUR, True, "unread")])
async def test_in_the_last_hour_it_is_said_once_that_payments_have_to_wait(
    anna: RuleRig, left: timedelta, said: bool, why: str
) -> None:
    await announced(anna, 2)
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    anna.rig.px6.clock.move(12 * HOUR - left)
    if why == "maintenance":
        await MaintenanceMode(anna.rig.database, anna.now).switch_on()
    else:
        anna.rig.fault("no_before", "getprice", times=2)
    waiting = RuleFailed(rule, why, False, 2, last=True)
    assert await anna.step() == anna.now() + 10 * MINUTE
    assert anna.news() == ([(waiting, False)] if said else [])
    assert anna.runs() == [("announced", NOW + 12 * HOUR if why == "maintenance" else anna.now() + 10 * MINUTE)]
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.step()
    assert anna.news() == ([] if said else [(waiting, False)])
    assert anna.rig.spends() == []


async def test_a_period_that_px6_sells_no_longer_stops_the_rule_before_it_pays(anna: RuleRig) -> None:
    await announced(anna, 2)
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    anna.rig.fault("no_before", "getprice", error_id=210)
    assert await anna.step() is None
    assert anna.news() == [(RuleFailed(rule, "period", True, 2), False)]
    assert ((await anna.again(rule)).stopped, [state for state, _ in anna.runs()]) == ("period", ["dropped"])


async def test_a_refused_key_or_address_is_no_matter_of_one_rule(anna: RuleRig) -> None:
    anna.rig.proxy(ends_in=DAY)
    await anna.rule()
    for error_id, error in ((100, px6.WrongKey), (105, px6.WrongAddress)):
        anna.rig.fault("no_before", "getprice", error_id=error_id)
        with pytest.raises(error):
            await anna.step()


async def test_what_was_renewed_or_let_go_elsewhere_is_dropped_and_the_next_look_comes_soon(
    anna: RuleRig,
) -> None:
    one, other = await announced(anna, 2)
    anna.rig.px6.prolong_on_site(anna.rig.account.key, [one], 30)
    await anna.reminders.mute(ANNA, {other: NOW + DAY}, None)
    anna.news()
    assert await anna.step() == anna.now() + 10 * MINUTE
    assert (anna.news(), [state for state, _ in anna.runs()]) == ([], ["dropped"])


async def test_what_is_gone_when_it_is_to_be_quoted_is_dropped_without_a_word(anna: RuleRig) -> None:
    one, _ = await announced(anna, 2)
    anna.news()
    once_answered(anna.rig.px6, "getprice", lambda: anna.rig.account.proxies.pop(one))
    assert await anna.step() == anna.now() + 10 * MINUTE
    assert (anna.news(), [state for state, _ in anna.runs()], anna.rig.spends()) == ([], ["dropped"], [])


async def test_a_currency_that_changes_between_the_two_readings_is_not_paid_in(anna: RuleRig) -> None:
    """42.00 USD are less than 42.00 RUB only as a number."""
    await announced(anna, 2)
    anna.news()
    account = anna.rig.account
    once_answered(anna.rig.px6, "getprice", lambda: anna.rig.px6.set_currency(account.key, "USD"))
    assert await anna.step() == anna.now() + 10 * MINUTE
    assert (anna.news(), anna.rig.spends()) == ([], [])
    assert anna.runs() == [("announced", anna.now() + 10 * MINUTE)]


@pytest.mark.parametrize(
    ("cap", "first", "then", "price", "allowed"),
    [(None, "0.7", "0.8", "48.00", "42.00"), (D(35), "0.5", "0.6", "36.00", "35.00")],
)
async def test_a_price_that_rises_between_the_two_readings_is_not_paid(
    anna: RuleRig, cap: Decimal | None, first: str, then: str, price: str, allowed: str
) -> None:
    """Neither above what was announced nor above what the rule may spend."""
    await announced(anna, 2, cap_run=cap)
    [rule] = await anna.rules.of(ANNA)
    anna.news()
    dearer(anna, first)
    once_answered(anna.rig.px6, "getprice", lambda: dearer(anna, then))
    assert await anna.step() is None
    assert anna.news() == [(RuleFailed(rule, "price", True, 2, D(price), D(allowed), "RUB"), False)]
    assert (anna.rig.spends(), [state for state, _ in anna.runs()]) == ([], ["dropped"])


async def test_what_a_run_that_was_cut_off_has_paid_counts_once_towards_the_months_cap(anna: RuleRig) -> None:
    ids = await announced(anna, cap_month=D(63))
    quote = await anna.rig.orders.quote_prolong(ANNA, ids, [30], source="rule")
    paid = await anna.rig.pay((quote.id, 30))
    async with anna.rig.database.write() as connection:
        [run] = await rules.open_runs(connection, ANNA)
        await rules.move_run(
            connection, run.id, ("announced",), "running", run_at=anna.now(), confirmation_id=paid.id
        )
    for _ in range(2):
        anna.rig.proxy(ends_in=DAY)
    anna.news()
    await anna.step()
    [(said, _)] = anna.news()
    assert isinstance(said, Announcement)
    assert (said.allowed, said.stop, said.allowed_price) == (2, None, D("42.00"))


async def test_a_run_lets_go_of_what_was_renewed_elsewhere_and_is_executed_once(anna: RuleRig) -> None:
    one, other = await announced(anna, 2)
    anna.rig.px6.prolong_on_site(anna.rig.account.key, [one], 30)
    look, executor = await anna.rule_look(), RuleExecutor(anna.context, anna.rig.orders)
    async with anna.rig.database.read() as connection:
        [run] = await rules.open_runs(connection, ANNA)
    assert await executor.execute_run(look, run) is None
    assert await executor.execute_run(look, run) is None, "another process has read the same"
    assert [notice.count for notice, _ in anna.news() if isinstance(notice, Running)] == [1]
    async with anna.rig.database.read() as connection:
        assert list(await rules.announced(connection, ANNA)) == [(other, NOW + DAY)]
    assert anna.runs() == [("done", NOW + 12 * HOUR)]


async def test_what_ends_at_this_very_moment_is_not_paid(anna: RuleRig) -> None:
    await announced(anna)
    anna.rig.px6.clock.move(12 * HOUR)
    await anna.step()
    assert (anna.rig.spends(), [state for state, _ in anna.runs()]) == ([], ["dropped"])


async def test_a_payment_that_px6_refuses_is_said_with_all_that_was_not_prolonged(anna: RuleRig) -> None:
    await announced(anna, 3)
    [rule] = await anna.rules.of(ANNA)
    anna.rig.account.balance = D("42.00")
    anna.news()
    anna.rig.fault("no_before", "prolong", error_id=400)
    assert await anna.step() is None
    assert [notice for notice, _ in anna.news()][1:] == [RuleFailed(rule, "refused", False, 3)]
    assert ([state for state, _ in anna.runs()], anna.rig.states()) == (["done", "done"], ["refused"])
    assert (await anna.again(rule)).on


async def test_what_was_tried_for_this_end_without_a_tap_is_neither_tried_nor_announced_again(anna: RuleRig) -> None:
    """Nor does it keep the other from being prolonged."""
    ids = await announced(anna, 2)
    quote = await anna.rig.orders.quote_prolong(ANNA, ids[:1], [30], source="at_once")
    anna.rig.fault("drop_before", "prolong")
    await anna.rig.pay((quote.id, 30))
    await anna.rig.through(5, 30, 120, 600)
    assert anna.rig.states() == ["not_done"]
    anna.news()
    await anna.step()
    assert [notice.count for notice, _ in anna.news() if isinstance(notice, Running)] == [1]
    paid = "SELECT proxy_id FROM order_proxies JOIN orders ON orders.id = order_id WHERE state = 'done'"
    assert (anna.rig.rows(paid), anna.rewritten) == ([(ids[1],)], [])
    anna.rig.px6.clock.move(10 * MINUTE)
    await anna.step()
    assert (anna.news(), len(anna.rig.spends())) == ([], 1)


async def test_who_is_gone_is_paid_nothing_for(anna: RuleRig) -> None:
    await announced(anna)
    anna.fails = Gone()
    with pytest.raises(Gone):
        await anna.step()
    assert anna.rig.spends() == []


async def test_who_went_while_an_announcement_was_to_be_said_again_is_paid_nothing_for(anna: RuleRig) -> None:
    await announced(anna)
    anna.rig.px6.clock.move(-MINUTE)
    anna.rig.proxy(ends_in=13 * HOUR)
    anna.fails = Unsure()
    await anna.step()
    anna.rig.px6.clock.move(MINUTE)
    anna.rig.passed += 10
    anna.fails = Gone()
    with pytest.raises(Gone):
        await anna.step()
    assert [state for state, _ in anna.runs()] == ["announced", "announcing"]


async def test_while_telegram_takes_nothing_no_price_is_asked_for_and_nothing_is_tried(anna: RuleRig) -> None:
    await announced(anna)
    with suppress(NotSent), anna.line.sending():
        raise NotSent
    anna.fails = NotSent()
    anna.rig.proxy(ends_in=DAY)
    with pytest.raises(NotSent):
        await anna.step()
    assert (anna.rig.spends(), anna.attempts) == (["prolong"], 1)
    asked = len(anna.rig.requests("getprice"))
    with pytest.raises(NotSent):
        await anna.step()
    assert (len(anna.rig.requests("getprice")), anna.attempts) == (asked, 1)


async def test_a_line_that_closes_while_the_price_is_read_is_not_tried(anna: RuleRig) -> None:
    anna.rig.proxy(ends_in=DAY)
    await anna.rule()

    def close() -> None:
        anna.fails = NotSent()
        with suppress(NotSent), anna.line.sending():
            raise NotSent

    once_answered(anna.rig.px6, "getprice", close)
    with pytest.raises(NotSent):
        await anna.step()
    assert (anna.attempts, anna.runs()) == (0, [("announcing", NOW + 12 * HOUR)])


async def test_while_telegram_takes_nothing_an_announcement_that_may_not_have_arrived_is_not_put_off(
    anna: RuleRig,
) -> None:
    anna.rig.proxy(ends_in=DAY)
    await anna.rule()
    anna.fails = Unsure()
    await anna.step()
    anna.rig.px6.clock.move(12 * HOUR)
    anna.fails = NotSent()
    with suppress(NotSent), anna.line.sending():
        raise NotSent
    with pytest.raises(NotSent):
        await anna.step()
    assert (anna.attempts, anna.runs()) == (1, [("announcing", NOW + 12 * HOUR)])


# -- stops


async def test_a_rule_that_stops_takes_all_its_announcements_with_it(anna: RuleRig) -> None:
    await announced(anna)
    anna.rig.proxy(ends_in=DAY - HOUR)
    anna.rig.px6.clock.move(-HOUR)
    await anna.step()
    anna.rig.px6.clock.move(HOUR)
    dearer(anna, "0.8")
    await anna.step()
    assert [state for state, _ in anna.runs()] == ["dropped", "dropped"]


@pytest.mark.parametrize("why", ["account", "currency"])
async def test_rules_of_another_account_or_currency_stop_with_one_message(anna: RuleRig, why: str) -> None:
    await announced(anna)
    rule, off = await anna.rule(), await anna.rule(on=False)
    anna.news()
    account, user_id = anna.rig.account, anna.rig.account.user_id
    if why == "account":
        account = anna.rig.px6.add_account(balance="5.00")
        await anna.rig.replaces_key(account.key)
    else:
        anna.rig.px6.set_currency(account.key, "USD")
    await anna.step()
    currency = None if why == "account" else ("RUB", "USD")
    assert anna.news() == [(RulesStopped(2, account.user_id, currency), False)]
    assert [(each.on, each.stopped) for each in await anna.rules.of(ANNA)] == [(False, why)] * 2 + [(False, None)]
    assert [state for state, _ in anna.runs()] == ["dropped"]
    assert (rule.px6_user_id, off.px6_user_id) == (user_id, user_id)
    stored = await anna.rig.accounts.account(ANNA)
    assert stored is not None
    assert stored.currency == ("RUB" if why == "account" else "USD")
    assert anna.rig.spends() == []
