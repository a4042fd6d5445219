"""The port that bots and people connect to: it can be closed for a while, and stays ours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from sandbox.telegram.state import TelegramState


class Listener:
    """Listens while the state says that Telegram can be reached; connections are refused while it does not."""

    def __init__(self, state: TelegramState, server: web.Server, host: str, port: int) -> None:
        self._state, self._http = state, server
        self._socket = _bound(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._listening: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Follows the state while the block runs."""
        await self._listen()
        self._state.reachability_watchers.append(self._follow)
        try:
            yield
        finally:
            self._state.reachability_watchers.remove(self._follow)
            if self._opening is not None:
                await self._opening
            self._close()

    def _follow(self) -> None:
        """Open or closed at once: whoever asked for it may connect in the next moment."""
        if self._state.down and self._listening is not None:
            self._close()
            self._listening, self._socket = None, _bound(self.host, self.port)
            for connection in self._http.connections:  # one kept alive would not notice
                if connection.transport is not None:
                    connection.transport.abort()
        elif not self._state.down and self._listening is None:
            self._socket.listen()  # the kernel takes connections from here on, the server follows
            self._opening = asyncio.get_running_loop().create_task(self._listen())

    async def _listen(self) -> None:
        self._listening = await asyncio.get_running_loop().create_server(self._http, sock=self._socket)

    def _close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        self._socket.close()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
