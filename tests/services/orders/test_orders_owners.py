"""Payments and their outcomes are only of who made them, also between people who share a px6 account."""

from __future__ import annotations

from tests.services.rig import ANNA, BORIS, Rig


async def test_nobody_reaches_anothers_payment_not_even_on_the_same_px6_account(rig: Rig) -> None:
    """Boris has the same key, so that only whose it is keeps him away."""
    await rig.people.find_or_create(BORIS)
    await rig.accounts.connect(BORIS, rig.account.key)
    quote, period = await rig.quoted_buy()
    assert (await rig.orders.claim(ANNA, quote, 7)).reason == "gone"

    async def reached(person: int, confirmation: int, order: int) -> list[bool]:
        orders = rig.orders
        return [
            await orders.quote(person, quote) is not None,
            await orders.confirmation_of(person, quote) is not None,
            await orders.confirmation(person, confirmation) is not None,
            await orders.order(person, order) is not None,
            await orders.history(person) != (),
        ]

    claim = await rig.orders.claim(BORIS, quote, period)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "gone", None)
    paid = await rig.pay((quote, period))
    claim = await rig.orders.claim(BORIS, quote, period)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "gone", None)
    assert await rig.orders.answer_top_up(BORIS, paid.orders[0].id, topped_up=True) is None
    assert await reached(BORIS, paid.id, paid.orders[0].id) == [False] * 5
    assert await reached(ANNA, paid.id, paid.orders[0].id) == [True] * 5
    assert rig.spends() == ["buy"]


async def test_a_proxy_that_is_paid_for_by_another_is_busy_and_tells_nothing_of_them(rig: Rig) -> None:
    await rig.people.find_or_create(BORIS)
    await rig.accounts.connect(BORIS, rig.account.key)
    ids = [rig.proxy().id]
    hers, his = await rig.quoted_prolong(ids), await rig.quoted_prolong(ids, person=BORIS)
    again = await rig.quoted_prolong(ids)
    rig.fault("drop_after", "prolong")
    paid = await rig.pay(hers)
    assert paid.is_open
    claim = await rig.orders.claim(BORIS, *his)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "busy", None)
    assert await rig.orders.open_of(BORIS) == ()
    own = await rig.orders.claim(ANNA, *again)
    assert (own.won, own.reason, own.confirmation and own.confirmation.id) == (False, "busy", paid.id)
    assert len(await rig.orders.open_of(ANNA)) == 1
