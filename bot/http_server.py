"""The bot's own HTTP server: a table of paths, for those who watch the bot, and for Telegram that delivers updates.

It listens before anything else is opened, and ends after everything else is closed: meanwhile `/healthz` tells that
the loop turns, and whoever asks for more is told to come again.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from bot.addresses import host_and_port
from bot.settings import EXAMPLES, SettingsError

log = logging.getLogger(__name__)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
COME_AGAIN = {"Retry-After": "1"}  # seconds
NOT_OPEN = {"ready": False, "reasons": ["the bot is starting, or has stopped"]}
END_SECONDS = 1.0  # that answers under way have at the end


class HttpServer:
    """Answers what stands in its table, 404 for any other path, 405 for another method. What is new is one `serve`.

    `opened` is set from when the table is full until nothing may be looked up any more; else all but `/healthz` is
    answered with 503.
    """

    def __init__(self) -> None:
        self._handlers: dict[tuple[str, str], Handler] = {}
        self.opened = False
        self.serve("GET", "/healthz", healthz)

    def serve(self, method: str, path: str, handler: Handler) -> None:
        """Answer this method of this path, whose escapes are decoded, from now on. GET answers HEAD as well."""
        self._handlers[method, path] = handler

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[None]:
        """Listen while the block runs. SettingsError, one line for the owner, when the address cannot be had."""
        server = web.Server(self._answer, access_log=None, auto_decompress=False)  # nobody who may ask compresses
        runner = web.ServerRunner(server, shutdown_timeout=END_SECONDS)
        await runner.setup()
        try:
            await listen(runner, host, port)
            yield
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to any request. A fault of ours is 500 and a line in the log, without what was asked."""
        path = request.path
        handler = self._handlers.get(("GET" if request.method == "HEAD" else request.method, path))
        if not self.opened and handler is not healthz:
            return web.json_response(NOT_OPEN, status=503, headers=COME_AGAIN)
        if handler is None:
            known = any(path == each for _, each in self._handlers)
            return web.Response(status=405 if known else 404)
        try:
            return await handler(request)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("A request over HTTP could not be answered")
            return web.Response(status=500)


async def healthz(_: web.BaseRequest) -> web.Response:
    """The event loop turns: that this is answered is all that it says."""
    return web.Response(text="ok\n")


async def listen(runner: web.ServerRunner, host: str, port: int) -> None:
    """Take connections. SettingsError, one line for the owner, when the address cannot be had."""
    shown = host_and_port(host, port)
    try:
        await web.TCPSite(runner, host, port).start()
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that cannot be one
        said = f"HTTP_LISTEN={shown} cannot be listened at ({reason(error)})."
        raise SettingsError(f"{said} Example: HTTP_LISTEN={EXAMPLES['HTTP_LISTEN']}") from None
    log.debug("Listening at %s", shown)


def reason(error: Exception) -> str:
    """`address already in use`: what the system says, without what asyncio adds to it."""
    if not isinstance(error, OSError) or not error.errno:
        return type(error).__name__
    not_found = isinstance(error, socket.gaierror)  # its number is none of the system's
    text = str(error.strerror) if not_found else os.strerror(error.errno)
    return text[0].lower() + text[1:]
