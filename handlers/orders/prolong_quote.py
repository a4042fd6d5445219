"""The quote of prolonging: one green button for days that were named, one for each usual period of a single proxy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from aiogram.types import InlineKeyboardButton
from aiogram.utils.formatting import Bold, ExpandableBlockQuote, Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.maintenance_words import maintenance_notice
from handlers.ground.proxy_buttons import Picked, Prolong, View
from handlers.ground.proxy_words import ids_line
from handlers.ground.screen import (
    Id,
    Row,
    Screen,
    button,
    home_button,
    home_row,
    px6_proxies_button,
)
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, flag, lines
from handlers.orders.limit_line import left_of, month_limit, with_limit_line
from handlers.orders.order_buttons import ShowQuote
from handlers.orders.pay import balance_lines
from handlers.orders.period_sums import (
    affordable,
    at_most_line,
    green_rows,
    over_line,
    spendable,
    sums_lines,
)
from handlers.orders.short_of_money import (
    NOTHING_FITS,
    Shortage,
    fit_rows,
    short_of_money_rows,
    shortage,
    shortage_of_prolong,
)
from handlers.proxies.selection_view import back_button_data, origin_of
from model.colleagues import Right
from px6 import Proxy, ProxyList
from services.orders import NotPriced, Quote
from services.orders.habits import usual_periods
from services.reminders.offers import offered_periods, sold_of

PROXIES_SHOWN = 5  # proxies that are named before the rest is folded
MOST_OFFERED = 3  # periods with their sums: px6 tells as many prices at once


class ProlongDays(View, prefix="pl-d", needs=Right.PROLONG):
    """Shows all the days to choose from."""

    proxy: Id = 0
    selection: str = ""


async def offered_of(turn: Turn, proxy: Proxy) -> list[int]:
    """The periods that are offered with their sums: those of a reminder, the usual one first.

    Of those that px6's price table names where that was read a short time ago: a call more would wait for a second.
    """
    wanted = offered_periods(await usual_periods(turn.services.orders, turn.person.telegram_id))[:MOST_OFFERED]
    return await sold_among(turn, proxy, wanted) if (await turn.px6()).has_price_table else wanted


async def sold_among(turn: Turn, proxy: Proxy, wanted: Sequence[int]) -> list[int]:
    """Of these periods those that px6 sells; others that it sells where none is left."""
    return list(await sold_of(await turn.px6(), [proxy], {}, wanted))


async def quote_priced(
    turn: Turn, data: Prolong, ids: Sequence[int], periods: Sequence[int], recent: ProxyList | None
) -> None:
    """The quote; where px6 has no price for some, which they are, and the question whether the rest goes on."""
    try:
        await quote(turn, data, ids, periods, recent)
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


async def quote(
    turn: Turn, data: Prolong, ids: Sequence[int], periods: Sequence[int], recent: ProxyList | None
) -> None:
    """Ask px6 for the prices, and show the buttons that prolong. `recent`: what it listed a moment ago."""
    orders = turn.services.orders
    shown = await orders.quote_shown(turn.person.telegram_id, ids, periods, recent)
    made, named = shown.quote, [shown.proxies[i] for i in dict.fromkeys(ids)]
    w, now, limit = turn.words, turn.services.now(), await month_limit(turn)
    notice, left = with_limit_line(w, await maintenance_notice(turn), limit), left_of(limit)
    short = await shortage_of(turn, made, data, named, left)
    make = quote_screen if data.period else sums_screen
    message_id = await turn.show(make(w, made, data, named, now, turn.services.site_url, notice, short, left))
    await orders.set_message(made.id, turn.chat_id, message_id)


async def shortage_of(
    turn: Turn, made: Quote, data: Prolong, named: Sequence[Proxy], left: Decimal | None
) -> Shortage:
    """What can be done about a quote that the balance does not cover, or what is left of a colleague's limit; of
    several periods its buttons say the most."""

    async def of_some(ids: Sequence[int]) -> Prolong:
        return (await prolong_button_data(turn, ids, data)).for_period(data.period)

    budget = spendable(made, left)
    if made.options[0].price <= budget:
        await turn.services.kept.asked_by(made)
        return NOTHING_FITS
    if not data.period:
        return await shortage(turn, made, ())
    return await shortage_of_prolong(turn, made, named, data.for_period, of_some, budget)


def sums_screen(
    w: Words,
    made: Quote,
    data: Prolong,
    proxies: Sequence[Proxy],
    now: datetime,
    site_url: str,
    notice: str | None = None,
    shortage: Shortage = NOTHING_FITS,
    left: Decimal | None = None,
) -> Screen:
    """For how long, each usual period with its sum on a green button: a tap prolongs.

    `notice`: what keeps it from being prolonged just now, or what a colleague may pay. `shortage`: what can be done
    where the money is short. `left`: of a colleague's limit.
    """
    text = lines(
        how_long_title(w, len(proxies)),
        *proxy_lines(w, proxies, now),
        *sums_lines(w, made, left),
        at_most_line(w, made),
        notice,
    )
    usual = made.options[0]
    again = ShowQuote(kind="prolong", quote=made.id, period=usual.period)
    covered = usual.price <= made.balance
    short = [] if covered else short_of_money_rows(w, made, usual, again, site_url, shortage)
    return Screen(text, [*green_rows(w, made, left), *short, [other_days_button(w, data)], way_back_row(w, data)])


def how_long_title(w: Words, count: int) -> Text:
    return Bold(w.n("Prolong {count} proxy: for how long?", "Prolong {count} proxies: for how long?", count))


def other_days_button(w: Words, data: Prolong) -> InlineKeyboardButton:
    return button(w.tr("Other days"), data.to(ProlongDays, proxy=data.proxy, selection=data.selection))


def quote_screen(
    w: Words,
    made: Quote,
    data: Prolong | None,
    proxies: Sequence[Proxy],
    now: datetime,
    site_url: str,
    notice: str | None = None,
    shortage: Shortage = NOTHING_FITS,
    left: Decimal | None = None,
) -> Screen:
    """What is prolonged, what it costs, the balance before and after; one green button.

    `notice`: what keeps it from being prolonged just now, or what a colleague may pay. `shortage`: what can be done
    where the money is short. `left`: of a colleague's limit.
    """
    option = made.options[0]
    count = w.n("{count} proxy", "{count} proxies", len(made.ids))
    text = lines(
        w.title("Prolong {what} for {days}", what=count, days=w.days(option.period)),
        *balance_lines(w, made, option),
        at_most_line(w, made),
        *proxy_lines(w, proxies, now),
        over_line(w, made, left),
        notice,
    )
    again = ShowQuote(kind="prolong", quote=made.id, period=option.period)
    pay = green_rows(w, made, left) if option in affordable(made, left) else []
    if option.price > made.balance:
        pay = short_of_money_rows(w, made, option, again, site_url, shortage)
    elif not pay:
        pay = fit_rows(w, made, shortage)
    other = [button(w.tr("Other days"), data.for_period(0))] if data else []
    return Screen(text, [*pay, other, way_back_row(w, data) if data else home_row(w)])


async def prolong_button_data(turn: Turn, ids: Sequence[int], view: View) -> Prolong:
    """One id fits into a button; several are kept in a row whose id does."""
    match ids:
        case [one]:
            return view.to(Prolong, proxy=one)
    kept = await turn.services.selections.create(turn.person.telegram_id, ids, "prolong")
    return view.to(Prolong, selection=kept.id)


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
