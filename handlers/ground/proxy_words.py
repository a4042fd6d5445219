"""How proxies are named and listed."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.typed import alike, in_one_line
from handlers.ground.words import Words, code, flag
from model.mtproto import secret_of
from model.proxies import is_mtproto
from px6 import Protocol, Proxy

COMMENT_SHOWN = 14  # characters of a comment in a list
PROXIES_NAMED = 5  # proxies that are named before the rest is folded
PROXIES_FOLDED = 30  # and so many are named in the fold
PROTOCOL_NAMES = {"http": "HTTPS", "socks": "SOCKS5", "auto": "HTTPS + SOCKS5", "mtproto": "MTProto"}


def comment_mark(comment: str) -> str:
    """What stands for a comment in a button: eight hexadecimal digits."""
    return f"{zlib.crc32(comment.encode()):08x}"


def with_comment(proxies: Iterable[Proxy], text: str) -> list[Proxy]:
    """The proxies with exactly this comment; where none has it, those whose comment looks the same."""
    proxies = list(proxies)
    exact = [proxy for proxy in proxies if proxy.comment == text]
    return exact or [proxy for proxy in proxies if alike(proxy.comment) == alike(text)]


def soonest_first(proxies: Iterable[Proxy]) -> list[Proxy]:
    return sorted(proxies, key=lambda proxy: (proxy.ends_at, proxy.id))


def proxy_count(w: Words, count: int) -> str:
    return w.n("{count} proxy", "{count} proxies", count)


def protocol_name(protocol: str) -> str:
    """What people call px6's protocols."""
    return PROTOCOL_NAMES.get(protocol, protocol.upper())


def credentials(proxy: Proxy) -> str:
    """`host:port:login:password`; MTProto has a secret in place of both."""
    return f"{address(proxy)}:{secret_of(proxy) if is_mtproto(proxy) else f'{proxy.user}:{proxy.password}'}"


def can_change(proxy: Proxy) -> bool:
    """Whether the proxy has one protocol, of two: neither what takes both on one port, nor MTProto."""
    return proxy.type != Protocol.AUTO and not is_mtproto(proxy)


def address(proxy: Proxy) -> str:
    return f"{proxy.host}:{proxy.port}"


def address_end(proxy: Proxy) -> str:
    """`…250:7330`: the end of the address, by which people tell their proxies apart."""
    return f"…{proxy.host.rpartition('.')[2] or proxy.host}:{proxy.port}"


def short_comment(comment: str, most: int = COMMENT_SHOWN) -> str:
    """A comment in one line, cut to `most` characters."""
    line = in_one_line(comment)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def proxy_line(w: Words, proxy: Proxy, now: datetime) -> Text:
    """`🇩🇪 185.22.134.250:7330 · 3 d · shop`"""
    comment = f" · {short_comment(proxy.comment)}" if proxy.comment.strip() else ""
    return Text(f"{flag(proxy.country)} ", code(address(proxy)), f" · {w.span(proxy.ends_at, now)}{comment}")


def proxy_lines(w: Words, proxies: Sequence[Proxy], now: datetime) -> list[Text]:
    """PROXIES_NAMED proxies in full, PROXIES_FOLDED more in a fold, and how many there are beyond."""
    named = [proxy_line(w, proxy, now) for proxy in proxies[:PROXIES_NAMED]]
    rest = [
        f"{flag(p.country)} {address(p)} · {w.span(p.ends_at, now)}"
        for p in proxies[PROXIES_NAMED : PROXIES_NAMED + PROXIES_FOLDED]
    ]
    beyond = len(proxies) - PROXIES_NAMED - len(rest)
    if beyond > 0:
        rest.append(w.n("and {count} more", "and {count} more", beyond))
    return [*named, ExpandableBlockQuote("\n".join(rest))] if rest else named


def ids_line(w: Words, ids: Sequence[int], most: int = 20) -> str:
    """`15, 16, 17 and 3 more`"""
    shown = ", ".join(str(i) for i in ids[:most])
    return (
        shown
        if len(ids) <= most
        else w.n("{ids} and {count} more", "{ids} and {count} more", len(ids) - most, ids=shown)
    )


def unknown_line(w: Words, unknown: Sequence[int]) -> str | None:
    """Which ids are not the person's; None when all are."""
    return w.tr("Not yours: {ids}", ids=ids_line(w, unknown)) if unknown else None


def unread_line(w: Words, unread: Sequence[int]) -> str | None:
    """Which ids px6 lists, or may list, so that the bot cannot read them; None for none."""
    return w.tr("px6 does not list these in a readable form: {ids}", ids=ids_line(w, unread)) if unread else None


def missing_title(w: Words, unknown: Sequence[int | str], unread: Sequence[int], known: int) -> Text:
    """Of ids of which `known` are the person's, some are not, or cannot be read."""
    if unknown:
        is_all = not known and not unread
        return w.title("None of these is yours") if is_all else w.title("Some of these are not yours")
    if known:
        return w.title("Some of these cannot be read right now")
    return w.title("None of these can be read right now")


def time_left(proxies: Iterable[Proxy], now: datetime) -> timedelta:
    """The time that is paid for and not yet used, summed over all proxies."""
    return sum((max(proxy.ends_at - now, timedelta(0)) for proxy in proxies), timedelta(0))


def most_used(values: Iterable[str]) -> list[str]:
    """Each value once, the most frequent first."""
    return [value for value, _ in sorted(Counter(values).items(), key=lambda each: (-each[1], each[0]))]
