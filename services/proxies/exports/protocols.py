"""Which of the proxies a program can use, and as which protocol each is given to it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct, structs

from model.mtproto import mtproto_link
from model.proxies import is_mtproto
from px6 import Protocol, Proxy
from services.proxies.exports.formats import Format


class Wanted(StrEnum):
    """Which protocols were asked for. The value is a letter that buttons carry: it never changes."""

    NOT_ASKED = ""
    HTTP = "h"
    SOCKS = "s"
    BOTH = "b"


class Sorted(Struct, frozen=True):
    """Proxies for one program: `given`, each with the protocol that it is given as, in the order that they came in.

    `mixed`: HTTPS and SOCKS5 are among them, and it was not said which are wanted; then all are `given`. `unfit`:
    what the program cannot use.
    """

    given: Sequence[Proxy]
    mixed: bool
    unfit: Sequence[Proxy]


def sort_out(proxies: Sequence[Proxy], how: Format, wanted: Wanted = Wanted.NOT_ASKED) -> Sorted:
    """What of these goes into an export. One that speaks both protocols goes with whatever is wanted."""
    target = how.target
    if target.takes_all:
        return Sorted(proxies, mixed=False, unfit=())
    if target.takes_secrets and proxies and all(map(is_mtproto, proxies)):
        return Sorted(proxies, mixed=False, unfit=())
    fit = [proxy for proxy in proxies if fits(proxy, how)]
    unfit = [proxy for proxy in proxies if not fits(proxy, how)]
    spoken = {spoken_by(proxy) for proxy in fit} - {Protocol.AUTO}
    mixed = len(spoken) > 1
    only = {Wanted.HTTP: Protocol.HTTP, Wanted.SOCKS: Protocol.SOCKS}.get(wanted) if mixed else None
    kept = [proxy for proxy in fit if only is None or speaks(proxy, only)]
    either = only or (target.prefers if mixed or not spoken else spoken.pop())
    given = [given_as(proxy, either) for proxy in kept]
    return Sorted(given, mixed=mixed and wanted is Wanted.NOT_ASKED, unfit=unfit)


def spoken_by(proxy: Proxy) -> Protocol:
    """What it speaks; a protocol that is newer than this program is taken for HTTPS, as px6's own lists do."""
    if is_mtproto(proxy):
        return Protocol.SOCKS  # it goes to Telegram alone, as SOCKS5 does
    return Protocol(proxy.type) if proxy.type in set(Protocol) else Protocol.HTTP


def speaks(proxy: Proxy, protocol: Protocol) -> bool:
    return spoken_by(proxy) in (protocol, Protocol.AUTO)


def fits(proxy: Proxy, how: Format) -> bool:
    """Whether the program can use it: MTProto only where it becomes a link of Telegram."""
    if is_mtproto(proxy):
        return how is Format.TELEGRAM and mtproto_link(proxy) is not None
    return can_be_written(proxy, how) and any(speaks(proxy, protocol) for protocol in how.target.protocols)


def can_be_written(proxy: Proxy, how: Format) -> bool:
    """Whether the program would read its login and password as they are."""
    return how.target.takes_commas or "," not in proxy.user + proxy.password


def given_as(proxy: Proxy, either: Protocol) -> Proxy:
    """The proxy with a type of one protocol; `either` is that of one that speaks both."""
    if is_mtproto(proxy):
        return proxy
    spoken = spoken_by(proxy)
    return structs.replace(proxy, type=(either if spoken is Protocol.AUTO else spoken).value)


def count_speaking(proxies: Iterable[Proxy], how: Format, protocol: Protocol) -> int:
    """How many the program could be given as this protocol."""
    return sum(fits(proxy, how) and speaks(proxy, protocol) for proxy in proxies)


def refused_by_chromium(proxies: Iterable[Proxy], how: Format) -> list[Proxy]:
    """SOCKS5 proxies with a password, where the program is built on Chromium; `proxies` as they are given to it."""
    if not how.target.on_chromium:
        return []
    return [proxy for proxy in proxies if proxy.type == Protocol.SOCKS and proxy.password]
