"""Two processes of the bot on one database, behind one webhook address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app import App
from bot.http_server import COME_AGAIN
from tests.ports import reserved_port
from tests.world import World, running_app, settings_for, without_menus, world_without_bot

A, B = 0, 1


@dataclass
class Balancer:
    """Passes deliveries on to one process after the other, or as `takes` says of each.

    Of the next `lost` deliveries the answer does not reach Telegram: 502.
    """

    http: aiohttp.ClientSession
    ports: list[int]
    to: int | None = None
    lost: int = 0
    passed: list[tuple[int, int]] = field(default_factory=list)  # to whom, and what it said

    async def pass_on(self, request: web.BaseRequest) -> web.Response:
        chosen = len(self.passed) % len(self.ports) if self.to is None else self.to
        self.passed.append((chosen, 0))
        place = len(self.passed) - 1
        url = f"http://127.0.0.1:{self.ports[chosen]}{request.path}"
        given = {name: value for name, value in request.headers.items() if name.startswith("X-")}
        async with self.http.post(url, data=await request.read(), headers=given) as answer:
            self.passed[place] = chosen, answer.status
            if self.lost:
                self.lost -= 1
                return web.Response(status=502)
            return web.Response(status=answer.status, headers=COME_AGAIN if answer.status == 503 else None)


@dataclass
class Pair:
    """The world, its two processes, and what stands before them."""

    world: World
    apps: list[App]
    balancer: Balancer

    async def taps(self, process: int, label: str, message_id: int | None = None) -> dict[str, Any]:
        """Ann taps, and this process gets it."""
        self.balancer.to = process
        return await self.world.phone().taps(label, message_id)

    async def says(self, process: int, text: str) -> str:
        """Ann writes, and this process gets it."""
        self.balancer.to = process
        return await self.world.phone().says(text)

    async def begins(self, process: int, body: dict[str, Any], kind: str = "taps") -> None:
        """Ann taps or writes, and nobody waits for what comes of it; the process has it."""
        self.balancer.to, before = process, len(self.balancer.passed)
        phone = self.world.phone()
        if kind == "messages":
            await self.world.post(f"/people/{phone.id}/messages", body)
        else:
            phone._side.tap(phone._bot, phone._person, phone._chat, body["message_id"], body["data"])
        await self.world.until(lambda: len(self.balancer.passed) > before)


@asynccontextmanager
async def pair_of_bots(folder: Path) -> AsyncIterator[Pair]:
    """Both, started; each knows of the other."""
    async with world_without_bot(folder) as world, aiohttp.ClientSession() as http:
        with ExitStack() as held:
            ports = [held.enter_context(reserved_port()) for _ in (A, B)]
            balancer = Balancer(http, ports)
            async with listening(balancer.pass_on) as url, started(world, ports, url) as apps:
                yield Pair(world, apps, balancer)


@asynccontextmanager
async def listening(handler: Callable[[web.BaseRequest], Awaitable[web.Response]]) -> AsyncIterator[str]:
    """The address at which the handler answers every request."""
    app = web.Application()
    app.router.add_post("/telegram", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/telegram"))


@asynccontextmanager
async def started(world: World, ports: list[int], url: str) -> AsyncIterator[list[App]]:
    first, second = (
        settings_for(world.sandbox, world.folder, webhook_url=url, http_listen=f"127.0.0.1:{port}") for port in ports
    )
    world.settings = first
    async with running_app(first, world.clock, without_menus) as a, running_app(second, world.clock) as b:
        world.app, world.others = a, [b]
        for app in (a, b):
            assert app._presence is not None
            await app._presence.beat()
            await world.until(lambda app=app: app.intake.is_connected)  # type: ignore[misc]  # mypy takes no default
        yield [a, b]
        await world.quiet()
