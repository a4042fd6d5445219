"""The stand-in as an HTTP server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.guard import guard
from sandbox.telegram.bot_api import BotApi
from sandbox.telegram.control import ControlRoutes
from sandbox.telegram.event_stream import EventStream
from sandbox.telegram.listener import Listener
from sandbox.telegram.person import PersonRoutes
from sandbox.telegram.reading import MAX_UPLOAD
from sandbox.telegram.state import TelegramState
from sandbox.telegram.webhook import Deliveries

BODY_SLACK = 1024 * 1024


def telegram_app(state: TelegramState) -> web.Application:
    """Bots, people and controls in one application; the guard watches what only people and scripts use."""
    app = web.Application(middlewares=[guard(by_name=("/bot", "/file/bot"))], client_max_size=MAX_UPLOAD + BODY_SLACK)
    api, events = BotApi(state), EventStream(state)
    deliveries = Deliveries(state, api)
    state.webhook_watchers.append(deliveries.watch)
    app.router.add_route("*", "/bot{token:[^/]*}/{method:[^/]*}", api.handle)
    app.router.add_get("/file/bot{token:[^/]*}/{path:.*}", api.download)
    app.router.add_get("/events", events.handle)
    for beginning, routes in (("people", PersonRoutes(state).routes), ("sandbox", ControlRoutes(state).routes)):
        app.router.add_route("*", f"/{beginning}/{{rest:.*}}", routed_later(routes))

    async def stop(_app: web.Application) -> None:
        state.webhook_watchers.remove(deliveries.watch)
        events.close()
        await deliveries.close()

    app.on_shutdown.append(stop)
    return app


def routed_later(routes: Callable[[], list[web.RouteDef]]) -> Handler:
    """A handler of all these routes. They are made for the first who asks: a bot asks for none of them."""

    @cache
    def router() -> web.UrlDispatcher:
        made = web.UrlDispatcher()
        made.add_routes(routes())
        return made

    async def handle(request: web.Request) -> web.StreamResponse:
        found = await router().resolve(request)
        request.match_info.update(found)
        return await found.handler(request)

    return handle


@asynccontextmanager
async def serve_telegram(state: TelegramState, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve the stand-in while the block runs; yields its base address, such as `http://127.0.0.1:8081`.

    Port 0 takes a free one. A bot that goes away ends its waiting getUpdates.
    """
    runner = web.AppRunner(telegram_app(state), access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        listener = Listener(state, serving(runner), host, port)
        async with listener.open():
            yield f"http://{host}:{listener.port}"
    finally:
        await runner.cleanup()


def serving(runner: web.AppRunner) -> web.Server:
    """The server of a runner that is set up."""
    assert runner.server is not None  # noqa: S101 - it is set up
    return runner.server
