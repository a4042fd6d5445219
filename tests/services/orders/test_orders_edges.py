"""Quotes and confirmations at their edges: each value with what stands on its other side."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import px6
from model.orders import Confirmation, Option, Part, Quote
from services.orders.journal import Journal
from services.orders.quoting import total
from services.orders.recording import error_id_of
from services.orders.spending import still_holds
from tests.services.orders.books import END, SENT, order
from tests.services.rig import Rig

SECOND = timedelta(seconds=1)


def option(price: str, single: str | None = None, *, at_most: bool = False) -> Option:
    return Option(
        period=30, price=Decimal(price), price_single=None if single is None else Decimal(single), at_most=at_most
    )


TOTALS: dict[str, tuple[list[Option], Option]] = {
    "one": ([option("42.00", "0.70")], option("42.00", "0.70")),
    "two of one price": ([option("42.00", "0.70"), option("21.00", "0.70")], option("63.00", "0.70")),
    "two of two prices": ([option("42.00", "0.70"), option("21.00", "0.80")], option("63.00")),
    "one of an unknown price": ([option("42.00", "0.70"), option("21.00")], option("63.00")),
    "one at most": ([option("42.00"), option("21.00", at_most=True)], option("63.00", at_most=True)),
}


@pytest.mark.parametrize(("parts", "whole"), TOTALS.values(), ids=TOTALS)
def test_the_parts_of_a_period_together(parts: list[Option], whole: Option) -> None:
    assert total(parts) == whole


def fresh(*prices: str, ends: dict[int, datetime] | None = None, currency: str = "RUB") -> Quote:
    parts = tuple(Part(count=1, ids=(at + 1,), prices=(Decimal(price),)) for at, price in enumerate(prices))
    return Quote(
        id="q",
        telegram_id=1001,
        px6_user_id="7",
        kind="prolong",
        parts=parts,
        ends={1: END, 2: END} if ends is None else ends,
        options=(option("42.00"),),
        balance=Decimal(1000),
        currency=currency,
        created_at=SENT,
    )


HOLDS: dict[str, tuple[Quote, bool]] = {
    "nothing changed": (fresh("21.00", "21.00"), True),
    "a kopeck less": (fresh("21.00", "20.99"), True),
    "a kopeck more": (fresh("21.00", "21.01"), False),
    "one part less, the other more": (fresh("20.00", "22.00"), True),
    "another currency": (fresh("21.00", "21.00", currency="USD"), False),
    "an end has moved by a second": (fresh("21.00", "21.00", ends={1: END, 2: END + SECOND}), False),
    "one is gone": (fresh("21.00", "21.00", ends={1: END}), False),
    "one call instead of two": (fresh("42.00"), False),
    "three calls instead of two": (fresh("14.00", "14.00", "14.00"), False),
}


@pytest.mark.parametrize(("now", "holds"), HOLDS.values(), ids=HOLDS)
def test_what_was_confirmed_still_holds(now: Quote, holds: bool) -> None:
    parts = [
        order("prolong", id=one, quoted="21.00", proxies=[{"id": one, "end_before": END, "end_after": None}])
        for one in (1, 2)
    ]
    given: dict[str, Any] = dict.fromkeys(Confirmation.__struct_fields__)
    confirmation = Confirmation(**{**given, "orders": tuple(parts)})
    assert still_holds(confirmation, now) is holds


def test_only_a_no_and_an_unknown_outcome_have_a_number() -> None:
    errors = [px6.NoMoney(400, "no"), px6.OutcomeUnknown("buy", "no", 31), px6.OutcomeUnknown("buy"), px6.NoAnswer()]
    assert [error_id_of(error) for error in errors] == [400, 31, None, None]


@pytest.mark.parametrize(
    ("source", "held"),
    [("person", timedelta(minutes=15)), ("rule", timedelta(minutes=15)), ("digest", timedelta(days=3))],
)
@pytest.mark.parametrize(("later", "wins"), [(timedelta(0), True), (timedelta(microseconds=1), False)])
async def test_a_quote_holds_to_its_last_moment(
    rig: Rig, source: Any, held: timedelta, later: timedelta, wins: bool
) -> None:
    quote = await rig.orders.quote_prolong(1001, [rig.proxy().id], [30], source=source)
    moment = quote.created_at + held + later
    claim = await Journal(rig.database, lambda: moment).claim(1001, quote.id, 30)
    assert (claim.won, claim.reason) == ((True, None) if wins else (False, "stale"))


async def test_each_part_of_a_long_quote_has_a_price_for_each_period(rig: Rig) -> None:
    ids = [rig.proxy().id for _ in range(900)]
    quote = await rig.orders.quote_prolong(1001, ids[::-1], [7, 30])
    assert [len(part.prices) for part in quote.parts] == [2, 2, 2]
    assert [part.count for part in quote.parts] == [len(part.ids) for part in quote.parts]
    assert list(quote.ids) == sorted(ids)
    for nth, period in enumerate((7, 30)):
        option = quote.option(period)
        assert option is not None
        assert option.price == sum(part.prices[nth] for part in quote.parts)
        single = option.price / 900
        assert [part.prices[nth] for part in quote.parts] == [part.count * single for part in quote.parts]


async def test_the_price_of_a_proxy_and_a_day_is_named_where_there_is_one(rig: Rig) -> None:
    one, other, of_another_kind = rig.proxy().id, rig.proxy().id, rig.proxy(version="4").id
    for ids, is_named in (([one], True), ([one, other], True), ([one, of_another_kind], False)):
        option = (await rig.orders.quote_prolong(1001, ids, [30])).option(30)
        assert option is not None
        assert (option.price_single is not None) is is_named


async def test_a_price_that_is_kept_in_the_currency_of_before_is_asked_anew(rig: Rig) -> None:
    ids = [rig.proxy().id]
    assert (await rig.orders.quote_prolong(1001, ids, [30])).currency == "RUB"
    await rig.orders.quote_prolong(1001, ids, [30])
    assert len(rig.requests("getprice")) == 1, "while the currency is the same, the kept price is used"
    rig.account.currency = "USD"
    assert (await rig.orders.quote_prolong(1001, ids, [30])).currency == "USD"
    assert len(rig.requests("getprice")) == 2


async def test_what_a_purchase_costs_is_asked_each_time(rig: Rig) -> None:
    await rig.quoted_buy()
    await rig.quoted_buy()
    assert len(rig.requests("getprice")) == 2


async def test_people_who_ask_and_pay_do_not_wait_as_background_work_does(rig: Rig) -> None:
    """While one slot of three is left, which stays for people."""
    first, second = rig.proxy().id, rig.proxy().id
    throttle = (await rig.accounts.client(1001))._calls.throttle
    async with asyncio.timeout(20), throttle.slot(), throttle.slot():
        work = asyncio.ensure_future(rig.orders.quote_prolong(1001, [second], [30], background=True))
        for quoted in (await rig.quoted_prolong([first]), await rig.quoted_buy()):
            confirmation = await rig.pay(quoted)
            assert [str(each.state) for each in confirmation.orders] == ["done"]
        assert not work.done()
    assert (await work).ids == (second,)


async def test_a_comment_that_px6_says_it_has_set_is_not_looked_for(rig: Rig) -> None:
    await rig.pay(await rig.quoted_buy())
    methods = [call.method for call in rig.px6.calls]
    assert methods[methods.index("buy") :] == ["buy", "setdescr"]
