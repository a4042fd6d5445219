"""Somebody who was taken out of ALLOWED_USER_IDS: nothing is done for them any more, and they can be forgotten."""

from __future__ import annotations

from pathlib import Path

from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.world import World, world_without_bot


async def with_a_rule(world: World) -> Customer:
    """A person whose rule has announced a payment of 12 hours later."""
    ann = await new_customer(world)
    await ann.adds_rule()
    ann.add(2, ends_in=3 * DAY)
    await ann.settles()
    world.move(2 * DAY + MINUTE)
    [announced] = await ann.sweep()
    assert "I will prolong 2 proxies" in announced
    return ann


async def test_their_rules_and_reminders_rest_and_they_can_be_forgotten(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            ann = await with_a_rule(world)
        async with world.running_bot(allowed_user_ids=frozenset({2002})):
            world.move(12 * HOUR)
            assert await ann.sweep() == []
            assert ann.books() == []
            said = await ann.phone.says("/balance")
            assert said.startswith("This bot is private.")
            assert said.endswith("/forget erases everything the bot keeps about you.")
            assert (await ann.phone.taps("Skip"))["show_alert"]

            assert (await ann.phone.says("/forget")).startswith("Erase everything?")
            assert (await ann.phone.taps("Home"))["text"].startswith("This bot is private.")
            await ann.phone.taps("Erase everything")
            assert (await ann.phone.reads()).startswith("Everything is erased")
            assert world.rows("select count(*) from people") == [(0,)]
            assert await ann.phone.says("/forget") == "This bot is private. Its owner can give you access."
            assert world.rows("select count(*) from people") == [(0,)]


async def test_who_is_let_in_again_is_reminded_at_once(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world:
        async with world.running_bot():
            ann = await new_customer(world)
            ann.add(1, ends_in=4 * DAY)
            await ann.settles()
        async with world.running_bot(allowed_user_ids=frozenset({2002})):
            world.move(DAY + HOUR)
            assert await ann.sweep() == []
        async with world.running_bot(allowed_user_ids=frozenset({1001})):
            [reminder] = await ann.sweep()
            assert "1 proxy ends" in reminder


async def test_whom_the_owner_takes_out_and_lets_in_while_the_bot_runs(tmp_path: Path) -> None:
    async with world_without_bot(tmp_path) as world, world.running_bot() as app:
        ann = await new_customer(world)
        ann.add(1, ends_in=4 * DAY)
        await ann.settles()
        app.access.allowed = frozenset({2002})
        world.move(DAY + HOUR)
        assert await ann.sweep() == []
        assert (await ann.phone.says("/balance")).startswith("This bot is private.")
        await ann.news()
        app.access.allowed = frozenset({2002, 1001})
        [reminder] = await ann.sweep()
        assert "1 proxy ends" in reminder
        assert "5,000.00 RUB" in await ann.phone.says("/balance")
