"""What became of a call without an answer is found out by looking, and nothing is claimed that may be false."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sandbox.px6 import Purchase
from services.orders import OrderState
from tests.services.desk import ANNA, Desk, new_desk

# One of each sort; tests/faults has every one.
BEFORE = ("silent_before", "drop_before", "500_before")
AFTER = ("silent_after", "drop_after", "broken_json_after")
LOOKS = (5, 30, 120, 600)


@pytest.fixture(params=["current", "classic"])
async def desk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    """In both profiles of px6."""
    async with new_desk(tmp_path, request.param) as made:
        yield made


async def confirmed(desk: Desk, method: str) -> tuple[str, int]:
    """A quote for a call of this method."""
    return await (desk.quoted_buy() if method == "buy" else desk.quoted_prolong([desk.proxy().id, desk.proxy().id]))


@pytest.mark.parametrize("method", ["buy", "prolong"])
@pytest.mark.parametrize("fault", AFTER)
async def test_a_lost_answer_is_found_by_the_first_look(desk: Desk, method: str, fault: str) -> None:
    quoted = await confirmed(desk, method)
    desk.fault(fault, method)
    (order,) = (await desk.pay(quoted)).orders
    assert order.state is OrderState.UNKNOWN
    await desk.through(5)
    (order,) = await desk.orders.history(ANNA)
    assert (order.state, order.charged) == (OrderState.DONE, order.quoted)
    assert {proxy.id: proxy.end_after for proxy in order.proxies} == {
        one: desk.account.proxies[one].ends_at for one in order.ids
    }
    assert desk.said() == [(OrderState.UNKNOWN,), (OrderState.DONE,)]
    assert desk.told[-1].late
    assert desk.spends() == [method]
    assert len(desk.requests(method)) == 1
    await desk.after(minutes=1)
    if method == "buy":
        assert {proxy.comment for proxy in desk.account.proxies.values()} == {"shop"}


@pytest.mark.parametrize("method", ["buy", "prolong"])
@pytest.mark.parametrize("fault", BEFORE)
async def test_a_lost_call_is_not_done_after_the_last_look(desk: Desk, method: str, fault: str) -> None:
    quoted = await confirmed(desk, method)
    desk.fault(fault, method)
    await desk.pay(quoted)
    await desk.through(*LOOKS[:-1])
    assert desk.states() == ["unknown"]
    await desk.through(LOOKS[-1] - LOOKS[-2])
    (order,) = await desk.orders.history(ANNA)
    assert (order.state, order.charged) == (
        OrderState.NOT_DONE,
        None,
    )  # a look that a busy px6 refused does not count
    assert desk.said() == [(OrderState.UNKNOWN,), (OrderState.NOT_DONE,)]
    assert desk.spends() == []
    assert len(desk.requests(method)) == 1
    await desk.through(1800, 7200)
    assert desk.said() == [(OrderState.UNKNOWN,), (OrderState.NOT_DONE,)]
    assert desk.rows("SELECT due_at FROM orders") == [(None,)]


async def test_while_px6_cannot_be_read_the_order_stays_unknown_and_says_why(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(quoted)
    desk.fault("500_before", "getproxy", times=None)
    await desk.after(hours=1)
    assert desk.states() == ["unknown"]
    assert desk.told[-1].orders[0].looking_error == "NoAnswer"
    desk.px6.clear_faults()
    await desk.after(minutes=2)
    assert desk.states() == ["not_done"]


async def test_with_a_refused_key_it_stays_unknown_until_there_is_a_new_one(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    new_key = desk.px6.new_key(desk.account.key)
    await desk.through(5, 30, 120, 600, 3600)
    assert desk.states() == ["unknown"]
    assert [each.orders[0].looking_error for each in desk.told] == [None, "WrongKey"]
    await desk.accounts.connect(ANNA, new_key)
    await desk.orders.settle_due()
    assert desk.states() == ["done"]


async def test_an_order_is_never_settled_in_another_account(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    old_key = desk.account.key
    await desk.accounts.connect(ANNA, desk.px6.add_account().key)
    await desk.through(5, 30, 120, 600)
    assert desk.states() == ["unclear"]
    assert desk.told[-1].orders[0].looking_error == "OtherAccount"
    await desk.accounts.connect(ANNA, old_key)
    await desk.orders.settle_due()
    assert desk.states() == ["done"]


async def test_after_a_downtime_it_is_not_done_once_px6_had_time_to_do_it(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(quoted)
    desk.px6.clock.move(timedelta(hours=5))  # nobody knows how long that really was
    await desk.restart()
    await desk.orders.settle_due()
    assert desk.states() == ["unknown"]
    await desk.after(seconds=31)
    assert desk.states() == ["not_done"]


async def test_a_clock_set_forward_does_not_turn_into_not_done(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("late", "buy")
    await desk.pay(quoted)
    desk.px6.clock.move(timedelta(hours=1))  # a second has passed
    await desk.orders.settle_due()
    assert desk.said() == [(OrderState.UNKNOWN,)]
    desk.px6.process_late()
    await desk.after(seconds=31)
    assert desk.said() == [(OrderState.UNKNOWN,), (OrderState.DONE,)]


async def test_a_clock_set_back_does_not_leave_an_order_alone(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    desk.px6.clock.move(-timedelta(days=2))
    await desk.orders.settle_due()
    assert desk.states() == ["done"]


async def test_found_after_not_done_is_corrected_at_once(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    (order,) = (await desk.pay(quoted)).orders
    hidden = dict(desk.account.proxies)
    desk.account.proxies.clear()
    price, desk.account.balance = order.quoted, Decimal(1000)
    await desk.through(*LOOKS)
    assert desk.states() == ["not_done"]
    desk.account.proxies.update(hidden)
    desk.account.balance -= price
    await desk.through(1200)
    assert desk.states() == ["done"]
    assert desk.told[-1].orders[0].corrected


# -- other hands on the same account


async def test_a_purchase_on_the_site_at_the_same_moment_is_unclear(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(quoted)
    desk.px6.buy_on_site(desk.account.key, Purchase(count=2, period=30, country="de"))
    await desk.through(*LOOKS)
    assert desk.states() == ["unclear"]


async def test_a_purchase_of_something_else_on_the_site_leaves_a_balance_that_nobody_can_explain(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(quoted)
    desk.px6.buy_on_site(desk.account.key, Purchase(count=1, period=7, country="us"))
    await desk.through(*LOOKS)
    (order,) = await desk.orders.history(ANNA)
    assert (order.state, order.top_up) == (OrderState.UNCLEAR, None)


async def test_bought_proxies_renamed_on_the_site_are_unclear(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    for proxy in desk.account.proxies.values():
        proxy.comment = "mine"
    await desk.through(*LOOKS)
    assert desk.states() == ["unclear"]


async def test_two_buys_of_the_same_do_not_take_each_others_proxies(desk: Desk) -> None:
    first, second = await desk.quoted_buy(), await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(first)
    await desk.pay(second)
    await desk.through(*LOOKS)
    assert desk.states() == ["not_done", "done"]


async def test_what_was_charged_is_not_claimed_when_the_balance_does_not_tell(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    desk.px6.top_up(desk.account.key, 50)
    await desk.through(5)
    (order,) = await desk.orders.history(ANNA)
    assert (order.state, order.charged) == (OrderState.DONE, None)


@pytest.mark.parametrize("period", [7, 30])
async def test_a_renewal_of_one_of_two_on_the_site_is_unclear(desk: Desk, period: int) -> None:
    one, other = desk.proxy().id, desk.proxy().id
    quoted = await desk.quoted_prolong([one, other])
    desk.fault("500_before", "prolong")
    await desk.pay(quoted)
    desk.px6.prolong_on_site(desk.account.key, [one], period)
    await desk.through(*LOOKS)
    (order,) = await desk.orders.history(ANNA)
    assert order.state is OrderState.UNCLEAR
    assert {proxy.id: proxy.end_after for proxy in order.proxies} == {
        one: desk.account.proxies[one].ends_at,
        other: None,
    }


async def test_a_renewal_on_the_site_besides_ours_is_unclear(desk: Desk) -> None:
    one = desk.proxy().id
    quoted = await desk.quoted_prolong([one])
    desk.fault("500_after", "prolong")
    await desk.pay(quoted)
    desk.px6.prolong_on_site(desk.account.key, [one], 30)
    await desk.through(*LOOKS)
    assert desk.states() == ["unclear"]


@pytest.mark.parametrize("hours", [25, 70])
async def test_px6s_own_renewal_is_not_taken_for_ours(desk: Desk, hours: int) -> None:
    one = desk.proxy(ends_in=timedelta(hours=hours), auto_prolong=True)
    quoted = await desk.quoted_prolong([one.id])
    desk.fault("500_before", "prolong")
    await desk.pay(quoted)
    desk.px6.clock.move(timedelta(hours=hours))
    desk.px6.renew_due()
    await desk.after(seconds=6)
    await desk.through(*LOOKS)
    assert [spend.by for spend in desk.px6.books(desk.account.key)] == ["auto"]
    assert desk.states() == ["unclear"]


async def test_ends_that_moved_long_after_the_call_are_not_taken_for_ours(desk: Desk) -> None:
    one = desk.proxy().id
    quoted = await desk.quoted_prolong([one])
    desk.fault("500_before", "prolong")
    await desk.pay(quoted)
    await desk.through(5, 30, 120)
    desk.px6.prolong_on_site(desk.account.key, [one], 30)
    await desk.through(500)
    assert desk.states() == ["unclear"]


async def test_a_key_that_opens_another_account_settles_nothing(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    mine, stranger = desk.account, desk.px6.add_account()
    stranger.proxies |= mine.proxies  # with the very proxies that the look would find
    desk.px6.accounts[mine.key] = stranger
    await desk.through(*LOOKS)
    assert desk.states() == ["unclear"]
    assert desk.told[-1].orders[0].looking_error == "OtherAccount"


async def test_a_top_up_meanwhile_leaves_a_prolong_unclear_with_its_ends(desk: Desk) -> None:
    one = desk.proxy().id
    quoted = await desk.quoted_prolong([one])
    desk.fault("500_after", "prolong")
    await desk.pay(quoted)
    desk.px6.top_up(desk.account.key, 50)
    await desk.through(*LOOKS)
    (order,) = await desk.orders.history(ANNA)
    assert order.state is OrderState.UNCLEAR
    assert order.proxies[0].end_after == desk.account.proxies[one].ends_at


async def test_our_own_other_spends_are_counted_off(desk: Desk) -> None:
    quoted = await desk.quoted_prolong([desk.proxy().id])
    desk.fault("500_after", "prolong")
    await desk.pay(quoted)
    await desk.pay(await desk.quoted_buy())
    await desk.through(5)
    assert desk.states() == ["done", "done"]


async def test_an_expired_proxy_that_went_on_from_now_is_recognised(desk: Desk) -> None:
    one = desk.proxy(ends_in=-timedelta(days=1)).id
    quoted = await desk.quoted_prolong([one])
    desk.fault("drop_after", "prolong")
    await desk.pay(quoted)
    await desk.through(5)
    assert desk.states() == ["done"]


async def test_nothing_is_looked_at_twice_and_nothing_when_nothing_is_due(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_after", "buy")
    await desk.pay(quoted)
    calls = len(desk.px6.calls)
    await desk.orders.settle_due()
    assert len(desk.px6.calls) == calls
    desk.px6.clock.move(timedelta(seconds=6))
    looks = [desk.orders.settle_due() for _ in range(5)]
    for look in looks:
        await look
    assert len(desk.requests("getproxy")) == 2  # one before the call, one look


@pytest.mark.parametrize(("fault", "verdict"), [("500_before", OrderState.UNCLEAR), ("500_after", OrderState.DONE)])
async def test_what_the_bot_cannot_read_of_px6s_list_may_be_what_was_bought(
    desk: Desk, fault: str, verdict: OrderState
) -> None:
    """An odd proxy neither hides the others nor lets the bot say that nothing was bought."""
    desk.proxy().port = ""  # type: ignore[assignment]  # as px6 may send it
    quoted = await desk.quoted_buy()
    desk.fault(fault, "buy")
    await desk.pay(quoted)
    await desk.through(*LOOKS)
    assert desk.said() == [(OrderState.UNKNOWN,), (verdict,)]


async def test_an_outcome_is_not_given_up_because_a_clock_was_set_forward_by_months(desk: Desk) -> None:
    desk.telling_fails = ConnectionError("Telegram is away")
    await desk.pay(await desk.quoted_buy())
    desk.px6.clock.move(timedelta(days=240))
    await desk.orders.settle_due()
    desk.telling_fails = None
    await desk.after(hours=1)
    assert desk.said() == [(OrderState.DONE,)]


async def test_an_order_keeps_its_age_when_the_clock_is_set_back_in_the_middle(desk: Desk) -> None:
    """Its last look comes ten minutes after it was sent, not ten minutes and as much as the clock was set."""
    quoted = await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(quoted)
    await desk.through(5, 30)
    desk.px6.clock.move(-timedelta(hours=3))
    for _ in range(12):
        await desk.after(seconds=60)
    assert desk.states() == ["not_done"]


async def test_what_a_later_order_took_is_known_though_the_clock_was_set_back_between_the_two(desk: Desk) -> None:
    quoted = await desk.quoted_buy()
    desk.fault("500_before", "buy")
    await desk.pay(quoted)
    desk.px6.clock.move(-timedelta(hours=3))
    await desk.pay(await desk.quoted_buy())
    for _ in range(12):
        await desk.after(seconds=60)
    assert desk.states() == ["not_done", "done"]
