"""Choosing several proxies in the list: boxes to tick, what one tap ticks together, and what is ticked so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from heapq import nlargest

from aiogram.types import InlineKeyboardButton

from handlers.ground.proxy_buttons import (
    AskComment,
    AskDelete,
    Check,
    Chosen,
    Filter,
    Picked,
    Protocols,
    Search,
    View,
)
from handlers.ground.proxy_words import address_end, protocol_name, short_comment, time_left
from handlers.ground.screen import Row, button
from handlers.ground.words import Words, flag
from model.colleagues import Right
from px6 import Proxy

NEWEST = 5  # bought last, ticked with one tap
COMMENT_SHOWN = 7  # characters of a comment on a button that has room for half a row


class Tick(Picked, prefix="lt", needs=Right.LOOK):
    """Ticks or unticks a proxy."""


class TickMany(View, prefix="lx", needs=Right.LOOK):
    """Ticks many: `page`, `soon` (px6's expiring), `all` of the filter, `new`: those bought last.

    `co`, `cm`: all with the country or the comment of what is ticked. `on` begins and `off` ends choosing.
    """

    what: str


def tick_button(view: View, proxy: Proxy, ticked: Collection[int]) -> InlineKeyboardButton:
    """The proxy's button while choosing: two a row, so that there is room for all ways of choosing."""
    sign = "☑" if proxy.id in ticked else "☐"
    return button(f"{sign} {flag(proxy.country)} {address_end(proxy)}", view.to(Tick, proxy=proxy.id))


def ticked_line(w: Words, count: int, chosen: Sequence[Proxy], now: datetime) -> str:
    """`5 selected · HTTPS 3, SOCKS5 2 · 148 days left`; of those that are listed."""
    protocols = Counter(protocol_name(proxy.type) for proxy in chosen).most_common()
    named = [f"{name} {w.number(of_it)}" if len(protocols) > 1 else name for name, of_it in protocols]
    running = sum(proxy.ends_at > now for proxy in chosen)
    left = w.tr("{time} left", time=w.length(time_left(chosen, now)))
    parts = (w.n("{count} selected", "{count} selected", count), ", ".join(named), left if running else "")
    return " · ".join(part for part in parts if part)


def choosing_rows(w: Words, view: View, listed: Sequence[Proxy], ticked: int, chosen: Sequence[Proxy]) -> list[Row]:
    """What one tap ticks together, and the way on, whose row does not move. `chosen`: see `Listed`."""
    return [
        [
            button(w.tr("Filter"), view.to(Filter)),
            button(w.tr("Search"), view.to(Search)),
            *newest_button(w, view, listed),
        ],
        [
            button(w.tr("Whole page"), view.to(TickMany, what="page")),
            button(w.tr("Ends soon"), view.to(TickMany, what="soon")),
        ],
        [
            button(w.tr("All {count}", count=w.number(len(listed))), view.to(TickMany, what="all")),
            *country_button(w, view, listed, chosen),
        ],
        [*comment_button(w, view, listed, chosen), *([go_on_button(w, view, ticked)] if ticked else [])],
    ]


def newest_button(w: Words, view: View, listed: Sequence[Proxy]) -> Row:
    if len(listed) <= NEWEST:
        return []
    return [button(w.tr("Newest {count}", count=NEWEST), view.to(TickMany, what="new"))]


def country_button(w: Words, view: View, listed: Sequence[Proxy], chosen: Sequence[Proxy]) -> Row:
    """All of the country of what is ticked, where it has one, and it is not the country of all."""
    same = of_same_country(listed, chosen)
    if not 1 < len(same) < len(listed):
        return []
    [country] = {proxy.country for proxy in same}
    label = w.tr("All {what} · {count}", what=flag(country), count=w.number(len(same)))
    return [button(label, view.to(TickMany, what="co"))]


def comment_button(w: Words, view: View, listed: Sequence[Proxy], chosen: Sequence[Proxy]) -> Row:
    """All with the comment of what is ticked, where it has one, and it is not the comment of all."""
    same = of_same_comment(listed, chosen)
    if not 1 < len(same) < len(listed):
        return []
    [comment] = {proxy.comment for proxy in same}
    label = w.tr("All “{what}”", what=short_comment(comment, COMMENT_SHOWN))
    return [button(label, view.to(TickMany, what="cm"))]


def of_same_country(listed: Iterable[Proxy], chosen: Sequence[Proxy]) -> list[Proxy]:
    """Those of the country that all that is ticked has; nothing where it is not one."""
    countries = {proxy.country for proxy in chosen}
    return [proxy for proxy in listed if proxy.country in countries] if len(countries) == 1 else []


def of_same_comment(listed: Iterable[Proxy], chosen: Sequence[Proxy]) -> list[Proxy]:
    """Those with the comment that all that is ticked has; nothing where it is not one, or none."""
    comments = {proxy.comment for proxy in chosen}
    if len(comments) != 1 or not next(iter(comments)).strip():
        return []
    return [proxy for proxy in listed if proxy.comment in comments]


def newest(listed: Iterable[Proxy]) -> list[Proxy]:
    """Those bought last."""
    return nlargest(NEWEST, listed, key=lambda proxy: (proxy.bought_at, proxy.id))


def go_on_button(w: Words, view: View, count: int) -> InlineKeyboardButton:
    """The button that goes on with the ticked proxies: to what the list was opened for, else to every choice."""
    ticked = w.number(count)
    match view.purpose:
        case "c":
            return button(w.tr("Check · {count}", count=ticked), view.to(Check))
        case "t":
            return button(w.tr("Protocol · {count}", count=ticked), view.to(Protocols))
        case "m":
            return button(w.tr("Comment · {count}", count=ticked), view.to(AskComment))
        case "d":
            return button(w.tr("Delete… · {count}", count=ticked), view.to(AskDelete))
    return button(w.tr("Continue · {count}", count=ticked), view.to(Chosen))
