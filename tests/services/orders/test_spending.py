"""What is asked before a call that spends, what is sent, and what follows from each answer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from px6 import Protocol, Px6Client, Version
from services.orders import BuyWish, Confirmation, OrderState
from storage.engine.types import time_from_int
from tests.databases import run
from tests.px6_events import once_answered
from tests.services.rig import ANNA, Rig

pytestmark = pytest.mark.usefixtures("threads")  # which statement ends first matters here

QUARTER = timedelta(minutes=15)


async def claimed(rig: Rig, quoted: tuple[str, int]) -> Confirmation:
    claim = await rig.orders.claim(ANNA, *quoted)
    assert claim.confirmation is not None
    return claim.confirmation


async def under_way(rig: Rig, confirmation: Confirmation, fault: str, method: str) -> asyncio.Task[Confirmation]:
    """Send it, and be there while px6 keeps silent to a call of this method."""
    rig.px6.fault(fault, method)
    paying = asyncio.ensure_future(rig.orders.execute(confirmation.id))
    while not any(call.fault == fault for call in rig.px6.calls):  # noqa: ASYNC110 - px6 is asked in this loop
        await asyncio.sleep(0.002)
    return paying


async def cut_off(paying: asyncio.Task[Confirmation]) -> None:
    paying.cancel()
    await asyncio.gather(paying, return_exceptions=True)


def sent(rig: Rig) -> list[dict[str, Any]]:
    """What the journal says was sent."""
    rows = rig.rows("SELECT data FROM journal WHERE event = 'sent' ORDER BY id")
    return [json.loads(data) for (data,) in rows]


# -- what is sent


async def test_a_buy_is_sent_as_it_was_wished(rig: Rig) -> None:
    wish = BuyWish(2, 14, "fr", Version.SHARED, Protocol.SOCKS, "shop", auto_prolong=True)
    before = rig.proxy().id
    (order,) = (await rig.pay(await rig.quoted_buy(wish))).orders
    (call,) = rig.requests("buy")
    asked = {"count": "2", "period": "14", "country": "fr", "version": "3", "type": "socks", "descr": order.mark}
    assert {name: call.params.get(name) for name in asked} == asked
    assert "auto_prolong" in call.params
    kept = {"count": 2, "period": 14, "country": "fr", "version": "3", "type": "socks", "descr": order.mark}
    assert sent(rig) == [{"method": "buy", "params": {**kept, "auto_prolong": True}, "balance": "1000.00"}]
    assert before not in order.ids


async def test_a_plain_buy_is_sent_without_px6s_renewal(rig: Rig) -> None:
    await rig.quoted_buy()
    await rig.pay(await rig.quoted_buy(BuyWish(1, 30, "de")))
    (call,) = rig.requests("buy")
    assert (call.params["version"], call.params["type"], "auto_prolong" in call.params) == ("6", "http", False)


async def test_a_prolong_is_sent_as_it_was_confirmed(rig: Rig) -> None:
    ids = [rig.proxy().id, rig.proxy().id]
    await rig.pay(await rig.quoted_prolong(ids, 14))
    (call,) = rig.requests("prolong")
    assert (call.params["period"], call.params["ids"]) == ("14", ",".join(map(str, ids)))
    assert sent(rig) == [{"method": "prolong", "params": {"period": 14, "ids": ids}, "balance": "1000.00"}]
    assert rig.rows("SELECT known_before FROM orders") == [(None,)]


async def test_what_was_there_before_a_buy_is_known_while_it_is_open(rig: Rig) -> None:
    known = [rig.proxy().id, rig.proxy().id]
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    (order,) = (await rig.pay(quoted)).orders
    assert (order.known_before, order.expected, order.balance_before) == (
        tuple(known),
        Decimal("42.00"),
        Decimal("1000.00"),
    )


# -- what is asked before


async def test_a_price_that_rose_is_seen_although_one_is_kept(rig: Rig) -> None:
    """A prolong is quoted from prices that are kept for a while; what is paid is asked for anew."""
    one = rig.proxy().id
    quote = await rig.orders.quote_prolong(ANNA, [one], [7, 30, 90], source="digest")
    rig.px6.set_prices("6", {3: "5.00"})
    confirmation = await rig.pay((quote.id, 30))
    assert (confirmation.orders[0].state, rig.requests("prolong")) == ("requoted", [])
    offered = confirmation.requote
    assert offered is not None
    assert [(option.period, option.price) for option in offered.options] == [
        (7, Decimal(35)),
        (30, Decimal(150)),
        (90, Decimal(450)),
    ]
    assert offered.source == "digest"


async def test_with_one_period_what_was_asked_before_sending_is_what_is_offered(rig: Rig) -> None:
    quoted = await rig.quoted_prolong([rig.proxy().id])
    rig.px6.set_prices("6", {3: "5.00"})
    calls = len(rig.px6.calls)
    confirmation = await rig.pay(quoted)
    assert confirmation.requote is not None
    assert sorted(call.method for call in rig.px6.calls[calls:]) == ["getprice", "getproxy"]


async def gone(rig: Rig, one: int) -> None:
    del rig.account.proxies[one]


async def of_another_kind(rig: Rig, one: int) -> None:
    rig.account.proxies[one].version = "9"


async def without_a_key(rig: Rig, one: int) -> None:
    async with rig.database.write() as connection:
        await run(connection, "DELETE FROM accounts")


async def with_another_account(rig: Rig, one: int) -> None:
    await rig.replaces_key(rig.px6.add_account().key)


async def refused(rig: Rig, one: int) -> None:
    rig.px6.fault("no_before", "getprice", error_id=210, times=None)


BEFORE: dict[str, tuple[Callable[[Rig, int], Any], int | None]] = {
    "UnknownIds": (gone, None),
    "NotPriced": (of_another_kind, None),
    "NoKey": (without_a_key, None),
    "OtherAccount": (with_another_account, None),
    "WrongPeriod": (refused, 210),
}


@pytest.mark.parametrize("error", BEFORE)
async def test_what_keeps_it_from_being_prepared_is_told_and_nothing_is_sent(rig: Rig, error: str) -> None:
    happens, number = BEFORE[error]
    one = rig.proxy().id
    confirmation = await claimed(rig, await rig.quoted_prolong([one]))
    await happens(rig, one)
    (order,) = (await rig.orders.execute(confirmation.id)).orders
    assert (order.state, order.error, order.error_id) == (OrderState.NOT_SENT, error, number)
    assert (rig.said(), rig.requests("prolong")) == ([(OrderState.NOT_SENT,)], [])


# -- several calls


@pytest.fixture
def one_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each proxy of a prolong is a call of its own."""
    monkeypatch.setattr("px6.parts.LONGEST_IDS", 10)


# What px6 says to the second of three calls: what becomes of them.
SECOND: dict[int, list[tuple[str, str | None]]] = {
    404: [("done", None), ("refused", "NotFound"), ("done", None)],
    230: [("done", None), ("refused", "WrongIds"), ("done", None)],
    400: [("done", None), ("refused", "NoMoney"), ("not_sent", "Stopped")],
    31: [("done", None), ("unknown", "OutcomeUnknown"), ("not_sent", "Stopped")],
}


@pytest.mark.usefixtures("one_a_call")
@pytest.mark.parametrize("error_id", SECOND)
async def test_only_what_concerns_one_call_lets_the_next_be_sent(rig: Rig, error_id: int) -> None:
    quoted = await rig.quoted_prolong([rig.proxy().id for _ in range(3)])
    once_answered(rig.px6, "prolong", lambda: rig.px6.fault("no_before", "prolong", error_id=error_id))
    confirmation = await rig.pay(quoted)
    assert [(str(order.state), order.error) for order in confirmation.orders] == SECOND[error_id]
    assert rig.said()[-1] == tuple(order.state for order in confirmation.orders)
    assert confirmation.told == confirmation.changes


@pytest.mark.usefixtures("one_a_call")
async def test_what_px6_names_otherwise_stops_the_rest(rig: Rig) -> None:
    quoted = await rig.quoted_prolong([rig.proxy().id, rig.proxy().id])
    rig.px6.rules.names_at_most = 0
    confirmation = await rig.pay(quoted)
    assert [str(order.state) for order in confirmation.orders] == ["unknown", "not_sent"]
    assert len(rig.requests("prolong")) == 1


async def test_the_outcome_of_one_call_is_told_once_however_it_fails(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    quoted = await rig.quoted_buy()
    rig.telling_fails = ConnectionError()
    rig.fault("500_after", "buy")
    await rig.pay(quoted)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "An outcome could not be told and will be told later: ConnectionError"
    ]


# -- what nobody foresaw


async def test_a_call_that_fails_in_an_unforeseen_way_may_have_left(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    quoted = await rig.quoted_buy()
    monkeypatch.setattr(Px6Client, "buy", fails)
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, order.error, order.error_id) == (OrderState.UNKNOWN, "ZeroDivisionError", None)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "A call that spends failed in a way that nobody foresaw: ZeroDivisionError"
    ]


@pytest.mark.parametrize("fault", ["500_after", "429_after"])
async def test_an_unknown_outcome_is_nothing_that_nobody_foresaw(
    rig: Rig, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    quoted = await rig.quoted_buy()
    rig.fault(fault, "buy")
    assert (await rig.pay(quoted)).orders[0].state is OrderState.UNKNOWN
    assert [record for record in caplog.records if record.levelno == logging.ERROR] == []


# -- this process is at it


async def test_a_call_that_takes_long_is_not_closed_by_the_process_that_makes_it(rig: Rig) -> None:
    confirmation = await claimed(rig, await rig.quoted_buy())
    paying = await under_way(rig, confirmation, "silent_after", "buy")
    await rig.after(minutes=16)
    assert (rig.states(), rig.said()) == (["sending"], [])
    await cut_off(paying)
    await rig.after(minutes=16)
    assert (rig.states(), rig.said()) == (["unknown"], [(OrderState.UNKNOWN,)])


# -- after 429


async def test_what_is_sent_again_after_429_has_its_time_anew_and_is_no_news(rig: Rig) -> None:
    confirmation = await claimed(rig, await rig.quoted_buy())
    rig.fault("429", "buy")
    once_answered(rig.px6, "buy", lambda: rig.px6.clock.move(timedelta(minutes=10)))
    once_answered(rig.px6, "buy", lambda: rig.px6.fault("silent_before", "buy"))
    paying = await under_way(rig, confirmation, "silent_before", "buy")
    await cut_off(paying)
    ((state, due_at),) = rig.rows("SELECT state, due_at FROM orders")
    left = time_from_int(due_at) - rig.px6.clock.now()
    assert (state, timedelta(minutes=10) < left <= QUARTER) == ("sending", True)
    assert rig.rows("SELECT changes FROM confirmations") == [(0,)]
    assert rig.rows("SELECT event FROM journal ORDER BY id") == [("sent",), ("sent again",)]


async def test_what_another_process_took_for_lost_meanwhile_is_not_sent_again(rig: Rig) -> None:
    confirmation = await claimed(rig, await rig.quoted_buy())
    rig.fault("429", "buy")

    def lost() -> None:
        rig.rows("UPDATE orders SET state = 'unknown', error = 'Interrupted'")

    once_answered(rig.px6, "buy", lost)
    (order,) = (await rig.orders.execute(confirmation.id)).orders
    assert (order.state, order.error, len(rig.requests("buy"))) == (OrderState.UNKNOWN, "Interrupted", 1)


@pytest.mark.parametrize(("fault", "more"), [("no_before", {"error_id": 100}), ("429", {})])
async def test_after_429_an_unread_list_is_no_sign_that_nothing_was_done(
    rig: Rig, fault: str, more: dict[str, Any]
) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("429_after", "buy")
    once_answered(rig.px6, "buy", lambda: rig.px6.fault(fault, "getproxy", times=None, **more))
    (order,) = (await rig.pay(quoted)).orders
    assert (order.state, order.answered_otherwise) == (OrderState.UNKNOWN, "TooMany")
    assert len(rig.requests("buy")) == 1


async def test_the_proxies_come_with_the_outcome_as_px6_listed_them_before_or_named_them_in_its_answer(
    rig: Rig,
) -> None:
    one, _ = rig.proxy().id, rig.proxy().id
    listed = rig.account.proxies[one]
    await rig.pay(await rig.quoted_prolong([one]))
    (order,) = (await rig.pay(await rig.quoted_buy(BuyWish(2, 3, "de")))).orders
    assert [{number: (each.id, each.ip) for number, each in shown.items()} for shown in rig.shown] == [
        {one: (one, listed.ip)},
        {bought: (bought, rig.account.proxies[bought].ip) for bought in order.ids},
    ]
