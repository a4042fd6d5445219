"""IP addresses as people write them, read into what px6 can bind proxies to. Wrong ones raise `BadInput`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from handlers.ground.parsing import quoted_input, wrong
from handlers.ground.typed import Word, plain
from handlers.ground.words import Words

EXAMPLE = "/bind 203.0.113.7"
OFF = frozenset({"off", "none", "delete"})
MOST_ADDRESSES = 10

# https://www.iana.org/assignments/iana-ipv4-special-registry
LOCAL = tuple(
    ip_network(each)
    for each in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
                 "192.168.0.0/16")
)  # fmt: skip


def is_off(given: Sequence[Word]) -> bool:
    """Whether the arguments ask for no binding."""
    return len(given) == 1 and given[0].plain in OFF


def addresses(w: Words, given: Sequence[Word]) -> tuple[str, ...]:
    """The addresses, each once. Raises BadInput for what px6 never sees as anybody's address."""
    found = dict.fromkeys(address(w, word.text) for word in given)
    if not found:
        raise wrong(w, w.tr("Write an IP address, or several with commas between them."), EXAMPLE)
    if len(found) > MOST_ADDRESSES:
        raise wrong(w, w.tr("That is more than {most} addresses.", most=MOST_ADDRESSES), EXAMPLE)
    return tuple(found)


def address(w: Words, text: str) -> str:
    """One address from which the internet is reached over IPv4, as px6 proxies are. Raises BadInput."""
    given, shown = plain(text).strip("[]"), quoted_input(w, text)
    try:
        meant = ip_address(given)
    except ValueError:
        raise wrong(w, why_malformed(w, given, shown), EXAMPLE) from None
    why = why_unusable(w, meant, shown)
    if why is not None:
        raise wrong(w, why, EXAMPLE)
    return str(meant)


def why_malformed(w: Words, given: str, shown: str) -> str:
    try:
        ip_network(given, strict=False)
    except ValueError:
        return w.tr("{given} is not an IP address. It is four numbers from 0 to 255 with dots.", given=shown)
    return w.tr("{given} is a range of addresses. Write each address.", given=shown)


def why_unusable(w: Words, meant: IPv4Address | IPv6Address, shown: str) -> str | None:
    """Why px6 cannot be told this address; None if it can."""
    if isinstance(meant, IPv6Address):
        return w.tr(
            "{given} is an IPv6 address. px6 proxies are reached over IPv4, so write your IPv4 address.", given=shown
        )
    if any(meant in network for network in LOCAL):
        return w.tr(
            "{given} is an address inside a home, office or mobile network, which websites never see. "
            "Write the one that they see.",
            given=shown,
        )
    if not meant.is_global or meant.is_multicast:
        return w.tr("{given} is reserved: nobody reaches the internet from it.", given=shown)
    return None
