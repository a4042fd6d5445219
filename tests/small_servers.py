"""A server on loopback that does one thing with each connection, and leaves none open."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def listening(serve: Serve, port: int = 0) -> AsyncIterator[int]:
    """Serve each connection while the block runs, and close it then; gives the port."""
    served = set[asyncio.Task[None]]()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(task := asyncio.ensure_future(serve(reader, writer)))
        try:
            await task
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # somebody only looked whether it is there, or the block has ended
        finally:
            served.discard(task)
            writer.close()

    async with await asyncio.start_server(once, "127.0.0.1", port) as server:
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            for task in served:
                task.cancel()
