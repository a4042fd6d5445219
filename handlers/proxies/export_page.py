"""The page of HTML that an export can be: its words, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.ground.proxy_words import protocol_name, proxy_count
from handlers.ground.words import Words
from model.proxies import is_mtproto, kind_of
from px6 import Proxy
from services.proxies.exports.page import Names, page


def page_text(w: Words, proxies: Sequence[Proxy], now: datetime) -> str:
    named = [(proxy, names_of(w, proxy)) for proxy in proxies]
    return page(named, page_words(w, len(proxies), now), w.language)


def names_of(w: Words, proxy: Proxy) -> Names:
    protocol = "MTProto" if is_mtproto(proxy) else protocol_name(proxy.type)
    return Names(country=w.place(proxy.country), kind=w.kind(kind_of(proxy)), protocol=protocol)


def page_words(w: Words, count: int, now: datetime) -> dict[str, str]:
    """What the page says, by the names of `services.proxies.exports.page.WORDS`."""
    return {
        "title": proxy_count(w, count),
        "made": w.tr("As of {when}", when=w.clock(now)),
        "search": w.tr("Search"),
        "country": w.tr("Country"),
        "kind": w.tr("Kind"),
        "protocol": w.tr("Protocol"),
        "comment": w.tr("Comment"),
        "none": w.tr("No comment"),
        "sort": w.tr("Sort by"),
        "ends": w.tr("Ends on"),
        "address": w.tr("Address"),
        "login": w.tr("Login"),
        "password": w.tr("Password or secret"),
        "copy": w.tr("Copy"),
        "copied": w.tr("Copied"),
        "copy_shown": w.tr("Copy all shown"),
        "nothing": w.tr("Nothing found."),
    }
