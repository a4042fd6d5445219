"""A browser for each worker, and for each test a stage: stand-ins, the page, and phones that look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

import sandbox
from demo.chromium import MISSING, chromium
from sandbox.px6 import Event
from sandbox.web import Backstage, serve_page
from tests.browser.handbot import HandBot
from tests.browser.handset import Handset
from tests.world import World, new_world

PATIENCE = 20_000  # milliseconds for what comes at once on a machine that is not busy
PHONE = {"width": 390, "height": 844}


@dataclass
class Stage:
    """The page of two stand-ins. Every phone's console must have stayed silent in the end."""

    browser: Browser
    address: str
    key: str
    handsets: list[Handset] = field(default_factory=list)

    async def handset(
        self, user: int = 1, *, size: dict[str, int] | None = None, path: str = "/", address: str = "", **options: Any
    ) -> Handset:
        """A browser of its own for a person. `options` are those of a browser's context: locale, color_scheme …"""
        given = {"locale": "en-US", "viewport": size or PHONE, "timezone_id": "Europe/Berlin"} | options
        context = await self.browser.new_context(**given)
        context.set_default_timeout(PATIENCE)
        await context.grant_permissions(["clipboard-read", "clipboard-write"])
        handset = Handset(await context.new_page())
        self.handsets.append(handset)
        await handset.page.goto(f"{address or self.address}{path}{'&' if '?' in path else '?'}user={user}")
        return handset


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for each worker; the tests are skipped where there is none."""
    async with chromium() as found:
        if found is None:
            pytest.skip(MISSING)
        expect.set_options(timeout=PATIENCE)
        yield found


@asynccontextmanager
async def staged(browser: Browser, address: str, key: str) -> AsyncIterator[Stage]:
    stage = Stage(browser, address, key)
    try:
        yield stage
        complaints = [each for handset in stage.handsets for each in handset.complaints]
    finally:
        for handset in stage.handsets:
            await handset.page.context.close()
    assert not complaints, complaints


@dataclass
class Scene:
    """A stage with a bot that the test plays by hand."""

    stage: Stage
    bot: HandBot
    sandbox: sandbox.Running
    backstage: Backstage


@pytest_asyncio.fixture(loop_scope="session")
async def scene(browser: Browser) -> AsyncIterator[Scene]:
    async with sandbox.running() as s, HandBot.at(s.telegram_url, s.token) as bot:
        await bot.introduces()
        backstage = Backstage(s.telegram, s.px6, bot_id=bot.id, key=s.key)
        async with serve_page(backstage) as address, staged(browser, address, s.key) as stage:
            yield Scene(stage, bot, s, backstage)


@dataclass
class Play:
    """A stage with the real bot behind it, in this process."""

    stage: Stage
    world: World


@pytest_asyncio.fixture(loop_scope="session")
async def play(browser: Browser, tmp_path: Path) -> AsyncIterator[Play]:
    # no reminder comes in between: they have a journey of their own
    async with new_world(tmp_path, sync_seconds=3600.0, settle_seconds=(0.5, 1.0, 2.0)) as world:
        s = world.sandbox
        follow_clock(world)
        backstage = Backstage(s.telegram, s.px6, bot_id=int(s.token.partition(":")[0]), key=s.key)
        async with serve_page(backstage) as address, staged(browser, address, s.key) as stage:
            yield Play(stage, world)
        assert not s.telegram.refusals, s.telegram.refusals


def follow_clock(world: World) -> None:
    """The bot's clock goes with px6's, which the panel moves."""

    def moved(event: Event) -> None:
        if event.type == "clock":
            world.clock.offset = world.px6.clock.offset

    world.px6.events.subscribe(moved)
