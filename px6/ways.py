"""The ways to px6: each of its addresses, directly or through each of the proxies."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from yarl import URL

DEFAULT_URLS = ("https://px6.me/api", "https://proxy6.net/api", "https://px6.link/api")

SCHEMES = ("socks5", "socks4", "http")
"""Of a proxy through which px6 is reached."""


class NotConnected(Exception):
    """No connection was made: nothing was sent."""


class NoProxy(NotConnected):
    """The proxy itself takes no connection."""


@dataclass
class Address:
    """A base address of px6. `end`: "/" or "", as this server wants it at the end of a path."""

    url: str
    end: str = "/"

    @property
    def host(self) -> str:
        """For messages."""
        return urlsplit(self.url).hostname or ""

    def spelled(self, path: str, query: str) -> URL:
        """`path` and `query` are percent-encoded already."""
        return URL(f"{self.url}/{path}{self.end}{'?' if query else ''}{query}", encoded=True)


@dataclass
class Way:
    """An address, and the proxy to it ("": none). `avoided_until`: on the client's clock."""

    address: Address
    proxy: str = field(repr=False)
    avoided_until: float = 0.0


class Ways:
    """All ways, and which of them are better left alone for a while."""

    def __init__(self, urls: Sequence[str], proxies: Sequence[str], clock: Callable[[], float]) -> None:
        """ValueError, without what was given, for what is no address or no proxy."""
        self._clock = clock
        self.addresses = tuple(Address(_base(url)) for url in urls)
        if not self.addresses:
            raise ValueError("px6 needs at least one address")
        self.proxies = tuple(dict.fromkeys(map(_proxy, proxies)))
        pairs = itertools.product(self.addresses, self.proxies or ("",))
        self._ways = tuple(Way(address, proxy) for address, proxy in pairs)

    def __str__(self) -> str:
        """Names of all addresses and proxies, without logins."""
        through = f" through {', '.join(map(_shown, self.proxies))}" if self.proxies else ""
        return f"{', '.join(address.host for address in self.addresses)}{through}"

    def best_first(self) -> Sequence[Way]:
        """Each way once; those that nobody avoids first, of one address through every proxy."""
        return sorted(self._ways, key=self._avoided_for)

    def avoid(self, way: Way, seconds: float) -> None:
        """Try this way after the others for so long."""
        way.avoided_until = self._clock() + seconds

    def avoid_proxy(self, proxy: str, seconds: float) -> None:
        """Try every way through this proxy after the others for so long."""
        for way in self._ways:
            if way.proxy == proxy:
                self.avoid(way, seconds)

    def _avoided_for(self, way: Way) -> float:
        return max(0.0, way.avoided_until - self._clock())


def _base(url: str) -> str:
    """The address without the slash at its end. ValueError when it is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not a base address of px6; an example: {DEFAULT_URLS[0]}")
    return url.rstrip("/")


def _proxy(url: str) -> str:
    """The address of a proxy. ValueError, without the address, when it is none, or names no port."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:  # its text would name what stands in the port's place
        port = None
    if parts.scheme not in SCHEMES or not parts.hostname or not port:
        raise ValueError("not the address of a proxy; an example: socks5://login:password@127.0.0.1:1080")
    return url


def _shown(proxy: str) -> str:
    parts = urlsplit(proxy)
    return f"{parts.hostname}:{parts.port}"
