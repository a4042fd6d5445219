"""The pure judge: for each verdict the story in px6's books in which another one would be false."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from px6 import Prolongation, Purchase
from services.orders import Order, OrderState
from services.orders.answers import why_not_yes
from services.orders.judging import Verdict, judge
from services.orders.marks import carries, is_left_of, mark_for
from services.orders.settling import with_top_up
from services.orders.sums import Books
from tests.services.orders.books import (
    DONE,
    END,
    LONGER,
    MARK,
    MINE,
    MONTH,
    NOT_DONE,
    OTHERS,
    SENT,
    UNCLEAR,
    books,
    order,
    proxy,
    sums,
)

BUYS: dict[str, tuple[Books, OrderState]] = {
    "nothing happened": (books(), NOT_DONE),
    "px6 took the money and delivers later": (books("42"), UNCLEAR),
    "it took the money and the person topped up 100, or only topped up 58": (books("-58"), UNCLEAR),
    "the balance fell by something else": (books("10"), UNCLEAR),
    "another order of ours took just that": (books("42", spent=Decimal("42.00")), NOT_DONE),
    "one of two orders of the same price took it": (books("42", perhaps=sums("42.00")), UNCLEAR),
    "the other of unknown outcome took nothing either": (books("0", perhaps=sums("42.00")), NOT_DONE),
    "the other took its money, which is another sum": (books("50", perhaps=sums("50.00")), NOT_DONE),
    "more orders of unknown outcome than can be added up": (books("0", perhaps=sums(*["7"] * 9)), UNCLEAR),
    "the balance is in another currency": (books("0", currency="USD"), UNCLEAR),
    "a proxy that cannot be read may be the one": (books("0", unreadable=1), UNCLEAR),
    "a new one of another country, that nobody ordered here": (books("10", proxy(9, country="us")), UNCLEAR),
    "a new one that cost nothing": (books("0", proxy(9)), UNCLEAR),
    "a new one of another order of ours": (
        books("42", OTHERS, spent=Decimal("42.00"), others_marks=frozenset({"0123456789 OTHER"})),
        NOT_DONE,
    ),
    "the mark on one that was there before": (
        books("0", proxy(1, descr=MARK, unixtime_end=END)),
        NOT_DONE,
    ),
    "both carry the mark": (books("42", proxy(8, descr=MINE), proxy(9, descr=MINE)), DONE),
    "both, and the person topped up": (books("-58", proxy(8, descr=MINE), proxy(9, descr=MINE)), DONE),
    "one was renamed meanwhile, and both were paid": (books("42", proxy(8, descr=MINE), proxy(9, descr="x")), DONE),
    "one came, and another was bought on the site": (books("63", proxy(8, descr=MINE), proxy(9, descr="x")), UNCLEAR),
    "one came, and one cannot be read": (books("42", proxy(8, descr=MINE), unreadable=1), UNCLEAR),
    "only one came": (books("21", proxy(8, descr=MINE)), DONE),
    "only one came, while one of another kind was bought on the site": (
        books("63", proxy(8, descr=MINE), proxy(9, version="4")),
        DONE,
    ),
}

PROLONGS: dict[str, tuple[Books, OrderState]] = {
    "nothing happened": (books(), NOT_DONE),
    "px6 took the money and moves the ends later": (books("42"), UNCLEAR),
    "it took the money and the person topped up 100, or only topped up 58": (books("-58"), UNCLEAR),
    "the balance fell by something else": (books("10"), UNCLEAR),
    "as ordered": (books("42", ends=LONGER), DONE),
    "as ordered, and another of ours was paid": (books("62", ends=LONGER, spent=Decimal(20)), DONE),
    "as ordered, but the person topped up": (books("-58", ends=LONGER), UNCLEAR),
    "as ordered, and it cost nothing": (books("0", ends=LONGER), UNCLEAR),
    "one of two": (books("21", ends={1: END + MONTH}), UNCLEAR),
    "one is gone": (books("0", ends={1: None}), UNCLEAR),
    "the ends are in the past": (books("42", ends=dict.fromkeys((1, 2), datetime(2023, 5, 1, tzinfo=UTC))), UNCLEAR),
    "another currency": (books("42", ends=LONGER, currency="USD"), UNCLEAR),
    "one of two orders of the same price took it": (books("42", perhaps=sums("42.00")), UNCLEAR),
    "somebody saw the old ends long after the call": (
        books("42", ends=LONGER, looked_at=SENT + timedelta(minutes=2)),
        UNCLEAR,
    ),
}


@pytest.mark.parametrize(("seen", "state"), BUYS.values(), ids=BUYS)
def test_a_buy_is_told_as_what_px6s_books_prove(seen: Books, state: OrderState) -> None:
    check(order("buy"), seen, state)


@pytest.mark.parametrize(("seen", "state"), PROLONGS.values(), ids=PROLONGS)
def test_a_prolong_is_told_as_what_px6s_books_prove(seen: Books, state: OrderState) -> None:
    check(order("prolong"), seen, state)


def check(one: Order, seen: Books, state: OrderState) -> None:
    verdict = judge(one, seen, last=True)
    assert verdict is not None
    assert verdict.state is state
    early = judge(one, seen, last=False)
    assert early is None or (early.state, state) == (DONE, DONE), (
        "while px6 may still do it, only what is done is told"
    )


@pytest.mark.parametrize("kind", ["buy", "prolong"])
def test_only_where_a_top_up_would_explain_it_all_the_person_is_asked_for_it(kind: str) -> None:
    def asked(seen: Books) -> Decimal | None:
        found = judge(order(kind), seen, last=True)
        assert found is not None
        return found.top_up

    assert asked(books("-58")) == 58
    assert asked(books("-16", spent=Decimal("42.00"))) == 58, "what others took is no part of it"
    assert asked(books("0")) is None
    assert asked(books("42")) is None
    assert asked(books("-58", perhaps=sums("7"))) is None, "it may have been 65"
    assert asked(books("-58", currency="USD")) is None
    assert asked(books("-58", proxy(9)) if kind == "buy" else books("-58", ends=LONGER)) is None


def test_a_yes_to_the_question_is_believed_only_while_the_books_say_the_same() -> None:
    one = order("prolong", state="unclear", top_up="58.00")

    def after(seen: Books) -> Verdict:
        return with_top_up(one, judge(one, seen, last=True))

    assert after(books("-58")).state is NOT_DONE
    assert after(books("-30")) == Verdict(state=UNCLEAR, top_up=Decimal(30)), "it is asked for what stands now"
    assert after(books("-58", ends=LONGER)).state is UNCLEAR
    assert after(books("42", ends=LONGER)).state is UNCLEAR, "so long after the call that proves nothing"


def test_what_px6_may_have_charged_less_for_is_not_done_only_if_nothing_moved() -> None:
    one = order("prolong", at_most=True)
    seen = {"0": books("0"), "30": books("30"), "of another": books("30", perhaps=sums("30"))}
    states = {how: found.state for how, each in seen.items() if (found := judge(one, each, last=True))}
    assert states == {"0": NOT_DONE, "30": UNCLEAR, "of another": UNCLEAR}


def test_an_answer_that_named_one_of_two_is_done_only_as_it_said() -> None:
    told = [{"id": 1, "end_before": END, "end_after": END + MONTH}, {"id": 2, "end_before": END, "end_after": None}]
    one = order("prolong", error="NamesOthers", expected="21.00", proxies=told)
    seen = {
        "as it said": books("21", ends={1: END + MONTH}),
        "both, one of them perhaps on the site": books("42", ends=LONGER),
        "nothing, although it said so": books(),
        "the whole price, and nothing to be seen": books("42"),
    }
    states = {how: found.state for how, each in seen.items() if (found := judge(one, each, last=True))}
    assert list(states.values()) == [DONE, UNCLEAR, NOT_DONE, UNCLEAR]


# -- what is left of a mark

LEFT = {
    "as sent": MARK,
    "escaped": "5f3a9c01d2 Shop &amp; Co",
    "escaped and cut": "5f3a9c01d2 Shop &am",
    "small letters": "5f3a9c01d2 shop & co",
    "capitals": "5F3A9C01D2 SHOP & CO",
    "cut": "5f3a9c01d2 Sho",
    "cut into what is unique": "5f3a9c0",
    "six characters of what is unique": "5f3a9c",
    "cut with dots": "5f3a9c01…",
    "slashes": "5f3a9c01d2 Shop \\& Co",
}


@pytest.mark.parametrize("comment", LEFT.values(), ids=LEFT)
def test_a_mark_is_found_by_what_px6_left_of_it(comment: str) -> None:
    assert carries(MARK, comment)
    found = judge(order("buy"), books("42", proxy(8, descr=comment), proxy(9, descr=comment)), last=False)
    assert found is not None
    assert found.state is DONE


@pytest.mark.parametrize("comment", ["", "Shop & Co", "5f3a9", "6f3a9c01d2 Shop & Co", "5f3a9c0 another"])
def test_what_may_be_anybodys_comment_is_no_mark(comment: str) -> None:
    assert not carries(MARK, comment)


def test_a_mark_of_an_older_bot_which_ends_with_what_is_unique_is_found_too() -> None:
    assert carries("shop 5f3a9c01d2", "SHOP 5f3a9c01d2")
    assert carries("shop 5f3a9c01d2", "shop 5f3a9c01")
    assert not carries("shop 5f3a9c01d2", "shop")
    assert carries("my little shop 5f3a9c01d2", "5f3a9c01d2")
    assert not carries("my little shop 5f3a9c01d2", "my little")


@pytest.mark.parametrize("mark", [None, ""])
@pytest.mark.parametrize("comment", ["", "shop", MARK])
def test_what_was_sent_without_a_mark_is_found_by_none(mark: str | None, comment: str) -> None:
    assert not carries(mark, comment)
    assert not is_left_of(mark, comment)


def test_a_mark_begins_with_ten_characters_by_chance() -> None:
    assert re.fullmatch(r"[0-9a-f]{10} shop", mark_for("shop"))
    assert re.fullmatch(r"[0-9a-f]{10} bot", mark_for(""))


def test_a_mark_fits_and_differs_every_time() -> None:
    marks = [mark_for("x" * 50) for _ in range(50)]
    assert {len(mark) for mark in marks} == {50}
    assert len(set(marks)) == 50
    assert is_left_of(marks[0], "")
    assert is_left_of(marks[0], marks[0][:3])
    assert not is_left_of(marks[0], "mine")


# -- whether a yes is one


def purchase(**changed: Any) -> Purchase:
    given: dict[str, Any] = {
        "user_id": "7",
        "balance": Decimal("958.00"),
        "currency": "RUB",
        "count": 2,
        "price": Decimal("42.00"),
        "period": 30,
        "country": "de",
        "proxies": (proxy(8), proxy(9)),
    }
    return Purchase(**{**given, **changed})


def prolongation(ends: Mapping[int, datetime], **changed: Any) -> Prolongation:
    given: dict[str, Any] = {
        "user_id": "7",
        "balance": Decimal("958.00"),
        "currency": "RUB",
        "count": len(ends),
        "price": Decimal("42.00"),
        "period": 30,
        "ends": dict(ends),
    }
    return Prolongation(**{**given, **changed})


PURCHASES: dict[str, tuple[dict[str, Any], str | None]] = {
    "just that": ({}, None),
    "px6 does not say country and kind": (
        {"proxies": (proxy(8, country=None, version=None), proxy(9, country="", version=""))},
        None,
    ),
    "another account": ({"user_id": "8"}, "ForOthers"),
    "another currency": ({"currency": "USD"}, "ForOthers"),
    "one was there before": ({"proxies": (proxy(8), proxy(2))}, "NotAsOrdered"),
    "another country": ({"proxies": (proxy(8), proxy(9, country="us"))}, "NotAsOrdered"),
    "another kind": ({"proxies": (proxy(8), proxy(9, version="4"))}, "NotAsOrdered"),
    "one that ended in 2023": (
        {"proxies": (proxy(8), proxy(9, unixtime_end=datetime(2023, 5, 1, tzinfo=UTC)))},
        "NotAsOrdered",
    ),
    "one that ends a day later than ordered": (
        {"proxies": (proxy(8), proxy(9, unixtime_end=SENT + timedelta(days=31)))},
        None,
    ),
    "one that ends a day and a second later": (
        {"proxies": (proxy(8), proxy(9, unixtime_end=SENT + timedelta(days=31, seconds=1)))},
        "NotAsOrdered",
    ),
    "one that ends a day and a second earlier": (
        {"proxies": (proxy(8), proxy(9, unixtime_end=SENT + timedelta(days=29, seconds=-1)))},
        "NotAsOrdered",
    ),
    "too few": ({"proxies": (proxy(8),), "count": 1}, "NamesOthers"),
    "another number of days": ({"period": 7}, "NamesOthers"),
    "another number of proxies": ({"count": 3}, "NamesOthers"),
}
PROLONGATIONS: dict[str, tuple[Prolongation, str | None]] = {
    "just that": (prolongation(LONGER), None),
    "to the same hour of another zone": (prolongation({**LONGER, 1: END + MONTH + timedelta(hours=3)}), None),
    "another account": (prolongation(LONGER, user_id="8"), "ForOthers"),
    "another currency": (prolongation(LONGER, currency="USD"), "ForOthers"),
    "an end that did not move": (prolongation({**LONGER, 2: END}), "NotAsOrdered"),
    "an end in 2023": (prolongation({**LONGER, 2: datetime(2023, 5, 1, tzinfo=UTC)}), "NotAsOrdered"),
    "an end too far away": (prolongation({**LONGER, 2: END + 2 * MONTH}), "NotAsOrdered"),
    "only one": (prolongation({1: END + MONTH}), "NamesOthers"),
    "another one": (prolongation({1: END + MONTH, 5: END + MONTH}), "NamesOthers"),
    "another number of days": (prolongation(LONGER, period=7), "NamesOthers"),
    "another number of proxies": (prolongation(LONGER, count=3), "NamesOthers"),
}


@pytest.mark.parametrize(("changed", "wrong"), PURCHASES.values(), ids=PURCHASES)
def test_a_yes_to_a_purchase_is_one_only_if_it_fits(changed: dict[str, Any], wrong: str | None) -> None:
    assert why_not_yes(order("buy"), purchase(**changed)) == wrong


@pytest.mark.parametrize(("answer", "wrong"), PROLONGATIONS.values(), ids=PROLONGATIONS)
def test_a_yes_to_a_prolongation_is_one_only_if_it_fits(answer: Prolongation, wrong: str | None) -> None:
    assert why_not_yes(order("prolong"), answer) == wrong
