"""px6 says yes, but not to exactly what was ordered: its books are looked at before anything is claimed."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from px6 import BEFORE_ANYTHING
from services.orders import BuyWish, OrderState
from tests.px6_events import once_answered
from tests.services.rig import ANNA, BORIS, Rig


async def test_a_prolong_of_which_px6_did_less_is_told_as_what_it_was(rig: Rig) -> None:
    ids = sorted(rig.proxy().id for _ in range(3))
    rig.px6.rules.does_at_most = 1
    (order,) = (await rig.pay(await rig.quoted_prolong(ids))).orders
    assert (order.state, order.names_others, order.got) == (OrderState.UNKNOWN, True, 1)
    await rig.through(5)
    (order,) = await rig.orders.history(ANNA)
    (booked,) = rig.px6.books(rig.account.key)
    assert (order.state, order.got, order.charged) == (OrderState.DONE, 1, booked.price)
    assert [proxy.id for proxy in order.proxies if proxy.end_after] == list(booked.ids)


async def test_a_purchase_of_which_px6_did_less_is_told_as_what_it_was(rig: Rig) -> None:
    rig.px6.rules.does_at_most = 1
    (order,) = (await rig.pay(await rig.quoted_buy())).orders
    assert order.state is OrderState.UNKNOWN
    await rig.through(5)
    (order,) = await rig.orders.history(ANNA)
    (booked,) = rig.px6.books(rig.account.key)
    assert (order.state, order.got, order.charged) == (OrderState.DONE, 1, booked.price)


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_an_answer_that_names_too_few_is_completed_by_the_books(rig: Rig, method: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id, rig.proxy().id]))
    rig.px6.rules.names_at_most = 0
    await rig.pay(quoted)
    assert rig.said() == [(OrderState.UNKNOWN,)], "an empty answer claims nothing"
    await rig.through(5)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.got, order.charged) == (OrderState.DONE, 2, order.quoted)
    assert rig.spends() == [method]


async def test_books_that_do_not_fit_such_an_answer_are_unclear(rig: Rig) -> None:
    ids = [rig.proxy().id for _ in range(3)]
    rig.px6.rules.does_at_most = 1
    await rig.pay(await rig.quoted_prolong(ids))
    rig.px6.prolong_on_site(rig.account.key, ids[1:], 30)
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["unclear"]


# -- a no that proves nothing, and 429


@pytest.mark.parametrize("error_id", [0, 30, 31, 999])
@pytest.mark.parametrize(("fault", "ends"), [("no_before", OrderState.NOT_DONE), ("no_after", OrderState.DONE)])
async def test_a_no_whose_number_does_not_tell_is_found_out(
    rig: Rig, error_id: int, fault: str, ends: OrderState
) -> None:
    quoted = await rig.quoted_prolong([rig.proxy().id])
    rig.fault(fault, "prolong", error_id=error_id)
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, order.error_id, order.answered_otherwise) == (OrderState.UNKNOWN, error_id, "No")
    await rig.through(5, 30, 120, 600)
    assert rig.states() == [ends]
    assert len(rig.requests("prolong")) == 1


async def test_a_no_with_a_number_of_before_anything_is_a_no(rig: Rig) -> None:
    for error_id in sorted(BEFORE_ANYTHING):
        quoted = await rig.quoted_buy()
        rig.fault("no_before", "buy", error_id=error_id)
        (order,) = (await rig.pay(quoted)).orders
        assert (order.state, order.error_id) == (OrderState.REFUSED, error_id)


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_what_came_of_a_429_is_looked_for_before_it_is_sent_again(rig: Rig, method: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    rig.fault("429_after", method)
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, order.answered_otherwise) == (OrderState.UNKNOWN, "TooMany")
    await rig.through(5)
    assert rig.states() == ["done"]
    assert len(rig.requests(method)) == 1


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_the_second_429_may_have_been_let_in_as_well(rig: Rig, method: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    rig.fault("429", method)
    rig.fault("429_after", method)
    await rig.pay(quoted)
    await rig.through(5)
    assert (rig.states(), rig.spends(), len(rig.requests(method))) == (["done"], [method], 2)


async def test_after_429_nothing_is_sent_again_while_px6s_books_cannot_be_read(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("429", "buy", times=None)
    once_answered(rig.px6, "getproxy", lambda: rig.fault("500_before", "getproxy", times=3))
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, len(rig.requests("buy"))) == (OrderState.UNKNOWN, 1)
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["not_done"]


async def test_after_429_nothing_is_sent_again_when_the_balance_has_moved(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("429", "buy", times=None)
    once_answered(rig.px6, "buy", lambda: rig.px6.top_up(rig.account.key, 50))
    await rig.pay(quoted)
    await rig.through(5, 30, 120, 600)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.top_up, len(rig.requests("buy"))) == (OrderState.UNCLEAR, Decimal(50), 1)


async def test_a_kill_between_429_and_sending_again_sends_nothing_more(rig: Rig) -> None:
    claim = await rig.orders.claim(ANNA, *(await rig.quoted_buy()))
    assert claim.confirmation is not None
    rig.fault("429", "buy")
    once_answered(rig.px6, "getproxy", lambda: rig.fault("silent_before", "getproxy"))
    paying = asyncio.ensure_future(rig.orders.execute(claim.confirmation.id))
    while not any(call.fault == "silent_before" for call in rig.px6.calls):  # noqa: ASYNC110 - no event for it
        await asyncio.sleep(0.005)
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)
    await rig.restart()
    await rig.through(5, 30, 120, 600)
    assert (rig.states(), len(rig.requests("buy"))) == (["not_done"], 1)


# -- late processing, and money that the person added


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_money_that_was_taken_before_anything_is_seen_is_not_nothing(rig: Rig, method: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    rig.fault("half", method)
    await rig.pay(quoted)
    rig.px6.top_up(rig.account.key, 100)
    await rig.through(5, 30, 120, 600)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.top_up) == (OrderState.UNCLEAR, 100 - order.quoted)
    rig.px6.process_late()
    await rig.after(hours=1)
    assert rig.states() == ["done" if method == "buy" else "unclear"]
    assert rig.told[-1].orders[0].top_up is None, "what has come since answers it"


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_what_came_after_not_done_is_told_although_the_balance_fits_nothing(rig: Rig, method: str) -> None:
    quoted = await (rig.quoted_buy() if method == "buy" else rig.quoted_prolong([rig.proxy().id]))
    rig.fault("late", method)
    await rig.pay(quoted)
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["not_done"]
    rig.px6.top_up(rig.account.key, 100)
    rig.px6.process_late()
    await rig.after(hours=1)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.corrected) == (OrderState.DONE if method == "buy" else OrderState.UNCLEAR, True)


async def test_a_top_up_is_asked_for_and_the_answer_holds_after_a_restart(rig: Rig) -> None:
    quoted = await rig.quoted_prolong([rig.proxy().id])
    rig.fault("500_before", "prolong")
    await rig.pay(quoted)
    rig.px6.top_up(rig.account.key, 58)
    await rig.through(5, 30, 120, 600)
    (order,) = await rig.orders.history(ANNA)
    assert (order.state, order.top_up) == (OrderState.UNCLEAR, Decimal(58))
    await rig.restart()
    assert await rig.orders.answer_top_up(BORIS, order.id, True) is None
    found = await rig.orders.answer_top_up(ANNA, order.id, True)
    assert found is not None
    assert found.orders[0].state is OrderState.NOT_DONE
    assert await rig.orders.unspent(found) == order.ids


# -- marks that px6 changed


@pytest.mark.parametrize("how", ["escaped", "cut", "lower"])
@pytest.mark.parametrize("fault", [None, "drop_after"])
async def test_a_purchase_under_a_changed_mark_is_found_and_renamed(rig: Rig, how: Any, fault: str | None) -> None:
    rig.px6.rules.comments = how
    quoted = await rig.quoted_buy(BuyWish(2, 30, "de", comment="Big & Shop of all"))
    if fault:
        rig.fault(fault, "buy")
    await rig.pay(quoted)
    await rig.through(5, 15)
    (order,) = await rig.orders.history(ANNA)
    assert order.state is OrderState.DONE
    shown = {"escaped": "Big &amp; Shop of all", "cut": "Big & Shop of all", "lower": "big & shop of all"}[how]
    assert {proxy.comment for proxy in rig.account.proxies.values()} == {shown}
    assert (order.rename, order.mark) == (("kept", shown) if how != "cut" else ("done", order.mark))


async def test_comments_that_px6_loses_are_told(rig: Rig) -> None:
    rig.px6.rules.comments = "lost"
    await rig.pay(await rig.quoted_buy())
    (order,) = rig.told[-1].orders
    assert (order.state, order.rename, order.mark) == (OrderState.DONE, "kept", "")


async def test_a_purchase_whose_mark_is_lost_altogether_is_unclear(rig: Rig) -> None:
    rig.px6.rules.comments = "lost"
    quoted = await rig.quoted_buy()
    rig.fault("drop_after", "buy")
    await rig.pay(quoted)
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["unclear"]
