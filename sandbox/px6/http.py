"""The HTTP server of the px6 stand-in: paths, limit, faults, and the log of what came in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec
from aiohttp import web

from sandbox.guard import guard

from . import false_answers
from .control import add_control
from .distortions import distorted
from .errors import Refusal
from .listener import Listener
from .model import DISTORTIONS, Call, Fault, FaultKind
from .params import parse_query
from .shapes import Json
from .state import Px6State

MAX_REQUEST_LINE = 8192
"""Bytes; longer ones get 414, as from nginx."""

_ROOM_FOR_LONG_LINES = 1 << 20
_HTML = "<html><head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center></body></html>\r\n"
_STATE = web.AppKey("px6", Px6State)
_CLOSING = web.AppKey("closing", asyncio.Event)


@dataclass(frozen=True)
class Served:
    """`api_url` is what PX6_API_URLS takes; `control_url` (…/sandbox) answers also while px6 is down."""

    api_url: str
    control_url: str


@contextlib.asynccontextmanager
async def serve_px6(state: Px6State, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Served]:
    """Serves the API and `/sandbox/…` on one port (0: any), and `/sandbox/…` on another that never is down.

    OSError when the port is taken.
    """
    async with _running(_api_app(state)) as api, _running(_control_app(state)) as control:
        listener = Listener(state, api, host, port)
        loop = asyncio.get_running_loop()
        controlling = await loop.create_server(control, host, 0)
        control_port = controlling.sockets[0].getsockname()[1]
        async with listener.open():
            try:
                yield Served(f"http://{host}:{listener.port}/api", f"http://{host}:{control_port}/sandbox")
            finally:
                controlling.close()


@contextlib.asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[web.Server]:
    runner = web.AppRunner(
        app,
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=1.0,
        max_line_size=_ROOM_FOR_LONG_LINES,
    )
    await runner.setup()
    assert runner.server is not None  # noqa: S101 - setup() has just made it
    try:
        yield runner.server
    finally:
        app[_CLOSING].set()
        await runner.cleanup()


def _api_app(state: Px6State) -> web.Application:
    app = _control_app(state)
    app.router.add_route("*", "/api/{tail:.*}", _api)
    return app


def _control_app(state: Px6State) -> web.Application:
    app = web.Application(middlewares=[guard(open_to_all=("/api/",))])
    app[_STATE] = state
    app[_CLOSING] = asyncio.Event()
    add_control(app, state, app[_CLOSING])
    return app


async def _api(request: web.Request) -> web.StreamResponse:
    """One raw request: noted, let in or not, met by a fault or not, answered or not."""
    state = request.app[_STATE]
    call, refusal = _received(state, request)
    status: int | None = None
    try:
        response = await _respond(request, state, call, refusal)
        status = response.status if response is not None else None
        return response or _dropped(request)
    finally:
        state.finished(call, status)


def _received(state: Px6State, request: web.Request) -> tuple[Call, Refusal | None]:
    key, _, method = request.match_info["tail"].partition("/")
    refusal, params = None, {}
    try:
        params = parse_query(request.rel_url.raw_query_string)
    except Refusal as not_utf8:
        refusal = not_utf8
    return state.received(key, method.removesuffix("/"), params, request.remote or ""), refusal


async def _respond(request: web.Request, state: Px6State, call: Call, refusal: Refusal | None) -> web.Response | None:
    """The answer, or None for a dropped connection."""
    line = f"{request.method} {request.raw_path} HTTP/1.1\r\n"
    if len(line.encode()) > MAX_REQUEST_LINE:
        return _html(414, "414 Request-URI Too Large")
    if request.method != "GET":
        return _html(405, "405 Not Allowed")
    if not state.admit(call):
        return web.Response(status=429)
    fault = state.faults.take(call.key, call.method)
    if fault is not None:
        return await _faulty(request, state, call, fault)
    return _json(refusal.reply() if refusal else state.answer(call))


async def _faulty(request: web.Request, state: Px6State, call: Call, fault: Fault) -> web.Response | None:
    call.fault = fault.kind
    if fault.kind is FaultKind.TOO_MANY:
        return web.Response(status=429)
    if fault.kind in (FaultKind.LATE, FaultKind.HALF):
        if fault.kind is FaultKind.LATE or call.key not in state.accounts:
            state.late.append(call)
        else:
            false_answers.take_money_only(state, call)
        return await _broken(request, "silent", None)
    if fault.kind is FaultKind.BEHIND and call.key in state.accounts:
        return _json(false_answers.take_money_only(state, call))
    if fault.kind in DISTORTIONS:
        body = distorted(fault.kind, state.answer(call), call.params)
        return web.Response(body=body, content_type="application/json")
    what, _, when = fault.kind.rpartition("_")
    if what in false_answers.KINDS and call.key in state.accounts:
        return _json(false_answers.false_answer(state, call, fault.kind))
    reply = None if when == "before" else _json(state.answer(call))
    if what == "no":
        return _json(Refusal(fault.error_id).reply())
    if fault.kind is FaultKind.SLOW:
        lifted = state.faults.lifted(fault.kind)
        await _wait(request, fault.seconds if fault.seconds is not None else 1.0, lifted)
        return reply
    return await _broken(request, what, reply)


async def _broken(request: web.Request, what: str, reply: web.Response | None) -> web.Response | None:
    if what == "silent":
        await _wait(request, None)
    if what in ("silent", "drop"):
        return None
    if what == "429":
        return web.Response(status=429)
    if what == "html":
        return _html(200, "Checking your browser before accessing px6.me")
    if what == "broken_json":
        body = reply.body if reply is not None and isinstance(reply.body, bytes) else b'{"status":"yes","user_id'
        return web.Response(body=body[: len(body) // 2], content_type="application/json")
    return _html(int(what), f"{what} Internal Server Error" if what == "500" else f"{what} Service Unavailable")


async def _wait(request: web.Request, seconds: float | None, lifted: asyncio.Event | None = None) -> None:
    """Holds the connection: for a time, until the client gives up (which cancels us) or the stand-in ends."""
    ends = [asyncio.ensure_future(each.wait()) for each in (request.app[_CLOSING], lifted) if each is not None]
    try:
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for end in ends:
            end.cancel()


def _dropped(request: web.Request) -> web.Response:
    """Cuts the connection; what is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _json(reply: Json) -> web.Response:
    return web.Response(body=msgspec.json.encode(reply), content_type="application/json", charset="utf-8")


def _html(status: int, title: str) -> web.Response:
    return web.Response(status=status, text=_HTML.format(title), content_type="text/html")
