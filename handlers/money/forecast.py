"""/forecast: what the coming prolongations cost, how long the balance lasts, what ends first; a chart, a calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Text

from handlers.ground.callback_data import CallbackData
from handlers.ground.filters import Command
from handlers.ground.proxy_words import address, short_comment
from handlers.ground.screen import Open, Row, Screen, button, home_button, home_row, pairs, top_up_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words, code, flag, lines
from handlers.proxies.selection_view import read_list
from model.colleagues import Right
from model.money import NOTHING
from model.proxies import kind_of
from px6 import Proxy, State
from services.money.forecast import HORIZONS, Forecast
from services.reminders import calendar

if TYPE_CHECKING:
    from services.money.chart import ChartWords

router = Router(name=__name__)

FIRST_ENDING_SHOWN = 3
GROUPS_SHOWN = 8
DAY_LABELS_EVERY = 6
EVENT_NAMES = 10  # addresses in one calendar event


class Breakdown(CallbackData, prefix="fc", needs=Right.LOOK):
    """Prolongations of 30 days by `comment` or `country`."""

    by: str


@router.message(Command("forecast"))
@router.callback_query(Open.filter(F.screen == "forecast"))
async def forecast(_: Message | CallbackQuery, turn: Turn) -> None:
    """/forecast"""
    turn.retry_with(Open(screen="forecast"))
    forecast = await read_forecast(turn)
    await turn.show(forecast_screen(turn.words, forecast, turn.services.site_url))


async def read_forecast(turn: Turn) -> Forecast:
    """The forecast of what px6 lists now; its price table, if it has one, is read side by side with the list."""
    client = await turn.px6()
    listed, _ = await asyncio.gather(turn.services.lists.read(client, State.ALL), client.price_table())
    return await turn.services.forecaster.make_and_keep(turn.person, client, listed)


def forecast_screen(w: Words, forecast: Forecast, site_url: str) -> Screen:
    if not forecast.prolongations:
        text = lines(
            w.title("Forecast"),
            w.tr("Balance {sum}", sum=w.money(forecast.balance, forecast.currency)),
            unpriced_line(w, forecast) or w.tr("No proxy ends within 30 days."),
        )
        return Screen(text, [*file_rows(w), [home_button(w)]])
    text = lines(
        w.title("Forecast"),
        w.tr("Balance {sum}", sum=w.money(forecast.balance, forecast.currency)),
        w.tr("Prolonging everything, for {days} each time:", days=w.days(forecast.period)),
        *cost_lines(w, forecast),
        unpriced_line(w, forecast),
        *lasting_lines(w, forecast),
        w.tr("px6 does not say whether some of your IPv4 proxies are Shared: the higher price is used.")
        if forecast.at_most
        else None,
    )
    top_up: list[Row] = [[top_up_button(w, site_url)]] if forecast.top_up else []
    parts = pairs(
        button(w.tr("By comment"), Breakdown(by="comment")), button(w.tr("By country"), Breakdown(by="country"))
    )
    return Screen(text, [*top_up, *parts, *file_rows(w), [home_button(w)]])


def unpriced_line(w: Words, forecast: Forecast) -> str | None:
    """How many proxies end but are in none of the sums, since px6 has no price for them."""
    if not forecast.unpriced:
        return None
    return w.n(
        "Not counted: {count} proxy that I cannot prolong.",
        "Not counted: {count} proxies that I cannot prolong.",
        forecast.unpriced,
    )


def file_rows(w: Words) -> Sequence[Row]:
    return pairs(button(w.tr("Chart"), Open(screen="chart")), button(w.tr("Calendar file"), Open(screen="calendar")))


def cost_lines(w: Words, forecast: Forecast) -> list[str]:
    return [cost_line(w, forecast, days) for days in HORIZONS]


def cost_line(w: Words, forecast: Forecast, days: int) -> str:
    """`7 days: 12 prolongations, 240.00 RUB`"""
    if not forecast.counts[days]:
        return w.tr("{days}: nothing to prolong", days=w.days(days))
    return w.n(
        "{days}: {count} prolongation, {sum}",
        "{days}: {count} prolongations, {sum}",
        forecast.counts[days],
        days=w.days(days),
        sum=at_most(w, forecast, forecast.costs[days]),
    )


def at_most(w: Words, forecast: Forecast, sum_: Decimal) -> str:
    text = w.money(sum_, forecast.currency)
    return w.tr("at most {sum}", sum=text) if forecast.at_most else text


def lasting_lines(w: Words, forecast: Forecast) -> list[Text | str]:
    """Until when the balance lasts, what falls first, what is missing."""
    if forecast.lasts_until is None:
        return [w.tr("The balance covers all of it.")]
    names = [Text(f"{flag(p.country)} ", code(address(p))) for p in forecast.falls[:FIRST_ENDING_SHOWN]]
    listed: list[object] = []
    for name in names:
        listed += [", ", name] if listed else [name]
    more = len(forecast.falls) - len(names)
    rest = f" {w.n('and {count} more', 'and {count} more', more)}" if more > 0 else ""
    when = w.when(forecast.lasts_until, forecast.now)
    return [
        w.rich("⚠️ The balance lasts at least until {when}.", when=when)
        if forecast.at_most
        else w.rich("⚠️ The balance lasts until {when}.", when=when),
        w.rich("First to end: {names}", names=Text(*listed, rest)),
        w.tr("Missing for 30 days: {sum}", sum=at_most(w, forecast, forecast.top_up)),
    ]


@router.callback_query(Breakdown.filter(F.by.in_({"comment", "country"})))
async def breakdown(_: CallbackQuery, turn: Turn, callback_data: Breakdown) -> None:
    forecast = await read_forecast(turn)
    await turn.show(breakdown_screen(turn.words, forecast, callback_data.by))


def breakdown_screen(w: Words, forecast: Forecast, by: str) -> Screen:
    parts = forecast.by_comment if by == "comment" else forecast.by_country
    title = w.title("30 days by comment") if by == "comment" else w.title("30 days by country")
    shown = [f"{group_name(w, name, by)}: {at_most(w, forecast, sum_)}" for name, sum_ in parts[:GROUPS_SHOWN]]
    left = parts[GROUPS_SHOWN:]
    if left:
        rest = at_most(w, forecast, sum((sum_ for _, sum_ in left), NOTHING))
        shown.append(w.n("{count} other: {sum}", "{count} others: {sum}", len(left), sum=rest))
    return Screen(lines(title, *shown), [home_row(w, Open(screen="forecast"))])


def group_name(w: Words, name: str, by: str) -> str:
    if by == "country":
        return w.place(name)
    return short_comment(name, 24) or w.tr("without a comment")


# -- files


@router.callback_query(Open.filter(F.screen == "chart"))
async def chart(_: CallbackQuery, turn: Turn) -> None:
    """Send the picture of the next 30 days as a new message."""
    from services.money.chart import draw  # brings Pillow, which most starts of the bot never need

    forecast, w = await read_forecast(turn), turn.words
    picture = await asyncio.to_thread(draw, forecast, chart_words(w, forecast), w.zone or UTC)
    caption = Text(chart_caption(w, forecast))
    await turn.send_file("forecast.png", picture, caption, forecast_and_home_rows(w), is_picture=True)


def chart_caption(w: Words, forecast: Forecast) -> str:
    return w.tr(
        "Balance {sum}. Prolonging everything in the next 30 days: {cost}",
        sum=w.money(forecast.balance, forecast.currency),
        cost=at_most(w, forecast, forecast.costs[30]),
    )


def forecast_and_home_rows(w: Words) -> list[Row]:
    return [[button(w.tr("Forecast"), Open(screen="forecast")), home_button(w)]]


def chart_words(w: Words, forecast: Forecast) -> ChartWords:
    """Everything that is written on the picture."""
    from services.money.chart import DAYS, ChartWords, axis_sums, chart_data, date_of  # as above

    zone = w.zone or UTC
    days = [w.date(date_of(forecast, day, zone)) if day % DAY_LABELS_EVERY == 0 else "" for day in range(DAYS + 1)]
    return ChartWords(
        title=w.tr("The next 30 days"),
        bars=w.tr("proxies end"),
        line=w.tr("balance, {currency}", currency=w.sign(forecast.currency)),
        days=days,
        money=[w.decimal(sum_, most=2) for sum_ in axis_sums(chart_data(forecast, zone))],
        short=w.tr("missing {sum}", sum=w.money(forecast.top_up, forecast.currency)),
    )


@router.callback_query(Open.filter(F.screen == "calendar"))
async def calendar_file(_: CallbackQuery, turn: Turn) -> None:
    """The ends as a file that a calendar takes, with alarms a day and three hours before."""
    listed = await read_list(turn)
    w, now = turn.words, turn.services.now()
    content = await asyncio.to_thread(
        calendar.calendar_file,
        listed.proxies,
        now,
        lambda some: event_title(w, some),
        lambda some: event_text(w, some),
    )
    caption = Text(w.tr("Open it to add the end dates to your calendar, with alerts a day and 3 hours before."))
    await turn.send_file("px6-ends.ics", content, caption, forecast_and_home_rows(w))


def event_title(w: Words, together: Sequence[Proxy]) -> str:
    match together:
        case [proxy]:
            return w.tr("Proxy ends: {address}", address=address(proxy))
    return w.n("{count} proxy ends", "{count} proxies end", len(together))


def event_text(w: Words, together: Sequence[Proxy]) -> str:
    rows = [
        f"{w.kind(kind_of(p))} {w.country(p.country)} {address(p)} {p.comment}".strip()
        for p in together[:EVENT_NAMES]
    ]
    more = len(together) - EVENT_NAMES
    return "\n".join([*rows, w.n("and {count} more", "and {count} more", more)] if more > 0 else rows)
