"""The list's filter: state, kind, country, comment. Each choice leads back to the list, its first page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiogram import Router
from aiogram.types import CallbackQuery, InlineKeyboardButton
from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.proxy_buttons import OTHER, Filter, View
from handlers.ground.proxy_words import comment_mark, most_used, short_comment
from handlers.ground.screen import Page, Row, Screen, button, choice_button, home_row, page_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.proxies.selection_view import STATE_LETTERS, read_found_by, read_known_list
from model.colleagues import Right
from model.proxies import ProxyKind, kind_of
from px6 import Proxy, Version

router = Router(name=__name__)

COUNTRIES_A_PAGE = 6
COMMENTS_A_PAGE = 6


class FilterCountry(View, prefix="lc", offline=True, needs=Right.LOOK):
    """The countries of the person's proxies; `shown` is the page of this menu."""

    shown: Page = 1


class FilterComment(View, prefix="lm", offline=True, needs=Right.LOOK):
    """The comments of the person's proxies; `shown` is the page of this menu."""

    shown: Page = 1


def filter_line(w: Words, view: View, comment: str | None, found_by: str = "") -> Text | None:
    """What the list is narrowed to, beside its state; None when it is not. `found_by`: see `read_found_by`."""
    parts = [
        kind_name(w, view.version) if view.version else "",
        country_name(w, view.country) if view.country else "",
        comment_name(w, comment) if view.comment else "",
        ends_name(w, view.ends) if view.ends else "",
        found_name(w, found_by) if view.found else "",
    ]
    kept = " · ".join(part for part in parts if part)
    return Text(w.tr("Only: {what}", what=kept)) if kept else None


def found_name(w: Words, found_by: str) -> str:
    names = {"digest": w.tr("from the reminder"), "dead": w.tr("dead ones")}
    return names.get(found_by) or w.tr("search results")


def country_name(w: Words, country: str) -> str:
    return w.tr("🏳 Country unknown") if country == OTHER else w.place(country)


def kind_name(w: Words, kind: str) -> str:
    return w.tr("another kind") if kind == OTHER else w.kind(kind)


def ends_name(w: Words, group: str) -> str:
    """When the proxies of a group of ends do; see `END_GROUPS`."""
    names = {
        "0": w.tr("already ended"),
        "1": w.tr("ends within a day"),
        "2": w.tr("ends in 1–3 days"),
        "3": w.tr("ends in 3–7 days"),
        "4": w.tr("ends in 7–30 days"),
    }
    return names.get(group) or w.tr("ends in over 30 days")


def comment_name(w: Words, comment: str | None) -> str:
    if comment is None:
        return w.tr("one comment")
    return w.tr("comment “{comment}”", comment=short_comment(comment, 30)) if comment else w.tr("no comment")


def comment_of(view: View, proxies: Sequence[Proxy]) -> str | None:
    """The comment that the view is narrowed to, found among these proxies; None when none of them has it."""
    return next((proxy.comment for proxy in proxies if comment_mark(proxy.comment) == view.comment), None)


@router.callback_query(Filter.filter())
async def filter_tap(_: CallbackQuery, turn: Turn, callback_data: Filter) -> None:
    whole = (await read_known_list(turn, STATE_LETTERS[callback_data.state], fresh=False)).proxies
    view = callback_data.but()
    await turn.show(filter_screen(turn.words, view, whole, await read_found_by(turn, view)))


def filter_screen(w: Words, view: View, whole: Sequence[Proxy], found_by: str = "") -> Screen:
    """The menu of the filter. It offers only what the proxies differ in."""
    first = view.but(page=1)
    comment = comment_of(view, whole)
    states = {"a": w.tr("Active"), "g": w.tr("Ending soon"), "x": w.tr("Ended"), "z": w.tr("All")}
    found = {kind_of(proxy) for proxy in whole} | {view.version}
    kinds = [kind for kind in (*Version, ProxyKind.IPV4_OR_SHARED) if kind in found]
    many_countries = view.country or len({p.country for p in whole}) > 1
    many_comments = view.comment or len({p.comment for p in whole}) > 1
    narrow: list[InlineKeyboardButton] = [
        *([button(w.tr("Country"), view.to(FilterCountry))] if many_countries else []),
        *([button(w.tr("Comment"), view.to(FilterComment))] if many_comments else []),
    ]
    rows: list[Row] = [
        *pairs(
            *(choice_button(name, letter == view.state, first.but(state=letter)) for letter, name in states.items())
        ),
        *pairs(
            *(choice_button(w.kind(each), each == view.version, toggled(first, "version", each)) for each in kinds)
        ),
        narrow,
        [button(w.tr("Clear the filter"), view.whole)] if view.is_filtered else [],
        home_row(w, view),
    ]
    return Screen(lines(w.title("Which proxies?"), filter_line(w, view, comment, found_by)), rows)


def toggled(view: View, name: str, value: str) -> View:
    """The view with this value chosen, or without it when it was chosen."""
    return view.but(**{name: "" if getattr(view, name) == value else value})


@router.callback_query(FilterCountry.filter())
async def countries(_: CallbackQuery, turn: Turn, callback_data: FilterCountry) -> None:
    whole = (await read_known_list(turn, STATE_LETTERS[callback_data.state], fresh=False)).proxies
    await turn.show(countries_screen(turn.words, callback_data.but(), whole, callback_data.shown))


def countries_screen(w: Words, view: View, whole: Sequence[Proxy], page: int) -> Screen:
    """The countries of the proxies, the most frequent first."""
    codes = most_used(p.country for p in whole if p.country)
    shown, turning = page_of(codes, page, COUNTRIES_A_PAGE, lambda number: view.to(FilterCountry, shown=number))
    first = view.but(page=1)
    buttons = [choice_button(w.place(code), code == view.country, toggled(first, "country", code)) for code in shown]
    return Screen(lines(w.title("Which country?")), [*pairs(*buttons), turning, home_row(w, view.to(Filter))])


@router.callback_query(FilterComment.filter())
async def comments(_: CallbackQuery, turn: Turn, callback_data: FilterComment) -> None:
    whole = (await read_known_list(turn, STATE_LETTERS[callback_data.state], fresh=False)).proxies
    await turn.show(comments_screen(turn.words, callback_data.but(), whole, callback_data.shown))


def comments_screen(w: Words, view: View, whole: Sequence[Proxy], page: int) -> Screen:
    """The comments of the proxies, the most frequent first."""
    texts = most_used(p.comment for p in whole)
    shown, turning = page_of(texts, page, COMMENTS_A_PAGE, lambda number: view.to(FilterComment, shown=number))
    first = view.but(page=1)
    rows: list[Row] = [
        [
            choice_button(
                short_comment(text, 40) or w.tr("No comment"),
                comment_mark(text) == view.comment,
                toggled(first, "comment", comment_mark(text)),
            )
        ]
        for text in shown
    ]
    return Screen(lines(w.title("Which comment?")), [*rows, turning, home_row(w, view.to(Filter))])


def page_of(
    values: Sequence[str], page: int, size: int, data: Callable[[int], CallbackData]
) -> tuple[Sequence[str], Row]:
    """The values of a page (the last one when there are no longer so many), and the buttons that turn pages."""
    pages = -(-len(values) // size)
    page = min(page, pages)
    return values[(page - 1) * size : page * size], page_row(page, pages, data)
