"""Proxies that stopped working, replaced by themselves: announced with Skip, bought once, never more than wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from bot.wiring import wired
from model.replacing import ReplaceTerms
from services.notifications.delivery import NoticeDelivery
from services.orders import BuyWish, Orders
from services.orders.spending import Spender
from services.watching.paying import Payer
from services.watching.replace_announcing import ReplaceAnnouncer
from services.watching.replacing import Replacements
from tests.customers import Customer, new_customer
from tests.direct_phone import DirectPhone
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.going_on import taps_at_once
from tests.journeys.watching.rounds import breaks, dying, falls, has_them_checked, looked, next_look_in
from tests.px6_events import once_answered
from tests.quick import QuickPool, quick_pacing, unlimited
from tests.quotes import buy_quote
from tests.world import World, green_buttons

pytestmark = pytest.mark.without_notices

PROXY = {"ends_in": 19 * DAY, "version": "6", "country": "de", "comment": "shop"}


async def replacing(world: World, count: int = 2, *, after: int = 3, most: int = 3) -> Customer:
    """Somebody whose proxies are checked every hour and replaced by themselves, for at most 300 roubles a month."""
    ann = Customer(world, world.px6.add_account(balance="5000"), world.phone())
    ann.add(count, **PROXY)
    await ann.phone.connects(ann.key)
    await ann.refuses_notices()
    await ann.settles()
    health = world.app.services.health
    number = await health.watch(1001, "all", "", minutes=60, night=False)
    terms = ReplaceTerms(after=after, period=30, most=most, up_to=Decimal(300), currency="RUB")
    assert await health.replace(1001, number, terms)
    assert await looked(ann) == []
    return ann


def ids_of(ann: Customer) -> list[int]:
    return sorted(ann.account.proxies)


async def announced(ann: Customer, *ids: int) -> str:
    """Up to the announcement, which is the only message besides the one about the fall."""
    fell = await falls(ann, *ids)
    assert len(fell) == 1 and "stopped working" in fell[0]
    [said] = await ann.sweep()
    assert said.startswith("Replacing ")
    return said


async def later(ann: Customer, minutes: int = 16) -> list[str]:
    ann.world.move(minutes * MINUTE)
    return await ann.sweep()


def states(world: World) -> list[str]:
    return [state for (state,) in world.rows("SELECT state FROM replacements ORDER BY id")]


def bought(ann: Customer) -> int:
    return int(sum(each.price for each in ann.books()) / Decimal("21.00"))


async def test_it_is_set_up_with_a_green_button_that_names_the_sum_of_a_month(world: World, ann: Customer) -> None:
    ann.add(1, **PROXY)
    await has_them_checked(ann)
    await ann.phone.taps("Replace by itself: off")
    shown = await ann.phone.screen()
    assert [each["text"] for each in green_buttons(shown)] == ["Replace, at most 300.00 RUB a month"]
    assert "When a proxy fails 4 checks in a row, I buy one" in shown["text"]
    for term, value in (("Failures", "6"), ("Days", "7 days"), ("Quantity", "5"), ("Sum", "500 RUB")):
        await ann.phone.taps(term)
        await ann.phone.taps(value)
    text = await ann.phone.reads()
    assert "fails 6 checks in a row" in text
    assert "at most 5 proxies, for at most 500.00 RUB; each for 7 days" in text
    assert world.rows("SELECT replacing FROM health_watches") == [(None,)], "nothing counts before the green button"
    await ann.phone.taps("Replace, at most 500.00 RUB a month")
    assert "replaced: at most 5 a month, for at most 500.00 RUB." in await ann.phone.reads()
    await ann.phone.taps("Replace by itself: on")
    assert not green_buttons(await ann.phone.screen())
    await ann.phone.taps("Switch off")
    assert "Replace by itself: off" in await ann.phone.labels()
    bob = await new_customer(world, person=1002)
    await bob.phone.forges("hw-b:1:3:30:3:300:RUB")
    assert world.rows("SELECT replacing FROM health_watches") == [(None,)], "of another person's nothing is changed"


async def test_a_green_button_counts_only_in_the_currency_that_it_names(world: World, ann: Customer) -> None:
    ann.add(1, **PROXY)
    await has_them_checked(ann)
    await ann.phone.taps("Replace by itself: off")
    in_roubles = green_buttons(await ann.phone.screen())[0]["callback_data"]
    world.px6.set_currency(ann.key, "USD")
    world.move(13 * HOUR)
    await ann.sweep()
    for old in (in_roubles, "hw-b:1:4:30:3:300"):
        await ann.phone.forges(old)
        assert world.rows("SELECT replacing FROM health_watches") == [(None,)], "300 of another currency"
        [anew] = green_buttons(await ann.phone.screen())
        assert anew["text"].endswith("USD a month")
    await ann.phone.taps(anew["text"])
    assert "What stops working is replaced: at most" in await ann.phone.reads()


async def test_what_falls_is_announced_and_bought_once_with_its_receipt(world: World) -> None:
    world.leave_the_months_end()
    ann = await replacing(world, 3)
    one, *_ = before = ids_of(ann)
    said = await announced(ann, one)
    assert f"· {one}" in said and "I will buy 1 × IPv6, Germany, 30 days: 21.00 RUB" in said
    assert await later(ann, 14) == [], "time for Skip"
    [receipt] = await later(ann, 2)
    assert receipt.startswith("Bought 1 × IPv6, Germany, 30 days\nIn place of what stopped working.")
    assert [each.price for each in ann.books()] == [Decimal("21.00")]
    [new] = [proxy for number, proxy in ann.account.proxies.items() if number not in before]
    old = ann.account.proxies[one]
    assert (new.comment, new.country, new.type) == (old.comment, old.country, old.type)
    for _ in range(3):
        ann.world.move(HOUR)
        await looked(ann)
        assert await ann.sweep() == [], "once, although it goes on failing"
    await ann.phone.says("/watch")
    text = await ann.phone.reads()
    assert "replacing what fails: 3 of 4 work" in text and "Bought by watches this month: 1 · 21.00 RUB" in text
    await ann.phone.taps("Show 1")
    assert "Bought this month: 1 · 21.00 RUB" in await ann.phone.reads()
    assert states(world) == ["done"]


async def test_more_failures_are_waited_for_where_the_person_wants_that(world: World) -> None:
    ann = await replacing(world, after=4)
    one, _ = ids_of(ann)
    await falls(ann, one)
    assert await ann.sweep() == []
    world.move(HOUR)
    await looked(ann)
    [said] = await ann.sweep()
    assert said.startswith("Replacing 1 proxy")


async def test_who_taps_skip_twice_reads_that_it_is_skipped(world: World) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    assert any(text.startswith("Skipped") for text in await taps_at_once(world, ann.phone, "Skip", "Skip"))


async def test_skip_keeps_it_from_being_bought_until_it_has_worked_and_falls_again(world: World) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    await ann.phone.taps("Skip")
    assert (await ann.phone.reads()).startswith("Skipped")
    await ann.news()
    assert await later(ann) == [] and states(world) == ["skipped"]
    breaks(ann, one, alive=True)
    world.move(HOUR)
    await looked(ann)
    await announced(ann, one)
    assert not ann.books()


def leaves_it_out(ann: Customer, one: int) -> Callable[[], object]:
    """px6 lists it no more for a while."""
    kept = ann.account.proxies.pop(one)
    return lambda: ann.account.proxies.update({one: kept})


def lists_it_unreadably(ann: Customer, one: int) -> Callable[[], object]:
    proxy = ann.account.proxies[one]
    port, proxy.port = proxy.port, 0
    return lambda: setattr(proxy, "port", port)


def says_that_it_does_not_know_it(ann: Customer, one: int) -> Callable[[], object]:
    ann.world.px6.fault("no_before", "check", error_id=404, times=None)
    return lambda: ann.world.px6.clear_faults()


@pytest.mark.parametrize("missing", [leaves_it_out, lists_it_unreadably, says_that_it_does_not_know_it])
async def test_what_was_skipped_and_has_not_worked_is_not_announced_though_px6_did_not_name_it_for_a_while(
    world: World, missing: Callable[[Customer, int], Callable[[], object]]
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    await ann.phone.taps("Skip")
    await ann.news()
    is_named = missing(ann, one)
    world.move(HOUR)
    await looked(ann)
    is_named()
    said = await falls(ann, one)
    assert [text.split("\n")[0] for text in said] == (
        [] if missing is lists_it_unreadably else ["⚠️ 1 proxy stopped working"]
    )
    world.move(HOUR)
    await looked(ann)
    assert await ann.sweep() == [] and await later(ann) == []
    assert (states(world), ann.books()) == (["skipped"], [])


async def test_what_px6_lists_unreadably_when_it_is_to_be_replaced_is_not_told_as_gone_and_waited_for(
    world: World,
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    is_readable = lists_it_unreadably(ann, one)
    for _ in range(2):
        assert await later(ann) == [] and states(world) == ["announced"]
    is_readable()
    [receipt] = await later(ann)
    assert receipt.startswith("Bought 1 ×") and len(ann.books()) == 1


async def it_works_again(ann: Customer, one: int) -> str:
    breaks(ann, one, alive=True)
    return "Just before paying I checked once more: the proxies work again."


async def it_is_deleted(ann: Customer, one: int) -> str:
    del ann.account.proxies[one]
    return "The proxies are gone, work again, or end within a day."


async def buys_by_hand(ann: Customer) -> None:
    await ann.phone.says("/buy 1 7 de")
    await ann.phone.taps("Buy ·")
    await ann.news()


async def its_person_buys_one(ann: Customer, one: int) -> str:
    await buys_by_hand(ann)
    return "You have bought such proxies yourself since then."


async def one_is_bought_on_the_site(ann: Customer, one: int) -> str:
    ann.add(1, version="6", country="de", ends_in=30 * DAY)
    return "You have bought such proxies yourself since then."


async def the_price_rises(ann: Customer, one: int) -> str:
    ann.world.px6.set_price_level("6", 120)
    return "The price rose. If the limits allow it, I announce it anew."


MEANWHILE: tuple[Callable[[Customer, int], Awaitable[str]], ...] = (
    it_works_again,
    it_is_deleted,
    its_person_buys_one,
    one_is_bought_on_the_site,
    the_price_rises,
)


@pytest.mark.parametrize("happens", MEANWHILE)
async def test_what_happens_between_announcement_and_payment_is_seen_just_before(
    world: World, happens: Callable[[Customer, int], Awaitable[str]]
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    message = (await ann.phone.message_with("Skip"))["message_id"]
    why = await happens(ann, one)
    mine = len(ann.books())
    said = await later(ann)
    text = await ann.phone.text_of(message)
    assert text.startswith("Not bought") and why in text and text.endswith("Nothing was spent.")
    assert len(ann.books()) == mine
    if happens is the_price_rises:
        assert "25.20 RUB" in said[-1], "announced anew"
    else:
        assert not [each for each in said if each.startswith("Replacing")], "nor anew"
        world.move(HOUR)
        await looked(ann)
        assert not [each for each in await ann.sweep() if each.startswith("Replacing")]


@pytest.mark.parametrize("moment", ["before it is announced", "while it waits for money"])
async def test_one_bought_by_hand_replaces_one_of_two_that_fell_and_the_other_is_bought_once(
    world: World, moment: str
) -> None:
    ann = await replacing(world, 3, after=4)
    fallen = ids_of(ann)[:2]
    await falls(ann, *fallen)
    if moment == "before it is announced":
        await buys_by_hand(ann)
    world.move(HOUR)
    await looked(ann)
    said = await ann.sweep()
    if moment == "while it waits for money":
        await buys_by_hand(ann)
        ann.account.balance = Decimal("5.00")
        said += await later(ann)
        world.px6.top_up(ann.key, 100)
        world.move(HOUR)
    for _ in range(3):
        said += await later(ann)
    count = 1 if moment == "before it is announced" else 2
    assert [text.split()[:2] for text in said if text.startswith(("Replacing", "Bought"))] == [
        ["Replacing", str(count)],
        ["Bought", "1"],
    ]
    assert [each.price for each in ann.books()] == [Decimal("6.30"), Decimal("21.00")], "one by hand, one by itself"
    assert states(world) == ["done"]


async def test_what_works_again_just_before_paying_needs_as_many_failures_as_before(world: World) -> None:
    ann = await replacing(world, 3)
    one, other, _ = ids_of(ann)
    await announced(ann, one, other)
    breaks(ann, one, alive=True)
    said = await later(ann)
    assert [each.split()[:2] for each in said] == [["Bought", "1"]], "and no announcement of the one that works"
    breaks(ann, one)
    world.move(HOUR)
    await looked(ann)
    assert await ann.sweep() == [] and bought(ann) == 1, "it has failed once"
    failures = (await world.app.services.health.of(1001))[0].failures
    assert (failures[one].count, failures[other].count) == (1, 4)


async def no_money(ann: Customer) -> Callable[[], object]:
    ann.account.balance = Decimal("5.00")
    return lambda: ann.world.px6.top_up(ann.key, 16)  # just enough


async def sold_out(ann: Customer) -> Callable[[], object]:
    ann.world.px6.set_stock("de", "6", 0)
    return lambda: ann.world.px6.set_stock("de", "6", 1)


@pytest.mark.parametrize(
    ("lacks", "why"), [(no_money, "Missing on the balance: 16.00 RUB"), (sold_out, "They are sold out.")]
)
async def test_what_is_missing_is_told_once_and_waited_for(
    world: World, lacks: Callable[[Customer], Awaitable[Callable[[], object]]], why: str
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    is_back = await lacks(ann)
    [said] = await later(ann)
    assert said.startswith("⚠️ 1 proxy is not replaced yet") and why in said
    assert await later(ann, 61) == [], "told once"
    is_back()
    [receipt] = await later(ann, 61)
    assert receipt.startswith("Bought 1 ×")


async def test_the_limits_of_a_month_hold_by_number_and_by_sum(world: World) -> None:
    world.leave_the_months_end()
    ann = await replacing(world, 5, most=2)
    await falls(ann, *ids_of(ann)[:3])
    said, limit = await ann.sweep()
    assert "I will buy 2 × IPv6, Germany, 30 days: 42.00 RUB" in said
    assert limit.startswith("⚠️ 1 proxy is not replaced") and "This month's limit is reached." in limit
    [receipt] = await later(ann)
    assert receipt.startswith("Bought 2 ×") and bought(ann) == 2
    world.move(HOUR)
    await looked(ann)
    assert await ann.sweep() == []


async def test_a_sum_too_small_for_one_buys_none(world: World) -> None:
    ann = await replacing(world)
    world.px6.set_price_level("6", 2000)
    one, _ = ids_of(ann)
    await falls(ann, one)
    [said] = await ann.sweep()
    assert "This month's limit is reached." in said


def px6_says_no(world: World) -> None:
    world.px6.fault("no_before", "buy")


def px6_is_not_reached_and_sold_nothing(world: World) -> None:
    world.px6.fault("drop_before", "buy")


def the_price_rises_in_that_moment(world: World) -> None:
    once_answered(world.px6, "getcount", lambda: world.px6.set_price_level("6", 110))


@pytest.mark.parametrize(
    "happens", [px6_says_no, the_price_rises_in_that_moment, px6_is_not_reached_and_sold_nothing]
)
async def test_what_px6_did_not_sell_after_all_is_told_and_tried_again_at_the_next_failure(
    world: World, happens: Callable[[World], None]
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    happens(world)
    said = await later(ann)
    if happens is not the_price_rises_in_that_moment:
        assert states(world) == ["paying"], "until it is known what became of it"
        for seconds in (6, 30, 120, 500):
            world.move(seconds * MINUTE / 60)
            await world.app.services.orders.settle_due()
        await world.quiet()
        said += await later(ann, 11)
    assert not ann.books()
    assert states(world) == ["dropped"]
    assert sum("The purchase came to nothing." in text for text in said) == 1
    assert not any("Replacing" in text for text in await later(ann, 1)), "not before it fails once more"
    world.move(HOUR)
    await looked(ann)
    [anew] = [text for text in await ann.sweep() if text.startswith("Replacing 1 proxy")]
    assert f"· {one}" in anew
    receipt = (await later(ann))[-1]
    assert receipt.startswith("Bought 1 ×") and len(ann.books()) == 1
    assert states(world) == ["dropped", "done"]
    await ann.phone.says("/watch")
    assert f"Bought by watches this month: 1 · {ann.books()[0].price} RUB" in await ann.phone.reads()


async def test_the_one_switch_stops_it_also_what_is_announced(world: World) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    await ann.phone.says("/watch")
    await ann.phone.taps("Stop automatic spending")
    assert "no rule or watch pays anything" in await ann.phone.reads()
    await ann.news()
    assert await later(ann) == [] and not ann.books()
    assert states(world) == ["dropped"]
    assert (await ann.phone.taps("Skip", (await ann.phone.message_with("Skip"))["message_id"]))["show_alert"]
    await ann.phone.says("/watch")
    await ann.phone.taps("Resume automatic spending")
    await ann.news()
    [said] = await later(ann, 1)
    assert said.startswith("Replacing 1 proxy"), "announced anew, with time for Skip"


async def test_in_quiet_hours_nothing_is_announced_and_a_pause_of_payments_is_waited_for(world: World) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await falls(ann, one)
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=(minute - 60) % 1440, quiet_to=(minute + 60) % 1440)
    assert await ann.sweep() == []
    [said] = await later(ann, 61)
    assert said.startswith("Replacing 1 proxy")
    await world.app.services.maintenance.switch_on()
    [waits] = await later(ann)
    assert "Payments are paused for maintenance." in waits and not ann.books()
    await world.app.services.maintenance.switch_off()
    [receipt] = await later(ann, 11)
    assert receipt.startswith("Bought 1 ×")


async def test_a_refused_key_and_another_account_buy_nothing(world: World) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    once_answered(world.px6, "getproxy", lambda: world.px6.revoke(ann.key))  # the look has its list by then
    [said] = await later(ann)
    assert "px6 no longer accepts your key" in said and states(world) == ["dropped"]
    other = world.px6.add_account(balance="500")
    await ann.phone.connects(other.key)
    await ann.news()
    for _ in range(2):
        world.move(HOUR)
        await looked(ann)
        await ann.sweep()
    assert not world.px6.books(other.key) and not ann.books()


# -- kills and races

CUTS: tuple[tuple[type, str], ...] = (
    (ReplaceAnnouncer, "_say"),
    (Replacements, "_execute"),
    (Replacements, "_pay"),
    (Payer, "_say"),
    (Orders, "claim"),
    (Spender, "execute"),
    (Spender, "_call"),
    (Replacements, "_move"),
)


@pytest.mark.unforeseen
@pytest.mark.parametrize(("part", "cut"), CUTS)
async def test_a_process_that_dies_anywhere_buys_at_most_one_and_it_is_told(
    world: World, part: type, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await falls(ann, one)

    with dying(monkeypatch, part, cut):
        for _ in range(2):
            await world.app.services.sweep.look(1001)
            world.move(16 * MINUTE)
    await world.quiet()
    await world.app.services.orders.settle_due()  # where only a task of it died, it closes what that had begun
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing) as other:
        for confirmation in await other.services.orders.recover():
            await other.services.orders.run(confirmation)
        for _ in range(6):
            world.move(16 * MINUTE)
            await other.services.orders.settle_due()
            await other.services.sweep.look(1001)
        await other.background.drain(5)
    await world.quiet()
    texts = await ann.phone.texts()
    assert bought(ann) <= 1
    assert any(text.startswith("Replacing 1 proxy") for text in texts)
    receipts = [text for text in texts if "In place of what stopped working." in text]
    assert len(receipts) == 1, texts
    assert receipts[0].startswith("Bought") == (bought(ann) == 1)
    assert not [text for text in texts if "I am paying" in text]


@pytest.mark.unforeseen
async def test_a_twin_that_was_confirmed_and_not_sent_when_a_process_died_is_bought_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody at px6 was asked: it is looked at once more, and not announced anew."""
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await falls(ann, one)

    with dying(monkeypatch, Spender, "execute"):
        for _ in range(2):
            await world.app.services.sweep.look(1001)
            world.move(16 * MINUTE)
    async with world.successor() as other:
        for confirmation in await other.services.orders.recover():
            await other.services.orders.run(confirmation)
        for _ in range(3):
            await other.services.sweep.look(1001)
            world.move(MINUTE)
        await other.background.drain(5)
    await world.quiet()
    texts = await ann.phone.texts()
    assert bought(ann) == 1
    assert len([text for text in texts if text.startswith("Replacing 1 proxy")]) == 1
    assert not [text for text in texts if "came to nothing" in text]


@pytest.mark.unforeseen
@pytest.mark.parametrize("act", ["skip", "switch", "end", "pause"])
async def test_what_is_called_off_after_a_kill_in_the_middle_is_not_said_to_be_paid_for_ever(
    world: World, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)

    with dying(monkeypatch, Orders, "claim"):
        [said] = await later(ann)
    assert "I am paying" in said
    services = world.app.services
    match act:
        case "skip":
            assert await services.replacing.skip(1001, 1)
        case "switch":
            await services.rules.switch(1001, on=False)
        case "end":
            assert await services.health.remove(1001, 1)
        case "pause":
            assert await services.health.switch(1001, 1, on=False)
    for _ in range(2):
        await later(ann)
    texts = await ann.phone.texts()
    assert not [text for text in texts if "I am paying" in text]
    assert sum("It was called off in this moment" in text for text in texts) == 1
    assert not ann.books()


@pytest.mark.unforeseen
@pytest.mark.parametrize("act", ["skip", "maintenance"])
async def test_why_it_was_not_paid_in_the_end_is_said_also_after_a_kill_just_then(
    world: World, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    services, claim = world.app.services, Orders.claim

    async def acts(*given: Any, **named: Any) -> Any:
        if act == "skip":
            assert await services.replacing.skip(1001, 1)
        else:
            await services.maintenance.switch_on()
        return await claim(*given, **named)

    async def dies(*_: object, **__: object) -> None:
        raise RuntimeError("the process is gone")

    with monkeypatch.context() as patched:
        patched.setattr(Orders, "claim", acts)
        patched.setattr(NoticeDelivery, "write", dies)
        await later(ann)
    await later(ann)
    assert not [text for text in await ann.phone.texts() if "I am paying" in text]
    assert not ann.books()


async def test_two_processes_announce_and_buy_once(world: World) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await falls(ann, one)
    unlimited(world.px6)
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing) as other:
        for _ in range(3):
            await asyncio.gather(world.app.services.sweep.look(1001), other.services.sweep.look(1001))
            await other.background.drain(5)
            world.move(16 * MINUTE)
    await world.quiet()
    said = await ann.news()
    assert [each.split()[0] for each in said] == ["Replacing", "Bought"], said
    assert bought(ann) == 1


async def test_another_purchase_that_comes_first_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    orders, pay, confirmed = world.app.services.orders, Replacements._pay, list[bool]()

    async def another_comes_first(*given: Any) -> Any:
        quote = await buy_quote(orders, 1001, BuyWish(1, 30, "de"))
        confirmed.append((await orders.claim(1001, quote.id, 30)).won)
        return await pay(*given)

    monkeypatch.setattr(Replacements, "_pay", another_comes_first)
    for minutes in (16, 11):  # seen by who is about to pay, then before
        assert await later(ann, minutes) == [] and states(world) == ["announced"]
        assert 9 * MINUTE < next_look_in(ann) <= 10 * MINUTE
    assert confirmed == [True] and not ann.books()


MOMENTS: dict[str, tuple[type, str]] = {"before its quote is kept": (Replacements, "_pay"), "after": (Payer, "_say")}


@pytest.mark.parametrize(
    ("moment", "act"),
    [("after", act) for act in ("skip", "switch", "end", "buy", "forget")]
    + [("before its quote is kept", act) for act in ("pause", "no more", "buy")],
)
async def test_who_acts_at_the_very_moment_of_payment_wins(
    world: World, moment: str, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await replacing(world)
    one, _ = ids_of(ann)
    await announced(ann, one)
    services, goes_on = world.app.services, getattr(*MOMENTS[moment])
    acted = list[str]()

    async def acts() -> None:
        match act:
            case "skip":
                assert await services.replacing.skip(1001, 1)
            case "switch":
                await services.rules.switch(1001, on=False)
            case "end":
                await services.health.remove(1001, 1)
            case "pause":
                assert await services.health.switch(1001, 1, on=False)
            case "no more":
                assert await services.health.replace(1001, 1, None)
            case "buy":
                quote = await buy_quote(services.orders, 1001, BuyWish(1, 30, "de"))
                claim = await services.orders.claim(1001, quote.id, 30)
                assert claim.won and claim.confirmation is not None
                await services.orders.execute(claim.confirmation.id)
            case "forget":
                await services.accounts.forget(1001)
        acted.append(act)

    async def acts_first(*given: Any, **named: Any) -> Any:
        await acts()
        return await goes_on(*given, **named)

    with monkeypatch.context() as patched:
        patched.setattr(*MOMENTS[moment], acts_first)
        await later(ann)
    assert acted == [act]
    await later(ann, 31)
    await later(ann, 31)
    assert bought(ann) == int(act == "buy"), "at most the person's own"


@pytest.mark.parametrize("tapped", ["hw-x:1", "hw-p:1:0", "hw-z:1", "watch-s:0", "hw-b:1:4:30:3:500:RUB"])
async def test_who_switches_off_what_buys_a_twin_just_then_reads_that_the_payment_goes_on(
    world: World, tapped: str
) -> None:
    ann = await replacing(world, 1)
    await announced(ann, *ids_of(ann))
    phone = DirectPhone(world.telegram, world.token, 1001)
    shown, goes_on = phone.newest(), "⚠️ A payment had already begun: its outcome is in /orders."
    world.move(16 * MINUTE)
    with world.held("buy"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("buy")) == 1)
        phone.forges(tapped, shown)
        await world.until(lambda: any(text.endswith(goes_on) for text in phone.seen))
    await paying
    await world.quiet()
    assert bought(ann) == 1
