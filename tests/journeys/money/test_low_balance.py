"""The warning of a low balance: never at night, never of what was let go, of what has ended or is being paid."""

from __future__ import annotations

from typing import Any

import pytest

from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World

WARNING = "⚠️ The balance will not be enough"


async def poor(world: World, **habits: Any) -> Customer:
    """Somebody with 30 RUB to whom nothing but a low balance is said."""
    ann = await new_customer(world, balance="30")
    await world.app.services.reminders.change(1001, on=False, changes=False, **habits)
    return ann


async def test_what_a_person_gets_and_that_it_rings(world: World) -> None:
    ann = await poor(world)
    ann.add(2, ends_in=2 * DAY)
    before = len(world.delivered())
    [text] = await ann.look()
    assert text == (
        f"{WARNING}\n2 proxies end within 3 days; prolonging them costs 42.00 RUB.\n"
        "You have 30.00 RUB, missing 12.00 RUB."
    )
    assert world.delivered()[before:] == [(1001, True)]
    assert await ann.phone.labels() == ["Top up at px6", "Forecast", "Home"]


async def test_what_it_counts(world: World) -> None:
    """Each step adds what must not count; the last one what does."""
    ann = await poor(world)
    reminders = world.app.services.reminders
    [let_go] = ann.add(1, ends_in=DAY)
    [put_off] = ann.add(1, ends_in=2 * DAY)
    ends = {one: world.px6.account(ann.key).proxies[one].ends_at for one in (let_go, put_off)}
    await reminders.mute(1001, {let_go: ends[let_go]}, None)
    assert await ann.look() == [], "what was let go, and 21 RUB of 30"
    ann.add(1, ends_in=-MINUTE)
    assert await ann.look() == [], "what has ended"
    ann.add(1, ends_in=3 * DAY + HOUR)
    assert await ann.look() == [], "what ends after three days"
    world.px6.top_up(ann.key, "-9")
    assert await ann.look() == [], "enough to the cent"
    world.px6.top_up(ann.key, "-0.01")
    [text] = await ann.look()
    assert "1 proxy ends within 3 days; prolonging it costs 21.00 RUB." in text
    assert "You have 20.99 RUB, missing 0.01 RUB." in text
    await reminders.mute(1001, {put_off: ends[put_off]}, world.clock() + DAY)
    await reminders.unmute(1001, {let_go: ends[let_go]})
    [text] = await ann.look()
    assert "2 proxies end within 3 days" in text, "what is only put off counts, and what is no longer let go"


@pytest.mark.parametrize(("days", "counted"), [(1, 1), (3, 2), (7, 3), (None, 0)])
async def test_it_looks_so_many_days_ahead_as_the_person_wants(world: World, days: int | None, counted: int) -> None:
    ann = await poor(world, low_days=days)
    world.px6.top_up(ann.key, "-30")
    for end in (DAY - HOUR, 3 * DAY - HOUR, 7 * DAY - HOUR, 7 * DAY + HOUR):
        ann.add(1, ends_in=end)
    said = await ann.look()
    assert len(said) == int(counted > 0)
    assert all(f"{counted} prox" in text and f"missing {21 * counted}.00 RUB" in text for text in said)


async def test_at_night_it_waits_until_the_quiet_hours_are_over(world: World) -> None:
    ann = await poor(world)
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=(minute - 60) % 1440, quiet_to=(minute + 120) % 1440)
    ann.add(2, ends_in=2 * DAY)
    assert await ann.look() == []
    world.move(HOUR)
    assert await ann.look() == []
    world.move(HOUR + MINUTE)
    before = len(world.delivered())
    [text] = await ann.look()
    assert text.startswith(WARNING)
    assert world.delivered()[before:] == [(1001, True)]
    assert await ann.look() == []


async def test_one_that_may_not_have_arrived_just_before_the_night_comes_in_the_morning(world: World) -> None:
    ann = await poor(world)
    minute = world.clock().hour * 60 + world.clock().minute
    await world.app.services.reminders.change(1001, quiet_from=(minute + 5) % 1440, quiet_to=(minute + 500) % 1440)
    ann.add(2, ends_in=2 * DAY)
    world.telegram.fail("sendMessage", 502, 1)
    await ann.look()
    await ann.news()
    before = len(world.delivered())
    for _ in range(48):
        world.move(10 * MINUTE)
        assert await ann.sweep() == []
    world.move(21 * MINUTE)
    [text] = await ann.sweep()
    assert text.startswith(WARNING)
    assert world.delivered()[before:] == [(1001, True)]
