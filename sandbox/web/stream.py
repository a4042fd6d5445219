"""One stream of events for a tab: what happens in Telegram, and what happens at px6.

Browsers allow six connections to one server, so a tab gets by with one. Telegram's events carry
their numbers (`Last-Event-ID` replays them); px6's come as `seller` without one: the panel reads anew what changed.
"""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from sandbox.px6 import Event as SellerEvent
from sandbox.telegram.events import Event
from sandbox.web.backstage import Backstage

KEEP_ALIVE_SECONDS = 15.0
RETRY_MILLISECONDS = 700


class Stream:
    """`GET /stream?after=N`. A listener who missed more than is kept gets `reset` and reads the chat anew."""

    def __init__(self, backstage: Backstage) -> None:
        self._backstage = backstage
        self._open: set[asyncio.Queue[bytes | None]] = set()

    def close(self) -> None:
        """Ends every stream, so that the server can stop."""
        for queue in self._open:
            queue.put_nowait(None)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """What was missed, then whatever comes."""
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        queue.put_nowait(f"retry: {RETRY_MILLISECONDS}\n\n".encode() + self._missed(_after(request)))
        stops = (
            self._backstage.telegram.events.listen(lambda event: queue.put_nowait(_numbered(event))),
            self._backstage.px6.events.subscribe(lambda event: queue.put_nowait(_of_seller(event))),
        )
        self._open.add(queue)
        try:
            await response.prepare(request)
            await _follow(response, queue)
        except ConnectionResetError:
            pass  # the browser closed the page: nobody is left to tell
        finally:
            self._open.discard(queue)
            for stop in stops:
                stop()
        return response

    def _missed(self, after: int | None) -> bytes:
        events = self._backstage.telegram.events
        if after is None:
            return b""
        if not events.reaches(after):
            return f"id: {events.last}\nevent: reset\ndata: {{}}\n\n".encode()
        return b"".join(map(_numbered, events.after(after)))


async def _follow(response: web.StreamResponse, queue: asyncio.Queue[bytes | None]) -> None:
    while True:
        try:
            lines = await asyncio.wait_for(queue.get(), KEEP_ALIVE_SECONDS)
        except TimeoutError:
            lines = b": still here\n\n"
        if lines is None:
            return
        await response.write(lines)


def _after(request: web.Request) -> int | None:
    raw = request.headers.get("Last-Event-ID") or request.query.get("after") or ""
    return int(raw) if raw.isdecimal() else None


def _numbered(event: Event) -> bytes:
    body = msgspec.json.encode({"type": event.kind, **event.data}).decode()
    return f"id: {event.number}\nevent: telegram\ndata: {body}\n\n".encode()


def _of_seller(event: SellerEvent) -> bytes:
    body = msgspec.json.encode({"type": event.type, **event.data}).decode()
    return f"event: seller\ndata: {body}\n\n".encode()
