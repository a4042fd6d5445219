"""The clients of many keys over one set of connections."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Literal
from weakref import WeakValueDictionary

from .calls import Calls
from .client import Px6Client
from .observing import CallObserver, nobody_hears
from .offers import Offers
from .throttle import Throttle, Throttling
from .transport import ANSWER_SECONDS, Transport
from .ways import DEFAULT_URLS

log = logging.getLogger(__name__)

KEPT_CLIENTS = 1024
"""Clients that nobody uses and that are kept for their cached answers.

Those in use are kept whatever their number.
"""

SUSPICIOUS = 2
"""Keys refused within a minute, each under its own limit, that make it likely that px6 counts by address."""


class Px6Pool:
    """One client for each key, and one throttle for whatever client a key has: two would be twice the rate.

    `scope`: what px6 counts its 3 calls a second by, "key" or "address" (then all keys share one throttle).
    `new_throttle` makes the throttle of a key ("": of all keys), where programs share its limit. `changed` is called
    with px6's number of the account after every call that may have changed something there, and must not raise.
    `proxies` and `observer`: as of Px6Client.
    """

    def __init__(
        self,
        urls: Sequence[str] = DEFAULT_URLS,
        *,
        proxies: Sequence[str] = (),
        timeout: float = ANSWER_SECONDS,
        scope: Literal["key", "address"] = "key",
        kept_clients: int = KEPT_CLIENTS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        observer: CallObserver = nobody_hears,
        new_throttle: Callable[[str], Throttling] | None = None,
        changed: Callable[[str], Awaitable[None]] | None = None,
    ) -> None:
        self._transport = Transport(urls, proxies=proxies, timeout=timeout, clock=clock)
        self._clock, self._sleep, self._observer, self._changed = clock, sleep, observer, changed
        self._new_throttle = new_throttle or self._throttle
        self._for_all = self._new_throttle("") if scope == "address" else None
        self._kept_clients = kept_clients
        self._alive: WeakValueDictionary[tuple[str, str], Px6Client] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[str, str], Px6Client] = OrderedDict()
        self._throttles: dict[bytes, Throttling] = {}  # by a name of the key: they outlive its being forgotten
        self._salt = os.urandom(16)
        self._suspicion = _Suspicion(clock)
        self._offers = Offers(clock)

    def client(self, key: str, user_id: str = "") -> Px6Client:
        """The client of a key; with px6's number of the account it believes answers about that one only.

        ValueError for an empty key.
        """
        name = (key, user_id)
        client = self._alive.get(name) or self._new(key, user_id)
        self._recent[name] = client
        self._recent.move_to_end(name)
        if len(self._recent) > self._kept_clients:
            self._recent.popitem(last=False)
        return client

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the clients of these keys.

        Calls under way end, and a throttle stays while px6 may still count its calls.
        """
        gone = set(keys)
        for name in [name for name in (*self._alive, *self._recent) if name[0] in gone]:
            self._alive.pop(name, None)
            self._recent.pop(name, None)

    def __len__(self) -> int:
        """How many clients there are, held here or by others."""
        return len(self._alive)

    async def close(self) -> None:
        """Closes all connections; the clients cannot be used any more."""
        await self._transport.close()

    def _new(self, key: str, user_id: str) -> Px6Client:
        throttle = self._for_all or self._throttle_of(key)

        def too_many() -> None:
            if self._for_all is None:
                self._suspicion.refused(id(throttle))

        calls = Calls(
            key,
            self._transport,
            throttle,
            user_id=user_id,
            clock=self._clock,
            sleep=self._sleep,
            on_too_many=too_many,
            observer=self._observer,
            changed=self._changed,
            offers=self._offers,
        )
        client = self._alive[key, user_id] = Px6Client.over(calls)
        return client

    def _throttle_of(self, key: str) -> Throttling:
        """The throttle of a key. It outlives the client for as long as px6 may still count that one's calls."""
        if len(self._throttles) > 2 * self._kept_clients:
            alive = {self._name(key) for key, _ in self._alive}
            self._throttles = {
                name: throttle for name, throttle in self._throttles.items() if name in alive or not throttle.idle
            }
        return self._throttles.setdefault(self._name(key), self._new_throttle(key))

    def _name(self, key: str) -> bytes:
        """A name for a key that does not reveal it: a hash, salted anew in every process."""
        return blake2b(key.encode("utf-8", "surrogatepass"), key=self._salt).digest()

    def _throttle(self, _: str) -> Throttle:
        return Throttle(clock=self._clock, sleep=self._sleep)


class _Suspicion:
    """Logs once that px6 seems to count calls by address, when it refuses several keys within a minute."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._refused: dict[int, float] = {}
        self._said = False

    def refused(self, throttle: int) -> None:
        """px6 answered 429 to the key of this throttle, which kept to its limit."""
        now = self._clock()
        self._refused = {who: at for who, at in self._refused.items() if at > now - 60} | {throttle: now}
        if len(self._refused) >= SUSPICIOUS and not self._said:
            self._said = True
            log.warning(
                "px6 refuses several keys for too many calls (429), though each keeps to its limit: it seems to count"
                " by address. Set PX6_RATE_SCOPE=address."
            )
