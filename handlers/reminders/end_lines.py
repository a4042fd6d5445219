"""How ends are listed in messages that come by themselves: alike ones together, short enough for a phone.

A line of a message holds about 38 characters on a phone of 390 pixels, an address some 20 of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from aiogram.utils.formatting import ExpandableBlockQuote, Text

from handlers.ground.proxy_words import address, short_comment
from handlers.ground.words import NBSP, Words, code, flag, lines
from model.proxies import kind_of
from px6 import Proxy

DOT = f"{NBSP}· "  # a separator never begins a line
TOLD_ONE_BY_ONE = 3  # so many are told one by one, with all there is to say
MOST_LINES = 6  # for more than that; where they need a fold, LINES_BESIDE_FOLD and the fold
LINES_BESIDE_FOLD = 4
FOLDED = 40  # proxies named in the fold
TOGETHER = timedelta(hours=1)  # ends that far apart are about the same
NEAR = timedelta(days=1)
BUCKETS = (timedelta(hours=3), NEAR, timedelta(days=3))

Group = Sequence[Proxy]


def end_lines(w: Words, proxies: Sequence[Proxy], now: datetime, renewed: Collection[int] = ()) -> list[Text]:
    """Soonest first; from four on alike ones together. What does not stand in a line with its address is folded."""
    if len(proxies) <= TOLD_ONE_BY_ONE:
        return [whole_line(w, proxy, now, renewed) for proxy in proxies]
    groups = grouped(proxies)
    folds = len(groups) > MOST_LINES or any(len(group) > 1 for group in groups)
    shown = groups[: LINES_BESIDE_FOLD if folds else MOST_LINES]
    named = {group[0].id for group in shown if len(group) == 1}
    rest = [proxy for proxy in proxies if proxy.id not in named]
    if not folds:
        return bucketed(w, shown, now, renewed)
    listed = [short_line(w, group, now, renewed) for group in shown]
    return [*listed, ExpandableBlockQuote(folded_lines(w, rest, now))]


def grouped(proxies: Sequence[Proxy]) -> Sequence[Group]:
    """Those that are alike and end within an hour of the first of them, in the order of their ends."""
    found: list[list[Proxy]] = []
    open_: dict[tuple[object, ...], list[Proxy]] = {}
    for proxy in proxies:
        key = (proxy.country, kind_of(proxy), proxy.comment)
        group = open_.get(key)
        if group is None or proxy.ends_at - group[0].ends_at > TOGETHER:
            group = open_[key] = []
            found.append(group)
        group.append(proxy)
    return found


def bucketed(w: Words, groups: Sequence[Group], now: datetime, renewed: Collection[int]) -> list[Text]:
    """A line for each, under titles of how much time is left where each title stands above several lines."""
    buckets = [(bucket, list(some)) for bucket, some in groupby(groups, key=lambda one: bucket_of(one[0], now))]
    fits = len(groups) + len(buckets) <= MOST_LINES
    titled = fits and len(buckets) > 1 and all(len(some) > 1 for _, some in buckets)
    shown: list[Text] = []
    for bucket, some in buckets:
        shown += [Text(bucket_title(w, bucket))] if titled else []
        shown += [short_line(w, group, now, renewed) for group in some]
    return shown


def bucket_of(proxy: Proxy, now: datetime) -> int:
    """0: within 3 hours, 1: within a day, 2: within 3 days, 3: later."""
    return sum(proxy.ends_at - now > bound for bound in BUCKETS)


def bucket_title(w: Words, bucket: int) -> str:
    return (w.tr("Within 3 hours"), w.tr("Within a day"), w.tr("Within 3 days"), w.tr("Later"))[bucket]


def whole_line(w: Words, proxy: Proxy, now: datetime, renewed: Collection[int] = ()) -> Text:
    """`🇩🇪 IPv4 198.18.0.1:8000 · shop · today 18:40 (in 3 hours)`"""
    what = Text(w.kind(kind_of(proxy)), " ", code(address(proxy)))
    parts = [what, *comment_of(proxy), w.near(proxy.ends_at, now), *renewal_of(w, [proxy], renewed)]
    return Text(flag(proxy.country), " ", *with_separators(parts))


def short_line(w: Words, group: Group, now: datetime, renewed: Collection[int]) -> Text:
    """`🇩🇪 4 × IPv4 · shop · 26 Nov`, or `🇩🇪 198.18.0.1:8000 · shop · today 18:40`."""
    first = group[0]
    several = len(group) > 1
    what = Text(f"{w.number(len(group))} × {w.kind(kind_of(first))}") if several else code(address(first))
    parts = [what, *comment_of(first), w.soon(first.ends_at, now, hour=False), *renewal_of(w, group, renewed)]
    return Text(flag(first.country), " ", *with_separators(parts))


def comment_of(proxy: Proxy) -> list[Text]:
    return [Text(short_comment(proxy.comment))] if proxy.comment.strip() else []


def renewal_of(w: Words, group: Group, renewed: Collection[int]) -> list[Text]:
    return [Text(w.tr("px6's auto-renewal"))] if all(proxy.id in renewed for proxy in group) else []


def with_separators(parts: Sequence[Text]) -> list[Text | str]:
    """The parts with separators between them."""
    return [piece for part in parts for piece in (DOT, part)][1:]


def folded_lines(w: Words, proxies: Sequence[Proxy], now: datetime) -> Text:
    """Addresses and ends, soonest first, for those who open the fold."""
    more = len(proxies) - FOLDED
    rows = [
        Text(f"{flag(p.country)} {address(p)}{DOT}", w.soon(p.ends_at, now, hour=False)) for p in proxies[:FOLDED]
    ]
    return lines(*rows, w.n("and {count} more", "and {count} more", more) if more > 0 else None)
