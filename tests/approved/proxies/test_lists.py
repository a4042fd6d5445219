from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from handlers.ground.proxy_buttons import Check, Search, View
from handlers.ground.proxy_words import comment_mark
from handlers.proxies.filter import comment_name, comments_screen, countries_screen, filter_line, filter_screen
from handlers.proxies.list import Listed, empty_screen, list_screen
from handlers.proxies.search import matches, nothing_found_screen, search_question
from handlers.proxies.selection_view import PickedProxies, rest_screen
from px6 import Proxy
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import NOW, a_list, a_proxy

DAY = timedelta(days=1)
SHOP = comment_mark("shop")


def some(count: int) -> list[Proxy]:
    return [a_proxy(15 + nth, ends_in=timedelta(hours=nth - 1)) for nth in range(count)]


def shown(view: View, count: int, ticked: tuple[int, ...] = (), unreadable: int = 0, **more: Any) -> Listed:
    listed = some(count)
    chosen = [proxy for proxy in listed if proxy.id in ticked]
    return Listed(view, listed, ticked, more.pop("comment", None), unreadable, chosen=chosen, **more)


def pages() -> Iterator[State]:
    for count in (1, 2, 6, 7, 12, 13):
        yield f"{count} active", list_screen(EN, shown(View(), count), NOW)
    for page in (2, 3, 4):
        yield f"page {page} of 13", list_screen(EN, shown(View(page=page), 13), NOW)
    for letter in "gxz":
        for count in (1, 2):
            yield f"{count} in state {letter}", list_screen(EN, shown(View(state=letter), count), NOW).text
    for count in (1, 2, 5, 21):
        for letter in "agxz":
            yield f"Russian: {count} in state {letter}", list_screen(RU, shown(View(state=letter), count), NOW).text
    for unreadable in (1, 2):
        yield f"{unreadable} cannot be read", list_screen(EN, shown(View(), 1, unreadable=unreadable), NOW).text
    filtered = View(state="z", version="6", country="de", comment=SHOP, found="fnd")
    for found_by in ("", "found", "digest"):
        listed = shown(View(state="z", found="fnd"), 2, found_by=found_by)
        yield f"found by {found_by!r}", [list_screen(w, listed, NOW).text for w in (EN, RU)]
        yield f"found by {found_by!r}, nothing there", empty_screen(EN, replace(listed, proxies=()))
        yield f"filter: found by {found_by!r}", filter_screen(EN, listed.view, listed.proxies, found_by).text
    yield "filtered", list_screen(EN, shown(filtered, 2, comment="shop"), NOW)


def choosing() -> Iterator[State]:
    for ticked in ((), (15,), (15, 16)):
        yield f"{len(ticked)} ticked", list_screen(EN, shown(View(ticks="tik"), 2, ticked), NOW)
    for purpose in "ctmd":
        asked = View(ticks="tik", purpose=purpose)
        yield f"for {purpose}: none ticked", list_screen(EN, shown(asked, 1), NOW)
        yield f"for {purpose}: one ticked", list_screen(EN, shown(asked, 1, (15,)), NOW).rows[3:]
    mixed = [
        a_proxy(15, type="socks"),
        a_proxy(16, comment="a longer comment"),
        a_proxy(17, country="us"),
        *(a_proxy(nth, country="fr", comment="", ends_in=-DAY) for nth in range(18, 22)),
    ]
    several: tuple[tuple[int, ...], ...] = ((15,), (16,), (17,), (18, 19), (15, 16, 17), (15, 99))
    for ids in several:
        chosen = [proxy for proxy in mixed if proxy.id in ids]
        listed = Listed(View(ticks="tik"), mixed, ids, None, chosen=chosen)
        yield f"of several countries: {ids} ticked", [list_screen(w, listed, NOW) for w in (EN, RU)]
    many = View(ticks="tik", page=2)
    yield "page 2 of 1,000, 21 ticked", list_screen(RU, shown(many, 1_000, tuple(range(15, 36))), NOW)


def lines() -> Iterator[State]:
    for comment in ("", " ", "exactly14chars", "fifteen letters", "two\nlines"):
        proxy = a_proxy(comment=comment)
        yield f"comment {comment!r}", list_screen(EN, Listed(View(), [proxy], (), None), NOW)
    odd = a_proxy(country=None, host="example.org")
    yield "no country, a name for a host", list_screen(EN, Listed(View(), [odd], (), None), NOW)


def nothing() -> Iterator[State]:
    for letter in "agxz":
        yield f"nothing in state {letter}", empty_screen(EN, shown(View(state=letter), 0))
    narrowed = View(country="de")
    yield "nothing with the filter", empty_screen(EN, shown(narrowed, 0))
    yield "nothing with the filter, in all states", empty_screen(EN, shown(narrowed.but(state="z", page=2), 0))
    yield "nothing that can be read", empty_screen(EN, shown(View(), 0, unreadable=2))
    yield "Russian: nothing", list_screen(RU, shown(View(purpose="d"), 0), NOW)


def unknown_ids() -> Iterator[State]:
    for count in (0, 1, 2, 5):
        picked, go_on = PickedProxies(some(count), [98, 99]), Check(ticks="res")
        for w in (EN, RU):
            for nothing in ("", w.tr("Nothing was checked.")):
                name = f"some are not theirs, {count} are, {nothing!r}, {w.language}"
                yield name, rest_screen(w, Check(ticks="tik"), picked, go_on, nothing)


def unreadable_ids() -> Iterator[State]:
    for known, unknown, unread in ((2, [98], [99]), (0, [98], [99]), (2, [], [99]), (0, [], [98, 99])):
        picked, go_on = PickedProxies(some(known), unknown, unread=unread), Check(ticks="res")
        for w in (EN, RU):
            name = f"some cannot be read, {known} can, {len(unknown)} are not theirs, {w.language}"
            yield name, rest_screen(w, Check(ticks="tik"), picked, go_on, "")


def filters() -> Iterator[State]:
    one = [a_proxy(15), a_proxy(16)]
    yield "filter: all alike", filter_screen(EN, View(page=2), one)
    other = [
        a_proxy(17, country="us", comment=""),
        a_proxy(18, version=None, ip="185.1.1.1"),
        a_proxy(19, version="3"),
    ]
    yield "filter: kinds, countries and comments", filter_screen(EN, View(state="x"), [*one, *other])
    for chosen in ({"version": "6"}, {"version": "4"}, {"country": "de"}, {"comment": SHOP}, {"found": "fnd"}):
        yield f"filter: {chosen}", filter_screen(EN, View().but(**chosen), one)
    mixed = [a_proxy(15, comment="other"), a_proxy(16)]
    yield "filter: a comment that some have", filter_screen(EN, View(comment=SHOP), mixed)
    yield "filter: two comments", filter_screen(RU, View(), [a_proxy(15), a_proxy(16, comment="")])
    yield "filter: nothing there", filter_screen(EN, View(), [])
    for comment in (None, "", "shop", "a comment of thirty characters", "a comment of thirty-one letters"):
        yield f"comment named: {comment!r}", comment_name(EN, comment)
    view = View(state="x", country="de", comment=SHOP, page=3)
    for count, page in ((0, 1), (1, 1), (6, 1), (7, 1), (7, 2), (7, 9), (13, 2)):
        codes = [
            a_proxy(
                nth, country=("de", *["us", "fr", "nl", "gb", "es", "it", "pl", "kz", "ua", "cz", "at", "be"])[nth]
            )
            for nth in range(count)
        ]
        yield f"filter: page {page} of {count} countries", countries_screen(EN, view, codes, page)
        texts = [a_proxy(nth, comment=("shop", "", *"abcdefghijk")[nth]) for nth in range(count)]
        yield f"filter: page {page} of {count} comments", comments_screen(EN, view, texts, page)
    yield "filter: a long comment", comments_screen(RU, View(), [a_proxy(comment="c" * 41), a_proxy(comment=" ")], 1)
    yield "no filter", filter_line(EN, View(), None)


def searches() -> Iterator[State]:
    listed = [a_proxy(15, comment="Shop 16"), a_proxy(16, host="10.0.0.15"), a_proxy(215, ip="2A00::15")]
    for text in ("15", "#15, 16", "shop", "SHOP  16", "10.0", "2a00::15", "7215", "99", "", " "):
        yield f"search {text!r}", str(list(matches(EN, a_list(listed), text).ids))
    asked = Search(state="x", country="de")
    yield "search: the question", [search_question(w, asked) for w in (EN, RU)]
    yield "search: nothing found", [nothing_found_screen(w, asked, "<shop> 17") for w in (EN, RU)]


def states() -> Iterator[State]:
    for table in (pages, choosing, lines, nothing, unknown_ids, unreadable_ids, filters, searches):
        yield from table()


def test_every_list_reads_as_approved() -> None:
    approve(__file__, states())
