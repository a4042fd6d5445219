"""What px6 told of an account last: put together from its answers, and as a text to be sealed. Pure.

The text has neither logins nor passwords: it holds what is named in `_Kept`, and nothing that px6 may tell besides.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from operator import attrgetter

import msgspec
from msgspec import Struct, structs

from px6 import Proxy, ProxyList, State

EXPIRING = timedelta(days=3)  # as px6 counts what ends soon
MARK_BYTES = 8


class KnownList(Struct, frozen=True):
    """The proxies that px6 told, in the order of their ids. `running`: all that run are among them; `ended`: all that
    have ended.

    A proxy whose login and password are not kept has empty ones.
    """

    listed: ProxyList
    running: bool
    ended: bool

    @property
    def is_whole(self) -> bool:
        """Whether px6 told of all proxies."""
        return self.running and self.ended

    def in_state(self, state: State, now: datetime) -> ProxyList | None:
        """The proxies in a state at that time; None where not all of them were told."""
        if not {State.ALL: self.is_whole, State.EXPIRED: self.ended}.get(state, self.running):
            return None
        fits = _IN_STATE[state]
        found = tuple(proxy for proxy in self.listed.proxies if fits(proxy, now))
        return structs.replace(self.listed, proxies=found)


_Fits = Callable[[Proxy, datetime], bool]
_NONE: _Fits = lambda proxy, now: False  # noqa: E731 - stands beside those of the states
_IN_STATE: dict[State, _Fits] = {
    State.ALL: lambda proxy, now: True,
    State.ACTIVE: lambda proxy, now: proxy.ends_at > now,
    State.EXPIRED: lambda proxy, now: proxy.ends_at <= now,
    State.EXPIRING: lambda proxy, now: now < proxy.ends_at <= now + EXPIRING,
}


def has_login(proxy: Proxy) -> bool:
    """Whether its login and password, or its secret, are known."""
    return bool(proxy.user or proxy.password or proxy.secret)


def merged(before: KnownList | None, listed: ProxyList, state: State, now: datetime) -> KnownList:
    """What is known after px6 listed the proxies in a state. One that should be listed and is not is gone; of what
    ends soon only px6 knows which should."""
    if before is None or before.listed.user_id != listed.user_id:
        before = KnownList(structs.replace(listed, proxies=()), running=False, ended=False)
    named = {proxy.id for proxy in listed.proxies}
    fits = _NONE if state is State.EXPIRING else _IN_STATE[state]
    others = [proxy for proxy in before.listed.proxies if proxy.id not in named and not fits(proxy, now)]
    return KnownList(
        _sorted(listed, [*listed.proxies, *others]),
        running=before.running or state in (State.ACTIVE, State.ALL),
        ended=before.ended or state in (State.EXPIRED, State.ALL),
    )


def completed(known: KnownList, kept: KnownList | None, now: datetime) -> KnownList:
    """With the proxies of `kept` that run, or have ended, where those were not told since."""
    if known.is_whole or kept is None or kept.listed.user_id != known.listed.user_id:
        return known
    named = {proxy.id for proxy in known.listed.proxies}
    others = [
        proxy
        for proxy in kept.listed.proxies
        if proxy.id not in named and not (known.running if proxy.ends_at > now else known.ended)
    ]
    whole = _sorted(known.listed, [*known.listed.proxies, *others])
    return KnownList(whole, running=known.running or kept.running, ended=known.ended or kept.ended)


def changed(known: KnownList, change: Callable[[Proxy], Proxy | None]) -> KnownList:
    """After a change at px6, which has made this of each proxy; None: it is gone."""
    proxies = [now for proxy in known.listed.proxies if (now := change(proxy)) is not None]
    return structs.replace(known, listed=_sorted(known.listed, proxies))


def _sorted(listed: ProxyList, proxies: Iterable[Proxy]) -> ProxyList:
    return structs.replace(listed, proxies=tuple(sorted(proxies, key=lambda proxy: proxy.id)))


# -- as a text


class _KeptProxy(Struct, frozen=True, array_like=True):
    """A proxy without login and password."""

    id: int
    ip: str
    host: str
    port: int
    type: str
    country: str | None
    bought_at: datetime
    ends_at: datetime
    comment: str
    active: bool
    version: str | None


class _Kept(Struct, frozen=True, array_like=True):
    user_id: str
    balance: Decimal
    currency: str
    unreadable: int
    running: bool
    ended: bool
    proxies: tuple[_KeptProxy, ...]


_NAMES = _KeptProxy.__struct_fields__
_values = attrgetter(*_NAMES)


def encoded(known: KnownList) -> bytes:
    """What is kept of it. Equal for lists that differ in nothing but logins and passwords."""
    listed = known.listed
    account = (listed.user_id, listed.balance, listed.currency, listed.unreadable)
    return msgspec.json.encode((*account, known.running, known.ended, [_values(proxy) for proxy in listed.proxies]))


def mark_of(kept: bytes) -> str:
    """By which one text is told from another."""
    return blake2b(kept, digest_size=MARK_BYTES).hexdigest()


def as_text(kept: bytes) -> str:
    """As a text, an eighth as long for many proxies."""
    return base64.b85encode(zlib.compress(kept, 1)).decode()


def from_text(text: str) -> KnownList:
    """The list of a text."""
    kept = msgspec.json.decode(zlib.decompress(base64.b85decode(text)), type=_Kept)
    proxies = tuple(
        Proxy(user="", password="", **{name: getattr(one, name) for name in _NAMES}) for one in kept.proxies
    )
    listed = ProxyList(
        user_id=kept.user_id,
        balance=kept.balance,
        currency=kept.currency,
        proxies=proxies,
        unreadable=kept.unreadable,
    )
    return KnownList(listed, kept.running, kept.ended)
