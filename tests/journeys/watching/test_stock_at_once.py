"""What is in stock again, bought at once as its person wanted: so many, up to a sum, once; else told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from bot.wiring import wired
from model.people import PersonId
from services.orders import BuyWish, Orders
from services.orders.spending import Spender
from services.watching.paying import Payer
from services.watching.stock_buying import StockBuyer
from tests.customers import Customer, new_customer
from tests.direct_phone import DirectPhone
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import LATER, dying, keeps, stock_looked, waits_for_stock
from tests.quick import QuickPool, quick_pacing, unlimited
from tests.quotes import buy_quote
from tests.world import World, green_buttons

pytestmark = pytest.mark.without_notices


async def waits(world: World, balance: str = "5000") -> Customer:
    """Somebody who has 5 bought as soon as there are so many, up to 105 roubles; and now there are."""
    ann = await just_connected(world, balance)
    await ann.refuses_notices()
    await waits_for_stock(ann, BuyWish(5, 30, "de", comment="shop"), up_to=105)
    world.px6.set_stock("de", "6", 7)
    world.move(LATER)
    return ann


async def test_from_sold_out_to_the_receipt_with_one_green_tap(world: World, ann: Customer) -> None:
    world.leave_the_months_end()
    world.px6.set_stock("de", "6", 0)
    await ann.phone.says("/buy 5 30 de ipv6 shop")
    await ann.phone.taps("Tell me when there are 5")
    await ann.phone.taps("Buy it at once instead")
    shown = await ann.phone.screen()
    assert [each["text"] for each in green_buttons(shown)] == ["Buy at once, up to 105.00 RUB"]
    assert "It costs 105.00 RUB now; on the balance: 5,000.00 RUB" in shown["text"]
    await ann.phone.taps("Buy at once, up to 105.00 RUB")
    assert (await ann.phone.reads()).startswith("I will buy it at once\n5 × IPv6, Germany, 30 days\nUp to 105.00 RUB")
    await ann.phone.says("/watch")
    assert "bought when in stock, up to 105.00 RUB" in await ann.phone.reads()
    await ann.news()
    world.move(LATER)
    assert await stock_looked(ann) == []
    world.px6.set_stock("de", "6", 7)
    world.move(LATER)
    [said] = await stock_looked(ann)
    assert said.startswith("Bought 5 × IPv6, Germany, 30 days\nThis purchase waited until there was enough in stock.")
    assert {proxy.comment for proxy in ann.account.proxies.values()} == {"shop"}
    world.move(LATER)
    assert await stock_looked(ann) == [] and len(ann.books()) == 1, "once"
    await ann.phone.says("/watch")
    assert "Bought by watches this month: 5 · 105.00 RUB" in await ann.phone.reads()
    bob = await new_customer(world, person=1002)
    assert (await bob.phone.forges("sw-p:1:999.00:RUB"))["text"] == "This is no longer watched."


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("price", "I bought nothing: it costs 115.50 RUB now, more than 105.00 RUB."),
        ("money", "I bought nothing: the balance does not cover 105.00 RUB."),
        ("off", "I bought nothing: automatic spending is switched off."),
    ],
)
async def test_what_may_not_be_bought_is_told_once(world: World, why: str, text: str) -> None:
    ann = await waits(world, "50" if why == "money" else "5000")
    if why == "price":
        world.px6.set_price_level("6", 110)
    elif why == "off":
        await world.app.services.rules.switch(1001, on=False)
    [said] = await stock_looked(ann)
    assert said.startswith("In stock again") and text in said
    world.move(LATER)
    assert await stock_looked(ann) == [] and not ann.books()
    await ann.phone.taps("Buy 5: see the price")
    assert "Comment: shop" in await ann.phone.reads()


async def test_a_pause_and_px6_that_is_away_are_waited_for(world: World) -> None:
    ann = await waits(world, "105")  # which is just enough
    await world.app.services.maintenance.switch_on()
    assert await stock_looked(ann) == []
    [one] = await world.app.services.stock.of(1001)
    assert await world.app.services.stock._buyer.buy(one, 7) is None, "nothing was bought, and it goes on waiting"
    await world.app.services.maintenance.switch_off()
    world.move(LATER)
    world.px6.fault("500_before", "getprice", times=None)
    assert await stock_looked(ann) == []
    world.px6.clear_faults()
    world.move(LATER)
    [said] = await stock_looked(ann)
    assert said.startswith("Bought 5 ×")


async def test_who_is_gone_has_no_key_or_is_only_told_buys_nothing(world: World) -> None:
    """What changed in the very moment: the look that began before has to leave it alone."""
    ann = await waits(world)
    await world.phone(1002).says("/start")
    [one] = await world.app.services.stock.of(1001)
    changes: tuple[dict[str, Any], ...] = (
        {"telegram_id": 1002},
        {"telegram_id": 1003},
        {"up_to": None},
        {"up_to": Decimal(110)},
        {"wish": structs.replace(one.wish, count=4)},
    )
    for changed in changes:
        assert await world.app.services.stock._buyer.buy(structs.replace(one, **changed), 7) is None
    assert ann.books() == []
    [said] = await stock_looked(ann)
    assert said.startswith("Bought 5 ×"), "what is wanted now is still waited for"


@pytest.mark.parametrize("stock_first", [True, False])
async def test_what_waits_for_stock_and_for_money_is_bought_once(world: World, stock_first: bool) -> None:
    """Both are there at once."""
    ann = await waits(world, "10")
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 500)
    world.px6.set_stock("de", "6", 100)
    world.move(LATER)
    rounds = [stock_looked, Customer.sweep]
    for look in rounds if stock_first else reversed(rounds):
        await look(ann)
    for _ in range(2):
        world.move(LATER)
        await ann.sweep()
        await stock_looked(ann)
    assert len(ann.books()) == 1


@pytest.mark.unforeseen
async def test_a_purchase_that_was_confirmed_and_not_sent_when_a_process_died_is_made_by_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await waits(world)

    with dying(monkeypatch, Spender, "execute"):
        await world.app.services.stock.look()
    async with world.successor() as other:
        assert await other.services.orders.recover() == []
        for _ in range(3):
            world.move(LATER)
            await other.services.stock.look()
        await other.background.drain(5)
    assert len(ann.books()) == 1


@pytest.mark.parametrize("days", [15, 60])
async def test_what_is_in_stock_long_after_the_end_is_told_and_not_bought(world: World, days: int) -> None:
    """Its person could not be reached meanwhile."""
    ann = await just_connected(world)
    await ann.refuses_notices()
    await waits_for_stock(ann, BuyWish(5, 30, "de"), up_to=105)
    await world.app.services.people.set_blocked(PersonId(1001), True)
    for _ in range(days):
        world.move(DAY)
        await stock_looked(ann)
    await world.app.services.people.set_blocked(PersonId(1001), False)
    world.px6.set_stock("de", "6", 7)
    world.move(DAY)
    [said] = await stock_looked(ann)
    assert said.startswith("In stock again")
    assert ann.books() == []


async def test_what_is_only_told_long_after_its_end_waits_for_the_morning(world: World) -> None:
    ann = await just_connected(world)
    await ann.refuses_notices()
    await waits_for_stock(ann, BuyWish(5, 30, "de"), up_to=105)
    world.move(15 * DAY)
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=(minute - 60) % 1440, quiet_to=(minute + 120) % 1440)
    world.px6.set_stock("de", "6", 7)
    assert await stock_looked(ann) == []
    world.move(3 * HOUR)
    [said] = await stock_looked(ann)
    assert said.startswith("In stock again")
    assert ann.books() == []


async def test_who_has_bought_the_same_by_hand_is_told_and_nothing_is_bought(world: World) -> None:
    ann = await waits(world)
    await ann.phone.says("/buy 2 30 de")
    await ann.phone.taps("Buy ·")
    await ann.news()
    [said] = await stock_looked(ann)
    assert said.startswith("In stock again") and len(ann.books()) == 1


@pytest.mark.unforeseen
@pytest.mark.parametrize(
    ("part", "cut"),
    [(Payer, "_say"), (Orders, "claim"), (Spender, "execute"), (Spender, "_call"), (StockBuyer, "_conclude")],
)
async def test_a_process_that_dies_anywhere_buys_once(
    world: World, part: type, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await waits(world)

    with dying(monkeypatch, part, cut):
        await world.app.services.stock.look()
    await world.app.services.orders.settle_due()  # where only a task of it died, it closes what that had begun
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing) as other:
        for confirmation in await other.services.orders.recover():
            await other.services.orders.run(confirmation)
        for _ in range(8):
            world.move(LATER)
            await other.services.orders.settle_due()
            await other.services.stock.look()
            await world.until(lambda: not other.background.busy)
        await other.background.drain(5)
    await world.quiet()
    receipts = [text for text in await ann.phone.texts() if "This purchase waited until" in text]
    assert receipts[-1].startswith("Bought 5") and len(ann.books()) == 1
    assert not [text for text in await ann.phone.texts() if "I am paying" in text]
    assert len(receipts) <= 2 and all("Nothing was spent" in text for text in receipts[:-1])
    assert world.rows("SELECT told_at IS NULL FROM stock_watches") == [(False,)]


@pytest.mark.unforeseen
@pytest.mark.parametrize("act", ["stop", "tell", "anew", "switch", "buy", "sold out"])
async def test_what_a_process_did_not_live_to_pay_is_not_said_to_be_paid_for_ever(
    world: World, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await waits(world)
    stock = world.app.services.stock

    with dying(monkeypatch, Orders, "claim"):
        [said] = await stock_looked(ann)
    assert "I am paying" in said
    match act:
        case "stop":
            assert await stock.stop(1001, 1)
        case "tell":
            assert await stock.buy_at_once(1001, 1, None)
        case "anew":
            assert await stock.watch(1001, BuyWish(5, 30, "de"))
        case "switch":
            await world.app.services.rules.switch(1001, on=False)
        case "buy":
            quote = await buy_quote(world.app.services.orders, 1001, BuyWish(1, 30, "de"))
            assert (await world.app.services.orders.claim(1001, quote.id, 30)).won
    world.px6.set_stock("de", "6", 0)
    for _ in range(2):
        world.move(LATER)
        await world.app.services.stock.look()
        await ann.sweep()
    texts = await ann.phone.texts()
    assert not [text for text in texts if "I am paying" in text]
    why = "I was stopped before I could pay" if act in ("switch", "sold out") else "It was called off in this moment"
    assert sum(why in text for text in texts) == 1


def the_list_fails(world: World) -> None:
    """px6 is away in the moment in which the purchase is prepared."""
    world.px6.fault("500_before", "getproxy", times=None)


def px6_says_no(world: World) -> None:
    world.px6.fault("no_before", "buy", times=None)


def px6_is_not_reached(world: World) -> None:
    world.px6.fault("drop_before", "buy", times=None)


@pytest.mark.parametrize("fails", [the_list_fails, px6_says_no, px6_is_not_reached])
async def test_a_purchase_that_spent_nothing_does_not_end_it_and_the_next_look_buys(
    world: World, fails: Callable[[World], None]
) -> None:
    ann = await waits(world)
    fails(world)
    said = await stock_looked(ann)
    for minutes in (1, 3, 9):
        world.move(minutes * MINUTE)
        await world.app.services.orders.settle_due()
        await world.quiet()
    said += await ann.news()
    assert not any(text.startswith("Bought") for text in said) and ann.books() == []
    world.px6.clear_faults()
    for _ in range(2):
        world.move(LATER)
        said = await stock_looked(ann)
        if said:
            break
    assert said[0].startswith("Bought 5 ×") and len(ann.books()) == 1
    world.move(LATER)
    assert await stock_looked(ann) == [] and await world.app.services.stock.of(1001) == []


async def test_who_buys_by_hand_while_nobody_knows_what_became_of_it_gets_no_second_purchase(world: World) -> None:
    ann = await waits(world)
    world.px6.fault("drop_before", "buy")
    await stock_looked(ann)
    world.px6.clear_faults()
    await ann.phone.says("/buy 2 30 de")
    await ann.phone.taps("Buy ·")
    await ann.news()
    said = list[str]()
    for _ in range(6):
        world.move(LATER)
        await world.app.services.orders.settle_due()
        await world.quiet()
        said += await stock_looked(ann)
    assert [text.split("\n")[0] for text in said][-1] == "In stock again"
    assert [each.price for each in ann.books()] == [Decimal("42.00")]


async def test_what_px6_refuses_to_sell_three_times_is_told_and_not_tried_for_ever(world: World) -> None:
    ann = await waits(world)
    px6_says_no(world)
    said = list[str]()
    for _ in range(30):
        said += await stock_looked(ann)
        world.move(LATER)
        await world.app.services.orders.settle_due()
        await world.quiet()
    assert len(world.asked("buy")) == 3
    assert said[-1].startswith("In stock again\n") and "7 proxies in stock" in said[-1]
    assert await world.app.services.stock.of(1001) == [] and ann.books() == []
    await waits_for_stock(ann, BuyWish(5, 30, "de", comment="shop"), up_to=105)
    world.px6.clear_faults()
    world.px6.set_stock("de", "6", 7)
    world.move(LATER)
    [receipt] = await stock_looked(ann)
    assert receipt.startswith("Bought 5 ×"), "who wants it anew is not told of what failed before"


@pytest.mark.unforeseen
async def test_what_was_taken_back_and_then_bought_by_hand_is_not_bought_as_well(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is gone that was about to pay when spending was switched off."""
    ann = await waits(world)

    with dying(monkeypatch, Orders, "claim"):
        await world.app.services.stock.look()
    for on in (False, True):
        await world.app.services.rules.switch(1001, on=on)
    await ann.phone.says("/buy 2 30 de")
    await ann.phone.taps("Buy ·")
    await ann.news()
    world.move(LATER)
    assert [text.split("\n")[0] for text in await stock_looked(ann)] == ["In stock again"]
    assert len(ann.books()) == 1


LATER_ON = "Not paid yet|Payments are paused, or another one is under way. I keep waiting.|Nothing was spent."
LOST = "Not bought|It was called off in this moment, or another payment came first.|Nothing more was spent."


@pytest.mark.parametrize(
    ("act", "told"),
    [
        ("nothing", "Bought 5 ×|This purchase waited until there was enough in stock."),
        ("stop", LOST),
        ("switch", LATER_ON),
        ("pause", LATER_ON),
        ("buy", LOST),
        ("confirm", "In stock again, I am paying\nBuy 5 × IPv6"),
    ],
)
async def test_two_processes_buy_once_and_who_acts_at_that_moment_wins(
    world: World, act: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message that said that it is paid says what has become of it, and whether it is still waited for."""
    ann = await waits(world)
    services, say = world.app.services, Payer._say
    quote = await buy_quote(services.orders, 1001, BuyWish(5, 30, "de"))

    async def acts(*given: Any, **named: Any) -> int | None:
        if act == "confirm":  # a process that is gone by now: its order is carried out by whoever finds it
            assert (await services.orders.claim(1001, given[-1].quote.id, 30)).won
        elif act == "stop":
            assert await services.stock.stop(1001, 1)
        elif act == "switch":
            await services.rules.switch(1001, on=False)
        elif act == "pause":
            await services.maintenance.switch_on()
        elif act == "buy":
            assert (await services.orders.claim(1001, quote.id, 30)).won
        return await say(*given, **named)

    monkeypatch.setattr(Payer, "_say", acts)
    unlimited(world.px6)
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing) as other:
        await asyncio.gather(services.stock.look(), other.services.stock.look())
        await other.background.drain(5)
    await world.quiet()
    [said] = await ann.news()
    assert said.startswith(told.split("|")[0]) and all(part in said for part in told.split("|"))
    assert sum(spend.price for spend in ann.books()) == (Decimal("105.00") if act == "nothing" else 0)


async def test_a_watch_that_tells_is_made_to_buy_later_and_the_other_way_round(world: World, ann: Customer) -> None:
    """From its screen in /watch, with how many, for how long, and up to which sum."""
    phone = ann.phone
    world.px6.set_stock("de", "6", 0)
    await phone.says("/buy 5 30 de ipv6 shop")
    await phone.taps("Tell me when there are 5")
    await phone.says("/watch")
    await phone.taps("Show 1")
    assert (await phone.reads()).startswith("Waiting for stock\n5 × IPv6, Germany: when it is in stock, until")
    await phone.taps("Buy at once: off")
    await phone.taps("Quantity")
    await phone.taps("2")
    await phone.taps("Days")
    await phone.taps("7 days")
    assert [one.up_to for one in await world.app.services.stock.of(1001)] == [None], "nothing before the green button"
    [green] = green_buttons(await phone.screen())
    assert green["text"] == "Buy at once, up to 12.60 RUB"
    await phone.taps(green["text"])
    assert (await phone.reads()).startswith("I will buy it at once\n2 × IPv6, Germany, 7 days\nUp to 12.60 RUB, once")
    await phone.says("/watch")
    await phone.taps("Show 1")
    await phone.taps("Buy at once: on")
    await phone.taps("Only tell me")
    await phone.says("/watch")
    await phone.taps("Show 1")
    await phone.taps("Buy at once: off")
    await phone.taps("Buy at once, up to")
    await ann.news()
    world.px6.set_stock("de", "6", 3)
    world.move(LATER)
    [said] = await stock_looked(ann)
    assert said.startswith("Bought 2 × IPv6, Germany, 7 days\n") and len(ann.books()) == 1
    assert {proxy.comment for proxy in ann.account.proxies.values()} == {"shop"}
    await phone.forges("sw-q:1:2:7:12.60:RUB")
    assert len(ann.books()) == 1 and await world.app.services.stock.of(1001) == []


async def test_stock_that_ended_or_is_another_persons_cannot_be_changed(world: World, ann: Customer) -> None:
    await ann.phone.says("/watch")
    for forged in ("sw-c:1", "sw-n:1:2:7", "sw-q:1:2:7:12.60:RUB", "sw-n:1:0:7", "sw-q:1:2:8:9.80:RUB"):
        await ann.phone.forges(forged)
        assert not green_buttons(await ann.phone.screen()), forged
    assert world.rows("SELECT count(*) FROM stock_watches") == [(0,)]


async def test_a_sum_in_another_currency_than_the_account_has_now_is_asked_for_anew(
    world: World, ann: Customer
) -> None:
    """It goes on being watched, so it is not told as watched no longer."""
    world.px6.set_stock("de", "6", 0)
    await ann.phone.says("/buy 5 30 de ipv6 shop")
    await ann.phone.taps("Tell me when there are 5")
    await ann.phone.taps("Buy it at once instead")
    ann.account.currency = "USD"
    await ann.look()
    answer = await ann.phone.taps("Buy at once, up to 105.00 RUB")
    assert (answer["text"], ann.world.rows("SELECT up_to FROM stock_watches")) == (None, [(None,)])
    await ann.phone.taps("Buy at once, up to 1.17 USD")
    assert "Up to 1.17 USD, once" in await ann.phone.reads()


async def test_days_for_which_nothing_is_sold_are_bought_by_no_button(world: World, ann: Customer) -> None:
    """A watch that would wait for them could never buy anything."""
    await waits_for_stock(ann, BuyWish(5, 30, "de"), up_to=105)
    [before] = await world.app.services.stock.of(1001)
    for forged in ("sw-n:1:2:8", "sw-q:1:2:8:9.80:RUB"):
        await ann.phone.forges(forged)
        assert (await ann.phone.reads()).startswith("This quote is out of date"), forged
    assert await world.app.services.stock.of(1001) == [before]


async def test_what_is_being_bought_cannot_be_changed_any_more_and_is_told_as_too_late(world: World) -> None:
    ann = await waits(world)
    phone = DirectPhone(world.telegram, world.token, 1001)
    shown, too_late = phone.newest(), "Too late: it has ended, or is being paid. See /orders."
    goes_on = "⚠️ A payment had already begun: its outcome is in /orders."
    with world.held("buy"):
        buying = asyncio.ensure_future(stock_looked(ann))
        await world.until(lambda: len(world.asked("buy")) == 1)
        taps = [phone.forges(each, shown) for each in ("sw-t:1", "sw-q:1:5:30:105.00:RUB")]
        await world.until(lambda: all(tap.answer for tap in taps))
        assert [(tap.answer or {})["text"] for tap in taps] == [too_late, too_late]
        phone.forges("sw-x:1", shown)
        await world.until(lambda: f"No longer watched\n{goes_on}" in phone.seen)
    await buying
    await world.quiet()
    assert len(ann.books()) == 1
