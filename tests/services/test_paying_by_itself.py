"""Payments that waited for money: when the balance is looked at, what is said before they are made, a refused key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from services.notifications.kinds import Gone, KeyRefused, Notice, NotSent, Refused, Unsure
from services.notifications.watching_kinds import KeptEnded, KeptPaying, MoneyThere
from services.operators.maintenance import MaintenanceMode
from services.orders import BuyWish, OrderState
from services.watching.keeping import TooManyKept
from services.watching.paying import Paid, Payer
from services.watching.stock import StockWatches
from storage.engine.types import time_from_int
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.quotes import buy_quote
from tests.sample_proxies import NOW
from tests.services.rig import ANNA, BORIS, new_rig
from tests.services.waiting import kept, quoted
from tests.services.watching import Watch


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with new_rig(tmp_path, now=lambda: NOW) as rig:
        yield Watch(rig)


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
    [
        ("pause", "later", "waiting", 10 * MINUTE),
        ("switch", "later", "waiting", 0 * MINUTE),
        ("cancel", "lost", "cancelled", 0 * MINUTE),
    ],
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
        elif act == "switch":
            await watch.rules.switch(ANNA, on=False)
        else:
            assert await watch.kept.cancel(ANNA, one.id)

    watch.meanwhile = acts
    assert await watch.look_now() == pause
    assert [said.why for _, said in watch.rewritten if isinstance(said, KeptEnded)] == [why]
    assert (watch.rig.rows("SELECT state FROM kept_payments"), watch.rig.spends()) == ([(state,)], [])
    left = watch.rig.rows("SELECT state FROM quotes WHERE source = 'at_once'")
    assert left == [("withdrawn",)], "nobody can confirm it any more"


async def test_a_price_is_asked_for_once_there_is_more_money_than_before_for_it_may_have_fallen(
    watch: Watch,
) -> None:
    await kept(watch)
    asked = len(watch.rig.requests("getprice"))
    watch.rig.px6.set_price_level("6", 80)
    for balance, more in (("30.00", 0), ("30.01", 1), ("30.01", 0), ("30.02", 1)):
        watch.rig.account.balance = Decimal(balance)
        await watch.look_now()
        assert len(watch.rig.requests("getprice")) - asked == more, balance
        asked += more
    [one] = await watch.kept.of(ANNA)
    assert (one.price, one.balance) == (Decimal("33.60"), Decimal("30.02")), "what it takes now, and what there was"


async def test_what_was_tried_once_without_a_tap_is_asked_about_also_where_that_is_wanted_again(watch: Watch) -> None:
    """Else its person would read every ten minutes that it is paid now, and that it was not."""
    rig = watch.rig
    rig.proxy(ends_in=9 * DAY)
    rig.account.balance = Decimal("20.00")
    await watch.reminders.change(ANNA, low_days=None, changes=False)
    quote = await rig.orders.quote_prolong(ANNA, list(rig.account.proxies), [30])
    [option] = quote.options
    rig.account.balance = Decimal("100.00")
    rig.fault("drop_before", "prolong")
    assert await watch.kept.keep(quote, option, at_once=True) is not None
    assert await watch.look_now() == 10 * MINUTE, "until it is known what became of it"
    await rig.through(5, 30, 120, 600)
    assert rig.states() == ["not_done"]
    assert await watch.look_now() == 10 * MINUTE
    rig.px6.clock.move(MINUTE)
    assert await watch.kept.keep(quote, option, at_once=True) is not None
    assert await watch.look_now() == 10 * MINUTE
    [one] = await watch.kept.of(ANNA)
    assert (one.state, one.up_to) == ("waiting", None)
    assert [type(said) for said, _ in watch.news()] == [KeptPaying] * 2
    assert [said.why for _, said in watch.rewritten if isinstance(said, KeptEnded)] == ["later"]
    await watch.look_now()
    assert [type(said) for said, _ in watch.news()] == [MoneyThere]
    assert rig.spends() == []


async def test_the_same_is_kept_once_and_in_place_of_what_was_kept_before_also_where_five_wait(watch: Watch) -> None:
    async def keeps(count: int, period: int = 30) -> None:
        quote = await buy_quote(watch.rig.orders, ANNA, BuyWish(count, period, "de", comment=str(count)))
        await watch.kept.keep(quote, quote.options[0], at_once=False)

    for count in (1, 2, 3, 4, 5):
        await keeps(count)
    with pytest.raises(TooManyKept):
        await keeps(1, 7)
    await keeps(3)
    states = [state for (state,) in watch.rig.rows("SELECT state FROM kept_payments ORDER BY id")]
    assert states == ["waiting", "waiting", "replaced", "waiting", "waiting", "waiting"]
    numbers = [one.id for one in await watch.kept.of(ANNA)]
    assert [await watch.kept.cancel(person, numbers[0]) for person in (BORIS, ANNA, ANNA)] == [False, True, False]
    await keeps(1, 7)


# -- whether it makes a sound, and how it ends


async def sleeps(watch: Watch) -> None:
    await watch.reminders.change(ANNA, quiet_from=0, quiet_to=1439)


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    ("at_once", "happens", "said"),
    [
        (True, "", (KeptPaying, "money", None)),
        (False, "", (MoneyThere, "", None)),
        (True, "price", (MoneyThere, "price", Decimal("42.00"))),
        (True, "off", (MoneyThere, "off", Decimal("42.00"))),
    ],
)
async def test_in_quiet_hours_it_is_paid_or_asked_about_without_a_sound(
    watch: Watch, at_once: bool, happens: str, said: tuple[type, str, Decimal | None], quiet: bool
) -> None:
    await kept(watch, at_once=at_once)
    watch.rig.account.balance = Decimal("100.00")
    if quiet:
        await sleeps(watch)
    if happens == "price":
        watch.rig.px6.set_price_level("6", 110)
    elif happens == "off":
        await watch.reminders.change(ANNA, rules_on=False)
    await watch.look_now()
    told = [(type(one), one.why, getattr(one, "up_to", None), quietly) for one, quietly in watch.news()]  # type: ignore[union-attr]  # each has it here
    assert told == [(*said, quiet)]


@pytest.mark.parametrize(
    ("why", "state", "quiet"),
    [
        ("over", "over", False),
        ("over", "over", True),
        ("late", "over", True),
        ("account", "account", True),
        ("currency", "account", True),
        ("sold_out", "sold_out", True),
        ("refused", "refused", True),
    ],
)
async def test_why_nothing_was_paid_is_said_once_with_all_that_was_wanted(
    watch: Watch, why: str, state: str, quiet: bool
) -> None:
    quote, rig = await kept(watch), watch.rig
    if quiet:
        await sleeps(watch)
    rig.account.balance = Decimal({"over": "30.00", "late": "42.00"}.get(why, "100.00"))
    match why:
        case "over" | "late":
            rig.px6.clock.move(3 * DAY - SECOND)
            if why == "over":
                assert await watch.look_now() == 5 * SECOND and watch.news() == [], "a second before its end"
            rig.px6.clock.move(SECOND)
        case "account":
            await rig.replaces_key(rig.px6.add_account(balance="100.00").key)
        case "currency":
            rig.px6.set_currency(rig.account.key, "USD")
        case "sold_out":
            rig.px6.set_stock("de", "6", 1)
        case "refused":
            rig.fault("no_before", "getprice", error_id=210)
    await watch.look_now()
    ended = KeptEnded("buy", quote.wish, 2, 30, Decimal("42.00"), "RUB", quote.id, why, int(why == "sold_out"))
    assert watch.news() == [(ended, quiet)]
    assert (rig.rows("SELECT state FROM kept_payments"), rig.spends()) == ([(state,)], [])
    await watch.look_now()
    assert watch.news() == []


async def pays_what_waited_for_money(watch: Watch) -> Awaitable[object]:
    await kept(watch)
    watch.rig.account.balance = Decimal("2000.00")
    look = await watch.look()
    return watch.kept.step(look)


async def buys_what_was_sold_out(watch: Watch) -> Awaitable[object]:
    stock = StockWatches(watch.round_needs, watch.rig.orders)
    number = await stock.watch(ANNA, BuyWish(2, 30, "de"))
    waiting = await stock.buy_at_once(ANNA, number, Decimal("42.00"), "RUB")
    assert waiting is not None
    return stock._buyer.buy(waiting, 2)


@pytest.mark.parametrize("pays", [pays_what_waited_for_money, buys_what_was_sold_out])
async def test_for_what_is_paid_by_itself_nobody_who_taps_has_to_wait(
    watch: Watch, pays: Callable[[Watch], Awaitable[Awaitable[object]]]
) -> None:
    """While one slot of three is left, which stays for people."""
    paying = await pays(watch)
    throttle = (await watch.rig.accounts.client(ANNA))._calls.throttle
    before = len(watch.rig.requests("getprice"))
    async with asyncio.timeout(20), throttle.slot(), throttle.slot():
        work = asyncio.ensure_future(paying)
        for count in (1, 2):
            await quoted(watch)
            assert len(watch.rig.requests("getprice")) == before + count, "nobody else has asked"
        assert not work.done()
    await work
    assert watch.rig.spends() == ["buy"]


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
