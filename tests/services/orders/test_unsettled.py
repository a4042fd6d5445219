"""Orders of open outcome in the database: which are due, who holds them, and the books around one of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from model.errors import StorageError
from model.orders import Order, OrderState
from px6 import ProxyList
from services.ground.leases import LocalLeases
from services.ground.presence import Presence, SharedLeases
from services.orders.journal import Journal
from services.orders.unsettled import UnsettledOrders
from storage.engine.types import time_to_int
from tests.databases import locked, run, wait_briefly_for_locks
from tests.services.orders.books import SENT, proxy
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import Rig, new_rig

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


class Laid:
    """Orders in the database, and what is asked about them at the moment of `books.SENT`."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.hands = rig, Hands()
        self.unsettled = UnsettledOrders(rig.database, self.hands, LocalLeases())

    async def order(self, name: str = "a", *ids: int, **values: Any) -> Order:
        """One order with these columns. Of no proxies: a buy."""
        confirmation = await laid(self.rig, quote_of(self.rig, name, *([ids] if ids else [])), self.hands)
        (order,) = confirmation.orders
        if values:
            await self.set(order, **values)
        return (await read(self.rig, confirmation)).orders[0]

    async def set(self, order: Order, **values: Any) -> None:
        plain = [time_to_int(value) if isinstance(value, datetime) else value for value in values.values()]
        names = ", ".join(f"{name} = ?" for name in values)
        async with self.rig.database.write() as connection:
            await run(connection, f"UPDATE orders SET {names} WHERE id = ?", (*plain, order.id))  # noqa: S608

    async def due(self, *besides: int) -> list[int]:
        """What is leased now, given back at once."""
        listed = await self.unsettled.lease_due(2 * HOUR, besides)
        await self.unsettled.release(listed)
        return [order.id for order in listed]

    async def books(self, order: Order, **changed: Any) -> Any:
        seen = ProxyList(user_id="7", balance=Decimal(900), currency="RUB", proxies=(proxy(8),), unreadable=2)
        return await self.unsettled.books(order, structs.replace(seen, **changed), SENT + MINUTE)


@pytest.fixture
def orders(rig: Rig) -> Laid:
    return Laid(rig)


DUE: dict[str, tuple[dict[str, Any], bool]] = {
    "now": ({"due_at": SENT}, True),
    "a second later": ({"due_at": SENT + SECOND}, False),
    "as late as anything is planned": ({"due_at": SENT + 2 * HOUR}, False),
    "later than anything is planned: the clock was set back": ({"due_at": SENT + 2 * HOUR + SECOND}, True),
    "never": ({"due_at": None}, False),
    "held by another until now": ({"due_at": SENT, "leased_until": SENT}, True),
    "held by another": ({"due_at": SENT, "leased_until": SENT + 5 * MINUTE}, False),
    "held by another, whose clock is ahead": ({"due_at": SENT, "leased_until": SENT + 6 * MINUTE}, False),
    "held for longer than anybody holds: the clock was set back": (
        {"due_at": SENT, "leased_until": SENT + 6 * MINUTE + SECOND},
        True,
    ),
}


@pytest.mark.parametrize(("values", "is_due"), DUE.values(), ids=DUE)
async def test_when_an_order_is_due(orders: Laid, values: dict[str, Any], is_due: bool) -> None:
    order = await orders.order(**values)
    assert await orders.due() == [order.id] * is_due


async def test_an_order_is_given_to_one_who_looks_until_it_is_given_back(orders: Laid) -> None:
    first, second = await orders.order("a", due_at=SENT), await orders.order("b", due_at=SENT)
    assert await orders.due(first.id) == [second.id]
    assert await orders.due(first.id, second.id) == []
    held = await orders.unsettled.lease_due(2 * HOUR, [second.id])
    assert [order.id for order in held] == [first.id]
    assert await orders.due() == [second.id]
    orders.hands.move(5 * MINUTE - SECOND)
    assert await orders.due() == [second.id]
    orders.hands.move(SECOND)
    assert await orders.due() == [first.id, second.id], "whoever held it is gone"
    await orders.unsettled.lease_due(2 * HOUR, ())
    await orders.unsettled.take_over()
    assert await orders.due() == [first.id, second.id], "a start frees all"


async def test_an_order_that_could_not_be_given_back_is_once_the_database_takes_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_briefly_for_locks(monkeypatch)
    async with new_rig(tmp_path) as rig:
        laid = Laid(rig)
        order = await laid.order(due_at=SENT)
        held = await laid.unsettled.lease_due(2 * HOUR, ())
        with locked(tmp_path), pytest.raises(StorageError):
            await laid.unsettled.release(held)
        assert [one.id for one in await laid.unsettled.lease_due(2 * HOUR, ())] == [order.id]
        assert await laid.unsettled.lease_due(2 * HOUR, ()) == (), "once"


async def test_what_was_under_way_at_a_stop(orders: Laid) -> None:
    for number, state in enumerate(OrderState):
        await orders.order(f"q{number}", state=str(state))
    assert [str(order.state) for order in await orders.unsettled.take_over()] == ["confirmed", "sending"]


async def test_a_start_makes_renames_due(orders: Laid) -> None:
    order = await orders.order(state="done", rename="pending", due_at=SENT + HOUR)
    assert await orders.due() == []
    await orders.unsettled.take_over()
    assert await orders.due() == [order.id]


async def test_a_later_order_on_one_of_the_proxies_explains_an_end(orders: Laid) -> None:
    first = await orders.order("a", 1, 2)
    await orders.set(first, state="done")
    async with orders.rig.database.write() as connection:
        await run(connection, "UPDATE order_proxies SET open = FALSE")
    assert not await orders.unsettled.has_later(first)
    await orders.order("b", 3)
    assert not await orders.unsettled.has_later(first)
    second = await orders.order("c", 2)
    assert await orders.unsettled.has_later(first)
    assert not await orders.unsettled.has_later(second)


# -- the books around an order


async def test_the_books_are_what_a_look_saw(orders: Laid) -> None:
    order = await orders.order("a", 1, state="unknown", sent_at=SENT)
    books = await orders.books(order)
    assert (books.at, books.balance, books.currency, books.unreadable) == (SENT + MINUTE, 900, "RUB", 2)
    assert ([*books.proxies], books.spent, books.perhaps) == ([8], 0, ())
    assert (books.others_ids, books.others_marks, books.looked_at) == (frozenset(), frozenset(), None)
    orders.hands.move(30 * SECOND)
    journal = Journal(orders.rig.database, orders.hands)
    for event in ("looked", "not_seen"):
        await journal.change(order, (order.state,), {"looks": 1}, event, {}, news=False)
        orders.hands.move(SECOND)
    assert (await orders.books(order)).looked_at == SENT + 30 * SECOND


SUMS: dict[str, tuple[dict[str, Any], str, tuple[str, ...]]] = {
    "took a known sum since": ({"state": "done", "charged": 21_000_000}, "21", ()),
    "done, and nobody knows what it took": ({"state": "done", "expected": 20_000_000}, "0", ("20",)),
    "under way": ({"state": "sending"}, "0", ("21",)),
    "of unknown outcome": ({"state": "unknown"}, "0", ("21",)),
    "spent nothing": ({"state": "refused"}, "0", ()),
    "never sent": ({"state": "confirmed", "sent_at": None}, "0", ()),
    "done before": ({"state": "done", "charged": 21_000_000, "settled_at": SENT - SECOND}, "0", ()),
    "done at an unknown time, sent before": (
        {"state": "done", "charged": 21_000_000, "sent_at": SENT - SECOND},
        "0",
        ("21",),
    ),
}


@pytest.mark.parametrize(("values", "spent", "perhaps"), SUMS.values(), ids=SUMS)
async def test_what_another_order_took(
    orders: Laid, values: dict[str, Any], spent: str, perhaps: tuple[str, ...]
) -> None:
    await orders.order("b", 2, **{"sent_at": SENT, **values})
    order = await orders.order("a", 1, state="unknown", sent_at=SENT)
    books = await orders.books(order)
    assert (books.spent, books.perhaps) == (Decimal(spent), tuple(map(Decimal, perhaps)))


async def test_what_the_same_look_has_found_is_certain(orders: Laid) -> None:
    order = await orders.order("a", 1, state="unknown", sent_at=SENT)
    values = {"state": "done", "charged": 21_000_000, "sent_at": SENT, "settled_at": SENT + 2 * MINUTE}
    other = await orders.order("b", 2, **values)
    seen = ProxyList(user_id="7", balance=Decimal(900), currency="RUB", proxies=())
    sum_ = Decimal(21)
    for found, spent, perhaps in (((), Decimal(0), (sum_,)), ((other.id,), sum_, ())):
        books = await orders.unsettled.books(order, seen, SENT + MINUTE, found)
        assert (books.spent, books.perhaps) == (spent, perhaps)


@pytest.mark.parametrize(("before", "is_near"), [(10 * MINUTE, True), (10 * MINUTE + SECOND, False)])
@pytest.mark.parametrize("sent", [True, False])
async def test_orders_of_the_last_ten_minutes_explain_proxies_and_marks(
    orders: Laid, before: timedelta, is_near: bool, sent: bool
) -> None:
    """Counted from when this one was sent, or confirmed."""
    others = {"state": "done", "sent_at": SENT - before, "settled_at": SENT - before, "charged": 1}
    other = await orders.order("b", mark="mine", **others)
    prolonged = await orders.order("c", 3, **others)
    journal = Journal(orders.rig.database, orders.hands)
    for one, found in ((other, 11), (prolonged, 3)):
        assert await journal.change(one, (one.state,), {"looks": 1}, "said", {}, ends={found: SENT}, news=False)
    confirmed = SENT if not sent else SENT - HOUR
    order = await orders.order("a", 1, state="unknown", sent_at=SENT if sent else None, confirmed_at=confirmed)
    books = await orders.books(order)
    assert (books.others_ids, books.others_marks) == (
        frozenset({11} if is_near else ()),
        frozenset({"mine"} if is_near else ()),
    )
    await orders.set(other, rename="kept")
    assert (await orders.books(order)).others_marks == frozenset()


async def test_a_payment_is_carried_out_elsewhere_while_another_process_has_it_and_runs(orders: Laid) -> None:
    database, hands = orders.rig.database, orders.hands
    order = await orders.order("a", 1)
    ours, other = Presence(database), Presence(database)
    alone = UnsettledOrders(database, hands, LocalLeases())
    async with ours.present():
        shared = UnsettledOrders(database, hands, SharedLeases(ours))
        async with other.present():
            for presence, elsewhere in ((None, False), (ours, False), (other, True)):
                holder = None if presence is None else SharedLeases(presence).holder
                async with database.write() as connection:
                    await run(connection, "UPDATE confirmations SET held_by = ?", (holder,))
                assert await shared.is_carried_out_elsewhere(order) is elsewhere
                assert not await alone.is_carried_out_elsewhere(order), "there is no other process"
            later = await orders.order("b", 2)
            assert await shared.is_carried_out_elsewhere(order)
            assert not await shared.is_carried_out_elsewhere(later), "the other process has another one"
        assert not await shared.is_carried_out_elsewhere(order), "that one has ended"
