"""Orders: what forbids one, what a change of state frees, and how they are read."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import OrderProxy, OrderState
from storage import orders
from storage.schema import journal
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, an_order

END = NOW + 3 * DAY
OPEN = {"confirmed", "sending", "unknown"}
NOTHING_HAPPENED = {"refused", "not_sent", "requoted"}


def proxy(number: int, before: datetime | None, after: datetime | None) -> OrderProxy:
    return OrderProxy(id=number, end_before=before, end_after=after)


async def test_an_order_is_made_confirmed_with_its_proxies(connection: AsyncConnection) -> None:
    made = await an_order(connection, await a_confirmation(connection, "q"), {2: END, 1: END + HOUR})
    order = await orders.get(connection, made)
    assert order is not None
    assert (order.state, order.corrected, order.looks, order.rename_tries) == (OrderState.CONFIRMED, False, 0, 0)
    assert order.proxies == (proxy(1, END + HOUR, None), proxy(2, END, None))
    assert await orders.get(connection, made + 1) is None


async def test_an_order_without_proxies_is_a_purchase(connection: AsyncConnection) -> None:
    order = await orders.get(connection, await an_order(connection, await a_confirmation(connection, "q")))
    assert order is not None
    assert order.proxies == ()


async def test_two_open_orders_never_hold_one_proxy(connection: AsyncConnection) -> None:
    confirmed = await a_confirmation(connection, "q")
    await an_order(connection, confirmed, {1: END})
    with pytest.raises(IntegrityError):
        await an_order(connection, confirmed, {1: END + DAY})


@pytest.mark.parametrize("state", list(OrderState))
async def test_a_closed_order_frees_its_proxies_and_lets_a_rule_pay_again_if_nothing_happened(
    connection: AsyncConnection, state: OrderState
) -> None:
    confirmed = await a_confirmation(connection, "q")
    made = await an_order(connection, confirmed, {1: END}, automatic=True)
    held = await an_order(connection, confirmed, {2: END}, automatic=True)
    paid = await an_order(connection, await a_confirmation(connection, "paid"), {3: END}, automatic=True)
    assert await orders.move(connection, paid, ["confirmed"], {"state": "done"})
    assert await orders.move(connection, made, ["confirmed"], {"state": state.value})
    busy = await orders.open_proxies(connection, "7")
    assert busy == ({1, 2} if state in OPEN else {2})
    found = await orders.taken(connection, "7", {1: END}, automatic=True, since=NOW)
    expected = "busy" if state in OPEN else None if state in NOTHING_HAPPENED else "repeated"
    assert found == (expected and (expected, confirmed))
    assert await orders.taken(connection, "7", {2: END}, automatic=True, since=NOW) == ("busy", confirmed)
    assert await orders.taken(connection, "7", {3: END}, automatic=True, since=NOW) == ("repeated", confirmed + 1)
    assert held in await orders.open_ids(connection, 1001)
    assert (made in await orders.open_ids(connection, 1001)) is (state in OPEN)


async def test_a_change_is_made_from_the_states_that_were_seen_and_without_a_state_frees_nothing(
    connection: AsyncConnection,
) -> None:
    made = await an_order(connection, await a_confirmation(connection, "q"), {1: END})
    assert not await orders.move(connection, made, ["sending", "unknown"], {"state": "done"})
    assert not await orders.move(connection, made + 1, ["confirmed"], {"state": "done"})
    assert await orders.open_proxies(connection, "7") == {1}
    assert await orders.move(connection, made, ["sending", "confirmed"], {"looks": 5})
    order = await orders.get(connection, made)
    assert order is not None
    assert (order.state, order.looks) == (OrderState.CONFIRMED, 5)
    assert await orders.open_proxies(connection, "7") == {1}


@pytest.mark.parametrize(
    ("account", "proxy", "end", "automatic", "said"),
    [("7", 1, END, True, "repeated"), ("7", 1, END, False, None), ("8", 1, END, True, None),
     ("7", 2, END, True, None), ("7", 1, END + SECOND, True, None), ("7", 1, END - SECOND, True, None),
     ("7", 3, END, True, None), ("7", 4, END, False, "busy"), ("7", 4, END + DAY, True, "busy")],
)  # fmt: skip
async def test_a_rule_pays_once_for_an_end_and_nobody_while_an_order_is_open(
    connection: AsyncConnection, account: str, proxy: int, end: object, automatic: bool, said: str | None
) -> None:
    """1 was prolonged by a rule, 3 by hand, 4 is under way."""
    confirmed = await a_confirmation(connection, "q")
    for one, by_rule in ((1, True), (3, False)):
        made = await an_order(connection, confirmed, {one: END}, automatic=by_rule)
        await orders.move(connection, made, ["confirmed"], {"state": "done"})
    await an_order(connection, confirmed, {4: END})
    wanted = {9: END + 5 * DAY, proxy: end}
    found = await orders.taken(connection, account, wanted, automatic=automatic, since=NOW)  # type: ignore[arg-type]
    assert found == (said and (said, confirmed))


@pytest.mark.parametrize(
    ("state", "sent", "account", "end", "after", "said"),
    [("done", NOW, "7", END, END + DAY, "behind"), ("done", NOW - SECOND, "7", END, END + DAY, None),
     ("done", NOW, "8", END, END + DAY, None), ("done", NOW, "7", END + SECOND, END + DAY, None),
     ("done", NOW, "7", END, None, None), ("unclear", NOW, "7", END, END + DAY, None),
     ("not_done", NOW, "7", END, END + DAY, None), ("done", None, "7", END, END + DAY, None)],
)  # fmt: skip
async def test_an_end_for_which_something_was_paid_just_now_is_not_paid_again(
    connection: AsyncConnection,
    state: str,
    sent: datetime | None,
    account: str,
    end: datetime,
    after: datetime | None,
    said: str | None,
) -> None:
    """Whoever paid: px6's list may still show the end from before it."""
    confirmed = await a_confirmation(connection, "q")
    made = await an_order(connection, confirmed, {1: END})
    await orders.set_ends(connection, made, "7", {1: after, 2: END})
    await orders.move(connection, made, ["confirmed"], {"state": state, "sent_at": sent})
    found = await orders.taken(connection, account, {1: end, 3: END}, automatic=False, since=NOW)
    assert found == (said and (said, confirmed))


async def test_the_ends_that_px6_told_are_added_to_an_order(connection: AsyncConnection) -> None:
    made = await an_order(connection, await a_confirmation(connection, "q"), {1: END})
    await orders.set_ends(connection, made, "7", {})
    await orders.set_ends(connection, made, "7", {1: END + DAY, 5: END, 6: None})
    order = await orders.get(connection, made)
    assert order is not None
    assert order.proxies == (proxy(1, END, END + DAY), proxy(5, None, END), proxy(6, None, None))
    assert await orders.open_proxies(connection, "7") == {1}, "what was bought is held by no order"
    assert await orders.taken(connection, "7", {5: END}, automatic=True, since=NOW) is None


async def test_the_journal_knows_when_something_was_noted_for_the_last_time(connection: AsyncConnection) -> None:
    confirmed = await a_confirmation(connection, "q")
    one, other = [await an_order(connection, confirmed) for _ in range(2)]
    for order_id, at, event in ((one, NOW + HOUR, "look"), (one, NOW, "look"), (one, NOW + DAY, "sent"),
                                (other, NOW + 2 * DAY, "look")):  # fmt: skip
        await orders.write_journal(connection, order_id, at, event, {"n": 1})
    assert await orders.last_event(connection, one, "look") == NOW + HOUR
    assert await orders.last_event(connection, one, "answer") is None
    assert list((await connection.execute(select(journal.c.data))).scalars()) == [{"n": 1}] * 4


async def test_a_history_is_cut_to_what_is_asked(connection: AsyncConnection) -> None:
    confirmed = await a_confirmation(connection, "q")
    made = [await an_order(connection, confirmed, kind=kind) for kind in ("buy", "prolong", "buy", "buy")]
    await orders.move(connection, made[2], ["confirmed"], {"state": "done"})

    async def ids(**asked: object) -> list[int]:
        return [order.id for order in await orders.history(connection, 1001, **asked)]  # type: ignore[arg-type]

    assert await ids() == made[::-1]
    assert await ids(kind="buy") == [made[3], made[2], made[0]]
    assert await ids(states=["done", "sending"]) == [made[2]]
    assert await ids(order_id=made[1]) == [made[1]]
    assert await ids(limit=2) == [made[3], made[2]]
    assert await ids(limit=2, offset=1) == [made[2], made[1]]
    assert [order.id for order in await orders.of_confirmation(connection, confirmed)] == made
    assert await orders.of_confirmation(connection, confirmed + 1) == ()


@pytest.mark.parametrize(
    ("values", "changed"),
    [({}, False), ({"sent_at": NOW}, True), ({"settled_at": NOW}, True), ({"sent_at": NOW - SECOND}, False),
     ({"settled_at": NOW - SECOND}, False), ({"sent_at": NOW - SECOND, "settled_at": NOW + SECOND}, True)],
)  # fmt: skip
async def test_a_payment_has_changed_an_account_since_it_was_sent_or_became_known(
    connection: AsyncConnection, values: dict[str, datetime], changed: bool
) -> None:
    made = await an_order(connection, await a_confirmation(connection, "q"))
    await orders.move(connection, made, ["confirmed"], values or {"looks": 1})
    assert await orders.changed_since(connection, "7", NOW) is changed
    assert not await orders.changed_since(connection, "8", NOW)
