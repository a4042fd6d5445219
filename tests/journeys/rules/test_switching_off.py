"""Rules that are switched off, changed or skipped while they announce or pay: what was read then holds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from services.money.prices import Prices, read_prices
from services.orders import Orders
from services.rules import announce
from tests.customers import Customer, new_customer
from tests.databases import run
from tests.direct_phone import DirectPhone
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World

pytestmark = pytest.mark.without_notices

CHANGED = "The rule was changed or switched off at that moment."


async def switches_all_off(ann: Customer) -> None:
    await ann.world.app.services.rules.switch(1001, on=False)


async def switches_it_off(ann: Customer) -> None:
    assert await ann.world.app.services.rules.change(1001, 1, on=False)


async def removes_it(ann: Customer) -> None:
    assert await ann.world.app.services.rules.remove(1001, 1)


async def wants_other_days(ann: Customer) -> None:
    assert await ann.world.app.services.rules.change(1001, 1, period=7)


async def skips_it(ann: Customer) -> None:
    [(cycle,)] = ann.world.rows("SELECT DISTINCT cycle FROM runs")
    assert await ann.world.app.services.rules.skip(1001, cycle)


async def lets_them_end(ann: Customer) -> None:
    ends = {one: proxy.ends_at for one, proxy in ann.account.proxies.items()}
    await ann.world.app.services.reminders.mute(1001, ends, None)


OFF: dict[Callable[[Customer], Awaitable[None]], str] = {
    switches_all_off: CHANGED,
    switches_it_off: CHANGED,
    removes_it: CHANGED,
    skips_it: "It was skipped at that moment.",
    lets_them_end: "Some of them are no longer to be prolonged.",
}


async def with_another_rule(ann: Customer, count: int = 1) -> None:
    """A rule has announced; another one, which has nothing to do, is on: looks go on when the first is off."""
    await ann.lets_a_rule_announce(count)
    rules = ann.world.app.services.rules
    other = await rules.add(1001, "comment", "nobody's", hours=12, period=30)
    assert await rules.change(1001, other.id, on=True)
    ann.world.move(12 * HOUR)


async def look_of_prices(
    ann: Customer, happens: Callable[[Customer], Awaitable[None]], *, fails: bool = False
) -> None:
    """A look at the account, with something that happens while px6 is asked for the price; then px6 may fail."""
    world, before = ann.world, len(ann.world.asked("getprice"))
    with world.held("getprice"):
        looking = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("getprice")) > before)
        await happens(ann)
        if fails:
            world.px6.fault("500_before", ("getprice",), times=None)
    await asyncio.gather(looking, return_exceptions=True)
    world.px6.clear_faults("500_before")
    await world.quiet()


def at_the_last_moment(
    monkeypatch: pytest.MonkeyPatch, ann: Customer, happens: Callable[[Customer], Awaitable[None]]
) -> None:
    """Let it happen after all was looked at, just before the payment is confirmed."""
    set_message = Orders.set_message

    async def and_then(self: Orders, *given: Any, **more: Any) -> None:
        await set_message(self, *given, **more)
        await happens(ann)

    monkeypatch.setattr(Orders, "set_message", and_then)


@pytest.mark.parametrize(("happens", "why"), [*OFF.items(), (wants_other_days, CHANGED)])
async def test_what_was_switched_off_before_its_payment_was_confirmed_pays_nothing(
    ann: Customer, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Customer], Awaitable[None]], why: str
) -> None:
    """Whoever reads that it is off must not be charged by it a moment later."""
    await with_another_rule(ann)
    at_the_last_moment(monkeypatch, ann, happens)
    called_off = (await ann.sweep())[0]
    assert why in called_off
    assert "Nothing was spent." in called_off
    assert ann.books() == []
    assert ann.world.rows("SELECT count(*) FROM confirmations") == [(0,)]


@pytest.mark.parametrize("fails", [False, True], ids=["px6 answers", "px6 fails"])
@pytest.mark.parametrize("happens", OFF)
async def test_what_is_called_off_while_px6_is_asked_is_not_paid_later_either(
    ann: Customer, happens: Callable[[Customer], Awaitable[None]], fails: bool
) -> None:
    await with_another_rule(ann)
    world = ann.world
    await look_of_prices(ann, happens, fails=fails)
    said = await ann.news()
    for later in (MINUTE, 11 * MINUTE, HOUR, 2 * HOUR):
        world.move(later)
        said += await ann.sweep()
    assert ann.books() == []
    assert [text for text in said if "Automatic prolonging" in text] == []
    left = world.rows("SELECT state FROM runs")
    assert left == [("skipped",)] if happens is skips_it else left in ([], [("dropped",)])


async def test_with_other_terms_it_is_announced_anew_before_it_is_paid(ann: Customer) -> None:
    await ann.lets_a_rule_announce()
    ann.world.move(12 * HOUR)
    await look_of_prices(ann, wants_other_days)
    assert ann.books() == []
    said = [*await ann.news(), *await ann.sweep()]
    assert [text for text in said if "I will prolong 1 proxy for 7 days" in text], said


@pytest.mark.parametrize("happens", [switches_all_off, switches_it_off, removes_it, wants_other_days])
async def test_what_is_switched_off_while_it_is_announced_is_neither_announced_nor_paid(
    ann: Customer, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Customer], Awaitable[None]]
) -> None:
    world, rules = ann.world, ann.world.app.services.rules
    ann.add(1, ends_in=3 * DAY)
    await ann.settles()
    await ann.adds_rule()
    other = await rules.add(1001, "comment", "nobody's", hours=12, period=30)
    await rules.change(1001, other.id, on=True)
    world.move(2 * DAY + MINUTE)

    async def and_then(*given: Any, **more: Any) -> Prices:
        prices = await read_prices(*given, **more)
        await happens(ann)
        return prices

    monkeypatch.setattr(announce, "read_prices", and_then)
    said = await ann.sweep()
    assert [text for text in said if "I will prolong" in text] == []
    assert world.rows("SELECT count(*) FROM runs") == [(0,)]
    monkeypatch.undo()
    for later in (MINUTE, 12 * HOUR):
        world.move(later)
        assert [text for text in await ann.sweep() if "for 30 days" in text] == []
    assert [each.period for each in ann.books()] == ([7] if happens is wants_other_days else [])


@pytest.mark.parametrize("happens", [switches_all_off, switches_it_off, removes_it, skips_it])
async def test_of_a_rule_that_is_switched_off_while_it_pays_a_part_the_rest_is_not_paid(
    world: World, happens: Callable[[Customer], Awaitable[None]]
) -> None:
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await with_another_rule(ann, 4)
    with world.held("prolong"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("prolong")) == 1)
        await happens(ann)
    await paying
    await world.quiet()
    assert [text for text in await ann.news() if "Not enough money" in text] == []
    world.px6.top_up(ann.key, 100)
    for later in (11 * MINUTE, HOUR, HOUR):
        world.move(later)
        await ann.sweep()
    assert [len(spend.ids) for spend in ann.books()] == [2]


async def test_what_was_cut_off_before_it_paid_and_then_switched_off_is_not_paid(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_another_rule(ann)
    reached = asyncio.Event()

    async def dies(_: Customer) -> None:
        reached.set()
        await asyncio.Event().wait()

    with monkeypatch.context() as patch:
        at_the_last_moment(patch, ann, dies)
        sweep = asyncio.ensure_future(ann.world.app.services.sweep.look(1001))
        await reached.wait()
        sweep.cancel()
        await asyncio.gather(sweep, return_exceptions=True)
    await switches_it_off(ann)
    for later in (21 * MINUTE, MINUTE, HOUR):
        ann.world.move(later)
        await ann.sweep()
    assert ann.books() == []


async def test_an_announced_run_of_a_rule_that_is_off_is_dropped(ann: Customer) -> None:
    """As a process of an older version may leave it."""
    await with_another_rule(ann)
    async with ann.world.app.services.sweep._database.write() as connection:
        await run(connection, 'UPDATE rules SET "on" = false WHERE id = 1')
    await ann.sweep()
    assert ann.books() == []
    assert ann.world.rows("SELECT state FROM runs") == [("dropped",)]


@pytest.mark.parametrize("happens", [switches_it_off, skips_it])
async def test_of_what_is_called_off_no_reason_is_told_why_it_is_not_prolonged(
    ann: Customer, happens: Callable[[Customer], Awaitable[None]]
) -> None:
    """Neither that the price rose, by which the rule would stop, nor in the last hour that px6 does not answer."""
    await with_another_rule(ann)

    async def and_the_price_rises(_: Customer) -> None:
        await happens(ann)
        ann.world.px6.set_prices("6", {3: "0.8", 30: "0.8"})

    await look_of_prices(ann, and_the_price_rises)
    assert [text for text in await ann.news() if "rose" in text] == []
    assert ann.world.rows("SELECT stopped FROM rules WHERE id = 1") == [(None,)]


async def test_in_the_last_hour_px6s_silence_is_no_matter_of_a_rule_that_was_just_switched_off(ann: Customer) -> None:
    await with_another_rule(ann)
    ann.world.move(11 * HOUR + 30 * MINUTE)
    await look_of_prices(ann, switches_it_off, fails=True)
    assert [text for text in await ann.news() if "Automatic prolonging" in text] == []


async def test_a_limit_that_is_raised_while_a_part_is_paid_stops_the_rule_no_more(ann: Customer) -> None:
    await with_another_rule(ann, 4)
    world, rules = ann.world, ann.world.app.services.rules
    await rules.change(1001, 1, cap_run=Decimal(50))
    world.move(HOUR)
    await ann.sweep()
    world.move(4 * HOUR)
    with world.held("prolong"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("prolong")) == 1)
        await rules.change(1001, 1, cap_run=Decimal(500))
    await paying
    await world.quiet()
    assert [len(spend.ids) for spend in ann.books()] == [2]
    assert world.rows("SELECT stopped FROM rules WHERE id = 1") == [(None,)]


async def test_what_is_switched_off_is_not_said_to_wait_for_the_end_of_maintenance(
    ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await with_another_rule(ann)

    async def and_payments_pause(_: Customer) -> None:
        await switches_it_off(ann)
        await ann.world.app.services.maintenance.switch_on()

    at_the_last_moment(monkeypatch, ann, and_payments_pause)
    said = await ann.sweep()
    assert [CHANGED in text for text in said if "Automatic prolonging" in text] == [True]


async def resumes_all(ann: Customer) -> None:
    """By a second tap, or in an old message: all is on."""
    await ann.world.app.services.rules.switch(1001, on=True)


async def switches_another_off(ann: Customer) -> None:
    assert await ann.world.app.services.rules.change(1001, 2, on=False)


async def wants_no_sound(ann: Customer) -> None:
    assert await ann.world.app.services.rules.change(1001, 1, quiet=True)


@pytest.mark.parametrize("happens", [resumes_all, switches_another_off, wants_no_sound])
async def test_a_rule_that_pays_is_not_held_up_by_what_does_not_concern_it(
    ann: Customer, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Customer], Awaitable[None]]
) -> None:
    await with_another_rule(ann)
    at_the_last_moment(monkeypatch, ann, happens)
    texts = await ann.sweep()
    assert [list(spend.ids) for spend in ann.books()] == [list(ann.account.proxies)]
    assert [text for text in texts if CHANGED in text] == []


BEGUN = "⚠️ A payment had already begun: its outcome is in /orders."


@pytest.mark.parametrize(
    ("tapped", "read"),
    [
        ("ru-c:1:on:0:1", "The rule is off."),
        ("ru-c:1:floor:5000:0:RUB", "at least 5,000.00 RUB left on the balance"),
        ("ru-x:1:cap_run", "No limits"),
        ("ru-all:0", "Off: no rule prolongs anything."),
        ("ru-d:1", "There are no rules yet."),
        ("watch-s:0", "Nothing now."),
    ],
)
async def test_who_switches_off_what_pays_just_then_reads_that_the_payment_goes_on(
    ann: Customer, tapped: str, read: str
) -> None:
    await ann.lets_a_rule_announce()
    world, phone = ann.world, DirectPhone(ann.world.telegram, ann.world.token, 1001)
    shown = phone.newest()
    world.move(12 * HOUR)
    with world.held("prolong"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("prolong")) == 1)
        phone.forges(tapped, shown)
        await world.until(lambda: any(read in text for text in phone.seen))
        assert [text.endswith(BEGUN) for text in phone.seen if read in text] == [True]
    await paying
    await world.quiet()
    assert len(ann.books()) == 1
    phone.forges(tapped.replace("on:0:1", "on:0:2"), shown)
    await world.quiet()
    assert read in phone.reads(shown) and BEGUN not in phone.reads(shown)


async def test_who_wants_proxies_not_to_be_prolonged_that_a_rule_may_have_prolonged_reads_that(
    world: World, ann: Customer
) -> None:
    ann.add(1, ends_in=2 * DAY)
    [digest] = await ann.look()
    assert "1 proxy ends" in digest
    await ann.adds_rule()
    world.move(DAY + MINUTE)
    await ann.sweep()
    world.move(12 * HOUR)
    world.px6.fault("drop_before", "prolong")
    await ann.look()
    assert world.rows("SELECT state FROM orders") == [("unknown",)]
    await ann.phone.forges("dg-g:1:0")
    read = await ann.phone.reads()
    assert read.startswith("Not prolonging: 1 proxy") and read.endswith(BEGUN)


@pytest.mark.parametrize("cap", [10, 30])
async def test_a_payment_that_was_skipped_stops_no_rule_at_its_limit(ann: Customer, cap: int) -> None:
    await with_another_rule(ann, 2)
    world = ann.world
    async with world.app.services.sweep._database.write() as connection:
        await run(connection, "UPDATE rules SET cap_run = ? WHERE id = 1", (cap * 100,))
    await look_of_prices(ann, skips_it)
    assert world.rows("SELECT stopped FROM rules WHERE id = 1") == [(None,)]
    assert ann.books() == []


async def test_who_skips_what_is_left_while_a_part_is_paid_reads_that_this_had_begun(world: World) -> None:
    ann = await new_customer(world, "50")
    await ann.refuses_notices()
    await with_another_rule(ann, 4)
    phone = DirectPhone(world.telegram, world.token, 1001)
    with world.held("prolong"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("prolong")) == 1)
        phone.forges("skip:1")
        await world.until(lambda: any(text.startswith("Skipped") for text in phone.seen))
        assert [text.endswith(BEGUN) for text in phone.seen if text.startswith("Skipped")] == [True]
    await paying
    await world.quiet()
    assert [len(spend.ids) for spend in ann.books()] == [2]
