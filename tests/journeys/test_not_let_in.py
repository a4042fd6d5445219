"""Somebody who was taken out of ALLOWED_USER_IDS: nothing is done for them any more, and they can be forgotten."""

from __future__ import annotations

from pathlib import Path

import aiohttp

import sandbox
from tests.customers import Customer, new_customer
from tests.durations import DAY, HOUR, MINUTE
from tests.quick import quicken
from tests.world import Clock, World, running_app, settings_for


async def with_a_rule(world: World) -> Customer:
    """A person whose rule has announced a payment of 12 hours later."""
    ann = await new_customer(world)
    rules = world.app.services.rules
    made = await rules.add(1001, "all", "", hours=12, period=30)
    await rules.change(1001, made.id, on=True)
    ann.add(2, ends_in=3 * DAY)
    await ann.settles()
    world.move(2 * DAY + MINUTE)
    [announced] = await ann.sweep()
    assert "I prolong 2 proxies" in announced
    return ann


async def test_their_rules_and_reminders_rest_and_they_can_be_forgotten(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins, aiohttp.ClientSession() as http:
        quicken(stand_ins.px6)
        settings, clock = settings_for(stand_ins, tmp_path), Clock()
        async with running_app(settings, clock) as app:
            world = World(stand_ins, settings, clock, http, tmp_path, app)
            ann = await with_a_rule(world)
        without = settings_for(stand_ins, tmp_path, allowed_user_ids=frozenset({2002}))
        async with running_app(without, clock) as app:
            world.app = app
            world.move(12 * HOUR)
            assert await ann.sweep() == []
            assert ann.books() == []
            said = await ann.phone.says("/balance")
            assert said.startswith("This bot is private.")
            assert said.endswith("/forget erases what is kept of you.")
            assert (await ann.phone.taps("Skip"))["show_alert"]

            assert (await ann.phone.says("/forget")).startswith("Forget everything?")
            assert (await ann.phone.taps("Home"))["text"].startswith("This bot is private.")
            await ann.phone.taps("Forget everything")
            assert (await ann.phone.reads()).startswith("Forgotten")
            assert world.rows("select count(*) from people") == [(0,)]
            assert await ann.phone.says("/forget") == "This bot is private. Its operator can let you in."
            assert world.rows("select count(*) from people") == [(0,)]


async def test_who_is_let_in_again_is_reminded_at_once(tmp_path: Path) -> None:
    async with sandbox.running() as stand_ins, aiohttp.ClientSession() as http:
        quicken(stand_ins.px6)
        settings, clock = settings_for(stand_ins, tmp_path), Clock()
        async with running_app(settings, clock) as app:
            world = World(stand_ins, settings, clock, http, tmp_path, app)
            ann = await new_customer(world)
            ann.add(1, ends_in=4 * DAY)
            await ann.settles()
        async with running_app(settings_for(stand_ins, tmp_path, allowed_user_ids=frozenset({2002})), clock) as app:
            world.app = app
            world.move(DAY + HOUR)
            assert await ann.sweep() == []
        async with running_app(settings_for(stand_ins, tmp_path, allowed_user_ids=frozenset({1001})), clock) as app:
            world.app = app
            [reminder] = await ann.sweep()
            assert "1 proxy ends" in reminder
