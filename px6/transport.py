"""HTTP to px6: one connection pool, several addresses; never a silent repeat, never a key in an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse
from yarl import URL

from .errors import Unreachable

DEFAULT_URLS = ("https://px6.me/api", "https://proxy6.net/api", "https://px6.link/api")

CONNECT_SECONDS = 5.0
"""How long one address may take to accept a connection before the next one is tried."""

MOST_BYTES = 8 * 2**20
"""Of an answer: twenty times what 1,000 proxies take. More is no answer of px6's, and could fill the memory."""

AVOID_UNREACHABLE = 60.0
AVOID_FAILING = 30.0
"""Seconds for which an address goes to the end of the list."""

_OTHER_SPELLING = frozenset({301, 302, 303, 307, 308, 404})
"""Statuses of a server that wants the path with the slash at its end (`/method/`), or without it."""


class NotConnected(Exception):
    """No connection was made: nothing was sent."""


class Lost(Exception):
    """The request may have been received, and no answer came."""


@dataclass
class Address:
    """A base address of px6. `avoided_until`: on the client's clock. `end`: "/" or "", as this server wants it."""

    url: str
    avoided_until: float = 0.0
    end: str = "/"

    @property
    def host(self) -> str:
        """For messages."""
        return urlsplit(self.url).hostname or ""

    def spelled(self, path: str, query: str) -> URL:
        """`path` and `query` are percent-encoded already."""
        return URL(f"{self.url}/{path}{self.end}{'?' if query else ''}{query}", encoded=True)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `end` is the end of the path ("/" or "") that was asked for."""

    status: int
    body: bytes = field(repr=False)
    address: Address
    end: str


async def _switch_off_repeats(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Turns aiohttp's connection errors into ours before aiohttp sees them.

    aiohttp (3.14.5, `ClientSession._request`) sends a GET once more by itself when the server drops the connection,
    fresh or kept alive, and has no public switch for it: one purchase would be two. Middlewares run inside that loop,
    which repeats only after its own errors. Ours are raised outside `except`, so that they have no context with a
    URL. `tests/project/test_private_parts.py` holds both halves: alone aiohttp sends it twice, with this once.
    """
    failure: Exception
    try:
        return await handler(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        failure = NotConnected(type(error).__name__)
    except (aiohttp.ClientError, OSError) as error:
        failure = Lost(f"connection lost ({type(error).__name__})")
    raise failure


class Transport:
    """Sends one GET at a time for each caller, to the first address that takes a connection.

    Must be used in one event loop, and closed.
    """

    def __init__(
        self,
        urls: Sequence[str] = DEFAULT_URLS,
        *,
        timeout: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._addresses = tuple(Address(_base(url)) for url in urls)
        if not self._addresses:
            raise ValueError("px6 needs at least one address")
        self.timeout, self._clock = timeout, clock
        self._session: aiohttp.ClientSession | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the addresses."""
        return tuple(address.host for address in self._addresses)

    def length(self, path: str, query: str) -> int:
        """Bytes of the longest URL for this."""
        return max(len(str(address.spelled(path, query))) for address in self._addresses)

    async def get(self, path: str, query: str) -> Answer:
        """The answer of the first address that can be reached. Raises Unreachable and Lost."""
        for address in sorted(self._addresses, key=self._avoided_for):
            try:
                answer = await self._get(address, path, query)
            except NotConnected:
                self._avoid(address, AVOID_UNREACHABLE)
                continue
            self._learn(answer)
            return answer
        raise Unreachable(f"no connection to {', '.join(self.hosts)}")

    def unusable(self, answer: Answer) -> None:
        """Note that an answer was not px6's: for some seconds other addresses are asked first."""
        if answer.status not in _OTHER_SPELLING:
            self._avoid(answer.address, AVOID_FAILING)

    async def close(self) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()

    async def _get(self, address: Address, path: str, query: str) -> Answer:
        failure: Exception
        url, end = address.spelled(path, query), address.end
        try:
            async with (
                asyncio.timeout(self.timeout),
                self._opened().get(url, allow_redirects=False) as response,
            ):
                return Answer(response.status, await _read(response), address, end)
        except NotConnected:
            raise
        except Lost as lost:
            failure = lost
        except TimeoutError:
            failure = Lost(f"no answer within {self.timeout:g} s")
        except (aiohttp.ClientError, OSError) as error:
            failure = Lost(f"answer cut short ({type(error).__name__})")
        self._avoid(address, AVOID_FAILING)
        raise failure

    def _opened(self) -> aiohttp.ClientSession:
        """Made at the first call, inside the running loop. `limit=0`: the throttles limit, not the pool."""
        if self._session is None:
            connect = min(CONNECT_SECONDS, self.timeout / 2)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None, connect=connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_switch_off_repeats,),
            )
        return self._session

    def _learn(self, answer: Answer) -> None:
        """Switch the slash at the path's end for the next call, if this status says that the server wants that."""
        if answer.status in _OTHER_SPELLING:
            answer.address.end = "" if answer.end else "/"

    def _avoided_for(self, address: Address) -> float:
        return max(0.0, address.avoided_until - self._clock())

    def _avoid(self, address: Address, seconds: float) -> None:
        address.avoided_until = self._clock() + seconds


async def _read(response: ClientResponse) -> bytes:
    """The body, unpacked. Raises Lost when it is longer than any of px6's."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Lost(f"an answer of more than {MOST_BYTES} bytes")
    return bytes(body)


def _base(url: str) -> str:
    """The address without the slash at its end. ValueError when it is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not a base address of px6; an example: {DEFAULT_URLS[0]}")
    return url.rstrip("/")
