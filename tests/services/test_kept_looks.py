"""How often the balance is looked at for a payment that waits for money, and when its price is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.notifications.watching_kinds import MoneyThere
from services.orders import BuyWish
from services.watching.kept_steps import next_look
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.quotes import buy_quote
from tests.sample_kept import a_payment
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, new_rig
from tests.services.waiting import kept
from tests.services.watching import Watch


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Watch(rig)


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (5 * MINUTE, 10 * MINUTE),
        (3 * HOUR - SECOND, 10 * MINUTE),
        (3 * HOUR, 15 * MINUTE),
        (DAY - SECOND, 15 * MINUTE),
        (DAY, 30 * MINUTE),
        (3 * DAY - 7 * MINUTE, 7 * MINUTE),
        (3 * DAY, 0 * MINUTE),
        (4 * DAY, 0 * MINUTE),
    ],
)
def test_who_has_just_gone_to_top_up_is_looked_at_more_often_and_all_are_at_the_end(
    age: timedelta, pause: timedelta
) -> None:
    assert next_look(a_payment(), NOW + age) == NOW + age + pause


async def test_a_price_that_px6_does_not_name_keeps_neither_the_next_payment_nor_a_reminder_back(
    watch: Watch,
) -> None:
    await kept(watch)
    other = await buy_quote(watch.rig.orders, ANNA, BuyWish(3, 30, "de"))
    await watch.kept.keep(other, other.options[0], at_once=False)
    watch.rig.proxy(ends_in=DAY)
    watch.rig.account.balance = Decimal("100.00")
    watch.rig.fault("no_before", "getprice", error_id=1)
    assert await watch.look_now() == 10 * MINUTE
    assert watch.rig.rows("SELECT state FROM kept_payments ORDER BY id") == [("waiting",), ("asked",)]
    assert len(watch.digests) == 1


async def test_the_last_ones_in_stock_are_bought(watch: Watch) -> None:
    await kept(watch)
    watch.rig.account.balance = Decimal("42.00")
    watch.rig.px6.set_stock("de", "6", 2)
    await watch.look_now()
    assert (watch.rig.rows("SELECT state FROM kept_payments"), watch.rig.spends()) == ([("paid",)], ["buy"])


@pytest.mark.parametrize("fewer", [True, False])
async def test_a_price_is_asked_for_once_fewer_are_left_to_prolong_for_which_there_may_be_enough(
    watch: Watch, fewer: bool
) -> None:
    """One of two was prolonged on px6's site, with money that came from elsewhere."""
    rig = watch.rig
    one, other = (rig.proxy(ends_in=9 * DAY) for _ in range(2))
    rig.account.balance = Decimal("30.00")
    await watch.reminders.change(ANNA, low_days=None, changes=False)
    quote = await rig.orders.quote_prolong(ANNA, [one.id, other.id], [30])
    assert await watch.kept.keep(quote, quote.options[0], at_once=False) is not None
    if fewer:
        rig.px6.prolong_on_site(rig.account.key, [other.id], 30)
        rig.account.balance = Decimal("30.00")
    rig.pool.forget([rig.account.key])  # with the prices that were kept
    before = len(rig.requests("getprice"))
    assert await watch.look_now() == (6 * HOUR if fewer else 10 * MINUTE)
    asked = [said.quote for said, _ in watch.news() if isinstance(said, MoneyThere)]
    assert [(quote.ids, quote.options[0].price) for quote in asked] == [((one.id,), Decimal("21.00"))] * fewer
    assert "2" not in [call.params.get("count") for call in rig.requests("getprice")[before:]]


async def test_what_was_cut_off_before_it_was_said_that_it_is_paid_waits_again_without_a_word(watch: Watch) -> None:
    await kept(watch)
    watch.rig.account.balance = Decimal("100.00")
    watch.fails = ZeroDivisionError()
    await watch.look_now()
    states = "SELECT state FROM kept_payments"
    assert watch.rig.rows(states) == [("paying",)]
    watch.fails = None
    await watch.look_now()
    assert (watch.rig.rows(states), watch.news(), watch.rewritten) == ([("waiting",)], [], [])
    await watch.look_now()
    assert (watch.rig.rows(states), watch.rig.spends()) == ([("paid",)], ["buy"])
