"""One check of proxies by their strings: what is still to be asked of px6, and what it answered so far."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

import px6
from handlers.proxies.check_run import FATAL_ERRORS, GIVE_UP_AFTER
from handlers.proxies.proxy_strings import ProxyString

# About one string; all others say something about the server or the account.
VERDICTS = (px6.WrongPort, px6.WrongProxyString, px6.NotFound)
# Of an older px6, which knows ids only: every other string would be answered the same.
NOT_OFFERED = (px6.WrongMethod, px6.WrongIds)


@dataclass
class StringRun:
    """A check of `strings`: px6's answers, refusals of single strings among them, and the last failure."""

    strings: Sequence[ProxyString]
    answers: dict[ProxyString, px6.Check | px6.Px6Error] = field(default_factory=dict)
    silent: list[ProxyString] = field(default_factory=list)
    stopped: bool = False
    failures: int = 0  # in a row
    error: px6.Px6Error | None = None

    def __post_init__(self) -> None:
        self._waiting: Iterator[ProxyString] = iter(self.strings)

    @property
    def done(self) -> int:
        return len(self.answers) + len(self.silent)

    @property
    def left(self) -> list[ProxyString]:
        """Not checked: not asked, or asked in vain."""
        return [proxy for proxy in self.strings if proxy not in self.answers]

    def next(self) -> ProxyString | None:
        """The next to be asked; None when there is none, or no point in asking."""
        hopeless = isinstance(self.error, (*FATAL_ERRORS, *NOT_OFFERED)) or self.failures >= GIVE_UP_AFTER
        return None if self.stopped or hopeless else next(self._waiting, None)

    async def ask(self, proxy: ProxyString, call: Callable[[], Awaitable[px6.Check]]) -> None:
        """Ask px6 about one of them by this call, and keep what it says."""
        try:
            self.answers[proxy] = await call()
        except VERDICTS as said:
            self.answers[proxy] = said
        except px6.Px6Error as error:
            self.silent.append(proxy)
            self.error = error
            self.failures += 1
            return
        self.failures = 0
