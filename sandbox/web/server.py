"""The page's server: static files, the requests of people, and the controls of px6, of Telegram and of the demo."""

from __future__ import annotations

import asyncio
import errno
import mimetypes
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from sandbox.guard import guard
from sandbox.px6.control import add_control
from sandbox.telegram.control import ControlRoutes
from sandbox.telegram.event_stream import EventStream
from sandbox.telegram.person import PersonRoutes
from sandbox.web.backstage import Backstage
from sandbox.web.controls import Controls
from sandbox.web.headers import add_headers
from sandbox.web.stream import Stream

FILES = Path(__file__).parent.parent / "page"
HOST = "127.0.0.1"
LARGEST_UPLOAD = 51 * 1024 * 1024

# What the operating system says about these differs, and a module of the wrong type is not run.
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("font/woff2", ".woff2")


def page_app(backstage: Backstage) -> web.Application:
    """The page and everything it asks for, at one address."""
    app = web.Application(middlewares=[guard()], client_max_size=LARGEST_UPLOAD)
    app.on_response_prepare.append(add_headers)
    closing, stream, events = asyncio.Event(), Stream(backstage), EventStream(backstage.telegram)
    app.router.add_get("/", _page)
    app.router.add_get("/site/{tail:.*}", _page)  # what the bot takes for px6's site opens the panel alone
    app.router.add_static("/page", FILES)
    app.router.add_get("/stream", stream.handle)
    app.router.add_get("/events", events.handle)
    app.router.add_routes(PersonRoutes(backstage.telegram).routes())
    app.router.add_routes(_under_telegram(ControlRoutes(backstage.telegram).routes()))
    app.router.add_routes(Controls(backstage).routes())
    add_control(app, backstage.px6, closing)

    async def stop(_app: web.Application) -> None:
        closing.set()
        stream.close()
        events.close()

    app.on_shutdown.append(stop)
    return app


async def _page(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(FILES / "index.html")


def _under_telegram(routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """`/sandbox/…` is px6's here; Telegram's controls stand under `/sandbox/telegram/…`."""
    return [
        web.route(route.method, route.path.replace("/sandbox/", "/sandbox/telegram/", 1), route.handler)
        for route in routes
    ]


@asynccontextmanager
async def serve_page(backstage: Backstage, ports: Iterable[int] = (0,)) -> AsyncIterator[str]:
    """Serves on the first free port of `ports` (0: any) while the block runs; yields the address.

    OSError when every one of them is taken.
    """
    runner = web.AppRunner(page_app(backstage), access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await _listen(runner, ports)
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, ports: Iterable[int]) -> None:
    for port in ports:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return
    raise OSError(errno.EADDRINUSE, "every port that was to be tried is taken")
