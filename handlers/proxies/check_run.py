"""One check of many proxies: what is still to be asked of px6, and what it answered so far."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import px6
from px6 import Proxy

GIVE_UP_AFTER = 3  # failures in a row: px6 is down then, and every further call would take its whole time-out
# After these every other call of the same key fails too.
FATAL_ERRORS = (px6.WrongKey, px6.WrongAddress)


@dataclass
class CheckRun:
    """A check of `proxies` (of `asked` ids only; None: all), with the outcomes so far."""

    proxies: Sequence[Proxy]
    unknown: list[int]
    asked: Collection[int] | None = None
    good: list[Proxy] = field(default_factory=list)
    dead: list[Proxy] = field(default_factory=list)
    silent: list[Proxy] = field(default_factory=list)
    stopped: bool = False
    failures: int = 0  # in a row
    error: px6.Px6Error | None = None  # the last one

    def __post_init__(self) -> None:
        asked = None if self.asked is None else frozenset(self.asked)
        self._waiting: Iterator[Proxy] = iter([p for p in self.proxies if asked is None or p.id in asked])

    @property
    def done(self) -> int:
        return len(self.good) + len(self.dead) + len(self.silent)

    @property
    def left(self) -> list[int]:
        """Ids that were not checked: not asked, or asked in vain."""
        answered = {proxy.id for proxy in (*self.good, *self.dead)}
        return [proxy.id for proxy in self.proxies if proxy.id not in answered and proxy.id not in self.unknown]

    def next(self) -> Proxy | None:
        """The next to be asked; None when there is none, or no point in asking."""
        hopeless = isinstance(self.error, FATAL_ERRORS) or self.failures >= GIVE_UP_AFTER
        return None if self.stopped or hopeless else next(self._waiting, None)

    def answered(self, proxy: Proxy, said: px6.Check) -> None:
        (self.good if said.alive else self.dead).append(proxy)
        self.failures = 0

    def failed(self, proxy: Proxy, error: px6.Px6Error) -> None:
        if isinstance(error, px6.NotFound | px6.WrongIds):
            self.unknown.append(proxy.id)
            return
        self.silent.append(proxy)
        self.error = error
        self.failures += 1
