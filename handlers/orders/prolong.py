"""Prolonging: which proxies, for how long, quote, one green button. /prolong, and the same on buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground import parsing
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Asked, Command
from handlers.ground.periods import PROLONG_PERIODS
from handlers.ground.proxy_buttons import Prolong, View
from handlers.ground.proxy_words import missing_title, soonest_first, unknown_line, unread_line
from handlers.ground.screen import Id, Open, Screen, button, grid, home_button, home_row
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.buy import period_question
from handlers.orders.order_buttons import ShowQuote, TryRest
from handlers.orders.pay import outcome_now
from handlers.orders.prolong_quote import (
    ProlongDays,
    how_long_title,
    offered_of,
    prolong_button_data,
    proxy_lines,
    quote_priced,
    sold_among,
    way_back_row,
)
from handlers.proxies.selection_view import read_list, recent_list
from model.colleagues import Right
from model.proxies import kind_of
from px6 import Proxy, State, WrongPeriod
from services.money.prices import sold_periods
from services.orders import Confirmation, UnknownIds
from services.reminders.planning import ALONG

router = Router(name=__name__)

EXAMPLE = "/prolong 30 15, 16"
ENDS_SOON = timedelta(days=3)  # what ends within is offered for prolonging at once


class TypePeriod(View, prefix="pl-t", needs=Right.PROLONG):
    """The person types a number of days."""

    proxy: Id = 0
    selection: str = ""


@router.message(Command("prolong"))
async def prolong_command(_: Message, turn: Turn) -> None:
    """/prolong DAYS IDS"""
    given, w = turn.typed.words, turn.words
    if not given:
        return await prolong_soon(turn)
    period = parsing.period(w, given[0].text, EXAMPLE)
    return await show_prolong_quote(turn, parsing.ids(w, given[1:], EXAMPLE), [period])


@router.callback_query(Open.filter(F.screen == "prolong_soon"))
async def prolong_soon_tap(_: CallbackQuery, turn: Turn) -> None:
    await prolong_soon(turn)


async def prolong_soon(turn: Turn) -> None:
    """What ends within three days; when nothing does, the way to the list."""
    turn.retry_with(Open(screen="prolong_soon"))
    found = (await read_list(turn, State.ACTIVE)).proxies
    soon = ending_soon(found, turn.services.now())
    if soon:
        return await show_prolong_quote(turn, soon)
    await turn.show(nothing_soon_screen(turn.words))
    return None


def ending_soon(proxies: Sequence[Proxy], now: datetime) -> list[int]:
    """The ids of what ends soon, the soonest first."""
    return [proxy.id for proxy in soonest_first(soon_to_end(proxies, now))]


def soon_to_end(proxies: Sequence[Proxy], now: datetime) -> list[Proxy]:
    """What ends within three days, and with it what ends up to six hours later, as a reminder would say it.

    Home, the button there and a reminder so speak of the same proxies.
    """
    soon = [proxy for proxy in proxies if proxy.ends_at <= now + ENDS_SOON]
    return [proxy for proxy in proxies if proxy.ends_at <= now + ENDS_SOON + ALONG] if soon else []


def nothing_soon_screen(w: Words) -> Screen:
    text = lines(w.title("Nothing ends within 3 days"), w.tr("Select the proxies to prolong in your list."))
    return Screen(text, [[button(w.tr("My proxies"), Open(screen="proxies"))], [home_button(w)]])


async def show_prolong_quote(
    turn: Turn,
    ids: Sequence[int],
    periods: Sequence[int] | None = None,
    view: View | None = None,
    *,
    fresh: bool = False,
) -> None:
    """The quote for one period. Without a period: of one proxy the usual ones with their sums, of several the days.

    Unknown ids are named first. `fresh`: made of nothing that was read before.
    """
    data = (await prolong_button_data(turn, ids, view or View())).for_period(periods[0] if periods else 0)
    turn.retry_with(data)
    try:
        if periods:
            await quote_priced(turn, data, ids, periods, None if fresh else await recent_list(turn, ids))
        elif data.proxy:
            await quote_usual_periods(turn, data)
        else:
            await choose_days(turn, data, ids)
    except UnknownIds as error:
        await show_unknown(turn, data, error)


async def quote_usual_periods(turn: Turn, data: Prolong) -> None:
    """One proxy, with the sums of the usual periods; the days to choose from where px6 has given up one of these.

    Raises UnknownIds.
    """
    ids = [data.proxy]
    [proxy] = await mine(turn, ids)
    offered, recent = await offered_of(turn, proxy), await recent_list(turn, ids)
    try:
        try:
            await quote_priced(turn, data, ids, offered, recent)
        except WrongPeriod:  # what px6 has given up is left out
            await quote_priced(turn, data, ids, await sold_among(turn, proxy, offered), recent)
    except WrongPeriod:
        await choose_days(turn, data, ids)


async def show_unknown(turn: Turn, data: Prolong, error: UnknownIds) -> None:
    rest = (await prolong_button_data(turn, error.known, data)).for_period(data.period)
    strangers = [one for one in error.unknown if one not in error.unread]
    await turn.show(unknown_screen(turn.words, strangers, len(error.known), rest, error.unread))


@router.callback_query(ProlongDays.filter())
async def days_tap(_: CallbackQuery, turn: Turn, callback_data: ProlongDays) -> None:
    """All the days to choose from; Back leads to the usual ones with their sums."""
    data = callback_data.to(Prolong, proxy=callback_data.proxy, selection=callback_data.selection)
    try:
        await choose_days(turn, data, await ids_of(turn, data), back=data)
    except UnknownIds as error:
        await show_unknown(turn, data, error)


async def choose_days(turn: Turn, data: Prolong, ids: Sequence[int], back: Prolong | None = None) -> None:
    """Show the days that px6 sells. Raises UnknownIds."""
    proxies = await mine(turn, ids)
    periods = await sold_periods(await turn.px6(), map(kind_of, proxies), PROLONG_PERIODS)
    await turn.show(days_screen(turn.words, data, proxies, turn.services.now(), periods, back))


async def mine(turn: Turn, ids: Sequence[int]) -> list[Proxy]:
    """The proxies of these ids, as they were listed a moment ago if all were. Raises UnknownIds."""
    listed = await recent_list(turn, ids) or await read_list(turn)
    by_id = {proxy.id: proxy for proxy in listed.proxies}
    if any(one not in by_id for one in ids):
        unknown = [one for one in ids if one not in by_id]
        raise UnknownIds(unknown, [one for one in ids if one in by_id], list(filter(listed.may_hold, unknown)))
    return [by_id[one] for one in ids]


def unknown_screen(
    w: Words, unknown: Sequence[int], known: int, go_on: CallbackData, unread: Sequence[int] = ()
) -> Screen:
    """Which ids are not the person's, or cannot be read, and the question whether the rest goes on."""
    text = lines(
        missing_title(w, unknown, unread, known),
        unknown_line(w, unknown),
        unread_line(w, unread),
        w.tr("Nothing was prolonged."),
    )
    rest = w.n("Continue with {count} proxy", "Continue with {count} proxies", known)
    return Screen(
        text,
        [
            [button(rest, go_on)] if known else [],
            [button(w.tr("My proxies"), Open(screen="proxies"))],
            [home_button(w)],
        ],
    )


@router.callback_query(Prolong.filter())
async def prolong_tap(_: CallbackQuery, turn: Turn, callback_data: Prolong) -> None:
    ids = await ids_of(turn, callback_data)
    await show_prolong_quote(turn, ids, [callback_data.period] if callback_data.period else None, callback_data.but())


async def ids_of(turn: Turn, data: Prolong | TypePeriod) -> Sequence[int]:
    """What is to be prolonged; raises BadInput when the selection is gone."""
    if data.proxy:
        return [data.proxy]
    kept = await turn.services.selections.get(turn.person.telegram_id, data.selection)
    if kept is None or not kept.ids:
        raise parsing.BadInput(
            Text(turn.words.tr("This selection is empty or no longer saved. Select again in /proxies."))
        )
    return kept.ids


def days_screen(
    w: Words,
    data: Prolong,
    proxies: Sequence[Proxy],
    now: datetime,
    periods: Sequence[int] = PROLONG_PERIODS,
    back: Prolong | None = None,
) -> Screen:
    """`back`: where Back leads, if not to the card or to what is ticked."""
    text = lines(how_long_title(w, len(proxies)), *proxy_lines(w, proxies, now))
    choices = [button(w.days(period), data.for_period(period)) for period in periods]
    other = button(w.tr("Other days"), data.to(TypePeriod, proxy=data.proxy, selection=data.selection))
    return Screen(text, [*grid(choices, 3), [other], home_row(w, back) if back else way_back_row(w, data)])


@router.callback_query(TypePeriod.filter())
async def ask_period(_: CallbackQuery, turn: Turn, callback_data: TypePeriod) -> None:
    await turn.ask(callback_data)
    back = callback_data.to(Prolong, proxy=callback_data.proxy, selection=callback_data.selection)
    await turn.show(period_question(turn.words, back))


@router.message(Asked(TypePeriod), F.text)
async def typed_period(_: Message, turn: Turn, asked: TypePeriod) -> None:
    period = parsing.period(turn.words, turn.text, "30")
    await show_prolong_quote(turn, await ids_of(turn, asked), [period], asked.but())
    await turn.ask(None)


@router.callback_query(ShowQuote.filter(F.kind == "prolong"))
async def show_quote(_: CallbackQuery, turn: Turn, callback_data: ShowQuote) -> None:
    """A quote made anew for the same proxies and period; of one that was confirmed, only for what is left of it."""
    orders, person = turn.services.orders, turn.person.telegram_id
    before = await orders.quote(person, callback_data.quote)
    confirmation = await orders.confirmation_of(person, callback_data.quote)
    if before is None:
        await prolong_soon(turn)
    elif confirmation is not None:
        await quote_rest(turn, confirmation)
    else:
        await show_prolong_quote(turn, before.ids, [callback_data.period or before.options[0].period], fresh=True)


@router.callback_query(TryRest.filter(F.kind == "prolong"))
async def try_rest(_: CallbackQuery, turn: Turn, callback_data: TryRest) -> None:
    """Quote only what was not prolonged: anything else would be paid for twice."""
    confirmation = await turn.services.orders.confirmation(turn.person.telegram_id, callback_data.confirmation)
    await (prolong_soon(turn) if confirmation is None else quote_rest(turn, confirmation))


async def quote_rest(turn: Turn, confirmation: Confirmation) -> None:
    """Quote what is left of a confirmation, for its period; when nothing is left, show how it stands."""
    ids = await turn.services.orders.unspent(confirmation)
    if ids:
        await show_prolong_quote(turn, ids, [confirmation.period], fresh=True)
    elif confirmation.unspent_ids:
        await turn.show(nothing_left_screen(turn.words))
    else:
        await turn.show(outcome_now(turn, confirmation))


def nothing_left_screen(w: Words) -> Screen:
    text = lines(
        w.title("Nothing left to prolong"),
        w.tr("A newer payment already includes these proxies. Nothing more was spent."),
    )
    return Screen(text, [[button(w.tr("My proxies"), Open(screen="proxies"))], [home_button(w)]])
