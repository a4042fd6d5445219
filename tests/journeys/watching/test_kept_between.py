"""Between keeping a payment and making it: prices, money and ends move, and px6 says too little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from model.errors import StorageError
from model.orders import BuyWish
from services.orders import Orders
from services.watching.kept import KeptPayments
from services.watching.paying import Payer
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import dying, keeps
from tests.px6_events import once_answered
from tests.quotes import buy_quote
from tests.world import World, green_buttons

pytestmark = pytest.mark.without_notices


async def poor(world: World, balance: str = "30") -> Customer:
    """Somebody to whom nothing but what this is about is said."""
    ann = await just_connected(world, balance)
    await ann.refuses_notices()
    return ann


async def waiting(world: World) -> list[tuple[int, Decimal, Decimal | None]]:
    return [(one.period, one.price, one.up_to) for one in await world.app.services.kept.of(1001)]


async def test_an_old_button_pays_up_to_the_sum_on_it_although_the_price_rose(world: World) -> None:
    ann = await poor(world)
    await ann.phone.says("/buy 5 30 de")
    await ann.phone.taps("Finish when the money arrives")
    asked = await ann.phone.screen()
    [green] = green_buttons(asked)
    assert green["text"] == "Pay at once, up to 105.00 RUB"
    await ann.phone.taps("Ask me first")
    world.px6.set_price_level("6", 110)
    world.px6.top_up(ann.key, 75)
    world.move(6 * MINUTE)
    await ann.sweep()
    await ann.phone.forges(green["callback_data"], asked["message_id"])
    assert await waiting(world) == [(30, Decimal("115.50"), Decimal("105.00"))]
    await ann.news()
    world.px6.top_up(ann.key, 500)
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert not ann.books()
    assert "It costs more than 105.00 RUB now, so I ask first. Nothing was spent." in said


async def test_another_period_of_the_same_quote_is_what_its_button_says(world: World) -> None:
    """A card's sums are one quote of several periods: what is kept follows the button that was tapped last."""
    ann = await poor(world, balance="1")
    ann.add(1, ends_in=2 * DAY)
    await ann.settles()
    await ann.phone.says("/prolong")
    [(number,)] = world.rows("SELECT id FROM quotes ORDER BY created_at DESC LIMIT 1")
    quote = await world.app.services.orders.quote(1001, number)
    assert quote is not None
    first, second, *_ = quote.options
    await ann.phone.forges(f"kp-a:{number}:{first.period}")
    assert await waiting(world) == [(first.period, first.price, None)]
    await ann.phone.forges(f"kp-p:{number}:{second.period}")
    assert await waiting(world) == [(second.period, second.price, second.price)]


async def test_money_for_one_of_two_pays_one_and_the_other_waits_on(world: World) -> None:
    """What was read before the first was paid says nothing of what is left for the second."""
    ann = await poor(world)
    first, second = ann.add(2, ends_in=9 * DAY), ann.add(2, ends_in=8 * DAY)
    await ann.settles()
    for ids in (first, second):
        await keeps(ann, f"/prolong 30 {ids[0]} {ids[1]}", at_once=True)
    world.px6.top_up(ann.key, 20)
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("Prolonged 2 proxies")
    world.move(11 * MINUTE)
    assert await ann.sweep() == [], "8 RUB are not enough for the other one"
    assert len(await waiting(world)) == 1
    world.px6.top_up(ann.key, 40)
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("Prolonged 2 proxies")
    assert [sorted(spend.ids) for spend in ann.books()] == [sorted(first), sorted(second)]


async def test_what_is_asked_names_the_balance_and_the_proxies_that_an_earlier_payment_left(world: World) -> None:
    ann = await poor(world)
    one, both, other = ann.add(3, ends_in=9 * DAY)
    await ann.settles()
    await keeps(ann, f"/prolong 30 {one} {both}", at_once=True)
    await keeps(ann, f"/prolong 30 {both} {other}")
    world.px6.top_up(ann.key, 50)
    world.move(6 * MINUTE)
    said = await ann.sweep()
    world.move(MINUTE)
    said += await ann.sweep()
    [paid, asked] = said
    assert paid.startswith("Prolonged 2 proxies")
    assert "Prolong 1 proxy for 30 days" in asked
    assert "Balance 38.00 RUB → 17.00 RUB" in asked
    await ann.phone.taps("Prolong 30 days · 21.00 RUB")
    assert [sorted(spend.ids) for spend in ann.books()] == [sorted([one, both]), [other]]


async def test_a_proxy_that_px6_lists_unreadably_is_not_told_as_gone(world: World) -> None:
    ann = await poor(world)
    [one] = ann.add(1, ends_in=9 * DAY)
    await ann.settles()
    await keeps(ann, f"/prolong 90 {one}")
    world.px6.top_up(ann.key, 500)
    world.px6.fault("odd_texts", "getproxy", times=None)
    world.move(6 * MINUTE)
    assert await ann.sweep() == []
    world.px6.clear_faults()
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert "The balance is enough now" in said


async def test_that_the_money_never_came_is_said_only_where_it_did_not(world: World) -> None:
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de")
    world.px6.top_up(ann.key, 500)
    world.px6.fault("500_before", "getprice", times=None)
    for _ in range(3):
        world.move(DAY)
        said = await ann.sweep()
    [over] = said
    assert "the balance did not reach" not in over
    assert "Nothing was spent." in over
    assert not ann.books()


async def test_a_quote_that_is_paid_in_this_moment_is_not_kept(world: World) -> None:
    """A tap that pays comes between reading the quote and keeping it."""
    ann = await poor(world)
    await ann.phone.says("/buy 5 30 de")
    [(number,)] = world.rows("SELECT id FROM quotes")
    services = world.app.services
    quote = await services.orders.quote(1001, number)
    assert quote is not None
    world.px6.top_up(ann.key, 500)
    claim = await services.orders.claim(1001, number, 30)
    assert claim.confirmation is not None
    await services.orders.execute(claim.confirmation.id)
    kept = await services.kept.keep(quote, quote.options[0], at_once=True)
    assert kept is None
    world.move(HOUR)
    await ann.sweep()
    assert len(ann.books()) == 1


@pytest.mark.unforeseen
async def test_one_that_was_cut_off_can_be_called_off_also_when_its_quote_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    with dying(monkeypatch, Payer, "_say"):
        await world.app.services.sweep.look(1001)
    for count in range(1, 52):  # only so many quotes of a person are held open
        await buy_quote(world.app.services.orders, 1001, BuyWish(count, 90, "fr"))
    world.px6.fault("500_before", "getprice", times=None)
    world.move(11 * MINUTE)
    await ann.sweep()
    await ann.phone.says("/watch")
    await ann.phone.taps("End 1")
    assert (await ann.phone.reads()).startswith("Called off")


@pytest.mark.unforeseen
async def test_one_that_was_cut_off_can_be_called_off_also_when_all_was_switched_off(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The switch has taken its quote back: nobody pays it any more."""
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    with dying(monkeypatch, Payer, "_say"):
        await world.app.services.sweep.look(1001)
    await world.app.services.rules.switch(1001, on=False)
    await ann.phone.says("/watch")
    await ann.phone.taps("End 1")
    assert (await ann.phone.reads()).startswith("Called off")
    assert not ann.books()


async def calls_it_off(ann: Customer, _: str) -> None:
    await ann.phone.says("/watch")
    await ann.phone.taps("End 1")
    assert (await ann.phone.reads()).startswith("Called off")


async def switches_off(ann: Customer, _: str) -> None:
    await ann.world.app.services.rules.switch(1001, on=False)


async def wants_to_be_asked(ann: Customer, first: str) -> None:
    await ann.phone.forges(first)


async def buys_it(ann: Customer, _: str) -> None:
    await ann.phone.says("/buy 5 30 de")
    await ann.phone.taps("Buy · 105.00 RUB")


@pytest.mark.unforeseen
@pytest.mark.parametrize("happens", [calls_it_off, switches_off, wants_to_be_asked, buys_it])
async def test_a_message_that_it_is_paid_says_what_became_of_it_also_after_a_kill(
    world: World, monkeypatch: pytest.MonkeyPatch, happens: Callable[[Customer, str], Awaitable[None]]
) -> None:
    """The process died between saying so and the confirmation, and before the next look somebody took it back."""
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    [(quote,)] = world.rows("SELECT quote_id FROM kept_payments")
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    with dying(monkeypatch, Orders, "claim"):
        await world.app.services.sweep.look(1001)
    await world.quiet()
    assert [text for text in await ann.phone.texts() if text.startswith("The money is there, I am paying")]
    await happens(ann, f"kp-a:{quote}:30")
    for _ in range(2):
        world.move(11 * MINUTE)
        await ann.sweep()
    said = await ann.phone.texts()
    assert not [text for text in said if text.startswith("The money is there, I am paying")]
    assert len(ann.books()) == int(happens is buys_it)
    over = [text for text in said if text.startswith(("I no longer wait for the money", "Not paid yet"))]
    assert len(over) == 1
    assert over[0].startswith("I no longer") is (happens in (calls_it_off, buys_it))


async def test_what_was_paid_is_not_asked_about_because_another_purchase_of_it_came_to_nothing(world: World) -> None:
    """Its answer was lost, and the person buys it by hand: px6 refuses, since the first has taken the money."""
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 100)
    world.move(6 * MINUTE)
    world.px6.fault("drop_after", "buy")
    await ann.sweep()
    assert world.rows("SELECT state FROM orders") == [("unknown",)]
    await buys_it_although_it_is_short(ann)
    assert world.rows("SELECT state FROM orders ORDER BY id") == [("unknown",), ("refused",)]
    said = await goes_on(ann)
    world.px6.top_up(ann.key, 500)
    said += await goes_on(ann)
    assert not [text for text in said if text.startswith("The balance is enough now")]
    assert world.rows("SELECT state FROM kept_payments") == [("paid",)]
    assert len(ann.books()) == 1


async def test_what_was_bought_by_hand_is_not_asked_about_because_a_second_purchase_came_to_nothing(
    world: World,
) -> None:
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 80)
    await buys_it_although_it_is_short(ann)
    await buys_it_although_it_is_short(ann)
    assert world.rows("SELECT state FROM orders ORDER BY id") == [("done",), ("refused",)]
    world.px6.top_up(ann.key, 500)
    said = await goes_on(ann)
    assert not [text for text in said if text.startswith("The balance is enough now")]
    assert (len(ann.books()), world.rows("SELECT state FROM kept_payments")) == (1, [("paid",)])


async def test_what_is_bought_by_hand_is_no_longer_said_to_wait(world: World) -> None:
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 500)
    await buys_it(ann, "")
    await ann.phone.says("/start")
    assert "wait" not in await ann.phone.reads()
    await ann.phone.says("/watch")
    assert "1." not in await ann.phone.reads()


async def buys_it_although_it_is_short(ann: Customer) -> None:
    """As a tap on the green button of a quote from before would."""
    orders = ann.world.app.services.orders
    quote = await buy_quote(orders, 1001, BuyWish(5, 30, "de"))
    claim = await orders.claim(1001, quote.id, 30)
    assert claim.confirmation is not None
    await orders.execute(claim.confirmation.id)


async def goes_on(ann: Customer) -> list[str]:
    """An hour of looks and of looking for outcomes; gives what was said meanwhile."""
    said = []
    for _ in range(6):
        ann.world.move(10 * MINUTE)
        await ann.world.app.services.orders.settle_due()
        said += await ann.sweep()
    return said


@pytest.mark.parametrize("why", ["px6 does not answer", "the money is gone"])
async def test_what_px6_did_not_get_or_refused_is_asked_about_later(world: World, why: str) -> None:
    """It is told as not paid, so nothing is spent without a tap any more."""
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 75)
    silent = why == "px6 does not answer"

    def breaks() -> None:
        if silent:
            world.px6.fault("500_before", "getproxy", times=None)
        else:
            ann.account.balance = Decimal(30)

    once_answered(world.px6, "getcount", breaks)
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert "Nothing was spent." in said
    assert not ann.books()
    world.px6.clear_faults()
    ann.account.balance = Decimal(500)
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("The balance is enough now")
    await ann.phone.taps("Buy · 105.00 RUB")
    assert len(ann.books()) == 1
    world.move(DAY)
    assert await ann.sweep() == []


async def test_what_px6_turns_out_not_to_have_done_is_asked_about_later(world: World) -> None:
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 75)
    world.px6.fault("500_before", "buy")
    world.move(6 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("Not known yet")
    world.move(11 * MINUTE)
    assert await ann.sweep() == [], "whether it was paid is not known yet"
    for _ in range(4):
        world.move(11 * MINUTE)
        await world.app.services.orders.settle_due()
    await world.quiet()
    assert [text for text in await ann.news() if text.startswith("Not bought")]
    world.move(11 * MINUTE)
    assert await ann.sweep() == [], "it waits again"
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("The balance is enough now")
    await ann.phone.taps("Buy · 105.00 RUB")
    assert len(ann.books()) == 1


async def test_what_the_disk_broke_off_before_px6_was_asked_is_asked_about_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks come before it is known that nobody sends the order any more: until then it is being paid."""
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 75)
    database: Any = world.app.services.kept._database
    write, states = database.write, "SELECT state FROM orders"

    @asynccontextmanager
    async def writes() -> AsyncIterator[Any]:
        async with write() as connection:
            yield connection
        if world.rows(states) == [("sending",)]:
            monkeypatch.undo()
            raise StorageError("the connection was closed")

    monkeypatch.setattr(database, "write", writes)
    told, passed = list[str](), list[str]()
    while not passed or not told[-1].startswith("The balance is enough now"):
        world.move(11 * MINUTE)
        told += await ann.sweep()
        await world.app.services.orders.settle_due()
        passed += [state for (state,) in world.rows(states)]
        assert len(passed) < 20, told
    assert list(dict.fromkeys(passed)) == ["sending", "unknown", "not_done"]
    assert [text.startswith("Not bought") for text in told].count(True) == 1
    assert world.asked("buy") == []
    await ann.phone.taps("Buy · 105.00 RUB")
    assert len(ann.books()) == 1


async def test_no_reminder_names_what_was_prolonged_in_the_same_look(world: World) -> None:
    """Also where px6 names no price for a reminder, for which alone it would be asked once more."""
    ann = await poor(world, balance="1")
    [one] = ann.add(1, ends_in=5 * DAY)
    await ann.settles()
    await keeps(ann, f"/prolong 30 {one}", at_once=True)
    world.px6.top_up(ann.key, 100)
    once_answered(world.px6, "prolong", lambda: world.px6.fault("500_before", "getprice", times=None))
    world.move(2 * DAY + MINUTE)
    said = await ann.sweep()
    assert [text.splitlines()[0] for text in said] == ["Prolonged 1 proxy for 30 days"]


async def test_who_wants_to_be_asked_in_the_middle_of_a_look_is_asked(world: World) -> None:
    """The price of the moment is read when the person takes it back that it is paid without them."""
    ann = await poor(world)
    await keeps(ann, "/buy 5 30 de", at_once=True)
    [(number,)] = world.rows("SELECT quote_id FROM kept_payments")
    kept, quote = world.app.services.kept, await world.app.services.orders.quote(1001, number)
    assert quote is not None
    before = len(world.asked("getcount"))
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)
    with world.held("getcount"):
        looking = asyncio.ensure_future(ann.sweep())
        await world.until(lambda: len(world.asked("getcount")) > before)
        await kept.keep(quote, quote.options[0], at_once=False)
    said = await looking
    world.move(6 * MINUTE)
    said += await ann.sweep()
    assert [text.splitlines()[0] for text in said] == ["The balance is enough now"]
    assert not ann.books()


FAULTS = (
    "silent_after",
    "500_after",
    "500_before",
    "broken_json_after",
    "html_before",
    "429",
    "no_before",
    "old_after",
)


async def test_whatever_px6_answers_it_is_paid_at_most_once_and_told_as_its_books_say(world: World) -> None:
    people = [await new_customer(world, balance="30", person=2000 + n) for n in range(len(FAULTS))]
    world.impatient()
    for ann, fault in zip(people, FAULTS, strict=True):
        await ann.refuses_notices()
        await keeps(ann, "/buy 5 30 de", at_once=True)
        world.px6.top_up(ann.key, 80)
        world.px6.fault(fault, "buy", key=ann.key, seconds=1.0)
    for pause in (6 * MINUTE, MINUTE, 3 * MINUTE, 11 * MINUTE, 20 * MINUTE):
        world.move(pause)
        await world.app.services.sweep.run()
        await world.app.services.orders.settle_due()
        await world.quiet()
    for ann, fault in zip(people, FAULTS, strict=True):
        said, paid = "\n".join(await ann.news()), len(ann.books())
        assert paid <= 1, fault
        assert ("Bought 5" in said) == (paid == 1), (fault, said)
        assert paid or "Nothing was spent." in said, (fault, said)


@pytest.mark.parametrize("what", ["/buy 5 30 de", "/prolong 30"])
async def test_who_sees_the_quote_in_a_pause_of_payments_is_asked_after_it(world: World, what: str) -> None:
    ann = await poor(world, balance="1")
    [one] = ann.add(1, ends_in=9 * DAY)
    await ann.settles()
    command = what if what.startswith("/buy") else f"{what} {one}"
    await keeps(ann, command)
    await world.app.services.maintenance.switch_on("")
    world.px6.top_up(ann.key, 500)
    await ann.phone.says(command)
    tap = await ann.phone.taps("Buy ·" if what.startswith("/buy") else "Prolong 30 days")
    assert "paused" in tap["text"], tap
    await world.app.services.maintenance.switch_off()
    await ann.news()
    world.move(11 * MINUTE)
    [said] = await ann.sweep()
    assert said.startswith("The balance is enough now")


async def test_spending_that_is_switched_off_after_the_last_look_at_the_switch_pays_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, may_spend = await poor(world), KeptPayments.may_spend
    await keeps(ann, "/buy 5 30 de", at_once=True)
    world.px6.top_up(ann.key, 500)
    world.move(6 * MINUTE)

    async def and_then(self: KeptPayments, person: int) -> bool:
        found = await may_spend(self, person)
        await world.app.services.rules.switch(1001, on=False)
        return found

    monkeypatch.setattr(KeptPayments, "may_spend", and_then)
    await ann.sweep()
    assert ann.books() == []
    await ann.sweep()
    said = (await ann.phone.texts())[-1]
    assert ann.books() == [] and "Automatic spending is switched off" in said, said
