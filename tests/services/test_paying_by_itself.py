"""Payments that waited for money: when the balance is looked at, what is said before they are made, a refused key."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.notifications.kinds import Gone, KeyRefused, Notice, NotSent, Refused, Unsure
from services.notifications.watching_kinds import KeptEnded, KeptPaying
from services.operators.maintenance import MaintenanceMode
from services.orders import BuyWish, OrderState, Quote
from services.watching.paying import Paid, Payer
from storage.engine.types import time_from_int
from tests.durations import HOUR, MINUTE
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, new_rig
from tests.services.watching import Watch


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Watch(rig)


async def quoted(watch: Watch) -> Quote:
    """Two proxies for 42 roubles."""
    return await watch.rig.orders.quote_buy(ANNA, BuyWish(2, 30, "de"))


async def kept(watch: Watch) -> None:
    """They are paid at once when the money comes: now there are 30 roubles. A look at the account is in six hours."""
    watch.rig.account.balance = Decimal("30.00")
    await watch.look_now()
    quote = await quoted(watch)
    assert await watch.kept.keep(quote, quote.options[0], at_once=True) is not None


def planned(watch: Watch) -> timedelta:
    """After how long the next look at the account is."""
    [(at,)] = watch.rig.rows("SELECT next_look_at FROM watches")
    return time_from_int(at) - NOW


async def test_the_balance_is_looked_at_after_the_time_that_a_top_up_takes(watch: Watch) -> None:
    await kept(watch)
    assert planned(watch) == 5 * MINUTE


@pytest.mark.parametrize(("balance", "after"), [("41.99", 5 * MINUTE), ("42.00", 0 * MINUTE)])
async def test_a_balance_that_covers_it_brings_a_look_as_soon_as_a_tap_has_read_it(
    watch: Watch, balance: str, after: timedelta
) -> None:
    await kept(watch)
    assert await watch.kept.money_seen(ANNA, Decimal(balance)) == 1
    assert planned(watch) == after


@pytest.mark.parametrize(
    ("error_id", "told", "state", "pause"),
    [(100, [(100, 1)], "key", 6 * HOUR), (105, [(105, 0)], "waiting", 6 * HOUR), (1, [], "waiting", 10 * MINUTE)],
)
async def test_a_key_that_px6_refuses_when_the_price_is_asked_for_is_told_at_once(
    watch: Watch, error_id: int, told: list[tuple[int, int]], state: str, pause: timedelta
) -> None:
    """The list came before. Taken for any other error, it would be tried every ten minutes, and nobody told."""
    await kept(watch)
    watch.rig.account.balance = Decimal("100.00")
    watch.rig.fault("no_before", "getprice", error_id=error_id)
    assert await watch.look_now() == pause
    assert [(one.code, one.kept) for one, _ in watch.news() if isinstance(one, KeyRefused)] == told
    assert (watch.rig.rows("SELECT state FROM kept_payments"), watch.rig.spends()) == ([(state,)], [])


@pytest.mark.parametrize(
    ("act", "why", "state", "pause"),
    [("pause", "later", "waiting", 10 * MINUTE), ("cancel", "lost", "cancelled", 6 * HOUR)],
)
async def test_what_is_stopped_in_the_moment_of_payment_is_tried_again_soon_if_it_waits_on(
    watch: Watch, act: str, why: str, state: str, pause: timedelta
) -> None:
    """Else what the person was told to wait for would wait for hours."""
    await kept(watch)
    [one] = await watch.kept.of(ANNA)
    watch.rig.account.balance = Decimal("100.00")

    async def acts(_: Notice) -> None:
        if act == "pause":
            await MaintenanceMode(watch.rig.database, watch.now).switch_on()
        else:
            assert await watch.kept.cancel(ANNA, one.id)

    watch.meanwhile = acts
    assert await watch.look_now() == pause
    assert [said.why for _, said in watch.rewritten if isinstance(said, KeptEnded)] == [why]
    assert (watch.rig.rows("SELECT state FROM kept_payments"), watch.rig.spends()) == ([(state,)], [])


# -- what is said before


async def paid(watch: Watch) -> Paid:
    """A quote, paid without a tap."""
    quote, look = await quoted(watch), await watch.look()
    payer = Payer(watch.rig.database, watch.rig.orders, watch, watch.line)
    return await payer.pay(look.person, look.account, quote, KeptPaying(quote), quietly=False)


@pytest.mark.parametrize(
    ("fails", "tries", "message"), [(None, 1, 501), (NotSent(), 1, None), (Unsure(), 1, None), (Refused(), 1, None)]
)
async def test_it_is_paid_also_where_telegram_does_not_take_that_it_is(
    watch: Watch, fails: Exception | None, tries: int, message: int | None
) -> None:
    watch.fails = fails
    outcome = await paid(watch)
    assert outcome.confirmation is not None
    assert [order.state for order in outcome.confirmation.orders] == [OrderState.DONE]
    assert (outcome.message_id, watch.attempts, watch.rig.spends()) == (message, tries, ["buy"])


async def test_while_telegram_takes_nothing_it_is_not_tried_to_say_so(watch: Watch) -> None:
    """A message of which nobody knows whether it arrived could never become the receipt."""
    watch.fails = NotSent()
    with suppress(NotSent), watch.line.sending():
        raise NotSent
    outcome = await paid(watch)
    assert (outcome.message_id, watch.attempts, watch.rig.spends()) == (None, 0, ["buy"])


async def test_for_somebody_who_has_blocked_the_bot_nothing_is_paid(watch: Watch) -> None:
    watch.fails = Gone()
    with pytest.raises(Gone):
        await paid(watch)
    assert watch.rig.spends() == []
