"""A px6 of a few lines on loopback: it takes nothing but well-formed calls, and counts every request on the wire.

Written on bare sockets, so that what it sees is what was sent: no HTTP library hides a repeat or decodes a path.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = "5a6d9b0c1e-2f3a4b5c6d-7e8f901a2b"
YES: dict[str, Any] = {"status": "yes", "user_id": "1", "balance": "48.80", "currency": "RUB"}
PROXY: dict[str, Any] = {
    "id": "11",
    "ip": "2a00:1838:32:19f:45fb:2640::330",
    "host": "185.22.134.250",
    "port": "7330",
    "user": "5svBNZ",
    "pass": "iagn2d",
    "type": "http",
    "country": "ru",
    "date": "2016-06-19 16:32:39",
    "date_end": "2016-07-12 11:50:41",
    "unixtime": 1466379159,
    "unixtime_end": 1468349441,
    "descr": "",
    "active": "1",
}


class Fault(Enum):
    """What happens to a request instead of an answer."""

    DROP = auto()
    SILENCE = auto()
    HALF = auto()


@dataclass(frozen=True)
class Reply:
    """An answer, byte for byte."""

    status: int = 200
    body: bytes = b""
    headers: str = ""


@dataclass(frozen=True)
class Request:
    """One raw request."""

    target: str
    method: str
    params: dict[str, str]
    connection: int


Script = Reply | Fault | Callable[[Request], Reply]


def said(**fields: Any) -> Reply:
    """A successful answer."""
    return Reply(body=json.dumps(YES | fields).encode())


def refused(error_id: int, error: str = "Error") -> Reply:
    """px6's no, with status 200."""
    return Reply(body=json.dumps({"status": "no", "error_id": error_id, "error": error}).encode())


@dataclass
class Px6:
    """`script` holds the next answers; when it is used up, `otherwise` is given."""

    script: deque[Script] = field(default_factory=deque)
    otherwise: Script = field(default_factory=said)
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    strangers: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """What the client takes as an address."""
        return f"http://127.0.0.1:{self.port}/api"

    @property
    def methods(self) -> list[str]:
        """The methods of all requests, in their order."""
        return [request.method for request in self.requests]

    def then(self, *script: Script) -> None:
        """What is answered next."""
        self.script.extend(script)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept alive."""
        self.connections += 1
        number = self.connections
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._one(reader, writer, number):
                pass

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        request = self._read(head.split("\r\n", 1)[0], number)
        if request is None:
            self.strangers.append(head)
            return False
        self.requests.append(request)
        script = self.script.popleft() if self.script else self.otherwise
        match script:
            case Fault.SILENCE:
                await reader.read()
                return False
            case Fault.DROP:
                return False
            case Fault.HALF:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b'{"status":"yes","user')
                await writer.drain()
                return False
        reply = script if isinstance(script, Reply) else script(request)
        length = f"Content-Length: {len(reply.body)}\r\n"
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{length}{reply.headers}\r\n".encode() + reply.body)
        await writer.drain()
        return True

    def _read(self, line: str, number: int) -> Request | None:
        verb, _, rest = line.partition(" ")
        target, _, version = rest.rpartition(" ")
        parts = urlsplit(target)
        segments = parts.path.removesuffix("/").split("/")
        if (verb, version, segments[:2]) != ("GET", "HTTP/1.1", ["", "api"]) or len(segments) not in (3, 4):
            return None
        if unquote(segments[2]) != KEY and not unquote(segments[2]).startswith("other-key"):
            return None
        params = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        return Request(target, segments[3] if len(segments) == 4 else "", params, number)


@contextlib.asynccontextmanager
async def serving(port: int = 0) -> AsyncIterator[Px6]:
    """The server while the block runs; what it did not understand fails the test."""
    px6 = Px6()
    server = await asyncio.start_server(px6.serve, "127.0.0.1", port, limit=1 << 20)
    px6.port = server.sockets[0].getsockname()[1]
    try:
        yield px6
    finally:
        server.close()
    assert px6.strangers == []


async def closed_port() -> int:
    """A port of loopback where nobody listens."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port
