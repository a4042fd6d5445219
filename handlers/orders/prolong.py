"""Prolonging: which proxies, for how long, quote, one green button. /prolong, and the same on buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Text

from handlers.ground import parsing
from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Asked, Command
from handlers.ground.maintenance_words import maintenance_notice
from handlers.ground.periods import PROLONG_PERIODS
from handlers.ground.proxy_buttons import Picked, Prolong, View
from handlers.ground.proxy_words import ids_line, soonest_first, unknown_line
from handlers.ground.screen import (
    Id,
    Open,
    Row,
    Screen,
    button,
    grid,
    home_button,
    home_row,
    px6_proxies_button,
    spend_button,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, flag, lines
from handlers.orders.buy import period_question
from handlers.orders.order_buttons import ShowQuote, TryRest
from handlers.orders.pay import Pay, balance_lines, spend_label
from handlers.orders.receipts import outcome_screen
from handlers.orders.short_of_money import NOTHING_FITS, Shortage, short_of_money_rows, shortage_of_prolong
from handlers.proxies.selection_view import back_button_data, origin_of, read_list, recent_list
from model.proxies import kind_of
from px6 import Proxy, ProxyList, State
from services.money.prices import sold_periods
from services.orders import Confirmation, NotPriced, Quote, UnknownIds
from services.reminders.planning import ALONG

router = Router(name=__name__)

EXAMPLE = "/prolong 30 15, 16"
PROXIES_SHOWN = 5  # proxies that are named before the rest is folded


class TypePeriod(View, prefix="pl-t"):
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
    """The quote for one period; without a period, the days to choose from. Unknown ids are named first.

    `fresh`: made of nothing that was read before.
    """
    data = (await prolong_button_data(turn, ids, view or View())).for_period(periods[0] if periods else 0)
    turn.retry_with(data)
    try:
        if periods:
            await quote_priced(turn, data, ids, await recent_list(turn, ids) if not fresh else None)
        else:
            await choose_days(turn, data, ids)
    except UnknownIds as error:
        rest = (await prolong_button_data(turn, error.known, data)).for_period(data.period)
        await turn.show(unknown_screen(turn.words, error.unknown, len(error.known), rest))


async def choose_days(turn: Turn, data: Prolong, ids: Sequence[int]) -> None:
    """Show the days that px6 sells. Raises UnknownIds."""
    proxies = await mine(turn, ids)
    periods = await sold_periods(await turn.px6(), map(kind_of, proxies), PROLONG_PERIODS)
    await turn.show(days_screen(turn.words, data, proxies, turn.services.now(), periods))


async def mine(turn: Turn, ids: Sequence[int]) -> list[Proxy]:
    """The proxies of these ids, as they were listed a moment ago if all were. Raises UnknownIds."""
    listed = await recent_list(turn, ids) or await read_list(turn)
    by_id = {proxy.id: proxy for proxy in listed.proxies}
    if any(one not in by_id for one in ids):
        raise UnknownIds([one for one in ids if one not in by_id], [one for one in ids if one in by_id])
    return [by_id[one] for one in ids]


async def prolong_button_data(turn: Turn, ids: Sequence[int], view: View) -> Prolong:
    """One id fits into a button; several are kept in a row whose id does."""
    match ids:
        case [one]:
            return view.to(Prolong, proxy=one)
    kept = await turn.services.selections.create(turn.person.telegram_id, ids, "prolong")
    return view.to(Prolong, selection=kept.id)


def unknown_screen(w: Words, unknown: Sequence[int], known: int, go_on: CallbackData) -> Screen:
    """Which ids are not the person's, and the question whether the rest goes on."""
    text = lines(
        w.title("Some of these are not yours") if known else w.title("None of these is yours"),
        unknown_line(w, unknown),
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
    w: Words, data: Prolong, proxies: Sequence[Proxy], now: datetime, periods: Sequence[int] = PROLONG_PERIODS
) -> Screen:
    text = lines(
        Bold(w.n("Prolong {count} proxy: for how long?", "Prolong {count} proxies: for how long?", len(proxies))),
        *proxy_lines(w, proxies, now),
    )
    choices = [button(w.days(period), data.for_period(period)) for period in periods]
    other = button(w.tr("Other days"), data.to(TypePeriod, proxy=data.proxy, selection=data.selection))
    return Screen(text, [*grid(choices, 3), [other], way_back_row(w, data)])


def proxy_lines(w: Words, proxies: Sequence[Proxy], now: datetime) -> list[Text]:
    """The first few with their ends, soonest first, the rest folded."""
    ordered = sorted(proxies, key=lambda p: p.ends_at)
    shown = [
        w.rich(
            "{flag} {address} · {when}",
            flag=flag(p.country),
            address=code(f"{p.host}:{p.port}"),
            when=w.near(p.ends_at, now),
        )
        for p in ordered[:PROXIES_SHOWN]
    ]
    rest = [
        f"{flag(p.country)} {p.host}:{p.port} · {w.clock(p.ends_at)}"
        for p in ordered[PROXIES_SHOWN : PROXIES_SHOWN + 30]
    ]
    if not rest:
        return shown
    more = len(ordered) - PROXIES_SHOWN - len(rest)
    if more:
        rest.append(w.n("and {count} more", "and {count} more", more))
    return [*shown, ExpandableBlockQuote("\n".join(rest))]


def way_back_row(w: Words, data: Prolong) -> Row:
    """Back to the card or to what is ticked; several that a command or home named were on no screen."""
    if data.ticks or origin_of(data):
        return home_row(w, back_button_data(data.to(Picked)))
    return home_row(w, back_button_data(data.to(Picked, proxy=data.proxy)) if data.proxy else None)


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
        now, site_url = turn.services.now(), turn.services.site_url
        await turn.show(outcome_screen(turn.words, confirmation, {}, now, site_url))


def nothing_left_screen(w: Words) -> Screen:
    text = lines(
        w.title("Nothing left to prolong"),
        w.tr("A newer payment already includes these proxies. Nothing more was spent."),
    )
    return Screen(text, [[button(w.tr("My proxies"), Open(screen="proxies"))], [home_button(w)]])


async def quote_priced(turn: Turn, data: Prolong, ids: Sequence[int], recent: ProxyList | None) -> None:
    """The quote; where px6 has no price for some, which they are, and the question whether the rest goes on."""
    try:
        await quote(turn, data, ids, recent)
    except NotPriced as error:
        rest = [one for one in ids if one not in error.ids]
        go_on = (await prolong_button_data(turn, rest, data)).for_period(data.period)
        await turn.show(unpriced_screen(turn.words, error.ids, len(rest), go_on, turn.services.site_url))


def unpriced_screen(w: Words, unpriced: Sequence[int], known: int, go_on: CallbackData, site_url: str) -> Screen:
    text = lines(
        w.title("px6 names no price for these"),
        w.tr("The bot cannot prolong {ids}: px6's site may.", ids=ids_line(w, unpriced)),
        w.tr("Nothing was prolonged."),
    )
    rest = w.n("Continue with {count} proxy", "Continue with {count} proxies", known)
    return Screen(text, [[button(rest, go_on)] if known else [], [px6_proxies_button(w, site_url)], [home_button(w)]])


async def quote(turn: Turn, data: Prolong, ids: Sequence[int], recent: ProxyList | None) -> None:
    """Ask px6 for the price, and show the one button that prolongs. `recent`: what it listed a moment ago."""
    orders = turn.services.orders
    shown = await orders.quote_shown(turn.person.telegram_id, ids, data.period, recent)
    made, named = shown.quote, [shown.proxies[i] for i in dict.fromkeys(ids)]
    notice, now = await maintenance_notice(turn), turn.services.now()
    short = NOTHING_FITS
    if made.options[0].price > made.balance:
        short = await shortage_of(turn, made, data, named)
    else:
        await turn.services.kept.asked_by(made)
    screen = quote_screen(turn.words, made, data, named, now, turn.services.site_url, notice, short)
    message_id = await turn.show(screen)
    await orders.set_message(made.id, turn.chat_id, message_id)


async def shortage_of(turn: Turn, made: Quote, data: Prolong, named: Sequence[Proxy]) -> Shortage:
    """What can be done about a quote that the balance does not cover."""

    async def of_some(ids: Sequence[int]) -> Prolong:
        return (await prolong_button_data(turn, ids, data)).for_period(data.period)

    return await shortage_of_prolong(turn, made, named, data.for_period, of_some)


def quote_screen(
    w: Words,
    made: Quote,
    data: Prolong | None,
    proxies: Sequence[Proxy],
    now: datetime,
    site_url: str,
    notice: str | None = None,
    shortage: Shortage = NOTHING_FITS,
) -> Screen:
    """What is prolonged, what it costs, the balance before and after; one green button.

    `notice`: what keeps it from being prolonged just now. `shortage`: what can be done where the money is short.
    """
    option = made.options[0]
    count = w.n("{count} proxy", "{count} proxies", len(made.ids))
    text = lines(
        w.title("Prolong {what} for {days}", what=count, days=w.days(option.period)),
        *balance_lines(w, made, option),
        w.tr("px6 does not say whether these IPv4 proxies are Shared: the higher price is shown.")
        if option.at_most
        else None,
        *proxy_lines(w, proxies, now),
        notice,
    )
    label = w.tr("Prolong {days} · {sum}", days=w.days(option.period), sum=spend_label(w, made, option))
    pay: list[Row] = (
        [[spend_button(label, Pay(quote=made.id, period=option.period))]]
        if option.price <= made.balance
        else short_of_money_rows(
            w, made, option, ShowQuote(kind="prolong", quote=made.id, period=option.period), site_url, shortage
        )
    )
    other = [button(w.tr("Other days"), data.for_period(0))] if data else []
    return Screen(text, [*pay, other, way_back_row(w, data) if data else home_row(w)])


ENDS_SOON = timedelta(days=3)  # what ends within is offered for prolonging at once
