"""What became of a call without an answer is found out by looking, and nothing is claimed that may be false."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.px6 import Purchase
from services.orders import OrderState
from tests.profiles import PROFILE
from tests.services.rig import ANNA, Rig, new_rig

# One of each sort; tests/faults has every one.
BEFORE = ("silent_before", "drop_before", "500_before")
AFTER = ("silent_after", "drop_after", "broken_json_after")
LOOKS = (5, 30, 120, 600)


@pytest.fixture
async def rig(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    """In the profile of px6 that a test asks for."""
    async with new_rig(tmp_path, getattr(request, "param", PROFILE)) as made:
        yield made


both_profiles = pytest.mark.parametrize("rig", ["current", "classic"], indirect=True)


async def confirmed(rig: Rig, method: str) -> tuple[str, int]:
    """A quote for a call of this method."""
    return await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id, rig.proxy().id]))


@both_profiles
@pytest.mark.parametrize("method", ["buy", "prolong"])
@pytest.mark.parametrize("fault", AFTER)
async def test_a_lost_answer_is_found_by_the_first_look(rig: Rig, method: str, fault: str) -> None:
    quoted = await confirmed(rig, method)
    rig.fault(fault, method)
    (order,) = (await rig.pay(quoted)).orders
    assert order.state is OrderState.UNKNOWN
    await rig.through(5)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.charged) == (OrderState.DONE, order.quoted)
    assert {proxy.id: proxy.end_after for proxy in order.proxies} == {
        one: rig.account.proxies[one].ends_at for one in order.ids
    }
    assert rig.said() == [(OrderState.UNKNOWN,), (OrderState.DONE,)]
    assert rig.told[-1].late
    assert rig.spends() == [method]
    assert len(rig.requests(method)) == 1
    await rig.after(minutes=1)
    if method == "buy":
        assert {proxy.comment for proxy in rig.account.proxies.values()} == {"shop"}


@both_profiles
@pytest.mark.parametrize("method", ["buy", "prolong"])
@pytest.mark.parametrize("fault", BEFORE)
async def test_a_lost_call_is_not_done_after_the_last_look(rig: Rig, method: str, fault: str) -> None:
    quoted = await confirmed(rig, method)
    rig.fault(fault, method)
    await rig.pay(quoted)
    await rig.through(*LOOKS[:-1])
    assert rig.states() == ["unknown"]
    await rig.through(LOOKS[-1] - LOOKS[-2])
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.charged) == (
        OrderState.NOT_DONE,
        None,
    )  # a look that a busy px6 refused does not count
    assert rig.said() == [(OrderState.UNKNOWN,), (OrderState.NOT_DONE,)]
    assert rig.spends() == []
    assert len(rig.requests(method)) == 1
    await rig.through(1800, 7200)
    assert rig.said() == [(OrderState.UNKNOWN,), (OrderState.NOT_DONE,)]
    assert rig.rows("SELECT due_at FROM orders") == [(None,)]


async def test_while_px6_cannot_be_read_the_order_stays_unknown_and_says_why(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(quoted)
    rig.fault("500_before", "getproxy", times=None)
    await rig.after(hours=1)
    assert rig.states() == ["unknown"]
    assert rig.told[-1].orders[0].looking_error == "NoAnswer"
    rig.px6.clear_faults()
    await rig.after(minutes=2)
    assert rig.states() == ["not_done"]


async def test_with_a_refused_key_it_stays_unknown_until_there_is_a_new_one(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    new_key = rig.px6.new_key(rig.account.key)
    await rig.through(5, 30, 120, 600, 3600)
    assert rig.states() == ["unknown"]
    assert [each.orders[0].looking_error for each in rig.told] == [None, "WrongKey"]
    await rig.accounts.connect(ANNA, new_key)
    await rig.orders.settle_due()
    assert rig.states() == ["done"]


async def test_an_order_is_never_settled_in_another_account(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    old_key = rig.account.key
    await rig.replaces_key(rig.px6.add_account().key)
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["unclear"]
    assert rig.told[-1].orders[0].looking_error == "OtherAccount"
    await rig.replaces_key(old_key)
    await rig.orders.settle_due()
    assert rig.states() == ["done"]


async def test_after_a_downtime_it_is_not_done_once_px6_had_time_to_do_it(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(quoted)
    rig.px6.clock.move(timedelta(hours=5))  # nobody knows how long that really was
    await rig.restart()
    await rig.orders.settle_due()
    assert rig.states() == ["unknown"]
    await rig.after(seconds=31)
    assert rig.states() == ["not_done"]


async def test_a_clock_set_forward_does_not_turn_into_not_done(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("late", "buy")
    await rig.pay(quoted)
    rig.px6.clock.move(timedelta(hours=1))  # a second has passed
    await rig.orders.settle_due()
    assert rig.said() == [(OrderState.UNKNOWN,)]
    rig.px6.process_late()
    await rig.after(seconds=31)
    assert rig.said() == [(OrderState.UNKNOWN,), (OrderState.DONE,)]


async def test_a_clock_set_back_does_not_leave_an_order_alone(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    rig.px6.clock.move(-timedelta(days=2))
    await rig.orders.settle_due()
    assert rig.states() == ["done"]


async def test_found_after_not_done_is_corrected_at_once(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    (order,) = (await rig.pay(quoted)).orders
    hidden = dict(rig.account.proxies)
    rig.account.proxies.clear()
    price, rig.account.balance = order.quoted, Decimal(1000)
    await rig.through(*LOOKS)
    assert rig.states() == ["not_done"]
    rig.account.proxies.update(hidden)
    rig.account.balance -= price
    await rig.through(1200)
    assert rig.states() == ["done"]
    assert rig.told[-1].orders[0].corrected


# -- other hands on the same account


async def test_a_purchase_on_the_site_at_the_same_moment_is_unclear(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(quoted)
    rig.px6.buy_on_site(rig.account.key, Purchase(count=2, period=30, country="de"))
    await rig.through(*LOOKS)
    assert rig.states() == ["unclear"]


async def test_a_purchase_of_something_else_on_the_site_leaves_a_balance_that_nobody_can_explain(
    rig: Rig,
) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(quoted)
    rig.px6.buy_on_site(rig.account.key, Purchase(count=1, period=7, country="us"))
    await rig.through(*LOOKS)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.top_up) == (OrderState.UNCLEAR, None)


async def test_bought_proxies_renamed_on_the_site_are_unclear(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    for proxy in rig.account.proxies.values():
        proxy.comment = "mine"
    await rig.through(*LOOKS)
    assert rig.states() == ["unclear"]


async def test_two_buys_of_the_same_do_not_take_each_others_proxies(rig: Rig) -> None:
    first, second = await rig.quoted_buy(), await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(first)
    await rig.pay(second)
    await rig.through(*LOOKS)
    assert rig.states() == ["not_done", "done"]


async def test_what_was_charged_is_not_claimed_when_the_balance_does_not_tell(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    rig.px6.top_up(rig.account.key, 50)
    await rig.through(5)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.charged) == (OrderState.DONE, None)


@pytest.mark.parametrize("period", [7, 30])
async def test_a_renewal_of_one_of_two_on_the_site_is_unclear(rig: Rig, period: int) -> None:
    one, other = rig.proxy().id, rig.proxy().id
    quoted = await rig.quoted_prolong([one, other])
    rig.fault("500_before", "prolong")
    await rig.pay(quoted)
    rig.px6.prolong_on_site(rig.account.key, [one], period)
    await rig.through(*LOOKS)
    (order,) = await rig.orders.history(ANNA)
    assert order.state is OrderState.UNCLEAR
    assert {proxy.id: proxy.end_after for proxy in order.proxies} == {
        one: rig.account.proxies[one].ends_at,
        other: None,
    }


async def test_a_renewal_on_the_site_besides_ours_is_unclear(rig: Rig) -> None:
    one = rig.proxy().id
    quoted = await rig.quoted_prolong([one])
    rig.fault("500_after", "prolong")
    await rig.pay(quoted)
    rig.px6.prolong_on_site(rig.account.key, [one], 30)
    await rig.through(*LOOKS)
    assert rig.states() == ["unclear"]


@pytest.mark.parametrize("hours", [25, 70])
async def test_px6s_own_renewal_is_not_taken_for_ours(rig: Rig, hours: int) -> None:
    one = rig.proxy(ends_in=timedelta(hours=hours), auto_prolong=True)
    quoted = await rig.quoted_prolong([one.id])
    rig.fault("500_before", "prolong")
    await rig.pay(quoted)
    rig.px6.clock.move(timedelta(hours=hours))
    rig.px6.renew_due()
    await rig.after(seconds=6)
    await rig.through(*LOOKS)
    assert [spend.by for spend in rig.px6.books(rig.account.key)] == ["auto"]
    assert rig.states() == ["unclear"]


async def test_ends_that_moved_long_after_the_call_are_not_taken_for_ours(rig: Rig) -> None:
    one = rig.proxy().id
    quoted = await rig.quoted_prolong([one])
    rig.fault("500_before", "prolong")
    await rig.pay(quoted)
    await rig.through(5, 30, 120)
    rig.px6.prolong_on_site(rig.account.key, [one], 30)
    await rig.through(500)
    assert rig.states() == ["unclear"]


async def test_a_key_that_opens_another_account_settles_nothing(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    mine, stranger = rig.account, rig.px6.add_account()
    stranger.proxies |= mine.proxies  # with the very proxies that the look would find
    rig.px6.accounts[mine.key] = stranger
    await rig.through(*LOOKS)
    assert rig.states() == ["unclear"]
    assert rig.told[-1].orders[0].looking_error == "OtherAccount"


async def test_a_top_up_meanwhile_leaves_a_prolong_unclear_with_its_ends(rig: Rig) -> None:
    one = rig.proxy().id
    quoted = await rig.quoted_prolong([one])
    rig.fault("500_after", "prolong")
    await rig.pay(quoted)
    rig.px6.top_up(rig.account.key, 50)
    await rig.through(*LOOKS)
    (order,) = await rig.orders.history(ANNA)
    assert order.state is OrderState.UNCLEAR
    assert order.proxies[0].end_after == rig.account.proxies[one].ends_at


async def test_our_own_other_spends_are_counted_off(rig: Rig) -> None:
    quoted = await rig.quoted_prolong([rig.proxy().id])
    rig.fault("500_after", "prolong")
    await rig.pay(quoted)
    await rig.pay(await rig.quoted_buy())
    await rig.through(5)
    assert rig.states() == ["done", "done"]


async def test_an_expired_proxy_that_went_on_from_now_is_recognised(rig: Rig) -> None:
    one = rig.proxy(ends_in=-timedelta(days=1)).id
    quoted = await rig.quoted_prolong([one])
    rig.fault("drop_after", "prolong")
    await rig.pay(quoted)
    await rig.through(5)
    assert rig.states() == ["done"]


async def test_nothing_is_looked_at_twice_and_nothing_when_nothing_is_due(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    calls = len(rig.px6.calls)
    await rig.orders.settle_due()
    assert len(rig.px6.calls) == calls
    rig.px6.clock.move(timedelta(seconds=6))
    looks = [rig.orders.settle_due() for _ in range(5)]
    for look in looks:
        await look
    assert len(rig.requests("getproxy")) == 2  # one before the call, one look


@pytest.mark.parametrize(("fault", "verdict"), [("500_before", OrderState.UNCLEAR), ("500_after", OrderState.DONE)])
async def test_what_the_bot_cannot_read_of_px6s_list_may_be_what_was_bought(
    rig: Rig, fault: str, verdict: OrderState
) -> None:
    """An odd proxy neither hides the others nor lets the bot say that nothing was bought."""
    rig.proxy().port = ""  # type: ignore[assignment]  # as px6 may send it
    quoted = await rig.quoted_buy()
    rig.fault(fault, "buy")
    await rig.pay(quoted)
    await rig.through(*LOOKS)
    assert rig.said() == [(OrderState.UNKNOWN,), (verdict,)]


async def test_an_outcome_is_not_given_up_because_a_clock_was_set_forward_by_months(rig: Rig) -> None:
    rig.telling_fails = ConnectionError("Telegram is away")
    await rig.pay(await rig.quoted_buy())
    rig.px6.clock.move(timedelta(days=240))
    await rig.orders.settle_due()
    rig.telling_fails = None
    await rig.after(hours=1)
    assert rig.said() == [(OrderState.DONE,)]


async def test_an_order_keeps_its_age_when_the_clock_is_set_back_in_the_middle(rig: Rig) -> None:
    """Its last look comes ten minutes after it was sent, not ten minutes and as much as the clock was set."""
    quoted = await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(quoted)
    await rig.through(5, 30)
    rig.px6.clock.move(-timedelta(hours=3))
    for _ in range(12):
        await rig.after(seconds=60)
    assert rig.states() == ["not_done"]


async def test_what_a_later_order_took_is_known_though_the_clock_was_set_back_between_the_two(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_before", "buy")
    await rig.pay(quoted)
    rig.px6.clock.move(-timedelta(hours=3))
    await rig.pay(await rig.quoted_buy())
    for _ in range(12):
        await rig.after(seconds=60)
    assert rig.states() == ["not_done", "done"]
