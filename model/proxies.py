"""Of which kind a proxy is, and under which versions px6 sells that kind: decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import structs

from px6 import Proxy, Version


class ProxyKind(StrEnum):
    """The values are px6's numbers; buttons carry them, so they never change.

    MTPROTO, for Telegram, is sold by newer servers only. IPV4_OR_SHARED: px6 does not say which of the two an IPv4
    proxy is.
    """

    IPV4 = "4"
    SHARED = "3"
    IPV6 = "6"
    MTPROTO = "5"
    IPV4_OR_SHARED = "u"


USUAL_KINDS = (Version.IPV4, Version.SHARED, Version.IPV6)
"""What every px6 sells; MTProto is sold where px6's price table names it."""

KIND_NAMES: Mapping[str, Version] = {
    "ipv4": Version.IPV4,
    "4": Version.IPV4,
    "v4": Version.IPV4,
    "shared": Version.SHARED,
    "3": Version.SHARED,
    "ipv6": Version.IPV6,
    "6": Version.IPV6,
    "v6": Version.IPV6,
    "mtproto": Version.MTPROTO,
    "5": Version.MTPROTO,
}
"""How people write the kinds that px6 sells, in lower case."""


def kind_of(proxy: Proxy, known: Mapping[int, str] | None = None) -> str:
    """The kind of a proxy: a ProxyKind, or px6's number of a kind that is newer than this program.

    It is what px6 says; else the version in `known`, with which the person's own orders bought it, by id; else what
    the address tells.
    """
    version = proxy.version or (known or {}).get(proxy.id)
    if version is not None:
        return version
    return ProxyKind.IPV6 if ":" in proxy.ip else ProxyKind.IPV4_OR_SHARED


def sold_as(kind: str) -> tuple[Version, ...]:
    """The versions under which px6 sells a kind: two for IPV4_OR_SHARED, none for a kind that is unknown here.

    MTProto is sold by newer servers only: their client says so.
    """
    if kind == ProxyKind.IPV4_OR_SHARED:
        return (Version.IPV4, Version.SHARED)
    return tuple(version for version in Version if version == kind)


def is_sold(proxy: Proxy, known: Mapping[int, str] | None = None) -> bool:
    """Whether every px6 renews the proxy. MTProto is left out: only newer servers may."""
    kind = kind_of(proxy, known)
    return kind != ProxyKind.MTPROTO and bool(sold_as(kind))


def is_mtproto(proxy: Proxy) -> bool:
    """Whether the proxy works in Telegram only, with a secret in place of login and password."""
    return kind_of(proxy) == ProxyKind.MTPROTO


def is_unsure(proxy: Proxy, known: Mapping[int, str] | None = None) -> bool:
    """Whether the proxy may be of a cheaper kind than the one that it is priced as."""
    return kind_of(proxy, known) == ProxyKind.IPV4_OR_SHARED


def with_known_kinds(proxies: Iterable[Proxy], known: Mapping[int, str]) -> tuple[Proxy, ...]:
    """The proxies, with the version of `known` (by id) where px6 does not say it."""
    return tuple(
        proxy if proxy.version or proxy.id not in known else structs.replace(proxy, version=known[proxy.id])
        for proxy in proxies
    )
