"""What is left of a colleague's limit this month narrows the green buttons before the tap, not only the claim."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.account.colleagues_screens import OpenColleague
from model.colleagues import Right
from model.people import PersonId
from tests.durations import DAY
from tests.journeys.account.offices import ANN, BOB, Office
from tests.journeys.connecting import just_connected
from tests.world import World, green_buttons

pytestmark = pytest.mark.without_notices

OVER = "Your limit is not enough for 30 days · {}. The owner of the account can raise it."


async def limited(world: World, cap: str) -> Office:
    """Bob may prolong up to this sum a month; Ann's proxies cost 21 roubles for 30 days each."""
    office = Office(await just_connected(world))
    await office.ann.refuses_notices()
    await office.lets(Right.PROLONG)
    await office.colleagues.change(ANN, BOB, Right.PROLONG, Decimal(cap))
    return office


async def green(office: Office) -> list[str]:
    return [each["text"] for each in green_buttons(await office.bob.screen())]


async def test_what_is_over_the_limit_is_said_and_what_fits_is_offered(world: World) -> None:
    office = await limited(world, "50")
    bob, ids = office.bob, " ".join(map(str, office.ids))
    said = await bob.says(f"/prolong 30 {ids}")
    assert OVER.format("63.00 RUB") in said and "Your limit this month: 50.00 RUB, left 50.00 RUB" in said
    assert await green(office) == []
    assert "Only the 2 most urgent · 42.00 RUB" in await bob.labels()
    await bob.taps("Only the 2 most urgent")
    assert await green(office) == ["Prolong 30 days · 42.00 RUB"]
    await bob.taps("Prolong 30 days")
    assert office.books == 1
    said = await bob.says(f"/prolong 30 {office.ids[2]}")
    assert OVER.format("21.00 RUB") in said and "left 8.00 RUB" in said
    assert await green(office) == []
    assert "Top up at px6" not in await bob.labels(), "the balance is not what is missing"
    for days, paid in ((0, "42.00"), (31, "0.00")):
        world.move(days * DAY)
        await office.ann.phone.forges(OpenColleague(account=ANN, person=BOB).pack())
        assert f"\nPaid this month: {paid} RUB\n" in await office.ann.phone.reads()


async def test_what_a_colleague_has_paid_is_of_the_month_where_the_owner_lives(world: World) -> None:
    """At eight in the evening of its last day in UTC it is the first of the next one on Kiritimati."""
    office = await limited(world, "50")
    fifth = (world.clock().replace(day=1, hour=12) + 32 * DAY).replace(day=5)
    world.move(fifth - world.clock())
    await office.bob.says(f"/prolong 30 {office.ann.add(ends_in=9 * DAY)[0]}")
    await office.bob.taps("Prolong 30 days")
    world.move((fifth + 31 * DAY).replace(day=1, hour=20) - DAY - world.clock())
    for zone, paid in ((None, "21.00"), ("Pacific/Kiritimati", "0.00")):
        await world.app.services.people.set_zone(PersonId(ANN), zone)
        await office.ann.phone.forges(OpenColleague(account=ANN, person=BOB).pack())
        assert f"\nPaid this month: {paid} RUB\n" in await office.ann.phone.reads()


async def test_of_several_periods_those_are_green_that_the_limit_allows(world: World) -> None:
    office = await limited(world, "30")
    await office.bob.says("/proxies")
    await office.bob.taps("…")
    await office.bob.taps("Prolong")
    labels = await green(office)
    assert "Prolong 30 days · 21.00 RUB" in labels and len(labels) < 3
    assert "Your limit is not enough for" in await office.bob.reads()


async def test_what_was_pasted_leads_to_what_the_limit_is_enough_for(world: World) -> None:
    office = await limited(world, "50")
    said = await office.bob.says(f"/find {' '.join(map(str, office.ids))}")
    assert OVER.format("63.00 RUB") in said
    assert await green(office) == []
    await office.bob.taps("What your limit is enough for")
    assert "Only the 2 most urgent · 42.00 RUB" in await office.bob.labels()


async def test_a_reminder_offers_a_colleague_what_their_limit_allows(world: World) -> None:
    office = await limited(world, "50")
    await office.colleagues.tell(ANN, BOB, told=True)
    world.move(19 * DAY)
    await office.ann.sweep()
    assert (await office.bob.reads()).startswith("⏳ 3 proxies end, the first in 24 hours\nAccount: ")
    over = "Your limit is not enough for 30 days · 63.00 RUB, 90 days · 175.50 RUB. The owner of the account can"
    assert over in await office.bob.reads()
    assert "Prolong 30 days · 63.00 RUB" not in await green(office)
    assert "Prolong 30 days · 63.00 RUB" in [b["text"] for b in green_buttons(await office.ann.phone.screen())]
    await office.bob.taps("Prolong 7 days")
    assert office.books == 1


async def test_a_price_that_rose_over_the_limit_is_quoted_anew_without_a_button_that_would_only_refuse(
    world: World,
) -> None:
    office = await limited(world, "50")
    await office.bob.says(f"/prolong 30 {office.ids[0]}")
    assert await green(office) == ["Prolong 30 days · 21.00 RUB"]
    world.px6.set_prices("6", {30: Decimal("2.00")})
    await office.bob.taps("Prolong 30 days")
    said = await office.bob.reads()
    assert said.startswith("The price or an end date has changed. Nothing was sent or spent. The new quote:")
    assert OVER.format("60.00 RUB") in said and "Your limit this month: 50.00 RUB, left 50.00 RUB" in said
    assert await green(office) == []
    assert (await office.bob.labels())[-1] == "Home"
    await office.colleagues.change(ANN, BOB, Right.PROLONG, Decimal(60))
    await office.bob.says(f"/prolong 30 {office.ids[0]}")
    await office.bob.taps("Prolong 30 days · 60.00 RUB")
    assert office.books == 1


async def test_a_price_that_rose_within_the_limit_keeps_its_button(world: World) -> None:
    office = await limited(world, "60")
    await office.bob.says(f"/prolong 30 {office.ids[0]}")
    world.px6.set_prices("6", {30: Decimal("2.00")})
    await office.bob.taps("Prolong 30 days")
    assert "Your limit this month: 60.00 RUB, left 60.00 RUB" in await office.bob.reads()
    assert await green(office) == ["Prolong 30 days · 60.00 RUB"]
    await office.bob.taps("Prolong 30 days")
    assert office.books == 1


async def test_a_price_that_rose_over_the_balance_says_what_is_missing(world: World) -> None:
    office = await limited(world, "9999")
    await office.bob.says(f"/prolong 30 {office.ids[0]}")
    world.px6.set_prices("6", {30: Decimal("200.00")})
    await office.bob.taps("Prolong 30 days")
    assert "Need 6,000.00 RUB, have 5,000.00 RUB, missing 1,000.00 RUB" in await office.bob.reads()
    assert await green(office) == []
    assert (await office.bob.labels())[:2] == ["Top up at px6", "I have topped up"]


async def test_who_lost_their_limit_with_the_currency_is_told_so(world: World) -> None:
    office = await limited(world, "500")
    world.px6.set_currency(office.ann.key, "USD")
    said = await office.bob.says(f"/prolong 30 {office.ids[0]}")
    assert "You cannot prolong yet: the owner of the account has to set your limit for the month." in said
    assert await green(office) == []


async def test_of_an_owner_and_of_who_may_do_everything_nothing_is_narrowed(world: World) -> None:
    office = await limited(world, "1")
    await office.colleagues.change(ANN, BOB, Right.ALL)
    await office.bob.says(f"/prolong 30 {office.ids[0]}")
    assert await green(office) == ["Prolong 30 days · 21.00 RUB"]
    await office.ann.phone.says(f"/prolong 30 {office.ids[0]}")
    assert [b["text"] for b in green_buttons(await office.ann.phone.screen())] == ["Prolong 30 days · 21.00 RUB"]
