"""The px6 API for one key: a method here for each method there. https://px6.me/en/developers"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import TracebackType
from typing import TypeVar

from msgspec.structs import replace

from . import newer, wire
from .calls import Calls
from .errors import BadAnswer, WrongCount, WrongCountry, WrongMethod, WrongPeriod, WrongVersion
from .models import (
    Account,
    Change,
    Check,
    Countries,
    Customer,
    Price,
    PriceTable,
    Prolongation,
    Protocol,
    Proxy,
    ProxyList,
    Purchase,
    State,
    Stock,
    StockGrid,
    Version,
)
from .observing import CallObserver, nobody_hears
from .parts import joined
from .throttle import Throttle, Throttling
from .transport import ANSWER_SECONDS, Transport
from .ways import DEFAULT_URLS
from .wire import Method

T = TypeVar("T", bound=Account)

PAGE = 1000
"""Proxies on a page of getproxy, and the most that px6 puts there."""

MOST_PROXIES = 50_000
"""Proxies of an account at most. A list that goes on after so many is an error of the server."""

PAGES_AT_ONCE = 3
TOO_LONG = f"getproxy: a list of more than {MOST_PROXIES} proxies"

PRICES_KEPT = COUNTRIES_KEPT = 300.0
STOCK_KEPT = 10.0
"""Seconds for which an answer is used again, unless the call is `fresh` or something was changed meanwhile."""

USUAL_PERIOD = 30
"""Days: every version that is sold is sold for so long."""

_NOT_OFFERED = (WrongMethod, WrongCount, WrongPeriod, WrongCountry, WrongVersion)
"""How a server refuses a call without arguments that it does not know yet: it misses one of them."""


class Px6Client:
    """The client of one key: at most 3 calls in any second, reads repeated where they fail, changes never.

    `urls` are base addresses; the next one is used while one cannot be reached. With `proxies` (`socks5://` or
    `http://`, with login and password where needed) px6 is reached through these only, never around them; the next
    one is used while one cannot be reached (needs the package aiohttp-socks). `timeout`: seconds for one answer.
    `observer` is called after each request. `clock` (monotonic seconds) and `sleep` are for tests.

    >>> async def main(key: str) -> None:
    ...     async with Px6Client(key) as px6:
    ...         print(await px6.account())

    Every method can raise Refused (or the subclass for px6's error number), TooManyCalls and Unreachable: nothing
    happened. Those that read raise NoAnswer besides, those that change something OutcomeUnknown: then look first.
    TooManyCalls of `buy`, `prolong` and `delete` comes after one try: look before it is made again.
    ValueError: the arguments make no call; nothing was sent.
    """

    def __init__(
        self,
        key: str,
        *,
        urls: Sequence[str] = DEFAULT_URLS,
        proxies: Sequence[str] = (),
        timeout: float = ANSWER_SECONDS,
        throttle: Throttling | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observer: CallObserver = nobody_hears,
    ) -> None:
        transport = Transport(urls, proxies=proxies, timeout=timeout, clock=clock)
        throttle = throttle or Throttle(clock=clock, sleep=sleep)
        self._calls = Calls(key, transport, throttle, clock=clock, sleep=sleep, observer=observer)
        self._owns_transport = True
        self._foreground: Px6Client | None = None

    @classmethod
    def over(cls, calls: Calls, *, foreground: Px6Client | None = None) -> Px6Client:
        """A client over shared calls, whose connections it does not close.

        `foreground`: the client of which this one is `background`; it lives as long as this one.
        """
        client = cls.__new__(cls)
        client._calls, client._owns_transport, client._foreground = calls, False, foreground
        return client

    def __repr__(self) -> str:
        return f"<Px6Client of {', '.join(self._calls.transport.hosts)}{', background' * self._is_background}>"

    async def __aenter__(self) -> Px6Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections, unless they are a pool's."""
        if self._owns_transport:
            await self._calls.transport.close()

    @property
    def background(self) -> Px6Client:
        """The same client for work that nobody waits for: its calls let those of people go first."""
        return self if self._is_background else Px6Client.over(self._calls, foreground=self)

    @property
    def changes(self) -> int:
        """How many calls that may have changed something have ended: what was read before another one may be old."""
        return self._calls.changes

    @property
    def answers(self) -> int:
        """How many answers of px6 could be read so far: where it grows, px6 is there."""
        return self._calls.answers

    def lacks(self, method: str) -> bool:
        """Whether px6 has been found within a day not to have this method ("settype", 110)."""
        return self._calls.offers.knows(method) is False

    async def account(self) -> Customer:
        """Balance and currency, on newer servers the customer's address: the call without a method."""
        return await self._read(newer.ACCOUNT, {})

    async def price(self, count: int, period: int, version: Version = Version.IPV6, *, fresh: bool = False) -> Price:
        """What `count` proxies cost for `period` days (getprice). Kept for minutes, with the balance of then."""
        params = {"count": str(count), "period": str(period), "version": version.value}
        return await self._cached(wire.priced(count, period), params, PRICES_KEPT, fresh)

    async def price_table(self, *, fresh: bool = False) -> PriceTable | None:
        """What one proxy of each version costs for each period that is sold (getprice without arguments).

        Kept for minutes. None: the server does not know it; that is asked once a day.
        """
        table = await self._offered("the price table", newer.PRICE_TABLE, PRICES_KEPT, fresh)
        if table is not None:
            for version in Version:
                self._calls.offers.learn(f"version {version}", offered=bool(table.periods(version)))
        return table

    @property
    def has_price_table(self) -> bool:
        """Whether `price_table` would need no call now, and give one."""
        return self._calls.has_cached(newer.PRICE_TABLE, {})

    async def sells(self, version: Version) -> bool:
        """Whether px6 sells this version: as its price table says, else as it answers when asked for a price.

        Found out once a day.
        """
        known = self._calls.offers.knows(f"version {version}")
        if known is None and await self.price_table() is None:
            self._calls.offers.learn(f"version {version}", offered=await self._has_price(version))
        return known if known is not None else bool(self._calls.offers.knows(f"version {version}"))

    async def stock_grid(self, *, fresh: bool = False) -> StockGrid | None:
        """How many proxies of each version each country has for sale (getcount without arguments).

        Kept for seconds. None: the server does not know it; that is asked once a day.
        """
        return await self._offered("the stock grid", newer.STOCK_GRID, STOCK_KEPT, fresh)

    async def stock(self, country: str, version: Version = Version.IPV6, *, fresh: bool = False) -> Stock:
        """How many proxies a country (ISO 3166-1 alpha-2) has for sale (getcount). Kept for seconds."""
        params = {"country": country.lower(), "version": version.value}
        return await self._cached(wire.STOCK, params, STOCK_KEPT, fresh)

    async def countries(self, version: Version = Version.IPV6, *, fresh: bool = False) -> Countries:
        """Where proxies can be bought (getcountry). Kept for minutes."""
        return await self._cached(wire.COUNTRIES, {"version": version.value}, COUNTRIES_KEPT, fresh)

    async def proxies(
        self,
        state: State = State.ALL,
        comment: str | None = None,
        *,
        nokey: bool = False,
        limit: int = PAGE,
        begun: Callable[[ProxyList], None] = lambda first: None,
    ) -> ProxyList:
        """The account's proxies, all pages of them; `comment` filters exactly. The balance comes from the last page.

        Pages shift when proxies come or go meanwhile: one that shows up twice is listed once. A page without anything
        new is the last one, however full: some server may give its last page again for every page past the end.
        After a full page a person's next ones are read side by side; what a page past the last one says counts not.
        `begun` is given the first page where there may be more.
        """
        found: dict[int, Proxy] = {}
        unreadable_ids: dict[int, None] = {}
        nameless, number = 0, 1
        while number <= MOST_PROXIES // limit + 1:
            numbers = range(number, number + self._pages_at_once(number))
            asked = [self.proxies_page(state, comment, nokey=nokey, page=one, limit=limit) for one in numbers]
            for page in await asyncio.gather(*asked, return_exceptions=True):
                if isinstance(page, BaseException):
                    raise page
                known = len(found) + len(unreadable_ids)
                found |= {proxy.id: proxy for proxy in page.proxies if proxy.id not in found}
                unreadable_ids |= dict.fromkeys(page.unreadable_ids)
                nameless += page.unreadable - len(page.unreadable_ids)
                unreadable = nameless + len(unreadable_ids)
                if len(found) + unreadable > MOST_PROXIES:
                    raise BadAnswer(TOO_LONG)
                if len(page.proxies) + page.unreadable < limit or len(found) + len(unreadable_ids) == known:
                    proxies, ids = tuple(found.values()), tuple(unreadable_ids)
                    return replace(page, proxies=proxies, unreadable=unreadable, unreadable_ids=ids)
                if number == 1:
                    begun(page)
            number = numbers.stop
        raise BadAnswer(TOO_LONG)

    def _pages_at_once(self, number: int) -> int:
        """How many pages are read from this one on: beside the first one px6 takes two more within a second."""
        return 1 if number == 1 or self._is_background else min(number, PAGES_AT_ONCE)

    async def proxies_page(
        self,
        state: State = State.ALL,
        comment: str | None = None,
        *,
        nokey: bool = False,
        page: int = 1,
        limit: int = PAGE,
    ) -> ProxyList:
        """One page (getproxy), counted from 1, of at most `limit` (1 to 1000). `nokey` has px6 send an array."""
        params = {"state": state.value, "page": str(page), "limit": str(limit)}
        return await self._read(wire.PROXIES, params | _given(descr=comment) | _present(nokey=nokey))

    async def set_type(self, ids: Sequence[int], protocol: Protocol) -> Account:
        """Changes the protocol (settype). ErrorUnknown when all of them have it already."""
        return await self._change(wire.SET_TYPE, {"ids": joined(ids), "type": _settable(protocol)})

    async def set_comment(self, new: str, *, ids: Sequence[int] | None = None, old: str | None = None) -> Change:
        """Gives a comment of up to 50 characters to these ids, or wherever the comment is `old` (setdescr)."""
        if (ids is None) == (old is None):
            raise ValueError("set_comment needs either ids or old")
        which = _given(old=old) if ids is None else {"ids": joined(ids)}
        return await self._change(wire.SET_COMMENT, {"new": new} | which)

    async def buy(
        self,
        count: int,
        period: int,
        country: str,
        version: Version = Version.IPV6,
        *,
        protocol: Protocol = Protocol.HTTP,
        comment: str | None = None,
        auto_prolong: bool = False,
        nokey: bool = False,
    ) -> Purchase:
        """Buys `count` proxies for `period` days: costs money. MTProto is bought without a protocol.

        `auto_prolong` has px6 renew them by itself, and only px6's site can switch that off again.
        """
        params = {
            "count": str(count),
            "period": str(period),
            "country": country.lower(),
            "version": version.value,
            **_typed(version, protocol),
        }
        method = wire.purchase(country.lower(), comment or "", version.value)
        extras = _given(descr=comment) | _present(auto_prolong=auto_prolong, nokey=nokey)
        return await self._change(method, params | extras)

    async def prolong(self, period: int, ids: Sequence[int], *, nokey: bool = False) -> Prolongation:
        """Prolongs proxies by `period` days, each once: costs money. Several calls are several payments."""
        params = {"period": str(period), "ids": joined(ids)}
        return await self._change(wire.PROLONG, params | _present(nokey=nokey))

    async def delete(self, *, ids: Sequence[int] | None = None, comment: str | None = None) -> Change:
        """Deletes these proxies, or all with this comment. ValueError for "": nobody knows what it would hit."""
        if (ids is None) == (not comment):
            raise ValueError("delete needs either ids or a comment")
        return await self._change(wire.DELETE, _given(descr=comment) if ids is None else {"ids": joined(ids)})

    async def check(self, proxy_id: int) -> Check:
        """Whether a proxy works. px6 takes one in a call: many take a third of a second each."""
        return await self._read(wire.CHECK, {"ids": str(proxy_id)})

    async def check_string(self, proxy: str) -> Check:
        """Whether the proxy "ip:port:user:pass" works. Newer servers only; WrongPort, WrongProxyString."""
        return await self._read(newer.string_check(proxy), {"proxy": proxy})

    async def bind_addresses(self, addresses: Sequence[str]) -> Account:
        """Binds all proxies of the account to these IP addresses, so that they need no login; none: unbinds them.

        It cannot be read back. Newer servers only (ipauth); WrongAddress for what is no address.
        """
        return await self._change(wire.BIND, {"ip": ",".join(addresses) or "delete"})

    @property
    def _is_background(self) -> bool:
        return self._foreground is not None

    async def _read(self, method: Method[T], params: Mapping[str, str]) -> T:
        return await self._calls.read(method, params, background=self._is_background)

    async def _cached(self, method: Method[T], params: Mapping[str, str], seconds: float, fresh: bool) -> T:
        return await self._calls.cached(method, params, seconds, fresh=fresh, background=self._is_background)

    async def _offered(self, what: str, method: Method[T], seconds: float, fresh: bool) -> T | None:
        """The answer to a call without arguments; None where the server does not know it."""
        offers = self._calls.offers
        if offers.knows(what) is False:
            return None
        try:
            answer = await self._cached(method, {}, seconds, fresh)
        except _NOT_OFFERED:
            answer = None
        offers.learn(what, offered=bool(answer))
        return answer or None

    async def _has_price(self, version: Version) -> bool:
        try:
            await self.price(1, USUAL_PERIOD, version)
        except WrongVersion:
            return False
        return True

    async def _change(self, method: Method[T], params: Mapping[str, str]) -> T:
        return await self._calls.change(method, params, background=self._is_background)


def _given(**texts: str | None) -> dict[str, str]:
    """Parameters that are sent, also when empty, unless they are None."""
    return {name: text for name, text in texts.items() if text is not None}


def _present(**flags: bool) -> dict[str, str]:
    """px6's flags work by presence: `auto_prolong=0` would switch it on."""
    return {name: "1" for name, is_on in flags.items() if is_on}


def _typed(version: Version, protocol: Protocol) -> dict[str, str]:
    return {} if version is Version.MTPROTO else {"type": _settable(protocol)}


def _settable(protocol: Protocol) -> str:
    if protocol is Protocol.AUTO:
        raise ValueError("px6 takes http or socks; auto is only ever read")
    return protocol.value
