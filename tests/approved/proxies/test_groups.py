from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from handlers.entry.page_choice import page_question
from handlers.ground.proxy_buttons import OTHER, View
from handlers.ground.proxy_words import comment_mark
from handlers.ground.screen import ChoosePage, page_row
from handlers.proxies.filter import filter_line
from handlers.proxies.list import Listed, empty_screen, grouped_or_list
from px6 import Proxy
from tests.approved.approving import EN, RU, State, approve
from tests.sample_proxies import NOW, a_proxy

ODD = ("", " ", "shop", "магазин " * 6, "商店" * 25, "two\nlines", "متجر", "a" * 50)
COUNTRIES = ("de", "us", None, "gb", "xyz", "fr", "nl")
KINDS = ("6", "4", "3", None, "5", "7")
ENDS = (2, 30, 100, 400, 2000, -5)  # hours


def many(count: int = 48) -> list[Proxy]:
    """So many, which differ in all by which they can be grouped."""
    return [
        a_proxy(
            100 + nth,
            comment=ODD[nth % len(ODD)],
            country=COUNTRIES[nth % len(COUNTRIES)],
            version=KINDS[nth % len(KINDS)],
            ends_in=timedelta(hours=ENDS[nth % len(ENDS)] + nth),
        )
        for nth in range(count)
    ]


def listed(view: View, proxies: list[Proxy], *, offline: bool = False, is_first: bool = False) -> Listed:
    return Listed(view, proxies, (), None, offline=offline, is_first=is_first)


def groups() -> Iterator[State]:
    for by in ("C", "C0", "C2", "C9", "N", "N2", "K", "E"):
        for w in (EN, RU):
            yield f"grouped by {by}, {w.language}", grouped_or_list(w, listed(View(state="z", by=by), many()), NOW)
    ended = [a_proxy(nth, ends_in=timedelta(hours=-1 - nth)) for nth in range(30)]
    yield "all ended", grouped_or_list(EN, listed(View(state="x", by="K"), ended), NOW)
    yield "29 are a list", grouped_or_list(EN, listed(View(by="C"), many(29)), NOW).rows[-1]
    for change, more in ({"comment": "other"}, "c"), ({"country": "us"}, "n"), ({"version": "3"}, "k"), ({}, "e"):
        alike = [a_proxy(nth, ends_in=timedelta(days=2, seconds=nth)) for nth in range(29)]
        unlike = a_proxy(29, ends_in=timedelta(days=2), **change)
        screen = grouped_or_list(EN, listed(View(by="A"), [*alike, unlike]), NOW)
        yield f"what tells most apart is {more}", screen.text
    yield "px6 is silent", grouped_or_list(EN, listed(View(by="C"), many(), offline=True), NOW)
    yield "px6 is silent, one page", grouped_or_list(EN, listed(View(by="K"), many(), offline=True), NOW)
    yield "the first page", grouped_or_list(EN, listed(View(by="C"), many(), is_first=True), NOW).text


def inside() -> Iterator[State]:
    for w in (EN, RU):
        for view in [View(by=f"e{nth}") for nth in range(6)] + [View(by="n1", country=OTHER, version=OTHER)]:
            yield f"only {view.pack()}, {w.language}", filter_line(w, view, None)
    shop = View(by="c2", comment=comment_mark("shop"))
    yield "a group", grouped_or_list(EN, listed(shop, many(7)), NOW)
    yield "a group, px6 is silent", grouped_or_list(EN, listed(shop, many(7), offline=True), NOW).rows[-1]
    yield "all of them", grouped_or_list(EN, listed(View(by="c2"), many(7)), NOW).rows[-1]
    for w in (EN, RU):
        for view in (shop, View(by="e3"), shop.but(found="fnd")):
            yield f"nothing in {view.pack()}, {w.language}", empty_screen(w, listed(view, []))


def turning() -> Iterator[State]:
    for pages in (1, 2, 3, 34):
        yield f"{pages} pages", page_row(1, pages, lambda page: View(page=page))
    longest = View(state="z", version="6", country="us", comment="0" * 8, found="f" * 8, ticks="t" * 8, by="c167")
    yield "the longest", page_row(167, 167, lambda page: longest.but(page=page))
    too_long = longest.but(country="united states")
    yield "too long", page_row(167, 167, lambda page: too_long.but(page=page))
    for pages in (3, 7, 18, 19, 34, 35, 167, 3334):
        yield f"which of {pages}", page_question(EN, ChoosePage(pages=pages, page=2, at="ls|a||||||*|"))
    yield "Russian", page_question(RU, ChoosePage(pages=3334, page=1000, at="lc|a||||||1||*"))


def states() -> Iterator[State]:
    for table in (groups, inside, turning):
        yield from table()


def test_all_groups_read_as_approved() -> None:
    approve(__file__, states())
