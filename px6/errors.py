"""What can go wrong with a call, by what it means for the caller.

Px6Error
├── Refused             px6 said no, with `error_id` and `error`: nothing happened. (Of `buy`, `prolong` and `delete`
│   │                   only with a number of BEFORE_ANYTHING; with any other that is OutcomeUnknown.)
│   ├── ErrorUnknown 30 (settype: all proxies already have the type)
│   ├── WrongKey 100, WrongAddress 105, WrongMethod 110
│   ├── WrongCount 200, WrongPeriod 210, WrongCountry 220, WrongIds 230, WrongVersion 240, WrongComment 250
│   ├── WrongType 260, WrongPort 270, WrongProxyString 280
│   ├── NotEnoughStock 300, NoMoney 400, NotFound 404, WrongPrice 410
│   └── UnknownRefusal  any other code
├── TooManyCalls        429: the call was not let in, as far as px6 says; whoever spends looks before sending again
├── Unreachable         no connection could be made to any address: nothing was sent
├── NotTried            a part of a long list was kept back after another one: nothing was sent
├── NoAnswer            a read got no usable answer: nothing was changed
│   └── BadAnswer       what came cannot be read, or has no end
│       └── AnotherAccount  it is about another account than the client's
└── OutcomeUnknown      a change may have happened or not; only this one can have moved money

What may be called again: anything after Unreachable, NotTried and NoAnswer, for nothing was done. After TooManyCalls
what neither costs nor destroys anything; what does, only when px6's books show that nothing came of it. After Refused
only with other parameters, or later. Never after OutcomeUnknown. What the client repeats by itself stands in
`Calls._may_repeat` (`px6/calls.py`).

No text of these holds a key: every URL of px6 contains it, so neither URLs nor other libraries' errors are quoted.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import ClassVar

_ADDRESS_LIKE = re.compile(r"[0-9]+(?:\.[0-9]+){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f.:]*")


class Px6Error(Exception):
    """Base of all errors of px6's client."""

    @property
    def money_may_have_moved(self) -> bool:
        """Whether the call that raised this may have been charged."""
        return False


class Refused(Px6Error):
    """px6 understood the call and said no. `error_id` is its number, `error` its own words."""

    code: ClassVar[int]

    def __init__(self, error_id: int, error: str) -> None:
        super().__init__(f"px6 refused with {error_id}: {error}")
        self.error_id = error_id
        self.error = error

    def __reduce__(self) -> tuple[type[Refused], tuple[int, str]]:
        return type(self), (self.error_id, self.error)


class ErrorUnknown(Refused):
    """30: an error that px6 does not name. From settype: every proxy has that type already."""

    code = 30


class WrongKey(Refused):
    """100: px6 does not know this key."""

    code = 100


class WrongAddress(Refused):
    """105: the account takes API calls from other IP addresses only; of ipauth also: no IP address."""

    code = 105

    @property
    def address(self) -> str:
        """The IP address that px6's words name, from which the call came to it; empty where they name none."""
        return next(filter(_is_address, _ADDRESS_LIKE.findall(self.error)), "")


class WrongMethod(Refused):
    """110: px6 has no such method."""

    code = 110


class WrongCount(Refused):
    """200: the number of proxies is wrong or missing."""

    code = 200


class WrongPeriod(Refused):
    """210: the number of days is wrong or missing."""

    code = 210


class WrongCountry(Refused):
    """220: the country is wrong or missing."""

    code = 220


class WrongIds(Refused):
    """230: the list of proxy numbers is wrong or missing."""

    code = 230


class WrongVersion(Refused):
    """240: px6 has no such version of proxies."""

    code = 240


class WrongComment(Refused):
    """250: px6 does not take this comment (more than 50 characters, for one)."""

    code = 250


class WrongType(Refused):
    """260: the protocol is wrong or missing."""

    code = 260


class WrongPort(Refused):
    """270: the port in a proxy string is wrong."""

    code = 270


class WrongProxyString(Refused):
    """280: the proxy string is wrong."""

    code = 280


class NotEnoughStock(Refused):
    """300: more proxies are wanted than px6 has."""

    code = 300


class NoMoney(Refused):
    """400: the balance is too low."""

    code = 400


class NotFound(Refused):
    """404: px6 does not find what was named."""

    code = 404


class WrongPrice(Refused):
    """410: the price comes to nothing or less."""

    code = 410


class UnknownRefusal(Refused):
    """A code that px6's document does not list."""


class TooManyCalls(Px6Error):
    """429: more calls than px6 allows; of most methods also after waiting and trying again.

    `buy`, `prolong` and `delete` are not tried again: px6's books tell whether the call was really not let in.
    """


class Unreachable(Px6Error):
    """No connection could be made to any address of px6, through any proxy. Nothing was sent."""


class NotTried(Px6Error):
    """The call was not made, because of what came of the one before it. Nothing was sent."""


class NoAnswer(Px6Error):
    """A read got no usable answer: time-out, dropped connection, another status, HTML, broken JSON."""


class BadAnswer(NoAnswer):
    """A read got an answer with status 200 that is none: it cannot be read, or never ends."""


class AnotherAccount(BadAnswer):
    """A read got an answer about another account than the one that the client is for."""


class OutcomeUnknown(Px6Error):
    """A change was sent and no usable answer came: look before repeating it. `method` is px6's name of it.

    `error_id`: px6 said no, with a number that does not tell whether anything was done.
    """

    def __init__(self, method: str, reason: str = "no usable answer", error_id: int | None = None) -> None:
        super().__init__(f"{method} may have happened or not: {reason}")
        self.method = method
        self.reason = reason
        self.error_id = error_id

    def __reduce__(self) -> tuple[type[OutcomeUnknown], tuple[str, str, int | None]]:
        return type(self), (self.method, self.reason, self.error_id)

    @property
    def money_may_have_moved(self) -> bool:
        """True for buy and prolong, the methods that cost money."""
        return self.method in ("buy", "prolong")


BEFORE_ANYTHING = frozenset({100, 105, 110, 200, 210, 220, 230, 240, 250, 260, 270, 280, 300, 400, 404, 410})
"""Numbers that px6 finds before it does anything. 30, and those that no document lists, say nothing of that."""

_REFUSALS = {kind.code: kind for kind in Refused.__subclasses__() if kind is not UnknownRefusal}


def refusal(error_id: int, error: str) -> Refused:
    """The error of px6's table for this number."""
    return _REFUSALS.get(error_id, UnknownRefusal)(error_id, error)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
