"""What a person reads of a payment, whatever they tap meanwhile, and that nothing of it is paid for twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from handlers.orders.order_buttons import BuyAgain, TryRest
from model.colleagues import Right
from sandbox.telegram.events import Event
from tests.direct_phone import DirectPhone
from tests.failing_disk import FailingDisk
from tests.journeys.account.offices import Office
from tests.journeys.connecting import just_connected
from tests.journeys.orders.buying import person_with_quote, person_with_unknown_purchase
from tests.px6_events import once_answered
from tests.world import World, buttons


async def test_prolonging_the_rest_pays_for_nothing_twice(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("px6.parts.LONGEST_IDS", 27)  # three ids a call
    phone, stranger = world.phone(), world.phone(1002)
    await phone.connects()
    await stranger.connects(world.px6.add_account().key)
    ids = [world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id for _ in range(8)]
    mixed = [ids[5], ids[0], ids[7], ids[2], ids[6], ids[1], ids[3], ids[4]]
    once_answered(world.px6, "prolong", lambda: world.px6.top_up(world.key, -world.px6.account(world.key).balance))
    await phone.says(f"/prolong 30 {' '.join(map(str, mixed))}")
    message, data = await phone.green()
    await phone.taps("Prolong 30 days")
    text, (a, b, c, d, *_, last) = await phone.reads(), sorted(ids)
    assert text.splitlines()[0] == "Partly prolonged: 8 proxies for 30 days"
    assert f"3 proxies ({a}–{c}): done\n" in text
    assert "px6 refused, nothing was spent. Not enough money at px6." in text
    assert f"{last}): not sent, nothing was spent. I stopped after the previous part." in text
    assert f"Prolonged: {a}, {b}, {c}\nNot prolonged: {d}, " in text
    assert "Top up at px6" in await phone.labels()
    world.px6.top_up(world.key, 1000)
    await stranger.forges(TryRest(kind="prolong", confirmation=1).pack())
    assert "Prolong 5" not in await stranger.reads()
    await phone.taps("Prolong the rest")
    assert (await phone.reads()).startswith("Prolong 5 proxies for 30 days")
    await phone.taps("Prolong 30 days")
    assert (await phone.reads()).startswith("Prolonged 5 proxies for 30 days")
    booked = Counter(one for spend in world.px6.books(world.key) for one in spend.ids)
    assert booked == Counter(ids)
    await phone.forges(TryRest(kind="prolong", confirmation=1).pack(), message)
    assert (await phone.reads()).startswith("Nothing left to prolong")
    assert (await phone.forges(data, message))["answered"]
    assert len(world.px6.books(world.key)) == 3


async def test_try_again_quotes_the_period_that_was_confirmed(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    one = world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id
    made = await world.app.services.orders.quote_prolong(phone.id, [one], [30, 7, 90], source="digest")
    world.px6.fault("429", "prolong", times=None)
    await phone.forges(f"pay:{made.id}:7")
    assert (await phone.reads()).startswith("Not prolonged\n1 proxy for 7 days")
    world.px6.clear_faults()
    kept = await phone.screen()
    for forged in (TryRest(kind="buy", confirmation=1), BuyAgain(order=1)):
        await phone.says("/help")
        await phone.forges(forged.pack())
        assert (await phone.reads()).startswith("This quote is out of date"), "it was no purchase"
    assert kept["text"] == await phone.text_of(kept["message_id"])
    await phone.taps("Try again")
    assert (await phone.text_of(kept["message_id"])).startswith("Prolong 1 proxy for 7 days")
    old = await world.app.services.orders.quote_prolong(phone.id, [one], [30, 7, 90], source="digest")
    world.move(timedelta(days=4))
    await phone.forges(f"pay:{old.id}:90")
    await phone.taps("Get a new quote")
    assert (await phone.reads()).startswith("Prolong 1 proxy for 90 days")


async def test_a_second_tap_is_told_how_it_stands_and_leaves_the_receipt_alone(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    tap = {"message_id": message, "data": data}
    with world.held("buy"):
        first = asyncio.ensure_future(world.post("/people/1001/taps", tap))
        await world.until(lambda: len(world.asked("buy")) == 1 and first.done())
        world.telegram.fail("answercallbackquery", 429, retry_after=20)  # the second tap is slow, px6 is not
        second = asyncio.ensure_future(world.post("/people/1001/taps", tap))
        await world.until(lambda: any(request.status == 429 for request in world.telegram.requests))
    await asyncio.gather(first, second)
    await world.quiet()
    receipt = await phone.text_of(message)
    assert receipt.startswith("Bought 1 × IPv6")
    assert "198." in receipt, "with what was bought"
    assert "Status: " in second.result()["text"]
    third = await phone.forges(data, message)
    assert third["text"].endswith("Status: done.")
    assert await phone.text_of(message) == receipt
    assert len(world.px6.books(world.key)) == 1


@pytest.mark.without_notices
async def test_what_somebody_else_has_paid_says_so_in_place_of_the_green_button(world: World) -> None:
    office = Office(await just_connected(world))
    await office.lets(Right.ALL)
    await office.ann.phone.says(f"/prolong 30 {office.ids[0]}")
    shown, data = await office.ann.phone.green()
    await office.bob.says("/help")
    await office.bob.forges(data)
    assert (await office.bob.reads()).startswith("Prolonged 1 proxy for 30 days\n")
    answer = await office.ann.phone.forges(data, shown)
    assert (answer["text"], answer["show_alert"]) == ("Prolonged by Bob", True)
    text = await office.ann.phone.text_of(shown)
    assert text.startswith("✅ Prolonged by Bob\n1 proxy, 30 days, until ")
    assert office.books == 1


async def test_a_tap_of_before_that_ends_later_does_not_hide_the_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, message, data = await person_with_quote(world)
    stands = DirectPhone(world.telegram, world.token, phone.id).reads
    kept, reached, may_end = world.app.services.kept, asyncio.Event(), asyncio.Event()
    money_seen = kept.money_seen

    async def in_the_middle_of_home(*given: Any) -> Any:
        reached.set()
        await may_end.wait()
        return await money_seen(*given)

    monkeypatch.setattr(kept, "money_seen", in_the_middle_of_home)
    days = next(b["callback_data"] for b in buttons(await phone.screen()) if b["text"] == "Days")
    async with asyncio.TaskGroup() as taps:
        with world.held("buy"):
            taps.create_task(phone.forges(data, message))
            await world.until(lambda: any(call.method == "buy" for call in world.px6.calls))
            taps.create_task(phone.forges("open:settings", message))
            await world.until(lambda: any("Settings" in r.params.get("text", "") for r in world.telegram.requests))
            taps.create_task(phone.forges("open:home", message))
            await world.until(reached.is_set)
        await world.until(lambda: stands(message).startswith("Bought 1 × IPv6"))
        may_end.set()
    assert (await phone.text_of(message)).startswith("Bought 1 × IPv6")
    assert any(text.startswith("Settings") for text in await phone.texts()), "below, where no receipt takes its place"
    await phone.forges(days, message)  # a button that the receipt does not have: its answer comes below
    assert (await phone.text_of(message)).startswith("Bought 1 × IPv6")
    assert "for how long?" in await phone.reads()
    await phone.taps("Home", message)
    assert (await phone.text_of(message)).startswith("Bought 1 × IPv6")
    assert (await phone.reads()).startswith("px6 · ")


async def test_px6_is_asked_while_telegram_keeps_the_screen_waiting(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    chat, shown = world.telegram.private_chat(world.telegram.bot(world.token), 1001), list[str | None]()
    world.px6.events.subscribe(
        lambda each: shown.append(chat.messages[message].text) if each.type == "spent" else None
    )
    world.telegram.fail("editmessagetext", 429, retry_after=25, times=2)
    await phone.forges(data, message)
    [at_px6s_answer] = shown
    assert (at_px6s_answer or "").startswith("Buy 1 × IPv6"), "Telegram has not taken a screen yet"
    assert (await phone.text_of(message)).startswith("Bought 1 × IPv6")


async def test_a_payment_whose_message_cannot_be_edited_goes_on_in_a_new_one(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    world.telegram.fail("editmessagetext", 400, description="Bad Request: message can't be edited")
    await phone.forges(data, message)
    newer = (await phone.screen())["message_id"]
    assert newer > message
    assert [(await phone.text_of(each)).partition(",")[0] for each in (message, newer)] == [
        "Buy 1 × IPv6",
        "Bought 1 × IPv6",
    ]
    assert world.rows("SELECT message_id FROM quotes") == [(newer,)]


async def test_a_payment_that_telegram_does_not_show_under_way_keeps_its_message(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    world.telegram.fail("editmessagetext", 429, retry_after=100)
    await phone.forges(data, message)
    assert len(world.px6.books(world.key)) == 1
    assert world.rows("SELECT message_id FROM quotes") == [(message,)]


async def test_a_purchase_that_cannot_be_remembered_has_its_receipt(world: World) -> None:
    phone, message, data = await person_with_quote(world)
    people: Any = world.app.services.people
    disk = people._database = FailingDisk(people._database)

    def fails_once_it_is_shown(event: Event) -> None:
        disk.fails = disk.fails or event.kind == "edit"

    world.telegram.events.listen(fails_once_it_is_shown)
    await phone.forges(data, message)
    assert (await phone.reads()).startswith("Bought 1 × IPv6")
    assert (await phone.screen())["message_id"] == message, "nothing else is said"


async def test_who_blocks_the_bot_and_returns_is_told_how_the_payment_ended(world: World) -> None:
    phone, message = await person_with_unknown_purchase(world)
    await world.patch("/people/1001", {"blocked": True})
    await world.quiet()
    world.move(timedelta(days=4))
    await world.app.services.orders.settle_due()
    assert world.rows("SELECT state FROM orders") == [("done",)]
    assert world.rows("SELECT told < changes FROM confirmations") == [(1,)]
    await world.patch("/people/1001", {"blocked": False})
    await world.quiet()
    await world.app.services.orders.settle_due()
    assert (await phone.text_of(message)).startswith("Settled, see below")
    receipts = [m for m in await phone.chat() if m["text"].startswith("Bought 1 × IPv6")]
    assert receipts == [await phone.screen()], "one receipt, in a new message, so that the phone rings"
    assert world.rows("SELECT told = changes FROM confirmations") == [(1,)]


async def test_what_px6s_answer_and_books_do_not_say_is_not_said(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    far = [world.px6.add_proxy(world.key, ends_in=timedelta(days=9)).id for _ in range(4)]
    near = world.px6.add_proxy(world.key, ends_in=timedelta(days=2)).id

    async def settled() -> str:
        world.move(timedelta(seconds=6))
        for seconds in (0, 30, 120, 500):
            world.move(timedelta(seconds=seconds))
            await world.app.services.orders.settle_due()
        await world.quiet()
        return await phone.reads()

    world.px6.rules.does_at_most = 1
    await phone.says(f"/prolong 30 {far[0]} {far[1]} {far[2]}")
    await phone.taps("Prolong 30 days")
    assert "px6's answer lists only 1 of 3 proxies." in await phone.reads()
    text = await settled()
    assert text.startswith("Prolonged 1 proxy for 30 days")
    assert "px6 reports only 1 of 3 as prolonged." in text
    world.px6.rules.does_at_most = None
    await phone.says(f"/prolong 30 {far[3]}")
    world.px6.fault("500_after", "prolong")
    await phone.taps("Prolong 30 days")
    assert "px6 did not answer, but its data matches" in await settled()
    await phone.says(f"/prolong 30 {near}")
    world.px6.fault("500_after", "prolong")
    await phone.taps("Prolong 30 days")
    text = await settled()
    assert text.startswith("Unclear: 1 proxy for 30 days\nThe proxies were prolonged, but px6's auto-renewal")


async def test_a_sum_other_than_the_quoted_one_is_told_with_both(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 2 30 de")
    world.px6.set_prices("6", {30: Decimal("0.50")})
    await phone.taps("Buy · 42.00 RUB")
    assert "30.00 RUB paid (the quote was 42.00 RUB)" in await phone.reads()
