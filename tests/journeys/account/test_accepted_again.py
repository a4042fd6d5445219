"""px6 refused the key or the bot's address, and takes it again: all goes on with the first answer that shows it."""

from __future__ import annotations

import pytest

from model.colleagues import Right
from tests.customers import Customer, new_customer
from tests.durations import HOUR, MINUTE
from tests.journeys.account.offices import Office
from tests.journeys.connecting import just_connected
from tests.world import World

KEY, ADDRESS = 100, 105
REFUSED = {KEY: "px6 no longer accepts your key", ADDRESS: "px6 refuses the bot's IP address"}
LISTED = {KEY: "px6 does not accept the key", ADDRESS: "px6 refuses the bot's IP address"}


async def refused(world: World, code: int) -> Customer:
    """Ann, whose next look px6 has refused. One of her proxies ends in 7 hours, of which nothing was said yet."""
    ann = await new_customer(world, balance="900.00")
    ann.add(1, ends_in=20 * HOUR)
    world.px6.fault("no_before", None, error_id=code, times=None)
    world.move(13 * HOUR)
    [told] = await ann.look()
    assert told.startswith(REFUSED[code])
    assert (await ann.phone.says("/accounts")).splitlines()[1].endswith(f": {LISTED[code]}")
    world.px6.clear_faults()
    return ann


async def is_over(ann: Customer) -> None:
    """Nothing says any more that px6 refuses, and the next sweep reminds."""
    assert ann.world.rows("SELECT refused_code, refused_at FROM accounts") == [(None, None)]
    assert "px6 " not in (await ann.phone.says("/accounts")).splitlines()[1]
    await ann.news()
    ann.world.move(MINUTE)
    [reminder] = await ann.sweep()
    assert "1 proxy ends" in reminder


@pytest.mark.parametrize("code", [KEY, ADDRESS])
async def test_who_sends_the_same_key_again_is_reminded_at_once(world: World, code: int) -> None:
    ann = await refused(world, code)
    assert (await ann.phone.says(f"/key {ann.key}")).startswith("Connected\n")
    await is_over(ann)


@pytest.mark.parametrize("said", ["/start", "/proxies", "/balance", "/buy 1 30 de"])
@pytest.mark.parametrize("code", [KEY, ADDRESS])
async def test_whatever_px6_answers_a_person_ends_the_refusal(world: World, code: int, said: str) -> None:
    ann = await refused(world, code)
    assert "900.00 RUB" in await ann.phone.says(said) or said == "/proxies"
    await is_over(ann)


async def test_what_px6_answers_a_colleague_ends_it_too(world: World) -> None:
    office = Office(await just_connected(world, "900.00"))
    await office.lets(Right.LOOK)
    world.px6.fault("no_before", None, error_id=ADDRESS, times=None)
    await office.ann.look()
    world.px6.clear_faults()
    await office.bob.says("/start")
    assert world.rows("SELECT refused_code FROM accounts") == [(None,)]


async def test_while_px6_still_refuses_nothing_is_taken_for_mended(world: World) -> None:
    ann = await refused(world, ADDRESS)
    planned = world.rows("SELECT next_look_at FROM watches")
    world.px6.fault("no_before", None, error_id=ADDRESS, times=None)
    for said in ("/start", f"/key {ann.key}"):
        assert (await ann.phone.says(said)).startswith(REFUSED[ADDRESS])
    assert world.rows("SELECT refused_code FROM accounts") == [(ADDRESS,)]
    assert world.rows("SELECT next_look_at FROM watches") == planned


@pytest.mark.parametrize("mended", ["/key", "/start"])
async def test_a_payment_whose_outcome_only_the_key_can_tell_is_looked_for_at_once(world: World, mended: str) -> None:
    ann = await new_customer(world, balance="900.00")
    await ann.phone.says("/buy 1 30 de")
    world.px6.fault("drop_after", "buy")
    await ann.phone.taps("Buy · ")
    world.px6.fault("no_before", None, error_id=KEY, times=None)
    for _ in range(12):
        world.move(5 * MINUTE)
        await world.app.services.orders.settle_due()
        await world.quiet()
    assert "Enter a new key" in await ann.phone.labels()
    world.px6.clear_faults()
    await ann.phone.says(f"/key {ann.key}" if mended == "/key" else mended)
    await world.app.services.orders.settle_due()
    await world.quiet()
    assert world.rows("SELECT state FROM orders") == [("done",)]
