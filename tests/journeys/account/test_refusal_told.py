"""That px6 takes the key of an account no more is told once, with what stops, whichever part of the bot hears it."""

from __future__ import annotations

from typing import Any

import pytest

from model.errors import StorageError
from storage import rules as stored_rules
from tests.customers import Customer, new_customer
from tests.durations import DAY, MINUTE
from tests.world import World

ADDED = "SELECT telegram_id, refused_at IS NOT NULL FROM accounts ORDER BY telegram_id"


async def with_a_rule(world: World) -> Customer:
    """Ann, one of whose two proxies a payment was sent for whose outcome is not known, and a rule for both."""
    ann = await new_customer(world)
    [mine, _] = ann.add(2, ends_in=20 * DAY)
    await ann.settles()
    await ann.adds_rule()
    world.px6.fault("drop_after", "prolong")
    await ann.phone.says(f"/prolong 30 {mine}")
    await ann.phone.taps("Prolong")
    await ann.news()
    return ann


async def settles(world: World) -> None:
    world.move(5 * MINUTE)
    await world.app.services.orders.settle_due()
    await world.quiet()


async def test_what_is_heard_while_a_payment_is_looked_for_is_told_with_the_next_sweep(world: World) -> None:
    ann = await with_a_rule(world)
    world.px6.revoke(ann.key)
    await settles(world)
    assert world.rows(ADDED) == [(1001, True)]
    await ann.news()
    world.move(MINUTE)
    [told] = await ann.sweep()
    assert told.startswith("px6 no longer accepts your key") and "Automatic prolonging has stopped" in told
    await settles(world)
    assert await ann.sweep() == await ann.look() == []


async def test_so_is_that_px6_does_not_take_the_bots_address_and_then_the_key(world: World) -> None:
    ann = await with_a_rule(world)
    for code, begins in ((105, "px6 refuses the bot's IP address"), (100, "px6 no longer accepts your key")):
        world.px6.clear_faults()
        world.px6.fault("no_before", None, error_id=code, times=None)
        await settles(world)
        assert world.rows(ADDED) == [(1001, True)]
        await ann.news()
        world.move(MINUTE)
        [told] = await ann.sweep()
        assert told.startswith(begins)
        assert await ann.sweep() == []


async def test_where_the_database_goes_away_before_it_is_written_down_the_next_look_tells_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the process is killed."""

    async def goes_away(*_: Any) -> int:
        raise StorageError("the database is away")

    ann = await with_a_rule(world)
    world.px6.revoke(ann.key)
    with monkeypatch.context() as away:
        away.setattr(stored_rules, "stop_all", goes_away)
        assert await ann.look() == []
    [told] = await ann.look()
    assert "Automatic prolonging has stopped" in told
    assert await ann.look() == []


async def test_of_several_accounts_the_one_is_refused_whose_key_it_is(world: World) -> None:
    ann = await new_customer(world)
    await ann.replaces_the_key_while_a_payment_is_unknown()
    await ann.phone.says(f"/key {ann.key}")
    await ann.phone.taps("Add as another account")
    world.px6.revoke(ann.key)
    await settles(world)
    assert [is_refused for _, is_refused in world.rows(ADDED)] == [False, True]


async def test_it_is_told_again_where_the_reason_is_another_one_or_it_worked_meanwhile(world: World) -> None:
    ann = await new_customer(world)
    told = list[list[str]]()
    for code in (100, 100, 105, None, 105):
        world.px6.clear_faults()
        if code is not None:
            world.px6.fault("no_before", None, error_id=code, times=None)
        told.append([text.splitlines()[0] for text in await ann.look()])
    key, address = ["px6 no longer accepts your key"], ["px6 refuses the bot's IP address"]
    assert told == [key, [], address, [], address]
