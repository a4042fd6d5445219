"""`/sandbox/…`: everything the stand-in can be told and asked, as JSON, for scripts and for a page.

GET  state, accounts, proxies?key=, books?key=, calls?after=N, stock, prices, price-levels, faults, clock, rules,
     events?after=N (server-sent, with replay)
POST accounts, proxies, top-up, currency, revoke, new-key, restrict, prolong-on-site, buy-on-site, stock, prices,
     price-levels, faults, process-late, clock, rules
DELETE faults?kind=, calls

Whoever serves these guards them: see `sandbox.guard`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from . import commands, views
from .errors import Refusal
from .model import Event
from .state import Px6State

VIEWS = {("GET", name): view for name, view in views.VIEWS.items()} | {
    ("DELETE", "faults"): commands.lift_faults,
    ("DELETE", "calls"): commands.forget_calls,
}
COMMANDS = {("POST", name): command for name, command in commands.COMMANDS.items()}
REQUESTS = {*VIEWS, *COMMANDS, ("GET", "events")}
"""All that are answered, as the method and what follows `/sandbox/`."""


def add_control(app: web.Application, state: Px6State, closing: asyncio.Event) -> None:
    """Adds the routes; `closing` ends the streams of events. A test makes three such applications: each has two."""

    async def handle(request: web.Request) -> web.Response:
        asked = ("GET" if request.method == "HEAD" else request.method, request.match_info["name"])
        if view := VIEWS.get(asked):
            return _answered(lambda: view(state, views.Query(request.query)))
        if command := COMMANDS.get(asked):
            body = await request.read()
            return _answered(lambda: command(state, body or b"{}"))
        if others := [method for method, name in REQUESTS if name == asked[1]]:
            raise web.HTTPMethodNotAllowed(request.method, others)
        raise web.HTTPNotFound

    app.router.add_get("/sandbox/events", _following(state, closing))
    app.router.add_route("*", "/sandbox/{name}", handle)


def _answered(work: Callable[[], object]) -> web.Response:
    """200 with what the work answers; 400: malformed, 404: no such key, 409: px6's own no."""
    try:
        return _json(work())
    except Refusal as refusal:
        return _json(refusal.reply(), 409)
    except LookupError as error:
        return _error(404, str(error.args[0]))
    except (msgspec.MsgspecError, ValueError, ArithmeticError) as error:
        return _error(400, str(error) or type(error).__name__)


def _following(state: Px6State, closing: asyncio.Event) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await stream.prepare(request)
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        after = _after(request)
        for event in state.events.kept:
            if event.number > after:
                queue.put_nowait(event)
        unsubscribe = state.events.subscribe(queue.put_nowait)
        stop = asyncio.get_running_loop().create_task(_end(closing, queue))  # held below, ends with us
        try:
            while (news := await queue.get()) is not None:
                body = msgspec.json.encode(news).decode()
                await stream.write(f"id: {news.number}\ndata: {body}\n\n".encode())
        finally:
            stop.cancel()
            unsubscribe()
        return stream

    return handle


def _after(request: web.Request) -> int:
    """Where a client that was cut off goes on; 0, from the oldest kept, when it says nothing sensible."""
    raw = request.headers.get("Last-Event-ID") or request.query.get("after") or ""
    return int(raw) if raw.isdecimal() else 0


async def _end(closing: asyncio.Event, queue: asyncio.Queue[Event | None]) -> None:
    await closing.wait()
    queue.put_nowait(None)


def _json(data: object, status: int = 200) -> web.Response:
    return web.Response(body=msgspec.json.encode(data), status=status, content_type="application/json")


def _error(status: int, text: str) -> web.Response:
    return _json({"error": text}, status)
