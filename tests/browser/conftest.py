"""A browser, stand-ins and a page for each worker; for each test a stage with a bot of its own, and phones.

What costs is the browser: a context takes two seconds of processor time, another address in a page that is there
already takes a quarter of one. So phones are pages of one context, used again, and what an address loads is kept.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, expect

import sandbox
import sandbox.web.headers
import sandbox.web.server
from demo.chromium import MISSING, chromium
from sandbox.px6 import Account, Event, add_demo_account
from sandbox.web import Backstage, serve_page
from tests.browser.handbot import HandBot
from tests.browser.handset import Handset
from tests.world import World, new_world

PATIENCE = 20_000  # milliseconds for what comes at once on a machine that is not busy
PHONE: ViewportSize = {"width": 390, "height": 844}
SMALL: ViewportSize = {"width": 360, "height": 640}
WIDE: ViewportSize = {"width": 1280, "height": 800}

Theme = Literal["light", "dark"]


@dataclass
class Drawer:
    """Where phones lie that nobody uses."""

    browser: Browser
    context: BrowserContext
    idle: list[Page] = field(default_factory=list)

    async def page(self) -> Page:
        return self.idle.pop() if self.idle else await self.context.new_page()

    async def put_back(self, handset: Handset) -> None:
        """One that was closed, or whose context is another one's, is not used again."""
        handset.lay_down()
        if handset.page.is_closed():
            return
        if handset.page.context is not self.context:
            await handset.page.context.close()
            return
        await handset.page.goto("about:blank")
        self.idle.append(handset.page)


async def new_context(browser: Browser, locale: str = "en-US") -> BrowserContext:
    context = await browser.new_context(locale=locale, timezone_id="Europe/Berlin")
    context.set_default_timeout(PATIENCE)
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    return context


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """As the page's server adds them, but a browser need not ask for each of thirty files at every address."""
    if request.path.startswith("/page/"):
        response.headers["Cache-Control"] = "max-age=3600"
    await ADD_HEADERS(request, response)


ADD_HEADERS = sandbox.web.headers.add_headers


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def drawer() -> AsyncIterator[Drawer]:
    """The tests are skipped where there is no browser."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sandbox.web.server, "add_headers", add_headers)
        async with opened_drawer() as found:
            yield found


@asynccontextmanager
async def opened_drawer() -> AsyncIterator[Drawer]:
    async with chromium() as found:
        if found is None:
            pytest.skip(MISSING)
        expect.set_options(timeout=PATIENCE)
        yield Drawer(found, await new_context(found))


@dataclass
class Stage:
    """A page with an address, and phones that look at it. Every console must have stayed silent in the end."""

    drawer: Drawer
    address: str
    query: str = ""
    handsets: list[Handset] = field(default_factory=list)

    async def handset(
        self,
        user: int = 1,
        *,
        size: ViewportSize = PHONE,
        theme: Theme = "light",
        locale: str = "",
        moves: bool = False,
        path: str = "/",
        query: str = "",
        address: str = "",
    ) -> Handset:
        """A person's phone. One with another `locale` is a browser apart; what is shown moves for who wants that."""
        page = await ((await new_context(self.drawer.browser, locale)).new_page() if locale else self.drawer.page())
        await page.set_viewport_size(size)
        await page.emulate_media(color_scheme=theme, reduced_motion="no-preference" if moves else "reduce")
        handset = Handset(page)
        self.handsets.append(handset)
        await page.goto(f"{address or self.address}{path}?user={user}{self.query}{query}")
        return handset


@asynccontextmanager
async def staged(drawer: Drawer, address: str, query: str = "") -> AsyncIterator[Stage]:
    stage = Stage(drawer, address, query)
    try:
        yield stage
        complaints = [each for handset in stage.handsets for each in handset.complaints]
    finally:
        for handset in stage.handsets:
            await drawer.put_back(handset)
    assert not complaints, complaints


@dataclass
class Scene:
    """A stage with a bot that the test plays by hand. People and px6 are the same for all tests of a worker."""

    stage: Stage
    bot: HandBot
    sandbox: sandbox.Running
    backstage: Backstage


@dataclass
class Theatre:
    """The stand-ins and the page for all bots that are played by hand."""

    sandbox: sandbox.Running
    backstage: Backstage
    address: str
    numbers: itertools.count[int]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def theatre() -> AsyncIterator[Theatre]:
    async with sandbox.running() as s:
        backstage = Backstage(s.telegram, s.px6, key=s.key)
        async with serve_page(backstage) as address:
            yield Theatre(s, backstage, address, itertools.count(5001))


@pytest_asyncio.fixture(loop_scope="session")
async def scene(drawer: Drawer, theatre: Theatre) -> AsyncIterator[Scene]:
    number = next(theatre.numbers)
    async with (
        HandBot.at(theatre.sandbox.telegram_url, f"{number}:a-bot-that-is-played-by-hand") as bot,
        staged(drawer, theatre.address, f"&bot={number}") as stage,
    ):
        await bot.introduces()
        yield Scene(stage, bot, theatre.sandbox, theatre.backstage)


@dataclass
class Play:
    """A stage with the real bot behind it, in this process."""

    stage: Stage
    world: World

    def account(self) -> Account:
        """Another one like the demo's."""
        return add_demo_account(self.world.px6)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def company(drawer: Drawer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[World, str]]:
    """The real bot for all tests of a module, and the address of its page; where there is a browser."""
    # no reminder comes in between: they have a journey of their own
    folder = tmp_path_factory.mktemp("play")
    async with new_world(folder, sync_seconds=3600.0, settle_seconds=(0.5, 1.0, 2.0)) as world:
        s = world.sandbox
        follow_clock(world)
        backstage = Backstage(s.telegram, s.px6, bot_id=int(s.token.partition(":")[0]), key=s.key)
        async with serve_page(backstage) as address:
            yield world, address
        assert not s.telegram.refusals, s.telegram.refusals


@pytest_asyncio.fixture(loop_scope="session")
async def play(drawer: Drawer, company: tuple[World, str]) -> AsyncIterator[Play]:
    world, address = company
    async with staged(drawer, address) as stage:
        yield Play(stage, world)


def follow_clock(world: World) -> None:
    """The bot's clock goes with px6's, which the panel moves."""

    def moved(event: Event) -> None:
        if event.type == "clock":
            world.clock.offset = world.px6.clock.offset

    world.px6.events.subscribe(moved)


async def greeted(scene: Scene, **options: Any) -> Handset:
    """A person who has pressed Start."""
    phone = await scene.stage.handset(**options)
    await phone.starts()
    await scene.bot.hears("message")
    return phone
