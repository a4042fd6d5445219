"""Whoever is gone without a word: what is watched for them rests after the first message that says so."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from model.orders import BuyWish
from tests.customers import Customer
from tests.durations import DAY, HOUR
from tests.journeys.watching.rounds import LATER, checked_every, falls, stock_looked, waits_for_stock
from tests.world import World

pytestmark = pytest.mark.without_notices


async def is_told_of_stock(ann: Customer) -> None:
    await waits_for_stock(ann, BuyWish(5, 30, "de"))


async def stock_is_back(ann: Customer) -> None:
    ann.world.px6.set_stock("de", "6", 9)
    ann.world.move(LATER)
    await stock_looked(ann)


async def buys_at_once(ann: Customer) -> None:
    await waits_for_stock(ann, BuyWish(5, 30, "de"), up_to=105)


async def watches_a_price(ann: Customer) -> None:
    await ann.phone.says("/watch")
    for each in ("Watch a price", "IPv6", "30 days"):
        await ann.phone.taps(each)


async def the_price_rises(ann: Customer) -> None:
    ann.world.px6.set_price_level("6", 110)
    ann.world.move(2 * HOUR)
    await ann.world.app.services.price_watches.look()


async def has_proxies_checked(ann: Customer) -> None:
    ann.add(1, ends_in=19 * DAY)
    await ann.settles()
    await checked_every(ann)


async def one_stops_working(ann: Customer) -> None:
    assert await falls(ann, *ann.account.proxies) == []


@pytest.mark.parametrize(
    ("waits", "happens"),
    [
        (is_told_of_stock, stock_is_back),
        (buys_at_once, stock_is_back),
        (watches_a_price, the_price_rises),
        (has_proxies_checked, one_stops_working),
    ],
)
async def test_after_the_first_message_that_cannot_be_sent_px6_is_asked_for_nobody_and_nothing_is_bought(
    world: World,
    ann: Customer,
    waits: Callable[[Customer], Awaitable[None]],
    happens: Callable[[Customer], Awaitable[None]],
) -> None:
    """An account that was deleted: Telegram says so when something is sent, and not before."""
    await waits(ann)
    await ann.news()
    await world.patch(f"/people/{ann.phone.id}", {"deactivated": True})
    await happens(ann)
    await world.quiet()
    assert world.rows("SELECT blocked_at IS NOT NULL FROM people") == [(True,)]
    before = len(world.px6.calls)
    for _ in range(2):
        world.move(7 * HOUR)
        await stock_looked(ann)
        await world.app.services.price_watches.look()
        await world.app.services.health.look()
        await ann.sweep()
    assert (len(world.px6.calls) - before, ann.books()) == (0, [])
    world.telegram.refusals.clear()
