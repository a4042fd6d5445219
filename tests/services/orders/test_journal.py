"""Claims and changes of orders: from which states, what is written with them, and what is undone."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from model.orders import BuyWish, Option, OrderState, Part, Source
from px6 import Protocol, Version
from services.account.accounts import NoKey
from services.orders import OtherAccount
from services.orders.journal import Journal
from storage import known_proxies, replacements
from storage.engine.types import time_from_int
from tests.databases import run
from tests.durations import DAY
from tests.services.orders.books import END, MONTH, SENT
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import ANNA, BORIS, Rig

SECOND, QUARTER = timedelta(seconds=1), timedelta(minutes=15)
CLOSED = [state for state in OrderState if state != OrderState.CONFIRMED]


def tell_at(rig: Rig) -> list[tuple[int, Any]]:
    """Of each confirmation how many news there were, and when the bot's round tells them."""
    rows = rig.rows("SELECT changes, tell_at FROM confirmations ORDER BY id")
    return [(changes, None if at is None else time_from_int(at)) for changes, at in rows]


async def is_in(rig: Rig, order_id: int, state: OrderState) -> None:
    async with rig.database.write() as connection:
        await run(connection, "UPDATE orders SET state = ? WHERE id = ?", (str(state), order_id))


# -- quotes and their confirmation


async def test_a_quote_of_an_account_that_is_not_connected_is_not_kept(rig: Rig) -> None:
    journal = Journal(rig.database, Hands())
    with pytest.raises(OtherAccount):
        await journal.add_quote(quote_of(rig, px6_user_id="another"))
    await rig.people.find_or_create(BORIS)
    with pytest.raises(NoKey):
        await journal.add_quote(quote_of(rig, telegram_id=BORIS))
    assert rig.rows("SELECT count(*) FROM quotes") == [(0,)]
    await journal.add_quote(quote_of(rig))
    assert await journal.quote(ANNA, "q") == quote_of(rig)
    assert await journal.quote(BORIS, "q") is None
    await journal.set_message("q", 77, 5)
    assert rig.rows("SELECT chat_id, message_id FROM quotes") == [(77, 5)]


async def test_what_a_tap_makes_of_a_quote_for_two_calls(rig: Rig) -> None:
    hands = Hands()
    prices = [
        Part(count=1, ids=(one,), prices=tuple(map(Decimal, sums)))
        for one, sums in ((1, ("7", "21")), (2, ("8", "22")))
    ]
    quote = quote_of(
        rig, "q", [1], [2], parts=(prices[0], Part(count=1, ids=(2,), prices=prices[1].prices, at_most=True)),
        options=(Option(period=7, price=Decimal(15)), Option(period=30, price=Decimal(43))),
    )  # fmt: skip
    hands.move(SECOND)
    confirmation = await laid(rig, quote, hands, (77, 5))
    assert (confirmation.period, confirmation.source, confirmation.confirmed_at) == (30, "person", SENT + SECOND)
    assert (confirmation.chat_id, confirmation.message_id, confirmation.changes) == (77, 5, 0)
    assert [(one.quoted, one.at_most, one.ids, one.count) for one in confirmation.orders] == [
        (Decimal(21), False, (1,), 1),
        (Decimal(22), True, (2,), 1),
    ]
    for order in confirmation.orders:
        assert (order.state, order.period, order.due_at) == ("confirmed", 30, SENT + SECOND + QUARTER)
        assert (order.auto_prolong, order.mark, order.country, order.version) == (False, None, None, None)
        assert [one.end_before for one in order.proxies] == [END]


async def test_what_a_tap_makes_of_a_quote_for_a_buy(rig: Rig) -> None:
    wish = BuyWish(3, 30, "fr", Version.SHARED, Protocol.SOCKS, "shop", auto_prolong=True)
    (order,) = (await laid(rig, quote_of(rig, wish=wish), Hands())).orders
    assert (order.country, order.version, order.protocol, order.comment) == ("fr", "3", "socks", "shop")
    assert (order.auto_prolong, order.ids) == (True, ())
    assert order.mark is not None
    assert order.mark.endswith(" shop")


async def test_who_wins_and_why_another_does_not(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    await journal.add_quote(quote_of(rig, "q", [1]))

    async def tapped(person: int = ANNA, quote: str = "q", period: int = 30) -> tuple[bool, str | None, bool]:
        claim = await journal.claim(person, quote, period, (77, 5))
        return claim.won, claim.reason, claim.confirmation is not None

    assert await tapped(quote="other") == (False, "gone", False)
    assert await tapped(BORIS) == (False, "gone", False)
    assert await tapped(period=7) == (False, "gone", False)
    assert rig.rows("SELECT state, chat_id FROM quotes") == [("open", None)], "a lost tap changes nothing"
    assert await tapped() == (True, None, True)
    assert await tapped() == (False, "claimed", True)
    assert await tapped(period=7) == (False, "claimed", True)
    assert await tapped(BORIS) == (False, "gone", False)
    await journal.add_quote(quote_of(rig, "old", [2]))
    hands.move(timedelta(days=3, seconds=1))
    assert await tapped(quote="old") == (False, "stale", False)
    await rig.replaces_key(rig.px6.add_account().key)
    hands.now = SENT
    assert await tapped(quote="old") == (False, "stale", False)
    assert rig.rows("SELECT count(*) FROM orders") == [(1,)]


@pytest.mark.parametrize(("source", "holds"), [("person", QUARTER), ("at_once", QUARTER), ("digest", 3 * DAY)])
async def test_a_quote_can_be_confirmed_until_its_time_is_over(rig: Rig, source: Source, holds: timedelta) -> None:
    hands = Hands(SENT + holds)
    journal = Journal(rig.database, hands)
    for name, created_at, won in (("just", SENT, True), ("late", SENT - timedelta(microseconds=1000), False)):
        await journal.add_quote(quote_of(rig, name, [1 if won else 2], source=source, created_at=created_at))
        claim = await journal.claim(ANNA, name, 30)
        assert (claim.won, claim.reason) == ((True, None) if won else (False, "stale"))


@pytest.mark.parametrize(
    ("state", "country", "becomes"),
    [("paying", "de", "withdrawn"), ("paying", "fr", "open"), ("announced", "de", "open")],
)
async def test_whoever_buys_such_a_proxy_themselves_holds_back_the_twin_that_is_about_to_be_paid(
    rig: Rig, state: str, country: str, becomes: str
) -> None:
    journal = Journal(rig.database, Hands())
    values = {
        "telegram_id": ANNA,
        "px6_user_id": rig.account.user_id,
        "watch_id": 1,
        "wish": BuyWish(1, 3, country),
        "ends": {1: END},
        "since": SENT,
        "price": Decimal("21.00"),
        "currency": "RUB",
        "run_at": SENT,
    }
    await journal.add_quote(quote_of(rig, "twin", source="replace"))
    await journal.add_quote(quote_of(rig, "mine"))
    async with rig.database.write() as connection:
        made = await replacements.add(connection, values)
        assert made is not None
        paying = "twin" if state == "paying" else None
        assert await replacements.move(connection, ANNA, made.id, ["announcing"], state=state, paying=paying)
    assert (await journal.claim(ANNA, "mine", 30)).won
    assert rig.rows("SELECT state FROM quotes WHERE id = 'twin'") == [(becomes,)]


async def test_only_an_automatic_payment_is_made_once_for_an_end(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    for name, source, reason in (
        ("a", "person", None),
        ("b", "rule", None),
        ("c", "rule", "repeated"),
        ("d", "person", None),
        ("e", "digest", None),
    ):
        await journal.add_quote(quote_of(rig, name, [1], source=source))
        claim = await journal.claim(ANNA, name, 30)
        assert (claim.won, claim.reason) == (reason is None, reason)
        if claim.confirmation:
            (order,) = claim.confirmation.orders
            assert await journal.change(order, (order.state,), {"state": OrderState.DONE}, "answered", {})
    assert rig.rows("SELECT automatic FROM order_proxies ORDER BY order_id") == [(0,), (1,), (0,), (0,)]


async def test_a_proxy_that_another_process_has_taken_meanwhile_is_busy(rig: Rig) -> None:
    """As when both had looked before either wrote: here both calls of one quote are about one proxy."""
    journal = Journal(rig.database, Hands())
    await journal.add_quote(quote_of(rig, "q", [1], [1]))
    claim = await journal.claim(ANNA, "q", 30)
    assert (claim.won, claim.reason, claim.confirmation) == (False, "busy", None)
    assert rig.rows("SELECT state FROM quotes") == [("open",)]
    assert rig.rows("SELECT count(*) FROM orders") == [(0,)]


# -- what happens to an order


async def test_an_order_is_sent_once_and_only_after_that_is_on_disk(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    (order,) = (await laid(rig, quote_of(rig, "q", [1]), hands)).orders
    hands.move(SECOND)
    sent = await journal.sending(order, "prolong", {"period": 30}, balance_before=Decimal(9), expected=Decimal(8))
    assert sent is not None
    assert (sent.state, sent.sent_at, sent.due_at) == ("sending", SENT + SECOND, SENT + SECOND + QUARTER)
    assert (sent.balance_before, sent.expected) == (Decimal("9.00"), Decimal("8.00"))
    ((event, data, at),) = rig.rows("SELECT event, data, at FROM journal")
    assert (event, time_from_int(at)) == ("sent", SENT + SECOND)
    assert json.loads(data) == {"method": "prolong", "params": {"period": 30}, "balance": "9"}
    for state in CLOSED:
        await is_in(rig, order.id, state)
        assert await journal.sending(order, "prolong", {}, balance_before=None) is None
    assert rig.rows("SELECT count(*) FROM journal") == [(1,)]


async def test_a_confirmation_is_taken_for_sending_once_and_anew_only_while_it_is_untouched(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    confirmation = await laid(rig, quote_of(rig, "q", [1], [2]), hands)
    assert [await journal.start(confirmation.id) for _ in range(2)] == [True, False]
    assert [await journal.start_anew(confirmation.id), await journal.start(confirmation.id)] == [True, True]
    for state in CLOSED:
        await is_in(rig, confirmation.orders[1].id, state)
        assert await journal.start_anew(confirmation.id) is False
        assert await journal.start(confirmation.id) is False
    assert await journal.start_anew(confirmation.id + 1) is False


async def test_a_change_comes_with_its_line_and_its_news_or_not_at_all(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    (order,) = (await laid(rig, quote_of(rig, "q", [1]), hands)).orders
    assert not await journal.change(order, (OrderState.DONE,), {"error": "x"}, "odd", {}, ends={1: END + MONTH})
    assert (rig.rows("SELECT count(*) FROM journal"), tell_at(rig)) == ([(0,)], [(0, None)])
    assert await journal.change(order, (order.state,), {"error": "y"}, "quiet", {"a": 1}, news=False)
    assert tell_at(rig) == [(0, None)]
    hands.move(SECOND)
    assert await journal.change(order, (order.state,), {"error": "z"}, "loud", {}, ends={1: END + MONTH})
    assert tell_at(rig) == [(1, SENT + 31 * SECOND)]
    written = rig.rows("SELECT event, data, at FROM journal ORDER BY id")
    assert [(event, data, time_from_int(at)) for event, data, at in written] == [
        ("quiet", '{"a":1}', SENT),
        ("loud", "{}", SENT + SECOND),
    ]
    found = await journal.order(order.id)
    assert found is not None
    assert (found.error, [one.end_after for one in found.proxies]) == ("z", [END + MONTH])


async def test_the_kind_of_what_was_bought_is_remembered_once_it_is_done(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    bought = (await laid(rig, quote_of(rig, wish=BuyWish(1, 30, "de", auto_prolong=True)), hands)).orders[0]
    prolonged = (await laid(rig, quote_of(rig, "p", [1]), hands)).orders[0]
    states = (OrderState.CONFIRMED, OrderState.UNKNOWN)
    await journal.change(bought, states, {"state": OrderState.UNKNOWN}, "answered", {}, ends={11: END})
    await journal.change(prolonged, states, {"state": OrderState.DONE}, "answered", {}, ends={1: END})
    assert rig.rows("SELECT proxy_id FROM known_proxies") == []
    await journal.change(bought, states, {"state": OrderState.DONE}, "answered", {}, ends={11: END})
    async with rig.database.read() as connection:
        assert await known_proxies.versions_of(connection, ANNA) == {11: "6"}
        assert await known_proxies.auto_prolonged_of(connection, ANNA) == {11}


async def test_what_was_not_sent_is_closed_with_its_reason(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    confirmation = await laid(rig, quote_of(rig, "q", [1], [2]), hands)
    await is_in(rig, confirmation.orders[0].id, OrderState.SENDING)
    hands.move(SECOND)
    await journal.not_sent(confirmation.orders, "NoMoney", 400)
    first, second = (await read(rig, confirmation)).orders
    assert (first.state, first.error) == ("sending", None)
    assert (second.state, second.error, second.error_id) == ("not_sent", "NoMoney", 400)
    assert (second.settled_at, second.due_at) == (SENT + SECOND, None)
    assert rig.rows("SELECT order_id, event, data FROM journal") == [(second.id, "not_sent", '{"error":"NoMoney"}')]


async def test_what_costs_something_else_by_now_is_offered_in_the_same_message(rig: Rig) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    confirmation = await laid(rig, quote_of(rig, "q", [1], [2]), hands, (77, 5))
    hands.move(SECOND)
    await journal.requoted(confirmation, quote_of(rig, "new", [1, 2]))
    found = await read(rig, confirmation)
    assert found.requote is not None
    assert (found.requote.id, found.requote.chat_id, found.requote.message_id) == ("new", 77, 5)
    assert [(one.state, one.settled_at, one.due_at) for one in found.orders] == [
        ("requoted", SENT + SECOND, None)
    ] * 2
    assert tell_at(rig) == [(1, SENT + 31 * SECOND)]
    assert rig.rows("SELECT event, data FROM journal") == [("requoted", '{"quote":"new"}')] * 2


@pytest.mark.parametrize(
    ("source", "then"),
    [
        ("person", "person"),
        ("digest", "digest"),
        ("rule", "rule"),
        ("kept", "kept"),
        *((each, "person") for each in ("at_once", "stock", "replace")),
    ],
)
async def test_what_was_paid_without_a_tap_is_paid_by_a_tap_alone_once_it_is_offered_anew(
    rig: Rig, source: Source, then: Source
) -> None:
    confirmation = await laid(rig, quote_of(rig), Hands())
    await Journal(rig.database, Hands()).requoted(confirmation, quote_of(rig, "new", source=source))
    assert rig.rows("SELECT source FROM quotes WHERE id = 'new'") == [(then,)]


@pytest.mark.parametrize("state", CLOSED)
async def test_nothing_is_offered_anew_once_some_of_it_was_sent_or_closed(rig: Rig, state: OrderState) -> None:
    hands = Hands()
    journal = Journal(rig.database, hands)
    confirmation = await laid(rig, quote_of(rig, "q", [1], [2]), hands)
    await is_in(rig, confirmation.orders[1].id, state)
    await journal.requoted(confirmation, quote_of(rig, "new", [1, 2]))
    assert [str(one.state) for one in (await read(rig, confirmation)).orders] == ["confirmed", str(state)]
    assert (rig.rows("SELECT id FROM quotes"), tell_at(rig)) == ([("q",)], [(0, None)])
