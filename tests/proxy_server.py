"""A SOCKS5 and HTTP proxy on loopback: it alone knows where a name leads, and it fails on demand.

https://www.rfc-editor.org/rfc/rfc1928, https://www.rfc-editor.org/rfc/rfc1929, CONNECT of HTTP.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

ELSEWHERE = "px6.invalid"
"""A name that no resolver knows (RFC 2606)."""


class Trouble(Enum):
    """What the proxy does instead of leading through."""

    HANGS_UP = auto()
    SILENT = auto()
    REFUSES = auto()


@dataclass
class ProxyServer:
    """`names`: the port on loopback to which a name leads. `asked`: the hosts that somebody wanted to reach."""

    names: Mapping[str, int]
    login: str = ""
    password: str = ""
    trouble: Trouble | None = None
    answers_cut: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, scheme: str, login: str = "") -> str:
        """What the client takes; `login` with its password and a colon between, percent-encoded."""
        return f"{scheme}://{login}{'@' if login else ''}127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._open.add(writer)
        with contextlib.closing(writer), contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            if self.trouble is Trouble.HANGS_UP:
                return
            if self.trouble is Trouble.SILENT:
                await reader.read()
                return
            lead = self._socks if first == b"\x05" else self._http
            port = await lead(reader, writer)
            if port:
                await self._through(port, reader, writer)

    def die(self) -> None:
        """Close all connections, and every new one as well."""
        self.trouble = Trouble.HANGS_UP
        while self._open:
            self._open.pop().close()

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        await reader.readexactly((await reader.readexactly(1))[0])
        writer.write(b"\x05\x02" if self.login else b"\x05\x00")
        if self.login and not await self._socks_login(reader, writer):
            return 0
        kind = (await reader.readexactly(4))[3]
        name = await reader.readexactly((await reader.readexactly(1))[0] if kind == 3 else 4)
        host = name.decode() if kind == 3 else ".".join(map(str, name))
        await reader.readexactly(2)
        port = self._port_of(host)
        writer.write(b"\x05" + (b"\x00" if port else b"\x04") + b"\x00\x01" + bytes(6))
        return port

    async def _socks_login(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly(1)
        said = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
        knows = said == [self.login, self.password]
        writer.write(b"\x01\x00" if knows else b"\x01\x01")
        await writer.drain()
        return knows

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        wanted = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        if self.login and f"Proxy-Authorization: Basic {wanted}\r\n" not in head:
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return 0
        port = self._port_of(head.split()[1].rpartition(":")[0])
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" if port else b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
        return port

    def _port_of(self, host: str) -> int:
        self.asked.append(host)
        return 0 if self.trouble is Trouble.REFUSES else self.names.get(host, 0)

    async def _through(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(back):
            up = asyncio.ensure_future(pour(reader, back))
            await self._answers(there, writer)
            up.cancel()

    async def _answers(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what px6 answers; with `answers_cut` the first ten bytes of it."""
        while chunk := await there.read(65536):
            writer.write(chunk[:10] if self.answers_cut else chunk)
            await writer.drain()
            if self.answers_cut:
                return


async def pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while chunk := await source.read(65536):
        target.write(chunk)
    target.close()


@contextlib.asynccontextmanager
async def proxying(port: int, login: str = "", password: str = "") -> AsyncIterator[ProxyServer]:
    """A proxy while the block runs; from ELSEWHERE and from loopback it leads to this port of loopback."""
    proxy = ProxyServer(dict.fromkeys((ELSEWHERE, "localhost", "127.0.0.1"), port), login, password)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.die()
