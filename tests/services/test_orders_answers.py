"""px6 says yes, but not to exactly what was ordered: its books are looked at before anything is claimed."""

from __future__ import annotations

import pytest

from services.orders import OrderState
from tests.services.desk import ANNA, Desk


async def test_a_prolong_of_which_px6_did_less_is_told_as_what_it_was(desk: Desk) -> None:
    ids = sorted(desk.proxy().id for _ in range(3))
    desk.px6.rules.does_at_most = 1
    (order,) = (await desk.pay(await desk.quoted_prolong(ids))).orders
    assert (order.state, order.names_others, order.got) == (OrderState.UNKNOWN, True, 1)
    await desk.through(5)
    (order,) = await desk.orders.history(ANNA)
    (booked,) = desk.px6.books(desk.account.key)
    assert (order.state, order.got, order.charged) == (OrderState.DONE, 1, booked.price)
    assert [proxy.id for proxy in order.proxies if proxy.end_after] == list(booked.ids)


async def test_a_purchase_of_which_px6_did_less_is_told_as_what_it_was(desk: Desk) -> None:
    desk.px6.rules.does_at_most = 1
    (order,) = (await desk.pay(await desk.quoted_buy())).orders
    assert order.state is OrderState.UNKNOWN
    await desk.through(5)
    (order,) = await desk.orders.history(ANNA)
    (booked,) = desk.px6.books(desk.account.key)
    assert (order.state, order.got, order.charged) == (OrderState.DONE, 1, booked.price)


@pytest.mark.parametrize("method", ["buy", "prolong"])
async def test_an_answer_that_names_too_few_is_completed_by_the_books(desk: Desk, method: str) -> None:
    quoted = await (desk.quoted_buy() if method == "buy" else desk.quoted_prolong([desk.proxy().id, desk.proxy().id]))
    desk.px6.rules.names_at_most = 0
    await desk.pay(quoted)
    assert desk.said() == [(OrderState.UNKNOWN,)], "an empty answer claims nothing"
    await desk.through(5)
    (order,) = await desk.orders.history(ANNA)
    assert (order.state, order.got, order.charged) == (OrderState.DONE, 2, order.quoted)
    assert desk.spends() == [method]


async def test_books_that_do_not_fit_such_an_answer_are_unclear(desk: Desk) -> None:
    ids = [desk.proxy().id for _ in range(3)]
    desk.px6.rules.does_at_most = 1
    await desk.pay(await desk.quoted_prolong(ids))
    desk.px6.prolong_on_site(desk.account.key, ids[1:], 30)
    await desk.through(5, 30, 120, 600)
    assert desk.states() == ["unclear"]
