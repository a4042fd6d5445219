"""The groups of a long list: by comment, country, kind or end date. The soonest end is first; a tap opens a group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from unicodedata import east_asian_width

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Text

from handlers.ground.proxy_buttons import OTHER, Filter, Search, View
from handlers.ground.proxy_words import comment_mark
from handlers.ground.screen import Row, Screen, button, home_button, page_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.typed import in_one_line
from handlers.ground.words import Words, lines
from handlers.proxies.filter import country_name, kind_name
from handlers.proxies.selection_view import country_of, end_group, kind_letter
from handlers.proxies.ticks import TickMany
from px6 import Proxy

GROUPED_FROM = 30  # proxies: fewer are on five pages
GROUPS_A_PAGE = 5
NAME_SHOWN = 20  # letters of a comment, beside a count and a span
WAYS = "cnke"  # comment, country, kind, end
UNCHOSEN = "A"  # what tells most apart, until the person chooses


@dataclass(frozen=True)
class Group:
    """Proxies with the same `mark` in a button. `first`: when the first of those that run ends; None: none runs."""

    mark: str
    proxies: Sequence[Proxy]
    first: datetime | None


def last_groups(turn: Turn) -> View:
    """The groups, as the person grouped them last."""
    way = str(turn.person.choices.get("grouped", UNCHOSEN))
    return View(by=way if way in WAYS.upper() else UNCHOSEN)


async def remember_grouping(turn: Turn, view: View) -> None:
    """The next list is grouped in the same way."""
    way = view.by[:1]
    if way in WAYS.upper() and turn.person.choices.get("grouped") != way:
        await turn.services.people.remember(turn.person.chat_id, grouped=way)


def groups_of(proxies: Sequence[Proxy], way: str, now: datetime) -> list[Group]:
    """The groups, what ends soonest first; those in which nothing runs last."""
    found: dict[str, list[Proxy]] = {}
    for proxy in proxies:
        found.setdefault(mark_of(proxy, way, now), []).append(proxy)
    groups = [
        Group(mark, kept, min((p.ends_at for p in kept if p.ends_at > now), default=None))
        for mark, kept in found.items()
    ]
    return sorted(groups, key=lambda each: (each.first is None, each.first or now, each.mark))


def mark_of(proxy: Proxy, way: str, now: datetime) -> str:
    """What stands for the proxy's group in a button."""
    match way:
        case "n":
            return country_of(proxy)
        case "k":
            return kind_letter(proxy)
        case "e":
            return end_group(proxy, now)
    return comment_mark(proxy.comment)


def best_way(proxies: Sequence[Proxy], now: datetime) -> str:
    """The first way that makes more than one group."""
    return next((way for way in WAYS if len(groups_of(proxies, way, now)) > 1), "e")


def groups_screen(
    w: Words, view: View, proxies: Sequence[Proxy], now: datetime, *notes: str | Text | None, offline: bool
) -> Screen:
    """A page of groups, a button each. `view.by` holds the way and the page. The first of the notes is the title."""
    way = view.by[:1].lower()
    way = way if way in WAYS else best_way(proxies, now)
    groups = groups_of(proxies, way, now)
    pages = -(-len(groups) // GROUPS_A_PAGE)
    page = min(int(f"0{view.by[1:]}") or 1, pages)
    title, *more = notes
    hint = w.tr("On each button: how many, and when the first one ends.")
    text = lines(title, way_line(w, way, len(groups)), hint, *more)
    here = view.but(by=f"{way.upper()}{page}")
    turning = page_row(page, pages, lambda number: view.but(by=f"{way.upper()}{number}"))
    shown = groups[(page - 1) * GROUPS_A_PAGE : page * GROUPS_A_PAGE]
    below = offline_rows if offline else rows_below
    opening = [[group_button(w, here, way, group, now)] for group in shown]
    return Screen(text, [*opening, *below(w, here, turning, len(proxies))])


def way_line(w: Words, way: str, count: int) -> str:
    """`Grouped by comment: 14 groups`"""
    named = {
        "c": w.tr("Grouped by comment"),
        "n": w.tr("Grouped by country"),
        "k": w.tr("Grouped by kind"),
        "e": w.tr("Grouped by end date"),
    }[way]
    return w.n("{way}: {count} group", "{way}: {count} groups", count, way=named)


def group_button(w: Words, here: View, way: str, group: Group, now: datetime) -> InlineKeyboardButton:
    """`shop · 12 · 3 days`: opens the group."""
    left = w.tr("ended") if group.first is None else w.span(group.first, now)
    name, count = group_name(w, way, group), w.number(len(group.proxies))
    return button(f"{name} · {count} · {left}", within(here, way, group.mark))


def group_name(w: Words, way: str, group: Group) -> str:
    match way:
        case "n":
            return country_name(w, group.mark)
        case "k":
            return w.tr("Another kind") if group.mark == OTHER else kind_name(w, group.mark)
        case "e":
            return time_left_name(w, group.mark)
    return narrow(in_one_line(group.proxies[0].comment)) or w.tr("No comment")


def time_left_name(w: Words, group: str) -> str:
    """How long the proxies of a group of ends still run; see `END_GROUPS`."""
    names = {
        "0": w.tr("Ended"),
        "1": w.tr("Within a day"),
        "2": w.tr("1–3 days"),
        "3": w.tr("3–7 days"),
        "4": w.tr("7–30 days"),
    }
    return names.get(group) or w.tr("Over 30 days")


def narrow(text: str) -> str:
    """The text, cut to what NAME_SHOWN letters take up; letters of some alphabets and emoji are as wide as two."""
    widths = list(accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in text))
    kept = sum(width <= NAME_SHOWN for width in widths)
    return text if kept == len(text) else f"{text[: kept - 1]}…"


def within(here: View, way: str, mark: str) -> View:
    """The list of one group."""
    match way:
        case "n":
            return here.but(by=here.by.lower(), country=mark)
        case "k":
            return here.but(by=here.by.lower(), version=mark)
        case "e":
            return here.but(by=f"e{mark}")
    return here.but(by=here.by.lower(), comment=mark)


def way_buttons(w: Words, here: View, way: str) -> list[InlineKeyboardButton]:
    """The other ways of grouping, one tap each."""
    names = {"c": w.tr("Comment"), "n": w.tr("Country"), "k": w.tr("Kind"), "e": w.tr("End date")}
    return [button(name, here.but(by=each.upper())) for each, name in names.items() if each != way]


def every_button(w: Words, here: View, count: int) -> InlineKeyboardButton:
    """All proxies in one list."""
    by = here.by.lower()
    return button(w.tr("All {count}", count=w.number(count)), here.but(by="e" if by[:1] == "e" else by))


def rows_below(w: Words, here: View, turning: Row, count: int) -> list[Row]:
    """Three rows, so that a page of groups and these fit on a phone; the longest name stands where there are two."""
    first, second, third = way_buttons(w, here, here.by[:1].lower())
    return [
        turning,
        [first, second],
        [third, every_button(w, here, count), button(w.tr("Filter"), here.to(Filter))],
        [
            button(w.tr("Search"), here.to(Search)),
            button(w.tr("Select"), here.to(TickMany, what="on")),
            home_button(w),
        ],
    ]


def offline_rows(w: Words, here: View, turning: Row, count: int) -> list[Row]:
    """Without px6 two buttons more come to them, so pages are turned in the last row."""
    home = home_button(w)
    ways = pairs(*way_buttons(w, here, here.by[:1].lower()), every_button(w, here, count))
    return [*ways, [turning[0], turning[-1], home] if turning else [button(w.tr("Search"), here.to(Search)), home]]
