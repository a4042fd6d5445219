"""Buying, by buttons alone and by command: what the person sees, what px6 was asked, what is in the database."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.orders.buy import TypeCountry
from handlers.orders.buy_buttons import Buy
from model.people import PersonId
from sandbox.telegram.events import Event
from tests.journeys.account.two_accounts import with_two
from tests.journeys.orders.buying import FIVE, quote_by_buttons
from tests.profiles import ON_NEWEST
from tests.world import Phone, World, buttons


async def green_labels(phone: Phone) -> list[str]:
    return [b["text"] for b in buttons(await phone.screen()) if b.get("style") == "success"]


async def test_five_taps_lead_to_a_quote_with_one_green_button_that_carries_the_sum(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/start")
    for label in ("Buy", "IPv6", "Germany", "30 days"):
        await phone.taps(label)
    [five] = [each["callback_data"] for each in buttons(await phone.screen()) if each["text"] == "5"]
    assert Buy.unpack(five).but(quote="") == Buy.unpack(FIVE)
    await phone.taps("5")
    text = await phone.reads()
    assert text.splitlines()[0] == "Buy 5 × IPv6, Germany, 30 days"
    assert "Balance 640.50 RUB → 535.50 RUB" in text
    assert await green_labels(phone) == ["Buy · 105.00 RUB"]
    assert world.asked("buy") == []


async def test_the_green_button_buys_once_and_the_proxies_are_ready_to_use(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await quote_by_buttons(phone)
    await phone.taps("Buy · 105.00 RUB")
    await world.until(lambda: not world.rows("select 1 from orders where rename = 'pending'"))
    await world.quiet()
    text = await phone.reads()
    assert "Bought 5 × IPv6, Germany, 30 days" in text
    assert "105.00 RUB paid" in text
    account = world.px6.account(world.key)
    assert account.balance == Decimal("535.50")
    (asked,) = world.asked("buy")
    bought = [p for p in account.proxies.values() if p.host in text]
    assert len(bought) == 5
    assert all(f"{p.host}:{p.port}:{p.user}:{p.password}" in text for p in bought)
    [(choices,)] = world.rows("SELECT choices FROM people")
    assert json.loads(choices)["countries"] == ["de"], "it is offered first the next time"
    assert asked["count"] == "5" and asked["period"] == "30" and asked["country"] == "de" and asked["version"] == "6"
    assert world.rows("select state, charged from orders") == [("done", 1_050_000)] or world.rows(
        "select state from orders"
    ) == [("done",)]


async def test_ten_quick_taps_on_the_green_button_are_one_purchase(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await quote_by_buttons(phone)
    data = next(b["callback_data"] for b in buttons(await phone.screen()) if b.get("style") == "success")
    message = (await phone.screen())["message_id"]
    for _ in range(10):
        assert (await phone.forges(data, message))["answered"]
    assert len(world.asked("buy")) == 1


async def test_the_same_again_takes_two_taps(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 1 7 nl ipv4 http shop")
    await phone.taps("Buy ·")
    await phone.taps("Buy the same")
    await phone.taps("Buy ·")
    first, second = world.asked("buy")
    assert {**first, "descr": ""} == {**second, "descr": ""}
    await phone.says("/buy")
    await phone.taps("Again: 1 × IPv4, Netherlands, 7 days")
    assert "Comment: shop" in await phone.reads(), "nothing of what was bought is lost"


async def test_the_same_again_on_another_account_has_the_comment_too(world: World) -> None:
    two = await with_two(world)
    world.shared[two.phone.id] = {two.second.key}
    await two.phone.says("/buy 1 7 nl ipv4 http shop")
    await two.phone.taps("Buy ·")
    await two.switches(two.first.account.user_id)
    await two.phone.says("/buy")
    await two.phone.taps("Again: 1 × IPv4, Netherlands, 7 days")
    assert "Comment: shop" in await two.phone.reads()
    await two.phone.taps("Buy ·")
    assert two.calls("buy") == [two.second.key, two.first.key]


async def test_a_comment_reaches_px6_exactly_as_it_was_written(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await quote_by_buttons(phone)
    await phone.taps("Comment")
    await phone.says('тест & "кавычки" #1 🚀')
    assert "I did not understand that" in await phone.says("no comment any more")
    await phone.taps("Buy ·")
    await world.until(lambda: not world.rows("select 1 from orders where rename = 'pending'"))
    comments = [p.comment for p in world.px6.account(world.key).proxies.values()]
    assert comments.count('тест & "кавычки" #1 🚀') == 5


async def test_px6s_own_renewal_is_explained_before_it_is_chosen(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await quote_by_buttons(phone)
    await phone.taps("px6's auto-renewal: off")
    assert "can be switched off only on px6's site" in await phone.reads()
    await phone.taps("Switch it on")
    assert "px6's auto-renewal: on" in await phone.labels()
    await phone.taps("Buy ·")
    assert "auto_prolong" in world.asked("buy")[0]


async def test_without_the_choice_no_renewal_parameter_is_sent_at_all(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await quote_by_buttons(phone)
    await phone.taps("Buy ·")
    assert "auto_prolong" not in world.asked("buy")[0]


async def test_too_little_money_says_needed_there_and_missing_and_keeps_the_quote(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 100 30 de")
    text = await phone.reads()
    assert "Need 2,100.00 RUB, have 640.50 RUB, missing 1,459.50 RUB" in text
    assert await green_labels(phone) == []
    world.px6.top_up(world.key, Decimal(2000))
    await phone.taps("I have topped up")
    assert await green_labels(phone) == ["Buy · 2,100.00 RUB"]


async def test_more_than_the_stock_is_not_offered(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/stock de")
    world.px6.set_stock("de", "6", 3)
    await phone.says("/buy 5 30 de")
    assert "3 in stock, you want 5" in await phone.reads()
    await phone.taps("Take 3")
    assert (await phone.reads()).startswith("Buy 3 × IPv6, Germany")


@pytest.mark.parametrize(("stock", "counts"), [(4, ["1"]), (5, ["1", "5"]), (9, ["1", "5"]), (10, ["1", "5", "10"])])
async def test_usual_numbers_are_a_tap_away_as_far_as_they_are_in_stock(
    world: World, stock: int, counts: list[str]
) -> None:
    ann = world.phone()
    await ann.connects()
    world.px6.set_stock("de", "6", stock)
    await ann.says("/buy 1 30 de ipv6")
    assert [label for each in await ann.labels() if (label := each.removeprefix("• ")).isdigit()] == counts


async def test_a_country_can_be_typed_in_either_language(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/start")
    for label in ("Buy", "IPv6", "Search by name"):
        await phone.taps(label)
    assert "No such country here" in await phone.says("Атлантида")
    assert "Germany: for how long?" in await phone.says("germ")
    assert "I did not understand that" in await phone.says("france")
    await phone.forges("bt-c:4::0:0:http:0::1::0:")
    world.px6.fault("500_before", "getcountry", times=None)
    await phone.says("germ")
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Which country?")
    world.px6.fault("500_before", "getcount", times=None)
    await phone.says("germ")
    world.px6.clear_faults()
    await phone.taps("Try again")
    assert (await phone.reads()).startswith("Buy IPv4, Germany: for how long?")


async def test_countries_are_shown_once_and_px6_is_not_asked_for_the_stock_of_each(world: World) -> None:
    phone = world.phone()
    assert not (await phone.says("/buy")).startswith("Buy proxies"), "without a key there is nothing to choose"
    await phone.connects()
    await phone.says("/buy")
    shown = list[Event]()
    world.telegram.events.listen(lambda event: shown.append(event) if event.kind == "edit" else None)
    await phone.taps("IPv6")
    assert len(shown) == 1, "no row moves under a finger"
    assert not any("country" in params for params in world.asked("getcount"))


async def test_days_and_number_can_be_typed(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/start")
    for label in ("Buy", "IPv6", "Germany", "Other days"):
        await phone.taps(label)
    assert "is not valid" in await phone.says("1")
    await phone.says("21")
    assert (await phone.reads()).startswith("Buy 1 × IPv6, Germany, 21 days")
    assert "I did not understand that" in await phone.says("30")
    await phone.taps("Quantity")
    await phone.taps("Other quantity")
    assert (await phone.says("4")).startswith("Buy 4 × IPv6, Germany, 21 days")
    assert "I did not understand that" in await phone.says("5")


async def test_a_price_that_rose_after_the_quote_asks_again_and_spends_nothing(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 2 30 de")
    world.px6.set_prices("6", {30: Decimal("1.50")})
    await phone.taps("Buy · 42.00 RUB")
    assert "Nothing was sent or spent." in await phone.reads()
    assert await green_labels(phone) == ["Buy · 90.00 RUB"]
    assert world.asked("buy") == []
    await phone.taps("Buy · 90.00 RUB")
    assert len(world.asked("buy")) == 1


async def test_a_quote_of_half_an_hour_ago_asks_again(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 2 30 de")
    world.move(timedelta(minutes=30))
    await phone.taps("Buy · 42.00 RUB")
    assert "out of date" in await phone.reads()
    assert world.asked("buy") == []
    await phone.taps("Get a new quote")
    assert await green_labels(phone) == ["Buy · 42.00 RUB"]


async def test_no_answer_to_a_purchase_is_found_out_and_told_without_buying_again(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy 2 30 de")
    world.px6.fault("drop_after", "buy")
    await phone.taps("Buy · 42.00 RUB")
    text = await phone.reads()
    assert "px6 has not said whether the purchase went through" in text
    assert await phone.labels() == ["Home"]
    world.clock.offset += timedelta(seconds=6)
    await world.app.services.orders.settle_due()
    await world.quiet()
    assert "Bought 2 × IPv6" in await phone.reads()
    assert len(world.asked("buy")) == 1


async def test_wrong_arguments_get_one_message_with_an_example(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for text in (
        "/buy 0 30 de",
        "/buy -1 30 de",
        "/buy 1e9 30 de",
        "/buy 1000000000 30 de",
        "/buy 1.5 30 de",
        "/buy ٣ 30 de",
        "/buy пять 30 de",
        "/buy 5 1 de",
        "/buy 5 30",
        "/buy 5 30 zz",
    ):
        before = len(await phone.chat())
        assert "Example:" in await phone.says(text), text
        assert len(await phone.chat()) == before + 2, text
        assert world.asked("buy") == [], text


async def test_a_name_that_several_countries_have_leads_to_the_choice_of_one(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.says("/buy")
    for label in ("IPv6", "Search by name"):
        await phone.taps(label)
    assert await phone.says("united") == "Which of these?"
    assert await phone.labels() == ["🇬🇧 United Kingdom", "🇺🇸 United States", "Home", "Back"]
    await phone.taps("🇺🇸 United States")
    assert (await phone.reads()).startswith("Buy IPv6, United States: for how long?")


@pytest.mark.parametrize("period", [0, 30], ids=["before the days", "before the quantity"])
async def test_what_is_sold_out_is_said_before_anything_more_is_chosen(world: World, period: int) -> None:
    phone = world.phone()
    await phone.connects()
    for kind, stock in (("6", 0), ("4", 1), ("3", 0)):
        world.px6.set_stock("de", kind, stock)
    await phone.forges(Buy(version="6", country="de", period=period).pack())
    text = await phone.reads()
    assert text.startswith("Sold out\n🇩🇪 Germany, IPv6\nEnough in stock here:\n"), "nothing was to be bought yet"
    assert ("\nIPv4: 1 · 120.00 RUB" in text) is bool(period), "of one; without days there is no price"
    assert "\nIPv4: 1" in text and "Shared" not in text, "one is enough, none is not"
    assert "Tell me when in stock" in await phone.labels()


async def test_where_there_is_enough_is_said_with_most_first_and_what_is_too_little_is_left_out(world: World) -> None:
    """Of the countries that were used last, where px6 does not tell all of its stock at once."""
    phone = world.phone()
    await phone.connects()
    await world.app.services.people.remember(PersonId(phone.id), countries=["de", "nl", "fr", "us"])
    for country, kind, stock in (("de", "6", 4), ("nl", "6", 5), ("fr", "6", 7), ("de", "4", 5), ("de", "3", 4)):
        world.px6.set_stock(country, kind, stock)
    title, *_, others = (await phone.says("/buy 5 30 de ipv6")).split("\n", 4)
    named = (
        ["United States: 1,500", "Russia: 971", "United Kingdom: 540"]
        if ON_NEWEST
        else ["France: 7", "Netherlands: 5"]
    )
    shown = [line.partition(" ")[2] for line in others.splitlines()[:-1]]
    assert (title, shown) == ("Not enough in stock", [f"{each} · 105.00 RUB" for each in named])
    assert others.splitlines()[-1] == "IPv4: 5 · 600.00 RUB"
    assert [label.partition(" ")[2] for label in (await phone.labels())[1 : len(named) + 1]] == [
        each.partition(":")[0] for each in named
    ]


async def test_a_price_that_px6_does_not_tell_is_asked_for_again_and_keeps_no_other_place_secret(
    world: World,
) -> None:
    phone = world.phone()
    await phone.connects()
    world.px6.fault("no_before", "getprice", times=10, error_id=410)
    assert not (await phone.says("/buy 5 30 de ipv6 shop")).startswith("Buy 5")
    failed = (await phone.screen())["message_id"]
    world.px6.set_stock("fr", "6", 0)
    text = await phone.says("/buy 5 30 fr")
    assert text.startswith("Sold out\n🇫🇷 France, IPv6\nNothing was bought.\nEnough in stock here:\n")
    assert "IPv4: " in text and "RUB" not in text
    world.px6.clear_faults()
    await phone.taps("Try again", failed)
    text = await phone.text_of(failed)
    assert text.startswith("Buy 5 × IPv6, Germany, 30 days\n") and "Comment: shop" in text


async def test_from_a_country_that_was_typed_the_way_back_is_the_first_page(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    await phone.forges(TypeCountry(version="6", page=2).pack())
    assert (await phone.says("germany")).startswith("Buy IPv6, Germany: for how long?")
    await phone.taps("Back")
    assert next(label for label in await phone.labels() if "/" in label).startswith("1/")


async def test_prices_are_first_those_of_one_of_the_kind_that_was_bought_last(world: World) -> None:
    phone = world.phone()
    await phone.connects()
    for bought, kind in ((None, "IPv6"), ("4", "IPv4")):
        if bought:
            await world.app.services.people.remember(PersonId(phone.id), version=bought)
        await phone.forges("open:prices")
        assert (await phone.reads()).startswith(f"Prices for 1 × {kind}\n")
