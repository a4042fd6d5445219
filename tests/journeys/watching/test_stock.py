"""Sold out: what there is elsewhere, and being told once when there are enough again."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.orders.buy_buttons import Buy
from handlers.watching.stock import watching_screen
from model.orders import BuyWish
from model.people import PersonId
from services.watching import rounds, stock
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.watching.rounds import LATER, next_look_in, stock_looked, waits_for_stock
from tests.profiles import ON_NEWEST
from tests.world import World

pytestmark = pytest.mark.without_notices


async def test_sold_out_names_what_there_is_elsewhere_each_leads_to_its_quote(world: World, ann: Customer) -> None:
    world.px6.set_stock("de", "6", 0)
    await ann.phone.says("/buy 5 30 nl ipv6 shop")  # where px6 tells no grid, the countries of the last purchases
    await ann.phone.taps("Buy ·")
    await ann.phone.says("/buy 5 30 de ipv6 shop")
    text, labels = await ann.phone.reads(), await ann.phone.labels()
    assert text.startswith("Sold out\n🇩🇪 Germany, IPv6\nNothing was bought.\nEnough in stock here:\n")
    assert "🇳🇱 Netherlands: 2,39" in text
    assert "IPv4: 96 · 600.00 RUB" in text
    assert " · 105.00 RUB" in text, "the price is the same in every country"
    assert ("🇺🇸 United States: 1,500 · 105.00 RUB" in text) is ON_NEWEST
    assert {"IPv4", "Tell me when there are 5", "Country", "Kind"} <= set(labels)
    await ann.phone.taps("Netherlands")
    assert (await ann.phone.reads()).startswith("Buy 5 × IPv6, Netherlands, 30 days")
    assert "Comment: shop" in await ann.phone.reads(), "what was written stays"


@pytest.mark.older_px6("it is asked for the stock of each country that was bought in last")
async def test_where_there_is_just_enough_is_named_and_first_where_there_is_most(world: World, ann: Customer) -> None:
    for country in ("nl", "fr"):
        await world.app.services.people.remember_first(PersonId(1001), "countries", country, 8)
    for country, kind, count in (("de", "6", 0), ("nl", "6", 5), ("fr", "6", 9), ("de", "4", 5), ("de", "3", 4)):
        world.px6.set_stock(country, kind, count)
    assert (await ann.phone.says("/buy 5 30 de")).splitlines()[4:] == [
        "🇫🇷 France: 9 · 105.00 RUB",
        "🇳🇱 Netherlands: 5 · 105.00 RUB",
        "IPv4: 5 · 600.00 RUB",
    ]


async def test_who_waits_is_told_once_and_comes_to_the_quote(world: World, ann: Customer) -> None:
    world.px6.set_stock("de", "6", 3)
    await ann.phone.says("/buy 5 30 de ipv6 shop")
    assert (await ann.phone.labels())[0] == "Take 3"
    await ann.phone.taps("Tell me when there are 5")
    assert (await ann.phone.reads()).startswith("I will tell you\n5 × IPv6, Germany: one message")
    await ann.phone.says("/watch")
    assert "1. 5 × IPv6, Germany: when it is in stock" in await ann.phone.reads()
    assert "last look" not in await ann.phone.reads()
    await ann.news()
    world.move(LATER)
    assert await stock_looked(ann) == []
    await ann.phone.says("/watch")
    assert " · last look " in await ann.phone.reads()
    await ann.news()
    world.px6.set_stock("de", "6", 5)
    assert await stock_looked(ann) == [], "not every minute"
    world.move(LATER)
    await ann.settles()
    assert await stock_looked(ann) == ["In stock again\n🇩🇪 Germany, IPv6\n5 proxies in stock"]
    assert 4 * MINUTE < next_look_in(ann) <= 5 * MINUTE, "then what has certainly not arrived is said again"
    world.move(LATER)
    assert await stock_looked(ann) == [], "told once"
    await ann.phone.taps("Buy 5: see the price")
    assert "Comment: shop" in await ann.phone.reads()
    assert "Buy · 105.00 RUB" in await ann.phone.labels()
    await ann.phone.says("/watch")
    assert (await ann.phone.reads()).startswith("What I watch for you\nNothing now.")


def test_from_what_is_watched_the_way_back_is_the_first_page_of_countries() -> None:
    """Whatever page the one that is sold out was on: there may be no second one by then."""
    screen = watching_screen(Words("en"), BuyWish(5, 30, "de"), Buy(version="6", country="de", page=3), 1)
    back = Buy.unpack(screen.rows[-1][-1].callback_data or "")
    assert (back.version, back.country, back.page) == ("6", "", 1)


async def test_px6_is_asked_once_for_all_who_watch_the_same(world: World, ann: Customer) -> None:
    bob = await new_customer(world, person=1002)
    for place in (("de", "6"), ("fr", "6")):
        world.px6.set_stock(*place, 0)
    for who, country in ((ann, "de"), (bob, "de"), (bob, "fr")):
        await who.phone.says(f"/buy 1 30 {country}")
        await who.phone.taps("Tell me when in stock")
    world.px6.revoke(ann.key)
    world.move(LATER)
    before = len(world.asked("getcount"))
    world.px6.set_stock("de", "6", 1)
    await ann.news(), await bob.news()
    assert "In stock again" in "".join(await stock_looked(ann))
    assert "🇩🇪 Germany" in "".join(await bob.news()), "by whoever's key px6 takes"
    asked = world.asked("getcount")[before:]
    places = [each.get("country") for each in asked if each]
    assert sorted(filter(None, places)) == ([] if ON_NEWEST else ["de", "fr"]) or len(asked) <= 4


async def test_more_than_are_taken_at_once_are_all_told_in_one_round(
    world: World, ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (rounds, stock):
        monkeypatch.setattr(module, "BATCH", 1)
    for country in ("de", "fr"):
        world.px6.set_stock(country, "6", 0)
        await ann.phone.says(f"/buy 1 30 {country}")
        await ann.phone.taps("Tell me when in stock")
        world.px6.set_stock(country, "6", 9)
    await ann.news()
    world.move(LATER)
    assert len(await stock_looked(ann)) == 2


async def test_at_night_the_morning_is_waited_for(world: World, ann: Customer) -> None:
    world.px6.set_stock("de", "6", 0)
    await ann.phone.says("/buy 1 30 de")
    await ann.phone.taps("Tell me when in stock")
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=(minute - 60) % 1440, quiet_to=(minute + 120) % 1440)
    world.px6.set_stock("de", "6", 9)
    await ann.news()
    world.move(LATER)
    assert await stock_looked(ann) == []
    world.move(HOUR)
    assert await stock_looked(ann) == []
    world.move(HOUR)
    [said] = await stock_looked(ann)
    assert said.startswith("In stock again")


async def test_it_ends_by_the_person_after_two_weeks_and_with_forget(world: World, ann: Customer) -> None:
    world.px6.set_stock("de", "6", 0)
    world.px6.set_stock("fr", "6", 0)
    for country in ("de", "fr"):
        await ann.phone.says(f"/buy 1 30 {country}")
        await ann.phone.taps("Tell me when in stock")
    await ann.phone.says("/watch")
    await ann.phone.taps("Show 2")
    await ann.phone.taps("Stop watching")
    assert await ann.phone.reads() == "No longer watched"
    await ann.news()
    world.move(14 * DAY)
    [said] = await stock_looked(ann)
    assert said == "Still sold out\n1 × IPv6, Germany: not enough in stock in 14 days. I no longer look."
    world.move(LATER)
    assert await stock_looked(ann) == []
    await ann.phone.taps("Keep watching")
    assert len(world.rows("SELECT 1 FROM stock_watches WHERE told_at IS NULL")) == 1
    await ann.phone.says("/forget")
    await ann.phone.taps("Erase")
    assert world.rows("SELECT 1 FROM stock_watches") == []


async def test_at_most_ten_are_watched_and_anothers_is_out_of_reach(world: World, ann: Customer) -> None:
    for country in ("ru", "ua", "us", "de", "nl", "fr", "gb", "sg", "pl", "it", "es"):
        world.px6.set_stock(country, "6", 0)
        await ann.phone.forges(f"sw:6:{country}:30:1:http:0::1::0:")
        tap = await ann.phone.forges(f"sw:6:{country}:30:1:http:0::1::0:")
    assert (tap["text"], tap["show_alert"]) == ("At most 10 can be watched. End one in /watch.", True)
    assert len(world.rows("SELECT 1 FROM stock_watches")) == 10
    bob = await new_customer(world, person=1002)
    for data in ("sw-x:1", "sw-b:1"):
        await bob.phone.forges(data)
    assert len(world.rows("SELECT 1 FROM stock_watches")) == 10
    await ann.phone.says("/watch")
    assert "1/2" in await ann.phone.labels()


async def test_from_a_country_that_has_none_there_is_a_way_on(world: World, ann: Customer) -> None:
    await ann.phone.says("/stock fi ipv4")
    assert "None in stock now" in await ann.phone.reads()
    await ann.phone.taps("Tell me when in stock")
    await ann.news()
    world.px6.set_stock("fi", "4", 2)
    world.move(LATER)
    [said] = await stock_looked(ann)
    assert "Finland, IPv4" in said
    await ann.phone.taps("Buy")
    assert (await ann.phone.reads()).startswith("Buy IPv4, Finland: for how long?")


async def test_from_what_is_watched_the_way_on_asks_for_what_was_not_chosen(world: World, ann: Customer) -> None:
    """And only what was chosen as a whole can be bought at once, as long as it is waited for."""
    wishes = {
        BuyWish(0, 0, "de"): "Buy IPv6, Germany: for how long?",
        BuyWish(5, 0, "fr"): "Buy IPv6, France: for how long?",
        BuyWish(0, 30, "us"): "Buy IPv6, United States, 30 days: how many?",
        BuyWish(5, 30, "nl"): "Buy 5 × IPv6, Netherlands, 30 days",
    }
    for number, wish in enumerate(wishes, 1):
        await waits_for_stock(ann, wish)
        world.px6.set_stock(wish.country, "6", 9)
        await ann.phone.forges(f"sw-o:{number}")
        begins = "As soon as it is in stock" if wish.period and wish.count else "This quote is out of date"
        assert (await ann.phone.reads()).startswith(begins), wish
    world.move(LATER)
    assert len(await stock_looked(ann)) == len(wishes)
    for number, begins in enumerate(wishes.values(), 1):
        await ann.phone.forges(f"sw-b:{number}")
        assert (await ann.phone.reads()).startswith(begins)
        await ann.phone.forges(f"sw-o:{number}")
        assert (await ann.phone.reads()).startswith("This quote is out of date"), "it was told by now"
