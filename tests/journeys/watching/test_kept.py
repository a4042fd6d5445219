"""A payment that the balance did not cover, finished when the money is there: asked about, or paid at once; once."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from bot.wiring import wired
from services.orders import Orders
from services.orders.spending import Spender
from services.watching.kept import KeptPayments
from services.watching.paying import Payer
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import dying, keeps
from tests.quick import QuickPool, quick_pacing, unlimited
from tests.world import World, buttons, green_buttons

pytestmark = pytest.mark.without_notices

SHORT = "Need 105.00 RUB, have 30.00 RUB, missing 75.00 RUB"


async def poor(world: World, balance: str = "30") -> Customer:
    """Somebody to whom nothing but what this is about is said."""
    ann = await just_connected(world, balance)
    await ann.refuses_notices()
    return ann


async def kept(world: World, *, at_once: bool = False, command: str = "/buy 5 30 de shop") -> Customer:
    """Up to where the money is waited for, as two taps would leave it."""
    ann = await poor(world)
    await keeps(ann, command, at_once=at_once)
    return ann


def states(world: World) -> list[str]:
    return [state for (state,) in world.rows("SELECT state FROM kept_payments ORDER BY id")]


async def test_from_too_little_money_to_the_receipt(world: World) -> None:
    ann = await poor(world)
    await ann.phone.says("/buy 5 30 de shop")
    assert SHORT in await ann.phone.reads()
    assert not green_buttons(await ann.phone.screen())
    labels = await ann.phone.labels()
    assert labels[:3] == ["Top up at px6", "I have topped up", "Finish when the money arrives"]
    assert "3 days · 18.00 RUB" in labels, "what the balance is enough for"
    await ann.phone.taps("Finish when the money arrives")
    asked = await ann.phone.screen()
    assert SHORT in asked["text"]
    assert [b["text"] for b in green_buttons(asked)] == ["Pay at once, up to 105.00 RUB"]
    await ann.phone.taps("Ask me first")
    assert (await ann.phone.reads()).startswith("Waiting for the money\nBuy 5 × IPv6, Germany, 30 days")
    await ann.news()
    world.move(6 * MINUTE)
    assert await ann.sweep() == [], "no money yet"
    world.px6.top_up(ann.key, 75)
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said == (
        "The balance is enough now\nBuy 5 × IPv6, Germany, 30 days\n105.00 RUB (0.70 RUB per proxy per day)\n"
        "Balance 105.00 RUB → 0.00 RUB\nComment: shop"
    )
    assert not ann.books()
    world.move(11 * MINUTE)
    assert await ann.sweep() == [], "asked once"
    message = await ann.phone.screen()
    await ann.phone.taps("Buy · 105.00 RUB")
    assert (await ann.phone.text_of(message["message_id"])).startswith("Bought 5 × IPv6, Germany, 30 days")
    [spend] = ann.books()
    assert spend.price == Decimal("105.00")
    assert {p.comment for p in ann.account.proxies.values()} == {"shop"}
    assert states(world) == ["asked"]


async def test_at_once_up_to_the_sum_it_is_paid_without_a_tap_and_told_by_the_receipt(world: World) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 75)
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("Bought 5 × IPv6, Germany, 30 days")
    assert "This payment waited for the money." in said
    assert len(ann.books()) == 1
    assert states(world) == ["paid"]
    world.px6.top_up(ann.key, 500)
    world.move(DAY)
    assert await ann.sweep() == []
    assert len(ann.books()) == 1


@pytest.mark.parametrize("why", ["the price rose", "the switch is off"])
async def test_what_may_not_be_paid_at_once_is_asked_about(world: World, why: str) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    if why == "the price rose":
        world.px6.set_price_level("6", 110)
    else:
        await ann.phone.says("/watch")
        await ann.phone.taps("Stop automatic spending")
        assert "Automatic spending is switched off: I ask first" in await ann.phone.reads()
        await ann.news()
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert not ann.books()
    if why == "the price rose":
        assert "115.50 RUB" in said
        assert "It costs more than 105.00 RUB now, so I ask first. Nothing was spent." in said
        await ann.phone.taps("Buy · 115.50 RUB")
    else:
        assert "Automatic spending is switched off, so I ask first. Nothing was spent." in said
        await ann.phone.taps("Buy · 105.00 RUB")
    assert len(ann.books()) == 1
    assert states(world) == ["asked"]


async def test_a_price_that_rose_above_the_money_waits_on_for_the_new_sum(world: World) -> None:
    ann = await kept(world)
    world.px6.set_price_level("6", 110)
    world.px6.top_up(ann.key, 75)
    world.move(6 * MINUTE)
    assert await ann.sweep() == []
    await ann.phone.says("/watch")
    assert "I ask when there is 115.50 RUB" in await ann.phone.reads()
    await ann.news()
    world.px6.top_up(ann.key, "10.50")
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert "Balance 115.50 RUB → 0.00 RUB" in said


async def test_of_several_to_prolong_only_the_most_urgent_and_what_is_left_when_money_comes(world: World) -> None:
    ann = await poor(world)
    late, soon, between = ann.add(1, ends_in=9 * DAY) + ann.add(1, ends_in=4 * DAY) + ann.add(1, ends_in=6 * DAY)
    await ann.settles()
    await ann.phone.says(f"/prolong 30 {late} {soon} {between}")
    assert "Need 63.00 RUB, have 30.00 RUB, missing 33.00 RUB" in await ann.phone.reads()
    quote = await ann.phone.screen()
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Pay at once, up to 63.00 RUB")
    await ann.phone.says(f"/prolong 30 {late} {soon} {between}")
    assert "Waiting for the money" in await ann.phone.labels(), "what waits already is not kept twice"
    await ann.phone.taps("Only the most urgent · 21.00 RUB")
    await ann.phone.taps("Prolong 30 days · 21.00 RUB")
    assert [list(spend.ids) for spend in ann.books()] == [[soon]]
    world.px6.top_up(ann.key, 33)
    world.move(6 * MINUTE)
    await ann.sweep()
    assert [sorted(spend.ids) for spend in ann.books()] == [[soon], sorted([late, between])], (
        "42 RUB for what is left"
    )
    assert quote["message_id"]
    assert states(world) == ["paid"]


async def test_what_was_prolonged_in_another_way_is_over_and_told_once(world: World) -> None:
    ann = await poor(world)
    ids = ann.add(2, ends_in=4 * DAY)
    await ann.settles()
    await ann.phone.says(f"/prolong 30 {ids[0]} {ids[1]}")
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Ask me first")
    await ann.news()
    world.px6.top_up(ann.key, 100)
    world.px6.prolong_on_site(ann.key, ids, 30)
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert said == (
        "Nothing left to prolong\nProlong 2 proxies for 30 days\n"
        "These proxies were prolonged in another way, or are gone.\nNothing more was spent."
    )
    world.move(DAY)
    assert await ann.sweep() == []


async def test_it_ends_after_three_days_by_its_person_and_with_the_key(world: World) -> None:
    ann = await kept(world)
    world.move(3 * DAY + MINUTE)
    [said] = await ann.sweep()
    assert said.startswith(
        "I no longer wait for the money\nBuy 5 × IPv6, Germany, 30 days\nIn three days the balance"
    )
    await ann.phone.taps("Get a new quote")
    assert SHORT in await ann.phone.reads()
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Pay at once")
    await ann.phone.says("/watch")
    await ann.phone.taps("End 1")
    assert (await ann.phone.reads()).startswith("Called off")
    assert (await ann.phone.forges("kp-x:2"))["text"] is None, "cancelled as the same tap before"
    assert (await ann.phone.reads()).startswith("Called off")
    await ann.phone.says("/buy 5 30 de")
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Ask me first")
    await ann.news()
    world.px6.revoke(ann.key)
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert "Payments that waited for money have ended; nothing was spent." in said
    assert states(world) == ["over", "cancelled", "key"]
    world.px6.top_up(ann.key, 500)
    await ann.phone.says(f"/key {world.px6.new_key(ann.key)}")
    world.move(HOUR)
    await ann.sweep()
    assert not ann.books()


async def test_another_account_ends_it_and_another_person_cannot_touch_it(world: World) -> None:
    ann = await kept(world, at_once=True)
    bob = await new_customer(world, person=1002)
    [(quote, number)] = world.rows("SELECT quote_id, id FROM kept_payments")
    for data in (f"kp:{quote}:30", f"kp-p:{quote}:30", f"kp-a:{quote}:30", f"kp-x:{number}"):
        await bob.phone.forges(data)
    assert states(world) == ["waiting"]
    assert world.rows("SELECT telegram_id FROM kept_payments") == [(1001,)]
    other = world.px6.add_account(balance="900")
    await ann.phone.says(f"/key {other.key}")
    await ann.phone.taps("Use the new key")
    await ann.news()
    world.move(6 * MINUTE)
    said = "\n".join(await ann.sweep())
    assert "You have since connected another px6 account." in said
    assert states(world) == ["account"]
    assert not world.px6.books(other.key)
    await ann.phone.forges(f"kp-p:{quote}:30")
    assert (await ann.phone.reads()).startswith("This quote is out of date"), "of an account that is gone"
    assert states(world) == ["account"]


async def test_whoever_buys_it_themselves_does_not_get_it_twice(world: World) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    await ann.phone.says("/buy 5 30 de another comment")
    await ann.phone.taps("Buy · 105.00 RUB")
    world.move(6 * MINUTE)
    await ann.sweep()
    assert states(world) == ["paid"]
    assert len(ann.books()) == 1


async def test_whoever_buys_it_themselves_and_gets_nothing_is_asked_about_it_again(world: World) -> None:
    """The tap that px6 refused does not end what waits: it is asked about, and not paid without a tap."""
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    await ann.phone.says("/buy 5 30 de another comment")
    world.px6.fault("no_before", "buy", error_id=300)
    await ann.phone.taps("Buy · 105.00 RUB")
    said = await ann.news()
    assert said[-1].startswith("Not bought")
    for _ in range(3):
        world.move(11 * MINUTE)
        said += await ann.sweep()
    assert [text.splitlines()[0] for text in said].count("The balance is enough now") == 1
    assert (states(world), ann.books()) == (["asked"], [])


async def test_a_quote_of_the_same_is_worth_nothing_once_it_was_paid_at_once(world: World) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    await ann.phone.says("/buy 5 30 de")
    seen = await ann.phone.screen()
    world.move(6 * MINUTE)
    await ann.sweep()
    await ann.phone.taps("Buy · 105.00 RUB", seen["message_id"])
    assert (await ann.phone.text_of(seen["message_id"])).startswith("This quote is out of date")
    assert len(ann.books()) == 1


async def test_who_sees_the_quote_with_the_money_there_is_not_asked_once_more(world: World) -> None:
    ann = await kept(world)
    world.px6.top_up(ann.key, 75)
    await ann.phone.says("/buy 5 30 de shop")
    assert green_buttons(await ann.phone.screen())
    await ann.news()
    world.move(6 * MINUTE)
    assert await ann.sweep() == []
    assert states(world) == ["asked"]


async def test_home_says_that_something_waits_and_what_it_reads_of_the_balance_is_enough(world: World) -> None:
    ann = await kept(world)
    world.px6.top_up(ann.key, 75)
    await ann.phone.says("/start")
    assert "1 payment waits for money: /watch" in await ann.phone.reads()
    await ann.news()
    [said] = await ann.sweep()
    assert said.startswith("The balance is enough now")


async def test_what_is_sold_out_by_then_is_told_with_what_can_be_done(world: World) -> None:
    ann = await kept(world)
    world.px6.set_stock("de", "6", 2)
    world.px6.top_up(ann.key, 75)
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert "The money is there, but only 2 are left in stock." in said
    await ann.phone.taps("Tell me when in stock")
    assert world.rows("SELECT country, version, wanted FROM stock_watches") == [("de", "6", 5)]


async def test_while_payments_are_paused_it_waits(world: World) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 75)
    await world.app.services.maintenance.switch_on("")
    world.move(6 * MINUTE)
    assert await ann.sweep() == []
    await world.app.services.maintenance.switch_off()
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("Bought 5")


async def test_px6_that_does_not_answer_makes_it_wait(world: World) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 75)
    world.px6.fault("500_before", "getprice", times=None)
    world.move(6 * MINUTE)
    assert await ann.sweep() == []
    world.px6.clear_faults()
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("Bought 5")


async def test_double_taps_and_old_buttons_keep_and_ask_once(world: World) -> None:
    ann = await poor(world)
    await ann.phone.says("/buy 5 30 de")
    await ann.phone.taps("Finish when the money arrives")
    data = [b["callback_data"] for b in buttons(await ann.phone.screen())[:2]]
    message = (await ann.phone.screen())["message_id"]
    for each in (data[0], data[1], data[0], data[0]):
        await ann.phone.forges(each, message)
    assert states(world) == ["waiting"]
    await ann.news()
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    assert len(await ann.sweep()) == 1
    tap = await ann.phone.forges(data[1], message)
    assert tap["text"].startswith("This quote was used already.") and tap["show_alert"]
    world.move(HOUR)
    assert await ann.sweep() == []
    assert not ann.books()


async def test_at_most_five_wait(world: World) -> None:
    ann = await poor(world)
    for count in (5, 6, 7, 8, 9, 10):
        await ann.phone.says(f"/buy {count} 30 de")
        await ann.phone.taps("Finish when the money arrives")
        tap = await ann.phone.taps("Ask me first")
    assert (tap["text"], tap["show_alert"]) == (
        "At most 5 payments can wait for money. Cancel one in /watch.",
        True,
    )
    assert len(states(world)) == 5


@pytest.mark.parametrize("command", ["/buy 5 30 de", "/prolong 30 {}"])
async def test_a_price_that_rises_in_the_last_moment_pays_nothing_and_leaves_it_to_a_tap(
    world: World, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await poor(world)
    ids = ann.add(5, ends_in=9 * DAY)
    await ann.settles()
    await ann.phone.says(command.format(" ".join(map(str, ids))))
    await ann.phone.taps("Finish when the money arrives")
    await ann.phone.taps("Pay at once, up to 105.00 RUB")
    await ann.news()
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    say = Payer._say

    async def rises(*given: Any, **named: Any) -> int | None:
        world.px6.set_price_level("6", 110)
        return await say(*given, **named)

    monkeypatch.setattr(Payer, "_say", rises)
    [said] = await ann.sweep()
    assert said.startswith("The price or an end date has changed. Nothing was sent or spent.")
    assert not ann.books()
    await ann.phone.taps("115.50 RUB")
    assert len(ann.books()) == 1


CUTS = ((Payer, "_say"), (Orders, "claim"), (KeptPayments, "_move"))


@pytest.mark.unforeseen
@pytest.mark.parametrize(("part", "cut"), CUTS)
async def test_a_process_that_dies_in_the_middle_pays_once(
    world: World, part: type, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off before the claim, nothing was spent, and it is paid by the next one; after it, the order goes on."""
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    with dying(monkeypatch, part, cut):
        await world.app.services.sweep.look(1001)
    assert states(world) == ["paying"]
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing) as other:
        for confirmation in await other.services.orders.recover():
            await other.services.orders.run(confirmation)
        for _ in range(3):
            world.move(11 * MINUTE)
            await other.services.sweep.look(1001)
            await other.background.drain(5)
    assert len(ann.books()) == 1
    assert states(world) == ["paid"]
    assert sum(text.startswith("Bought 5") for text in await ann.phone.texts()) == 1
    assert not [text for text in await ann.phone.texts() if text.startswith("The money is there, I am paying")]


@pytest.mark.unforeseen
@pytest.mark.parametrize("is_on", [True, False], ids=["goes on", "switched off meanwhile"])
async def test_a_payment_that_was_confirmed_and_not_sent_when_a_process_died_is_decided_anew(
    world: World, monkeypatch: pytest.MonkeyPatch, is_on: bool
) -> None:
    """Nobody at px6 was asked: it is paid if that is still wanted, and else asked about."""
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    with dying(monkeypatch, Spender, "execute"):
        await world.app.services.sweep.look(1001)
    await world.app.services.rules.switch(1001, on=is_on)
    async with world.successor() as other:
        for confirmation in await other.services.orders.recover():
            await other.services.orders.run(confirmation)
        for _ in range(3):
            world.move(11 * MINUTE)
            await other.services.sweep.look(1001)
        await other.background.drain(5)
    assert len(ann.books()) == int(is_on)
    assert states(world) == (["paid"] if is_on else ["asked"])


@pytest.mark.unforeseen
async def test_what_it_was_too_late_to_cancel_is_asked_about_where_it_was_not_sent_after_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    with dying(monkeypatch, Spender, "execute"):
        await world.app.services.sweep.look(1001)
    tap = await ann.phone.forges("kp-x:1")
    assert tap["text"] == "Too late: it has ended, or is being paid. See /orders."
    async with world.successor() as other:
        assert await other.services.orders.recover() == []
        for _ in range(3):
            world.move(11 * MINUTE)
            await other.services.sweep.look(1001)
        await other.background.drain(5)
    assert ann.books() == []
    assert states(world) == ["asked"]


@pytest.mark.unforeseen
@pytest.mark.parametrize("happens", ["switched off", "asks first"])
async def test_a_message_about_some_of_them_says_that_they_still_wait_after_a_kill(
    world: World, monkeypatch: pytest.MonkeyPatch, happens: str
) -> None:
    """One of three was prolonged in another way before the others were to be paid."""
    ann = await poor(world)
    ids = ann.add(3, ends_in=9 * DAY)
    await keeps(ann, f"/prolong 30 {' '.join(map(str, ids))}", at_once=True)
    [(quote,)] = world.rows("SELECT quote_id FROM kept_payments")
    world.px6.top_up(ann.key, 500)
    world.px6.prolong_on_site(ann.key, ids[:1], 30)
    world.move(6 * MINUTE)

    with dying(monkeypatch, Orders, "claim"):
        await world.app.services.sweep.look(1001)
    if happens == "switched off":
        await world.app.services.rules.switch(1001, on=False)
    else:
        await ann.phone.forges(f"kp-a:{quote}:30")
    for _ in range(2):
        world.move(11 * MINUTE)
        await ann.sweep()
    said = await ann.phone.texts()
    assert not [text for text in said if "I am paying" in text or "no longer wait" in text]
    assert (states(world), len(ann.books())) == (["asked"], 1)


class Hung:
    """The first process that says that it pays hangs there until it is let go; what others say is said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()
        say, hung = Payer._say, self

        async def say_or_hang(self: Payer, *given: Any, **more: Any) -> int | None:
            if not hung.reached.is_set():
                hung.reached.set()
                await hung.let_go.wait()
            return await say(self, *given, **more)

        monkeypatch.setattr(Payer, "_say", say_or_hang)


@pytest.mark.parametrize("is_cancelled", [False, True], ids=["paid", "called off too late"])
async def test_a_process_that_hung_while_another_took_over_changes_nothing_of_what_that_one_pays(
    world: World, monkeypatch: pytest.MonkeyPatch, is_cancelled: bool
) -> None:
    ann = await kept(world, at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    hung = Hung(monkeypatch)
    slow = asyncio.ensure_future(world.app.services.sweep.look(1001))
    await hung.reached.wait()
    async with world.successor() as other:
        await other.services.sweep.look(1001)
        assert states(world) == ["waiting"], "the quote of the process that hangs is withdrawn"
        with world.held("buy"):
            world.move(MINUTE)
            paying = asyncio.ensure_future(other.services.sweep.look(1001))
            await world.until(lambda: len(world.asked("buy")) == 1)
            hung.let_go.set()
            await slow
            assert states(world) == ["paying"]
            if is_cancelled:
                assert not await other.services.kept.cancel(1001, 1), "it is being paid"
        await paying
        for _ in range(2):
            world.move(11 * MINUTE)
            await other.services.sweep.look(1001)
        await other.background.drain(5)
    assert len(ann.books()) == 1
    assert states(world) == ["paid"]


async def test_who_wants_to_be_asked_before_the_payment_is_confirmed_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await poor(world)
    await ann.phone.says("/buy 5 30 de shop")
    await ann.phone.taps("Finish when the money arrives")
    asked = await ann.phone.screen()
    [first] = [b for b in buttons(asked) if b["text"] == "Ask me first"]
    await ann.phone.taps("Pay at once, up to 105.00 RUB")
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    hung = Hung(monkeypatch)
    slow = asyncio.ensure_future(world.app.services.sweep.look(1001))
    await hung.reached.wait()
    await ann.phone.forges(first["callback_data"])
    assert "When the balance covers it, I will ask you once more." in await ann.phone.reads()
    hung.let_go.set()
    await slow
    await world.quiet()
    assert not ann.books()
    world.move(11 * MINUTE)
    await ann.sweep()
    assert states(world) == ["asked"]
    assert not [text for text in await ann.phone.texts() if "no longer wait" in text]


async def test_who_wants_to_be_asked_of_what_is_being_paid_reads_that_it_is_too_late(world: World) -> None:
    ann = await poor(world)
    ids = ann.add(5, ends_in=9 * DAY)
    await ann.phone.says(f"/prolong 30 {' '.join(map(str, ids))}")
    await ann.phone.taps("Finish when the money arrives")
    [first] = [b for b in buttons(await ann.phone.screen()) if b["text"] == "Ask me first"]
    await ann.phone.taps("Pay at once, up to 105.00 RUB")
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    with world.held("prolong"):
        paying = asyncio.ensure_future(world.app.services.sweep.look(1001))
        await world.until(lambda: len(world.asked("prolong")) == 1)
        tap = await ann.phone.forges(first["callback_data"])
        assert tap["text"] == "Too late: it has ended, or is being paid. See /orders."
    await paying
    await world.quiet()
    assert (len(ann.books()), states(world)) == (1, ["paid"])


@pytest.mark.parametrize("at_once", [True, False])
async def test_two_processes_that_see_the_money_at_once_ask_or_pay_once(world: World, at_once: bool) -> None:
    ann = await kept(world, at_once=at_once)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    unlimited(world.px6)
    async with wired(world.settings, world.clock, world.clock.monotonic, QuickPool, quick_pacing) as other:
        await asyncio.gather(world.app.services.sweep.look(1001), other.services.sweep.look(1001))
        await other.background.drain(5)
    await world.quiet()
    said = await ann.news()
    assert len(said) == 1, said
    assert len(ann.books()) == int(at_once)
