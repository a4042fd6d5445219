"""A listening socket that can be down: connections are then refused, and the port stays ours."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator

from aiohttp import web

from .model import Event
from .state import Px6State

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Reset(asyncio.Protocol):
    """Resets the connection before anything is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        transport.close()


class Listener:
    """Listens on one port while the state's faults do not say "down"."""

    def __init__(self, state: Px6State, server: web.Server, host: str, port: int) -> None:
        self._state = state
        self._http = server
        self._socket = _bound(host, port)
        self._host, self.port = self._socket.getsockname()[:2]
        self._listening: asyncio.Server | None = None
        self._changed = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Listens inside the block, and not while px6 is down."""
        unsubscribe = self._state.events.subscribe(self._on_event)
        # no TaskGroup: it would wrap what is raised inside the block into an ExceptionGroup
        keeping = asyncio.get_running_loop().create_task(self._keep_up())
        try:
            await self._serve()
            yield
        finally:
            keeping.cancel()
            unsubscribe()
            self._stop_timer()
            self._close()

    def _protocol(self) -> asyncio.Protocol:
        self._state.connections += 1
        if self._state.faults.take_reset():
            return _Reset()
        return self._http()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(self._protocol, sock=self._socket)

    def _on_event(self, event: Event) -> None:
        if event.type == "faults":
            self._follow()

    def _follow(self) -> None:
        """Up or down at once: whoever asked for it may connect in the next moment."""
        down_for = self._state.faults.down_for()
        self._stop_timer()
        if down_for is not None and down_for != float("inf"):
            self._timer = asyncio.get_running_loop().call_later(down_for, self._follow)
        if down_for is not None and self._listening is not None:
            self._go_down()
        elif down_for is None and self._listening is None:
            self._socket.listen()  # the kernel takes connections from here on, the server follows
            self._changed.set()
        elif self._state.faults.resets():
            self._hang_up()

    def _go_down(self) -> None:
        self._close()
        self._listening = None
        self._socket = _bound(self._host, self.port)
        self._hang_up()

    def _hang_up(self) -> None:
        """Connections kept alive would not notice that new ones are refused or reset."""
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        self._socket.close()

    async def _keep_up(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            if self._listening is None and self._state.faults.down_for() is None:
                await self._serve()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
