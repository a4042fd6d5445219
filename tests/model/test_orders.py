"""What follows from the columns of an order and a confirmation: open, late, what was got and what it cost."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from model.orders import BuyWish, Confirmation, Option, Order, OrderProxy, OrderState, Part, Quote

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def order(state: str = "done", **given: Any) -> Order:
    fields: dict[str, Any] = dict.fromkeys(Order.__struct_fields__)
    fields |= {"id": 1, "state": OrderState(state), "quoted": Decimal("1.00"), "proxies": ()}
    return Order(**(fields | given))


def confirmation(*orders: Order) -> Confirmation:
    fields: dict[str, Any] = dict.fromkeys(Confirmation.__struct_fields__)
    return Confirmation(**(fields | {"id": 1, "orders": orders}))


def proxy(number: int, end_after: datetime | None) -> OrderProxy:
    return OrderProxy(id=number, end_before=NOW, end_after=end_after)


@pytest.mark.parametrize(
    ("state", "is_open", "spent_nothing"),
    [
        ("confirmed", True, False),
        ("sending", True, False),
        ("unknown", True, False),
        ("done", False, False),
        ("unclear", False, False),
        ("refused", False, True),
        ("not_sent", False, True),
        ("requoted", False, True),
        ("not_done", False, True),
    ],
)
def test_each_state_is_open_spent_nothing_or_neither(state: str, is_open: bool, spent_nothing: bool) -> None:
    assert (OrderState(state).is_open, OrderState(state).spent_nothing) == (is_open, spent_nothing)


def test_what_was_got_is_what_px6_has_named() -> None:
    one = order(proxies=(proxy(5, NOW), proxy(6, None), proxy(7, NOW)))
    assert (one.ids, one.got) == ((5, 6, 7), 2)
    assert order().got == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"error": "NotAsOrdered"}, "NotAsOrdered"),
        ({"error": "ForOthers"}, "ForOthers"),
        ({"error": "TooMany"}, "TooMany"),
        ({"error": "OutcomeUnknown", "error_id": 30}, "No"),
        ({"error": "OutcomeUnknown"}, None),
        ({"error": "NoMoney", "error_id": 400, "state": OrderState.REFUSED}, None),
        ({"error": "NamesOthers"}, None),
        ({}, None),
    ],
)
def test_how_an_answer_was_none(given: dict[str, Any], told: str | None) -> None:
    assert order(**given).answered_otherwise == told


def test_what_an_error_and_a_rename_mean() -> None:
    assert [order(error=error).names_others for error in ("NamesOthers", "NotAsOrdered", None)] == [
        True,
        False,
        False,
    ]
    assert [order(rename=rename).rename_pending for rename in ("pending", "done", None)] == [True, False, False]
    assert order(error="NoAnswer").by_books
    assert not order().by_books
    assert not order("unclear", error="NoAnswer").by_books


def test_a_confirmation_is_open_while_one_order_is_and_late_only_after_that() -> None:
    late = order(unknown_at=NOW)
    assert confirmation(order(), order("unknown", unknown_at=NOW)).is_open
    assert not confirmation(order(), order("unknown", unknown_at=NOW)).late
    assert not confirmation(order(), order("unclear")).is_open
    assert confirmation(order(), late).late
    assert not confirmation(order()).late


def test_what_was_not_spent_is_named_of_those_orders_alone() -> None:
    spent, refused, open_ = (
        order(state, proxies=(proxy(number, None),))
        for state, number in (("done", 1), ("refused", 2), ("unknown", 3))
    )
    assert confirmation(spent, refused, open_).unspent_ids == (2,)


def test_the_sums_of_a_confirmation() -> None:
    one = order(quoted=Decimal("1.10"), charged=Decimal("1.00"), balance_before=None, balance_after=Decimal(9))
    two = order(quoted=Decimal("2.20"), charged=Decimal("2.00"), balance_before=Decimal(9), balance_after=Decimal(7))
    open_ = order("unknown", quoted=Decimal("4.40"), balance_before=Decimal(7))
    three = confirmation(one, two, open_)
    assert (three.quoted, three.charged) == (Decimal("7.70"), Decimal("3.00"))
    assert (three.balance_before, three.balance_after) == (Decimal(9), Decimal(7))
    assert confirmation(two, order(charged=None)).charged is None
    assert confirmation(one, two, order(balance_after=Decimal(5)), open_).balance_after == Decimal(5)
    nothing = confirmation(order("refused"))
    assert (nothing.charged, nothing.balance_before, nothing.balance_after) == (Decimal(0), None, None)


def test_whoever_wants_a_proxy_and_says_no_more() -> None:
    wish = BuyWish(1, 7, "ru")
    assert (wish.version, wish.protocol, wish.comment, wish.auto_prolong) == ("6", "http", "", False)


def test_the_options_of_a_quote() -> None:
    fields: dict[str, Any] = dict.fromkeys(Quote.__struct_fields__)
    options = tuple(Option(period=period, price=Decimal(period)) for period in (7, 30))
    parts = tuple(Part(count=1, ids=ids, prices=()) for ids in ((1, 2), (3,)))
    quote = Quote(**(fields | {"options": options, "parts": parts}))
    assert (quote.ids, quote.periods) == ((1, 2, 3), (7, 30))
    assert (quote.option(30), quote.option(8)) == (options[1], None)
    made = msgspec.json.decode(
        b'{"id":"q","telegram_id":1,"px6_user_id":"1","kind":"buy","parts":[],"ends":{},"options":[],'
        b'"balance":"1","currency":"RUB","created_at":"2026-11-23T12:00:00Z"}',
        type=Quote,
    )
    assert (made.source, made.state, made.wish, made.chat_id, made.message_id) == ("person", "open", None, None, None)
    assert not options[0].at_most and not parts[0].at_most
