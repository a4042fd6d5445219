"""HTTP to px6: several ways, a set of connections for each proxy; never a silent repeat, never a key in an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from .errors import Unreachable
from .ways import DEFAULT_URLS, NoProxy, NotConnected, Way, Ways

ANSWER_SECONDS = 30.0
"""How long an answer may take, unless whoever asks says otherwise."""

CONNECT_SECONDS = 5.0
"""How long one way may take to a connection before the next one is tried."""

MOST_BYTES = 8 * 2**20
"""Of an answer: twenty times what 1,000 proxies take. More is no answer of px6's, and could fill the memory."""

AVOID_UNREACHABLE = 60.0
AVOID_FAILING = 30.0
"""Seconds for which a way goes to the end of the list."""

_OTHER_SPELLING = frozenset({301, 302, 303, 307, 308, 404})
"""Statuses of a server that wants the path with the slash at its end (`/method/`), or without it."""


class Lost(Exception):
    """The request may have been received, and no answer came."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `end` is the end of the path ("/" or "") that was asked for."""

    status: int
    body: bytes = field(repr=False)
    way: Way
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
    """Sends one GET at a time for each caller, by the first way that leads to a connection.

    Must be used in one event loop, and closed.
    """

    def __init__(
        self,
        urls: Sequence[str] = DEFAULT_URLS,
        *,
        proxies: Sequence[str] = (),
        timeout: float = ANSWER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`proxies`: with any, px6 is reached through them only, and they find its addresses by name."""
        self._ways = Ways(urls, proxies, clock)
        self.timeout = timeout
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the addresses."""
        return tuple(address.host for address in self._ways.addresses)

    def length(self, path: str, query: str) -> int:
        """Bytes of the longest URL for this."""
        return max(len(str(address.spelled(path, query))) for address in self._ways.addresses)

    async def get(self, path: str, query: str) -> Answer:
        """The answer by the first way that leads to a connection. Raises Unreachable and Lost.

        Only before a connection is there is another way tried: what was sent once is not sent by another way.
        """
        without: set[str] = set()
        for way in self._ways.best_first():
            if way.proxy in without:
                continue
            try:
                answer = await self._get(way, path, query)
            except NoProxy:
                without.add(way.proxy)
                self._ways.avoid_proxy(way.proxy, AVOID_UNREACHABLE)
            except NotConnected:
                self._ways.avoid(way, AVOID_UNREACHABLE)
            else:
                _learn(answer)
                return answer
        raise Unreachable(f"no connection to {self._ways}")

    def unusable(self, answer: Answer) -> None:
        """Note that an answer was not px6's: for some seconds other ways are tried first."""
        if answer.status not in _OTHER_SPELLING:
            self._ways.avoid(answer.way, AVOID_FAILING)

    async def close(self) -> None:
        """Closes all connections."""
        for session in self._sessions.values():
            await session.close()

    async def _get(self, way: Way, path: str, query: str) -> Answer:
        failure: Exception
        url, end = way.address.spelled(path, query), way.address.end
        try:
            async with (
                asyncio.timeout(self.timeout),
                self._opened(way.proxy).get(url, allow_redirects=False) as response,
            ):
                return Answer(response.status, await _read(response), way, end)
        except NotConnected:
            raise
        except Lost as lost:
            failure = lost
        except TimeoutError:
            failure = Lost(f"no answer within {self.timeout:g} s")
        except (aiohttp.ClientError, OSError) as error:
            failure = Lost(f"answer cut short ({type(error).__name__})")
        self._ways.avoid(way, AVOID_FAILING)
        raise failure

    def _opened(self, proxy: str) -> aiohttp.ClientSession:
        """Made at the first call, inside the running loop."""
        if proxy not in self._sessions:
            connect = min(CONNECT_SECONDS, self.timeout / 2)
            self._sessions[proxy] = aiohttp.ClientSession(
                connector=_connector(proxy),
                timeout=aiohttp.ClientTimeout(total=None, connect=connect),
                cookie_jar=aiohttp.DummyCookieJar(),
                middlewares=(_switch_off_repeats,),
            )
        return self._sessions[proxy]


def _connector(proxy: str) -> aiohttp.BaseConnector:
    """`limit=0`: the throttles limit, not the pool."""
    if not proxy:
        return aiohttp.TCPConnector(limit=0)
    from .tunnel import TunnelConnector  # whoever needs no proxy needs no library for it

    return TunnelConnector.from_url(proxy, rdns=True, limit=0)


def _learn(answer: Answer) -> None:
    """Switch the slash at the path's end for the next call, if this status says that the server wants that."""
    if answer.status in _OTHER_SPELLING:
        answer.way.address.end = "" if answer.end else "/"


async def _read(response: ClientResponse) -> bytes:
    """The body, unpacked. Raises Lost when it is longer than any of px6's."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Lost(f"an answer of more than {MOST_BYTES} bytes")
    return bytes(body)
