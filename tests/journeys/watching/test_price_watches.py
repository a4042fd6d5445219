"""Being told when the price of a kind and period changes."""

from __future__ import annotations

import pytest

from handlers.watching.prices import WatchPrice
from px6 import Version
from services.watching import prices, rounds
from tests.customers import Customer, new_customer
from tests.durations import HOUR, MINUTE
from tests.journeys.watching.rounds import next_look_in
from tests.profiles import ON_NEWEST
from tests.world import World

pytestmark = pytest.mark.without_notices
LATER = HOUR + MINUTE


async def looked(ann: Customer) -> list[str]:
    """A round that looks at prices; gives the messages that came since the last one."""
    await ann.world.app.services.price_watches.look()
    await ann.world.quiet()
    return await ann.news()


async def watches(who: Customer, kind: str = "IPv6", days: str = "30 days") -> None:
    await who.phone.says("/watch")
    for each in ("Watch a price", kind, days):
        await who.phone.taps(each)
    assert (await who.phone.reads()).startswith("I will tell you\n")
    await who.news()


async def test_a_change_is_told_once_with_both_prices(world: World, ann: Customer) -> None:
    await watches(ann)
    await ann.phone.says("/watch")
    assert "1. IPv6, 30 days: when the price changes, now 21.00 RUB" in await ann.phone.reads()
    await ann.news()
    world.move(LATER)
    assert await looked(ann) == []
    world.px6.set_price_level("6", 110)
    assert await looked(ann) == [], "not every minute"
    world.move(LATER)
    await ann.settles()
    assert await looked(ann) == ["The price has gone up\nIPv6, 30 days\nOne proxy: 21.00 RUB → 23.10 RUB (+10%)"]
    assert 4 * MINUTE < next_look_in(ann) <= 5 * MINUTE, "then what has certainly not arrived is said again"
    world.move(LATER)
    assert await looked(ann) == []
    await ann.phone.taps("Buy")
    await ann.phone.says("/watch")
    await ann.phone.taps("End 1")
    assert await ann.phone.reads() == "No longer watched"


async def test_px6_is_asked_once_for_all_and_anothers_watch_is_out_of_reach(world: World, ann: Customer) -> None:
    bob = await new_customer(world, person=1002)
    for who in (ann, bob):
        await watches(who)
        await watches(who, "IPv6", "7 days")
    world.px6.revoke(ann.key)
    world.px6.set_price_level("6", 110)
    world.move(LATER)
    before = len(world.asked("getprice"))
    said = await looked(ann)
    assert len(said) == 2
    assert len(await bob.news()) == 2
    asked = len(world.asked("getprice")) - before
    assert asked <= (2 if ON_NEWEST else 3 + 2)
    await bob.phone.forges("pw-x:1")
    assert len(world.rows("SELECT 1 FROM price_watches")) == 4


async def test_at_most_ten_are_watched_and_one_of_them_may_begin_anew(world: World, ann: Customer) -> None:
    goods = [(version, period) for version in (6, 4, 3) for period in (7, 14, 30, 60)]
    for version, period in (*goods[:10], goods[9], goods[0]):
        tap = await ann.phone.forges(f"pw-a:{version}:{period}")
        assert not tap.get("text"), "also what is watched already"
    for version, period in goods[10:]:
        tap = await ann.phone.forges(f"pw-a:{version}:{period}")
        assert (tap["text"], tap["show_alert"]) == ("At most 10 can be watched. End one in /watch.", True)
    watched = world.rows("SELECT version, period FROM price_watches ORDER BY id")
    assert sorted(watched) == sorted((str(version), period) for version, period in goods[:10])
    [number] = [one.id for one in await world.app.services.price_watches.of(1001) if one.period == 14][:1]
    await ann.phone.forges(f"pw-x:{number}")
    assert not (await ann.phone.forges("pw-a:3:30")).get("text"), "there is room again"


async def test_more_than_are_taken_at_once_are_all_told_in_one_round(
    world: World, ann: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (rounds, prices):
        monkeypatch.setattr(module, "BATCH", 1)
    await watches(ann)
    await watches(ann, "IPv6", "7 days")
    world.px6.set_price_level("6", 110)
    world.move(LATER)
    assert len(await looked(ann)) == 2


async def test_what_px6_prices_in_another_currency_by_now_is_not_told_as_not_sold(ann: Customer) -> None:
    """The next look at the account learns the currency; then it is watched in that."""
    watch = WatchPrice(version=Version.IPV6, period=30).pack()
    await ann.phone.says("/start")
    ann.account.currency = "USD"
    ann.world.move(MINUTE)
    answer = await ann.phone.forges(watch)
    told = "px6 names prices in another currency now, so nothing is watched yet. Try again later."
    assert (answer["text"], answer["show_alert"]) == (told, True)
    assert ann.world.rows("SELECT * FROM price_watches") == []
    await ann.look()
    await ann.phone.forges(watch)
    assert "One proxy costs 0.23 USD now." in await ann.phone.reads()
