"""When px6 keeps the account in another currency, its owner is told once which limits say nothing any more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from model.colleagues import Right
from tests.durations import DAY, HOUR, MINUTE
from tests.journeys.account.offices import ANN, CAP, Office
from tests.journeys.connecting import just_connected
from tests.journeys.watching.rounds import has_them_checked
from tests.world import World

pytestmark = pytest.mark.without_notices

TOLD = (
    "⚠️ Your px6 account is in USD now\n"
    "Limits in RUB no longer apply.\n"
    "1 colleague prolongs nothing until you set a new limit: Bob\n"
    "1 invitation with a limit was withdrawn.\n"
    "2 watches buy nothing until you set their sums anew."
)


async def busy(world: World) -> Office:
    """Bob and somebody invited may prolong up to a sum, and two watches buy by themselves."""
    office = Office(await just_connected(world))
    ann, phone = office.ann, office.ann.phone
    await ann.refuses_notices()
    await ann.settles()
    await office.lets(Right.PROLONG)
    await office.colleagues.invite(ANN, Right.PROLONG, CAP)
    await office.colleagues.invite(ANN, Right.LOOK)
    await has_them_checked(ann)
    await phone.taps("Replace by itself: off")
    await phone.taps("Replace, at most")
    world.px6.set_stock("de", "6", 0)
    await phone.says("/buy 5 30 de ipv6 shop")
    for label in ("Tell me when there are 5", "Buy it at once instead", "Buy at once, up to"):
        await phone.taps(label)
    await ann.news()
    return office


@pytest.mark.parametrize("by", ["a look", "a quote of a colleague", "the key, sent again"])
async def test_the_owner_is_told_once_and_led_to_where_they_are_set_anew(world: World, by: str) -> None:
    office = await busy(world)
    ann = office.ann
    if by == "a quote of a colleague":
        await ann.settles()  # no look is due
    world.px6.set_currency(ann.key, "USD")
    if by == "a look":
        world.move(13 * HOUR)
    elif by == "the key, sent again":
        await ann.phone.says(f"/key {ann.key}")
        await ann.news()
    else:
        await office.bob.says(f"/prolong 30 {office.ids[0]}")
        [(look,)] = world.rows("SELECT next_look_at FROM watches WHERE telegram_id = ?", ANN)
        assert look <= world.clock().timestamp() * 1e6, "the next sweep tells it, and not the next look in half a day"
    told = []
    for _ in range(4):
        told += [text for text in await ann.sweep() if "no longer apply" in text]
        world.move(MINUTE)
    assert told == [TOLD]
    assert (await ann.phone.labels())[:2] == ["Colleagues", "Watched"]
    await ann.phone.taps("Colleagues")
    await ann.phone.taps("Bob")
    await ann.phone.taps("Change the right")
    await ann.phone.taps("Prolong up to a limit")
    await ann.phone.taps("50 USD")
    assert [one.monthly_cap for one in await office.colleagues.of(ANN)] == [Decimal(50)]


async def test_where_nothing_was_limited_nothing_is_said(world: World) -> None:
    office = Office(await just_connected(world))
    await office.ann.refuses_notices()
    await office.lets(Right.ALL)
    world.px6.set_currency(office.ann.key, "USD")
    await office.ann.look()
    world.move(DAY)
    assert not any("no longer apply" in text for text in [*await office.ann.sweep(), *await office.ann.sweep()])
