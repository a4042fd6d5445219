"""Buttons that quote once more what a payment was for: nothing that may have been spent is quoted again."""

from __future__ import annotations

from handlers.ground.proxy_buttons import Prolong
from handlers.orders.order_buttons import BuyAgain, ShowQuote, TryRest
from tests.customers import new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.orders.buying import person_with_quote, person_with_unknown_purchase
from tests.world import Phone, World

ENDS = (3 * DAY + 6 * HOUR + 5 * MINUTE, 3 * DAY - MINUTE, 2 * DAY)
UNKNOWN = "It is not known whether this purchase went through: see /orders."


async def reads_after(phone: Phone, data: str) -> str:
    await phone.forges(data)
    return (await phone.reads()).partition("\n")[0]


async def test_what_nobody_confirmed_or_quoted_leads_elsewhere(world: World) -> None:
    phone, _, _ = await person_with_quote(world)
    for data in (
        TryRest(kind="buy", confirmation=99),
        ShowQuote(kind="buy", quote="gone"),
        BuyAgain(order=99),
    ):
        await phone.says("/help")
        assert await reads_after(phone, data.pack()) == "This quote is out of date", data
        assert await phone.labels() == ["Buy", "My proxies", "Home"]
    world.px6.account(world.key).proxies.clear()
    for lost in (TryRest(kind="prolong", confirmation=99), ShowQuote(kind="prolong", quote="gone")):
        await phone.says("/help")
        assert await reads_after(phone, lost.pack()) == "Nothing ends within 3 days", lost


async def test_a_quote_is_made_anew_for_the_same_and_by_its_own_kind(world: World) -> None:
    phone, _, _ = await person_with_quote(world)
    ((buy,),) = world.rows("SELECT id FROM quotes")
    one = next(iter(world.px6.account(world.key).proxies))
    await phone.says(f"/prolong 60 {one}")
    ((prolong,),) = world.rows("SELECT id FROM quotes WHERE kind = 'prolong'")
    again = ShowQuote(kind="prolong", quote=prolong)
    assert await reads_after(phone, again.pack()) == "Prolong 1 proxy for 60 days"
    again = ShowQuote(kind="prolong", quote=prolong, period=7)
    assert await reads_after(phone, again.pack()) == "Prolong 1 proxy for 7 days"
    again = ShowQuote(kind="buy", quote=buy, origin="c")
    assert await reads_after(phone, again.pack()) == "Buy 1 × IPv6, Germany, 30 days"
    for origin in ("1234567890", "s"):
        assert await reads_after(phone, f"q:buy:{buy}:30:{origin}") == "Buy 1 × IPv6, Germany, 30 days"
    for origin in ("x", "12345678901", "cc"):
        assert not (await reads_after(phone, f"q:buy:{buy}:30:{origin}")).startswith(("Buy", "Something")), origin
    assert await reads_after(phone, ShowQuote(kind="buy", quote=prolong).pack()) == "This quote is out of date"
    several = await world.app.services.orders.quote_prolong(phone.id, [one], [7, 30, 90])
    first = ShowQuote(kind="prolong", quote=several.id)
    assert await reads_after(phone, first.pack()) == "Prolong 1 proxy for 7 days"


async def test_a_purchase_that_was_refused_is_quoted_again_with_all_that_was_wished(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 2 30 de socks shop 7")
    world.px6.fault("no_before", "buy", error_id=300)
    await phone.taps("Buy ·")
    ((number, order),) = world.rows("SELECT confirmation_id, id FROM orders")
    rest = TryRest(kind="buy", confirmation=number)
    for data in (rest.pack(), BuyAgain(order=order).pack()):
        await phone.says("/help")
        assert await reads_after(phone, data) == "Buy 2 × IPv6, Germany, 30 days"
        assert "Protocol: SOCKS5" in await phone.reads()
        assert "Comment: shop 7" in await phone.reads()
    assert world.px6.books(world.key) == []


async def test_a_purchase_that_is_done_is_shown_and_bought_again_only_on_purpose(world: World) -> None:
    phone, _, _ = await person_with_quote(world)
    await phone.taps("Buy ·")
    ((number, order),) = world.rows("SELECT confirmation_id, id FROM orders")
    await phone.says("/help")
    assert (await reads_after(phone, TryRest(kind="buy", confirmation=number).pack())).startswith("Bought")
    assert await reads_after(phone, BuyAgain(order=order).pack()) == "Buy 1 × IPv6, Germany, 30 days"
    assert "Comment" not in await phone.reads(), "it had none"
    assert len(world.px6.books(world.key)) == 1


async def test_a_prolongation_that_is_done_is_shown_and_not_quoted_again(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    one = world.px6.add_proxy(world.key, ends_in=9 * DAY).id
    await phone.says(f"/prolong 30 {one}")
    await phone.taps("Prolong 30 days")
    await phone.says("/help")
    again = TryRest(kind="prolong", confirmation=1).pack()
    assert await reads_after(phone, again) == "Prolonged 1 proxy for 30 days"
    assert len(world.px6.books(world.key)) == 1


async def test_a_purchase_of_unknown_outcome_is_not_quoted_again(world: World) -> None:
    phone, message = await person_with_unknown_purchase(world)
    ((number, order),) = world.rows("SELECT confirmation_id, id FROM orders")
    before = await phone.text_of(message)
    answer = await phone.forges(BuyAgain(order=order).pack(), message)
    assert (answer["text"], answer["show_alert"]) == (UNKNOWN, True)
    assert await phone.text_of(message) == before
    await phone.says("/help")
    told = await reads_after(phone, TryRest(kind="buy", confirmation=number).pack())
    assert told.startswith("Not known yet")


async def test_a_payment_points_from_the_quote_that_was_tapped_last_in_its_message(world: World) -> None:
    """The quote knows its message: a second tap there is only answered, one elsewhere shows the receipt as well."""
    phone, message, green = await person_with_quote(world)
    assert world.rows("SELECT chat_id, message_id FROM quotes") == [(phone.id, message)]
    await phone.taps("Buy ·")
    count = len(await phone.chat())
    answer = await phone.forges(green, message)
    assert answer["show_alert"] is True
    assert "tapping again spent nothing more" in answer["text"]
    assert len(await phone.chat()) == count
    await phone.says("/help")
    await phone.forges(green)
    assert (await phone.reads()).startswith("Bought"), "below, where it was tapped"
    assert (await phone.texts())[-2].startswith("What I can do"), "the other screen stays"


async def test_the_outcome_stands_where_was_tapped_and_not_where_the_quote_was_shown_last(world: World) -> None:
    phone, message, green = await person_with_quote(world)
    await phone.says("/help")
    here = (await phone.screen())["message_id"]
    await phone.forges(green, here)
    assert (await phone.text_of(here)).startswith("Bought")
    assert (await phone.text_of(message)).startswith("Buy 1")


async def test_soon_is_three_days_and_the_soonest_first(world: World) -> None:
    ann = await new_customer(world)
    await ann.phone.forges("open:prolong_soon")
    assert (await ann.phone.reads()).startswith("Nothing ends within 3 days")
    later, soon, sooner = (ann.add(ends_in=days)[0] for days in ENDS)
    await ann.phone.says("/prolong")
    shown = await ann.phone.reads()
    assert shown.startswith("Prolong 2 proxies: for how long?")
    proxies = ann.account.proxies
    assert shown.index(proxies[sooner].host) < shown.index(proxies[soon].host)
    assert proxies[later].host not in shown
    await ann.phone.taps("Other days")
    assert "is not valid" in await ann.phone.says("0")
    assert (await ann.phone.says("30")).startswith("Prolong 2 proxies for 30 days")
    assert "I did not understand that" in await ann.phone.says("60")


async def test_of_a_selection_that_is_gone_or_empty_nothing_is_quoted(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    empty = await world.app.services.selections.create(phone.id, [], "prolong")
    for selection in (empty.id, "gone"):
        for period in (0, 30):
            await phone.says("/help")
            await phone.forges(Prolong(selection=selection, period=period).pack())
            assert (await phone.reads()).startswith("This selection is empty or no longer saved."), (
                selection,
                period,
            )
    assert not world.rows("SELECT 1 FROM quotes")


async def test_what_is_quoted_again_is_made_of_nothing_that_was_read_before(world: World) -> None:
    """Three kinds are quoted at first with the list of a moment ago: an end that has moved since would make a tap on
    the green button ask once more."""
    phone, orders = world.phone(), world.app.services.orders
    await phone.connects()
    three = [world.px6.add_proxy(world.key, version=version, ends_in=9 * DAY).id for version in "643"]
    world.px6.top_up(world.key, 1_000)
    made = await orders.quote_prolong(phone.id, three, [30])
    world.px6.fault("429", "prolong", times=None)
    for again, told in (
        (ShowQuote(kind="prolong", quote=made.id), "Not prolonged"),
        (TryRest(kind="prolong", confirmation=1), "Prolonged 3 proxies for 30 days"),
    ):
        await phone.says("/proxies")
        world.px6.prolong_on_site(world.key, three, 30)
        await phone.forges(again.pack())
        assert await reads_after(phone, (await phone.green())[1]) == told
        world.px6.clear_faults()
