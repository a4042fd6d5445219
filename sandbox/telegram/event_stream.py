"""Server-sent events: everything that changes, with replay."""

from __future__ import annotations

import asyncio

import msgspec
from aiohttp import web

from sandbox.telegram.events import Event
from sandbox.telegram.reading import query_int
from sandbox.telegram.state import TelegramState

KEEP_ALIVE_SECONDS = 15.0


class EventStream:
    """`GET /events?after=N`; a reconnecting browser sends `Last-Event-ID` instead.

    Each event is `id: N`, `event: KIND`, `data: JSON`. When the events after N are not
    kept any more, the first is `reset`: the listener reads the chat anew and goes on from the number in it.
    """

    def __init__(self, state: TelegramState) -> None:
        self._state = state
        self._open: set[asyncio.Queue[Event | None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Send what was missed, then whatever comes."""
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        response.content_type = "text/event-stream"
        waiting: asyncio.Queue[Event | None] = asyncio.Queue()
        self._open.add(waiting)
        stop = self._state.events.listen(waiting.put_nowait)
        try:
            await response.prepare(request)
            sent = self._state.events.last
            await response.write(self._missed(self._after(request)))
            await self._follow(response, waiting, sent)
        except ConnectionResetError:
            pass  # the browser closed the page: nobody is left to tell
        finally:
            stop()
            self._open.discard(waiting)
        return response

    def close(self) -> None:
        """End all open streams, so that the server can stop."""
        for waiting in self._open:
            waiting.put_nowait(None)

    def _after(self, request: web.Request) -> int:
        last_id = request.headers.get("Last-Event-ID", "")
        if last_id.isdecimal():
            return int(last_id)
        after = query_int(request.query, "after")
        return self._state.events.last if after is None else after

    def _missed(self, after: int) -> bytes:
        events = self._state.events
        if not events.reaches(after):
            return b"retry: 1000\n\n" + _as_lines(Event(events.last, "reset", {"last_event": events.last}))
        return b"retry: 1000\n\n" + b"".join(map(_as_lines, events.after(after)))

    @staticmethod
    async def _follow(response: web.StreamResponse, waiting: asyncio.Queue[Event | None], sent: int) -> None:
        while True:
            try:
                event = await asyncio.wait_for(waiting.get(), KEEP_ALIVE_SECONDS)
            except TimeoutError:
                await response.write(b": still here\n\n")
                continue
            if event is None:
                return
            if event.number > sent:
                await response.write(_as_lines(event))


def _as_lines(event: Event) -> bytes:
    body = msgspec.json.encode({"type": event.kind, **event.data}).decode()
    return f"id: {event.number}\nevent: {event.kind}\ndata: {body}\n\n".encode()
