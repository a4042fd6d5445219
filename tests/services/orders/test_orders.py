"""The face of orders: what its rounds begin, what they wait for, and what the log says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

import pytest

from model.orders import Confirmation
from services.orders import Orders, OrderState
from tests.databases import run
from tests.services.orders.laid import Hands, laid, quote_of, read
from tests.services.rig import ANNA, BORIS, Rig


class Slow:
    """Orders of which telling takes until `may_end`, and a round waits for hardly anything."""

    def __init__(self, rig: Rig) -> None:
        self.began, self.may_end = list[int](), asyncio.Event()
        self.orders = Orders(rig.database, rig.accounts, rig.px6.clock.now, self._send)

    async def _send(self, confirmation: Confirmation, _: object) -> None:
        self.began.append(confirmation.id)
        await self.may_end.wait()

    async def rounds_until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await self.orders.settle_due()


@pytest.fixture
def slow(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Slow:
    monkeypatch.setattr("services.orders.PATIENCE", 0.02)
    return Slow(rig)


async def lost(rig: Rig, *names: str) -> list[Confirmation]:
    """Payments that were confirmed long ago, and that no process sends."""
    hands = Hands(rig.px6.clock.now() - timedelta(hours=1))
    return [
        await laid(rig, quote_of(rig, name, [at], created_at=hands.now), hands) for at, name in enumerate(names, 1)
    ]


async def test_while_telegram_is_slow_the_rounds_go_on(rig: Rig, slow: Slow) -> None:
    first, second = await lost(rig, "a", "b")
    await slow.rounds_until(lambda: slow.began == [first.id])
    slow.may_end.set()
    await slow.rounds_until(lambda: slow.began == [first.id, second.id] and not slow.orders._looks.under_way)
    assert slow.began == [first.id, second.id]
    assert [(await read(rig, one)).told for one in (first, second)] == [1, 1]


async def test_what_was_not_told_is_told_by_one_round_at_a_time(rig: Rig, slow: Slow) -> None:
    confirmation = (await lost(rig, "a"))[0]
    await rig.orders._journal.not_sent(confirmation.orders, "Interrupted")
    async with rig.database.write() as connection:
        await run(connection, "UPDATE confirmations SET tell_at = 0")
    await slow.rounds_until(lambda: slow.began != [])
    for _ in range(2):
        await slow.orders.settle_due()
        assert (slow.began, len(slow.orders._looks._tasks)) == ([confirmation.id], 1)
    await slow.orders.close()
    assert len(slow.orders._looks._tasks) == 0


async def test_a_payment_that_nobody_waits_for_and_that_fails_is_in_the_log(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.orders.run(99)
    said = [(record.levelno, record.getMessage(), bool(record.exc_info)) for record in caplog.records]
    assert said == [(logging.ERROR, "A confirmed order was not carried on", True)]
    caplog.clear()
    await rig.orders.settle_due()
    assert caplog.records == [], "there was nothing to close"


async def test_what_the_person_was_shown_by_another_message_is_not_told_once_more(rig: Rig) -> None:
    confirmation = (await lost(rig, "a"))[0]
    await rig.orders._journal.not_sent(confirmation.orders, "Interrupted")
    await rig.orders.set_told(await read(rig, confirmation), ANNA)
    await rig.orders.tell_untold()
    assert rig.told == []
    assert (await read(rig, confirmation)).told == 1


async def test_who_answers_about_a_top_up_is_who_was_asked(rig: Rig) -> None:
    (confirmation,) = await lost(rig, "a")
    async with rig.database.write() as connection:
        await run(connection, "UPDATE orders SET state = 'unclear', top_up = 5000000, sent_at = 1")
    order = confirmation.orders[0].id
    assert await rig.orders.answer_top_up(BORIS, order, topped_up=False) is None
    assert await rig.orders.answer_top_up(ANNA, order + 1, topped_up=False) is None
    assert (await read(rig, confirmation)).orders[0].top_up == 5
    found = await rig.orders.answer_top_up(ANNA, order, topped_up=False)
    assert found is not None
    assert (found.orders[0].state, found.orders[0].top_up) == (OrderState.UNCLEAR, None)


async def test_the_message_of_a_quote_is_where_its_outcome_will_be_shown(rig: Rig) -> None:
    quote, period = await rig.quoted_buy()
    await rig.orders.set_message(quote, 77, 5)
    confirmation = await rig.pay((quote, period))
    assert (confirmation.chat_id, confirmation.message_id) == (77, 5)


async def test_the_first_look_comes_at_the_first_second_after_it_was_sent(rig: Rig) -> None:
    quoted = await rig.quoted_buy()
    rig.fault("500_after", "buy")
    (order,) = (await rig.pay(quoted)).orders
    assert order.sent_at is not None
    assert order.due_at == order.sent_at + timedelta(seconds=5)
