"""The list: soonest end first, six a page, with ticks. /proxies, and the same on buttons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aiogram import F, Router
from aiogram.types import CallbackQuery, InlineKeyboardButton, Message

from handlers.ground import parsing
from handlers.ground.beginning import Beginning, still_listing
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.proxy_buttons import (
    LIST_OF_RESULT,
    Card,
    CheckStep,
    Export,
    Filter,
    Search,
    View,
)
from handlers.ground.proxy_words import address_end, comment_mark, proxy_line, with_comment
from handlers.ground.screen import Open, Row, Screen, back_button, button, home_row, page_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, flag, lines
from handlers.proxies.filter import comment_of, filter_line
from handlers.proxies.groups import GROUPED_FROM, UNCHOSEN, groups_screen, last_groups, remember_grouping
from handlers.proxies.list_words import list_line, list_name, of_state, title, unreadable_line
from handlers.proxies.selection_view import (
    MOST_CHOSEN,
    STATE_LETTERS,
    filtered,
    found_ids,
    keep_ids,
    kept_ids,
    name_kinds,
    page_of,
    pages_of,
    read_found_by,
    read_known_list,
    read_list,
)
from handlers.proxies.ticks import (
    Tick,
    TickMany,
    choosing_rows,
    newest,
    of_same_comment,
    of_same_country,
    tick_button,
    ticked_line,
)
from px6 import Proxy, ProxyList, State

router = Router(name=__name__)


@dataclass(frozen=True)
class Listed:
    """What the list shows: the proxies that the filter lets through, and the ids that are ticked.

    `unreadable`: so many more are in px6's answer in a form that says nothing to the bot.
    `found_by`: what put them together, see `read_found_by`. `offline`: px6 does not answer, they are as last known.
    `is_first`: they are of px6's first page, and it may tell more. `chosen`: those of the ticked that px6 listed.
    """

    view: View
    proxies: Sequence[Proxy]
    ticked: Collection[int]
    comment: str | None  # the text of the comment filter, None without one
    unreadable: int = 0
    found_by: str = ""
    offline: bool = False
    is_first: bool = False
    chosen: Sequence[Proxy] = ()


@router.message(Command("proxies"))
async def proxies_command(_: Message, turn: Turn) -> None:
    """/proxies [active|expiring|expired|all] [COMMENT]"""
    given = turn.typed.words
    state = parsing.state(given[0].text) if given and not given[0].quoted else None
    comment = turn.typed.text_of(given[1:] if state else given)
    letter = next(each for each, meant in STATE_LETTERS.items() if meant == (state or State.ACTIVE))
    turn.retry_with(View(state=letter, comment=comment_mark(comment) if comment else ""))
    if comment:
        listed = (await read_known_list(turn, STATE_LETTERS[letter])).proxies
        comment = next((proxy.comment for proxy in with_comment(listed, comment)), comment)
    view = View(state=letter, comment=comment_mark(comment) if comment else "")
    await show_list(turn, view, fresh=not comment, comment=comment or None)


@router.callback_query(Open.filter(F.screen == "proxies"))
async def proxies(_: CallbackQuery, turn: Turn) -> None:
    await show_list(turn, last_groups(turn))


@router.callback_query(View.filter())
async def view_tap(_: CallbackQuery, turn: Turn, callback_data: View) -> None:
    view = callback_data.but(by=last_groups(turn).by) if callback_data.by == UNCHOSEN else callback_data.but()
    await show_list(turn, view, fresh=not view.ticks and not view.by and view.page == 1)
    if view.shows_groups:
        await remember_grouping(turn, view)


async def show_list(turn: Turn, view: View, *, fresh: bool = True, comment: str | None = None) -> None:
    """`comment` is the text of the filter, where it is known; else it is found among the proxies."""
    turn.retry_with(view.but())

    async def make(listed: Listed) -> Screen:
        named = comment if comment is not None else listed.comment
        return grouped_or_list(turn.words, replace(listed, comment=named), turn.services.now())

    async def make_first(first: ProxyList) -> Screen:
        return await make(replace(await listed_of(turn, view, await name_kinds(turn, first)), is_first=True))

    beginning = Beginning(turn, make_first)
    listed = await read_listed(turn, view, fresh=fresh, begun=beginning.begun)
    await beginning.shown()
    await turn.show(await make(listed))


async def read_listed(
    turn: Turn, view: View, *, fresh: bool, begun: Callable[[ProxyList], None] = lambda first: None
) -> Listed:
    """What is ticked is to be changed: it is not of what was known. `begun`: see `Px6Client.proxies`."""
    state = STATE_LETTERS[view.state]
    if view.ticks:
        return await listed_of(turn, view, await read_list(turn, state, fresh=fresh))
    return await listed_of(turn, view, await read_known_list(turn, state, fresh=fresh, begun=begun))


async def listed_of(turn: Turn, view: View, answer: ProxyList) -> Listed:
    found, whole = await found_ids(turn, view), answer.proxies
    ticked = frozenset(await kept_ids(turn, view.ticks) or ())
    of_filter, found_how = filtered(view, whole, found, turn.services.now()), await read_found_by(turn, view)
    comment, offline = comment_of(view, whole), turn.silence is not None
    chosen = [proxy for proxy in whole if proxy.id in ticked]
    return Listed(view, of_filter, ticked, comment, answer.unreadable, found_how, offline, chosen=chosen)


def grouped_or_list(w: Words, listed: Listed, now: datetime) -> Screen:
    """The groups, where they are meant and there are enough proxies; else the list."""
    if not listed.view.shows_groups:
        return list_screen(w, listed, now)
    if len(listed.proxies) < GROUPED_FROM:
        return list_screen(w, replace(listed, view=listed.view.but(by="")), now)
    view, more = listed.view, still_listing(w) if listed.is_first else None
    name = w.title("{name} · {what}", name=list_name(w, view), what=of_state(w, view, len(listed.proxies)))
    notes = (name, unreadable_line(w, listed.unreadable), more)
    return groups_screen(w, view, listed.proxies, now, *notes, offline=listed.offline)


def list_screen(w: Words, listed: Listed, now: datetime) -> Screen:
    """A page of the list; while choosing, each row carries its tick."""
    view, whole = listed.view, listed.proxies
    if not whole:
        return empty_screen(w, listed)
    shown = page_of(view, whole)
    text = lines(
        title(w, view, len(whole)),
        filter_line(w, view, listed.comment, listed.found_by),
        ticked_line(w, len(listed.ticked), listed.chosen, now) if view.ticks else None,
        *(proxy_line(w, p, now) if view.ticks else list_line(p) for p in shown),
        unreadable_line(w, listed.unreadable),
        still_listing(w) if listed.is_first else None,
    )
    pages = pages_of(len(whole))
    turning = page_row(min(view.page, pages), pages, lambda page: view.but(page=page))
    if view.ticks:
        boxes = pairs(*(tick_button(view, p, listed.ticked) for p in shown))
        ways = choosing_rows(w, view, whole, len(listed.ticked), listed.chosen)
        return Screen(text, [*boxes, turning, *ways, home_row(w, back_of_choosing(view))])
    back = back_of_list(view, len(whole))
    below = offline_rows(w, view, turning, back) if listed.offline else [turning, *plain_rows(w, view, back)]
    return Screen(text, [*([card_button(w, view, p, now)] for p in shown), *below])


def card_button(w: Words, view: View, proxy: Proxy, now: datetime) -> InlineKeyboardButton:
    """The proxy's button opens its card."""
    return button(
        f"{flag(proxy.country)} {address_end(proxy)} · {w.span(proxy.ends_at, now)}", view.to(Card, proxy=proxy.id)
    )


def plain_rows(w: Words, view: View, back: CallbackData) -> list[Row]:
    return [
        [
            button(w.tr("Filter"), view.to(Filter)),
            button(w.tr("Search"), view.to(Search)),
            button(w.tr("Select"), view.to(TickMany, what="on")),
        ],
        [button(w.tr("Export"), view.to(Export)), *home_row(w, back)],
    ]


def offline_rows(w: Words, view: View, turning: Row, back: CallbackData) -> list[Row]:
    """What there is to do without px6, in two rows: two buttons more come to them.

    Where pages are turned in the last row, Back is the way home.
    """
    return [
        [button(w.tr("Search"), view.to(Search)), button(w.tr("Export"), view.to(Export))],
        [turning[0], turning[-1], back_button(w, back)] if turning else home_row(w, back),
    ]


def back_of_list(view: View, count: int) -> CallbackData:
    """Back leads to the groups that the list was opened from, else out of the filter; then to groups, or home."""
    if view.by:
        return view.groups
    if view.is_filtered:
        return view.whole
    grouped = view.but(by=UNCHOSEN, page=1, ticks="", purpose="")
    return grouped if count >= GROUPED_FROM else Open(screen="home")


def back_of_choosing(view: View) -> CallbackData:
    """Back ends the choosing; where a check's result led to it, it leads there."""
    if view.purpose.startswith(LIST_OF_RESULT):
        return CheckStep(result=view.purpose[1:])
    return view.to(TickMany, what="off")


def empty_screen(w: Words, listed: Listed) -> Screen:
    """Nothing to show: why, and the way on."""
    view = listed.view
    filters = filter_line(w, view, listed.comment, listed.found_by)
    no_group = w.tr("This group is empty by now.") if view.by and view.is_filtered and not view.found else None
    nothing = no_group or w.tr("No proxies here.")
    text = lines(title(w, view, 0), filters, unreadable_line(w, listed.unreadable) or nothing)
    wider = [button(w.tr("Clear the filter"), view.whole)] if view.is_filtered else []
    other = w.tr("Show active ones too") if view.state == "x" else w.tr("Show ended ones too")
    others = [button(other, view.but(state="z", page=1))] if view.state != "z" else []
    buy = [button(w.tr("Buy"), Open(screen="buy"))] if view.state in "az" and not view.is_filtered else []
    return Screen(text, [buy, wider, others, home_row(w, back_of_list(view, 0))])


# -- ticks


@router.callback_query(Tick.filter())
async def tick(_: CallbackQuery, turn: Turn, callback_data: Tick) -> None:
    person, ticks = turn.person.telegram_id, callback_data.ticks
    if await turn.services.selections.toggle(person, ticks, callback_data.proxy) is None:
        ticks = await keep_ids(turn, [callback_data.proxy])  # the old selection is gone: a new one begins
    await show_list(turn, callback_data.but(ticks=ticks), fresh=False)


@router.callback_query(TickMany.filter())
async def mark_many(_: CallbackQuery, turn: Turn, callback_data: TickMany) -> None:
    view = callback_data.but()
    if callback_data.what == "off":
        return await show_list(turn, view.but(ticks="", purpose=""), fresh=False)
    if callback_data.what == "on":
        return await show_choosing(turn, view)
    listed = await read_listed(turn, view, fresh=False)
    meant = await ids_to_tick(turn, listed, callback_data.what)
    ticks, person = view.ticks, turn.person.telegram_id
    if await turn.services.selections.toggle_many(person, ticks, meant, MOST_CHOSEN) is None:
        ticks = await keep_ids(turn, sorted(meant)[:MOST_CHOSEN])
    return await show_list(turn, view.but(ticks=ticks), fresh=False)


async def ids_to_tick(turn: Turn, listed: Listed, what: str) -> frozenset[int]:
    """The ids that one tap ticks together."""
    if what == "page":
        return frozenset(p.id for p in page_of(listed.view, listed.proxies))
    if what == "soon":
        soon = {p.id for p in (await read_list(turn, State.EXPIRING, fresh=False)).proxies}
        return frozenset(p.id for p in listed.proxies if p.id in soon)
    together = {
        "new": newest(listed.proxies),
        "co": of_same_country(listed.proxies, listed.chosen),
        "cm": of_same_comment(listed.proxies, listed.chosen),
    }
    return frozenset(p.id for p in together.get(what, listed.proxies))


async def show_choosing(turn: Turn, view: View) -> None:
    """Show the list with a box on each proxy, none of them ticked."""
    await show_list(turn, view.but(ticks=await keep_ids(turn, ())), fresh=False)
