"""Payments and their outcomes are only of who made them, also between people who share a px6 account."""

from __future__ import annotations

from tests.services.desk import ANNA, BORIS, Desk


async def test_nobody_reaches_anothers_payment_not_even_on_the_same_px6_account(desk: Desk) -> None:
    """Boris has the same key, so that only whose it is keeps him away."""
    await desk.people.find_or_create(BORIS)
    await desk.accounts.connect(BORIS, desk.account.key)
    quote, period = await desk.quoted_buy()
    assert (await desk.orders.claim(ANNA, quote, 7)).reason == "gone"

    async def reached(person: int, confirmation: int, order: int) -> list[bool]:
        orders = desk.orders
        return [
            await orders.quote(person, quote) is not None,
            await orders.confirmation_of(person, quote) is not None,
            await orders.confirmation(person, confirmation) is not None,
            await orders.order(person, order) is not None,
            await orders.history(person) != (),
        ]

    claim = await desk.orders.claim(BORIS, quote, period)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "gone", None)
    paid = await desk.pay((quote, period))
    claim = await desk.orders.claim(BORIS, quote, period)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "gone", None)
    assert await desk.orders.answer_top_up(BORIS, paid.orders[0].id, topped_up=True) is None
    assert await reached(BORIS, paid.id, paid.orders[0].id) == [False] * 5
    assert await reached(ANNA, paid.id, paid.orders[0].id) == [True] * 5
    assert desk.spends() == ["buy"]


async def test_a_proxy_that_is_paid_for_by_another_is_busy_and_tells_nothing_of_them(desk: Desk) -> None:
    await desk.people.find_or_create(BORIS)
    await desk.accounts.connect(BORIS, desk.account.key)
    ids = [desk.proxy().id]
    hers, his = await desk.quoted_prolong(ids), await desk.quoted_prolong(ids, person=BORIS)
    again = await desk.quoted_prolong(ids)
    desk.fault("drop_after", "prolong")
    paid = await desk.pay(hers)
    assert paid.is_open
    claim = await desk.orders.claim(BORIS, *his)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "busy", None)
    assert await desk.orders.open_of(BORIS) == ()
    own = await desk.orders.claim(ANNA, *again)
    assert (own.won, own.reason, own.confirmation and own.confirmation.id) == (False, "busy", paid.id)
    assert len(await desk.orders.open_of(ANNA)) == 1
