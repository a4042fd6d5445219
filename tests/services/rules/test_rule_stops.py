"""What keeps a rule from paying, and what becomes of it then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import px6
from services.notifications.kinds import Gone, NotSent, RuleFailed, RulesStopped, Running, Unsure
from services.operators.maintenance import MaintenanceMode
from services.rules.execute import RuleExecutor
from storage import rules
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.px6_events import once_answered
from tests.sample_proxies import NOW
from tests.services.rig import ANNA
from tests.services.rules.desk import Desk, announced, dearer, new_desk

D = Decimal


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with new_desk(tmp_path) as made:
        yield made


# -- when it is not to be paid


@pytest.mark.parametrize(("left", "said", "why"), [(HOUR + SECOND, False, "maintenance"), (HOUR, True, "unread")])
async def test_in_the_last_hour_it_is_said_once_that_payments_have_to_wait(
    desk: Desk, left: timedelta, said: bool, why: str
) -> None:
    await announced(desk, 2)
    [rule] = await desk.rules.of(ANNA)
    desk.news()
    desk.rig.px6.clock.move(12 * HOUR - left)
    if why == "maintenance":
        await MaintenanceMode(desk.rig.database, desk.now).switch_on()
    else:
        desk.rig.fault("no_before", "getprice", times=2)
    waiting = RuleFailed(rule, why, False, 2, last=True)
    assert await desk.step() == desk.now() + 10 * MINUTE
    assert desk.news() == ([(waiting, False)] if said else [])
    assert desk.runs() == [("announced", NOW + 12 * HOUR if why == "maintenance" else desk.now() + 10 * MINUTE)]
    desk.rig.px6.clock.move(10 * MINUTE)
    await desk.step()
    assert desk.news() == ([] if said else [(waiting, False)])
    assert desk.rig.spends() == []


async def test_a_period_that_px6_sells_no_longer_stops_the_rule_before_it_pays(desk: Desk) -> None:
    await announced(desk, 2)
    [rule] = await desk.rules.of(ANNA)
    desk.news()
    desk.rig.fault("no_before", "getprice", error_id=210)
    assert await desk.step() is None
    assert desk.news() == [(RuleFailed(rule, "period", True, 2), False)]
    assert ((await desk.again(rule)).stopped, [state for state, _ in desk.runs()]) == ("period", ["dropped"])


async def test_a_refused_key_or_address_is_no_matter_of_one_rule(desk: Desk) -> None:
    desk.rig.proxy(ends_in=DAY)
    await desk.rule()
    for error_id, error in ((100, px6.WrongKey), (105, px6.WrongAddress)):
        desk.rig.fault("no_before", "getprice", error_id=error_id)
        with pytest.raises(error):
            await desk.step()


async def test_what_was_renewed_or_let_go_elsewhere_is_dropped_and_the_next_look_comes_soon(desk: Desk) -> None:
    one, other = await announced(desk, 2)
    desk.rig.px6.prolong_on_site(desk.rig.account.key, [one], 30)
    await desk.reminders.silence(ANNA, {other: NOW + DAY}, None)
    desk.news()
    assert await desk.step() == desk.now() + 10 * MINUTE
    assert (desk.news(), [state for state, _ in desk.runs()]) == ([], ["dropped"])


async def test_what_is_gone_when_it_is_to_be_quoted_is_dropped_without_a_word(desk: Desk) -> None:
    one, _ = await announced(desk, 2)
    desk.news()
    once_answered(desk.rig.px6, "getprice", lambda: desk.rig.account.proxies.pop(one))
    assert await desk.step() == desk.now() + 10 * MINUTE
    assert (desk.news(), [state for state, _ in desk.runs()], desk.rig.spends()) == ([], ["dropped"], [])


async def test_a_currency_that_changes_between_the_two_readings_is_not_paid_in(desk: Desk) -> None:
    """42.00 USD are less than 42.00 RUB only as a number."""
    await announced(desk, 2)
    desk.news()
    account = desk.rig.account
    once_answered(desk.rig.px6, "getprice", lambda: desk.rig.px6.set_currency(account.key, "USD"))
    assert await desk.step() == desk.now() + 10 * MINUTE
    assert (desk.news(), desk.rig.spends()) == ([], [])
    assert desk.runs() == [("announced", desk.now() + 10 * MINUTE)]


async def test_a_run_lets_go_of_what_was_renewed_elsewhere_and_is_executed_once(desk: Desk) -> None:
    one, other = await announced(desk, 2)
    desk.rig.px6.prolong_on_site(desk.rig.account.key, [one], 30)
    look, executor = await desk.rule_look(), RuleExecutor(desk.context, desk.rig.orders)
    async with desk.rig.database.read() as connection:
        [run] = await rules.open_runs(connection, ANNA)
    assert await executor.execute_run(look, run) is None
    assert await executor.execute_run(look, run) is None, "another process has read the same"
    assert [notice.count for notice, _ in desk.news() if isinstance(notice, Running)] == [1]
    async with desk.rig.database.read() as connection:
        assert list(await rules.announced(connection, ANNA)) == [(other, NOW + DAY)]
    assert desk.runs() == [("done", NOW + 12 * HOUR)]


async def test_what_ends_at_this_very_moment_is_not_paid(desk: Desk) -> None:
    await announced(desk)
    desk.rig.px6.clock.move(12 * HOUR)
    await desk.step()
    assert (desk.rig.spends(), [state for state, _ in desk.runs()]) == ([], ["dropped"])


async def test_a_payment_that_px6_refuses_is_said_with_all_that_was_not_prolonged(desk: Desk) -> None:
    await announced(desk, 3)
    [rule] = await desk.rules.of(ANNA)
    desk.rig.account.balance = D("42.00")
    desk.news()
    desk.rig.fault("no_before", "prolong", error_id=400)
    assert await desk.step() is None
    assert [notice for notice, _ in desk.news()][1:] == [RuleFailed(rule, "refused", False, 3)]
    assert ([state for state, _ in desk.runs()], desk.rig.states()) == (["done"], ["refused"])
    assert (await desk.again(rule)).on


async def test_who_is_gone_is_paid_nothing_for(desk: Desk) -> None:
    await announced(desk)
    desk.fails = Gone()
    with pytest.raises(Gone):
        await desk.step()
    assert desk.rig.spends() == []


async def test_who_went_while_an_announcement_was_to_be_said_again_is_paid_nothing_for(desk: Desk) -> None:
    await announced(desk)
    desk.rig.px6.clock.move(-MINUTE)
    desk.rig.proxy(ends_in=13 * HOUR)
    desk.fails = Unsure()
    await desk.step()
    desk.rig.px6.clock.move(MINUTE)
    desk.rig.passed += 10
    desk.fails = Gone()
    with pytest.raises(Gone):
        await desk.step()
    assert [state for state, _ in desk.runs()] == ["announced", "announcing"]


async def test_while_telegram_takes_nothing_no_price_is_asked_for_and_nothing_is_tried(desk: Desk) -> None:
    await announced(desk)
    with suppress(NotSent), desk.line.sending():
        raise NotSent
    desk.fails = NotSent()
    desk.rig.proxy(ends_in=DAY)
    with pytest.raises(NotSent):
        await desk.step()
    assert (desk.rig.spends(), desk.attempts) == (["prolong"], 1)
    asked = len(desk.rig.requests("getprice"))
    with pytest.raises(NotSent):
        await desk.step()
    assert (len(desk.rig.requests("getprice")), desk.attempts) == (asked, 1)


async def test_a_line_that_closes_while_the_price_is_read_is_not_tried(desk: Desk) -> None:
    desk.rig.proxy(ends_in=DAY)
    await desk.rule()

    def close() -> None:
        desk.fails = NotSent()
        with suppress(NotSent), desk.line.sending():
            raise NotSent

    once_answered(desk.rig.px6, "getprice", close)
    with pytest.raises(NotSent):
        await desk.step()
    assert (desk.attempts, desk.runs()) == (0, [("announcing", NOW + 12 * HOUR)])


# -- stops


async def test_a_rule_that_stops_takes_all_its_announcements_with_it(desk: Desk) -> None:
    await announced(desk)
    desk.rig.proxy(ends_in=DAY - HOUR)
    desk.rig.px6.clock.move(-HOUR)
    await desk.step()
    desk.rig.px6.clock.move(HOUR)
    dearer(desk, "0.8")
    await desk.step()
    assert [state for state, _ in desk.runs()] == ["dropped", "dropped"]


@pytest.mark.parametrize("why", ["account", "currency"])
async def test_rules_of_another_account_or_currency_stop_with_one_message(desk: Desk, why: str) -> None:
    await announced(desk)
    rule, off = await desk.rule(), await desk.rule(on=False)
    desk.news()
    account, user_id = desk.rig.account, desk.rig.account.user_id
    if why == "account":
        account = desk.rig.px6.add_account(balance="5.00")
        await desk.rig.accounts.connect(ANNA, account.key)
    else:
        desk.rig.px6.set_currency(account.key, "USD")
    await desk.step()
    currency = None if why == "account" else ("RUB", "USD")
    assert desk.news() == [(RulesStopped(2, account.user_id, currency), False)]
    assert [(each.on, each.stopped) for each in await desk.rules.of(ANNA)] == [(False, why)] * 2 + [(False, None)]
    assert [state for state, _ in desk.runs()] == ["dropped"]
    assert (rule.px6_user_id, off.px6_user_id) == (user_id, user_id)
    stored = await desk.rig.accounts.account(ANNA)
    assert stored is not None
    assert stored.currency == ("RUB" if why == "account" else "USD")
    assert desk.rig.spends() == []
