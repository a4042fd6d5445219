"""What is watched until it is in stock: how each watch goes on or ends, once, and only the person's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy.ext.asyncio import AsyncConnection

from model.orders import BuyWish
from model.watching import StockWatch
from storage import quotes, stock_watches
from tests.durations import DAY, HOUR
from tests.sample_proxies import NOW
from tests.storage.sample_rows import a_confirmation, a_quote, an_order

ANN, BOB = 1001, 1002
WISH = BuyWish(2, 30, "de")


async def watched(connection: AsyncConnection, country: str = "de", version: str = "6", person: int = ANN) -> int:
    values = {"px6_user_id": "7", "country": country, "version": version, "wanted": 2, "wish": WISH}
    return await stock_watches.put(
        connection, person, {**values, "since": NOW, "until": NOW + DAY, "look_at": NOW + HOUR}
    )


async def one(connection: AsyncConnection, number: int, person: int = ANN) -> StockWatch:
    found = await stock_watches.one(connection, person, number)
    assert found is not None
    return found


async def bought_by(connection: AsyncConnection, number: int, quote: str, person: int = ANN) -> None:
    """It is being bought by this quote, which can still be confirmed."""
    await a_quote(connection, quote, person)
    assert await stock_watches.begin(connection, person, number, quote)


async def confirmed(connection: AsyncConnection, quote: str) -> bool:
    """Whether the quote is confirmed by the first tap on it, that of now."""
    return await quotes.take(connection, ANN, quote, NOW) is not None


async def test_what_is_watched_anew_begins_anew_under_its_number(connection: AsyncConnection) -> None:
    number = await watched(connection)
    others = [
        await watched(connection, "fr"),
        await watched(connection, version="4"),
        await watched(connection, person=BOB),
    ]
    before = await one(connection, number)
    assert (before.told_at, before.looked_at, before.up_to, before.currency, before.paying) == (
        None,
        None,
        None,
        "",
        None,
    )
    assert await stock_watches.buy_at_once(connection, ANN, number, Decimal("9.00"), "RUB", WISH)
    await stock_watches.note_looked(connection, [number], NOW)
    assert [(await one(connection, each)).looked_at for each in (number, others[0])] == [NOW, None]
    await bought_by(connection, number, "q")
    assert await watched(connection) == number
    assert await one(connection, number) == before
    assert not await confirmed(connection, "q"), "what was about to be bought of it is taken back"
    assert await stock_watches.tell(connection, ANN, number, NOW)
    assert await watched(connection) == number
    assert [each.id for each in await stock_watches.open_of(connection, ANN)] == [number, *others[:2]]


@pytest.mark.parametrize(("count", "wanted"), [(0, 1), (1, 1), (2, 2), (5, 5)])
async def test_as_many_as_are_to_be_bought_are_waited_for_and_one_at_least(
    connection: AsyncConnection, count: int, wanted: int
) -> None:
    number, other = await watched(connection), await watched(connection, "fr")
    wish = structs.replace(WISH, count=count)
    assert await stock_watches.buy_at_once(connection, ANN, number, Decimal("9.00"), "USD", wish)
    found = await one(connection, number)
    assert (found.wanted, found.wish, found.up_to, found.currency) == (wanted, wish, Decimal("9.00"), "USD")
    assert (await one(connection, other)).up_to is None
    assert not await stock_watches.buy_at_once(connection, BOB, number, None, "", wish)
    await bought_by(connection, number, "q")
    assert not await stock_watches.buy_at_once(connection, ANN, number, None, "", wish), "it is being bought"


async def test_one_task_buys_tells_or_waits_again(connection: AsyncConnection) -> None:
    number, other = await watched(connection), await watched(connection, "fr")
    await bought_by(connection, number, "q")
    assert not await stock_watches.begin(connection, ANN, number, "another")
    assert not await stock_watches.end_paying(connection, ANN, number, "another")
    assert not await stock_watches.end_paying(connection, BOB, number, "q")
    assert await stock_watches.end_paying(connection, ANN, number, "q")
    assert not await stock_watches.tell(connection, BOB, number, NOW)
    assert [await stock_watches.tell(connection, ANN, number, NOW) for _ in range(2)] == [True, False]
    told = await one(connection, number)
    assert (told.told_at, told.look_at, told.paying) == (NOW, None, None)
    assert not await stock_watches.begin(connection, ANN, number, "q")
    assert not await stock_watches.remove(connection, ANN, number), "its message still has a button"
    third = await watched(connection, "it")
    for each in (number, other):
        await stock_watches.put_off(connection, ANN, each, NOW + DAY)
    times = [(await one(connection, each)).look_at for each in (number, other, third)]
    assert times == [None, NOW + DAY, NOW + HOUR]
    assert not await stock_watches.remove(connection, BOB, other)
    await bought_by(connection, other, "last")
    assert await stock_watches.remove(connection, ANN, other)
    assert not await confirmed(connection, "last"), "it is wanted no more, nor bought"
    assert [each.id for each in await stock_watches.open_of(connection, ANN)] == [third]


@pytest.mark.parametrize(
    ("which", "called_off"),
    [(None, {"a", "b", "c"}), ("number", {"a"}), (("de", "6"), {"a"}), (("de", "4"), {"b"}), (("fr", "4"), set())],
)
async def test_of_what_is_called_off_nothing_can_be_confirmed_any_more(
    connection: AsyncConnection, which: Any, called_off: set[str]
) -> None:
    """What was confirmed already goes on, and is not among those that are given."""
    watches = dict(
        zip(
            "abc", [await watched(connection, *each) for each in (("de", "6"), ("de", "4"), ("fr", "6"))], strict=True
        )
    )
    for name, number in watches.items():
        await bought_by(connection, number, name)
    bobs = await watched(connection, person=BOB)
    await bought_by(connection, bobs, "bobs", BOB)
    idle, paid = await watched(connection, "it"), await watched(connection, "es")
    await bought_by(connection, paid, "paid")
    assert await confirmed(connection, "paid")
    found = await stock_watches.call_off(connection, ANN, watches["a"] if which == "number" else which)
    expected = sorted(watches[name] for name in called_off)
    assert [each.id for each in found] == ([*expected, idle] if which is None else expected)
    assert {name for name in watches if not await confirmed(connection, name)} == called_off
    assert await quotes.take(connection, BOB, "bobs", NOW) is not None


@pytest.mark.parametrize("quote", ["open", "taken back before", "confirmed"])
async def test_what_was_bought_by_hand_is_told_about_and_not_bought_as_well(
    connection: AsyncConnection, quote: str
) -> None:
    """Its own purchase, if it was confirmed already, goes on, and is not tried again should it come to nothing."""
    is_confirmed = quote == "confirmed"
    number, kind, country = [await watched(connection, *each) for each in (("de", "6"), ("de", "4"), ("fr", "6"))]
    for each in (number, kind, country):
        await stock_watches.buy_at_once(connection, ANN, each, Decimal("9.00"), "RUB", WISH)
    bobs = await watched(connection, person=BOB)
    await stock_watches.buy_at_once(connection, BOB, bobs, Decimal("9.00"), "RUB", WISH)
    await bought_by(connection, number, "q")
    assert not is_confirmed or await confirmed(connection, "q")
    if quote == "taken back before":
        await stock_watches.call_off(connection, ANN)
    await stock_watches.only_tell(connection, ANN, WISH)
    found = await one(connection, number)
    assert (found.up_to, found.currency, found.paying) == (None, "", "q")
    assert [(await one(connection, each)).up_to for each in (kind, country)] == [Decimal("9.00")] * 2
    assert (await one(connection, bobs, BOB)).up_to == Decimal("9.00")


async def test_what_is_bought_is_over_and_what_was_not_being_bought_goes_on(connection: AsyncConnection) -> None:
    bought, idle = await watched(connection), await watched(connection, "fr")
    await bought_by(connection, bought, "q")
    for person, number in ((BOB, bought), (ANN, idle)):
        await stock_watches.note_bought(connection, person, number, "q", NOW)
    await stock_watches.note_bought(connection, ANN, bought, "another", NOW)
    assert [each.id for each in await stock_watches.open_of(connection, ANN)] == [bought, idle]
    await stock_watches.note_bought(connection, ANN, bought, "q", NOW)
    found = await one(connection, bought)
    assert (found.told_at, found.look_at, found.paying) == (NOW, None, "q")
    assert [each.id for each in await stock_watches.open_of(connection, ANN)] == [idle]


async def test_purchases_that_spent_nothing_are_counted_of_this_watch_since_it_began(
    connection: AsyncConnection,
) -> None:
    number, german = await watched(connection), {"kind": "buy", "country": "de", "version": "6"}
    cases: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("counts", {}, "stock"),
        ("was never sent", {"state": "not_sent"}, "stock"),
        ("was bought", {"state": "done"}, "stock"),
        ("by hand", {}, "person"),
        ("before", {"confirmed_at": NOW - HOUR}, "stock"),
        ("another country", {"country": "fr"}, "stock"),
        ("another kind", {"version": "4"}, "stock"),
        ("Bob's", {"telegram_id": BOB}, "stock"),
    )
    for name, given, source in cases:
        made = await a_confirmation(connection, name, given.get("telegram_id", ANN), source=source)
        for _ in range(2):  # large purchases are several orders
            await an_order(connection, made, **{"state": "refused", **german, **given})
    assert [await stock_watches.failed_of(connection, person, number) for person in (ANN, BOB)] == [2, 0]
