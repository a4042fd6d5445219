"""Choosing what to buy: kind, country, days, quantity. /buy, and the same on buttons.

The first thing that is missing is asked for. When nothing is missing, `handlers/orders/buy_quote.py` shows the quote
with the one green button that buys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message

from handlers.ground import parsing
from handlers.ground.callback_data import CallbackData
from handlers.ground.countries import country_of, find_countries
from handlers.ground.filters import Asked, Command
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.screen import Open, Row, Screen, button, grid, home_row, page_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.typed import Typed, Word
from handlers.ground.words import Words, lines
from handlers.orders.buy_buttons import FROM_AGAIN, FROM_COMMAND, Buy, SoldKind, back_from, wish_of
from handlers.orders.buy_quote import quote, take_comment
from handlers.orders.daily_words import daily_line, period_label
from handlers.orders.sold_out import show_sold_out
from model.colleagues import Right
from model.proxies import USUAL_KINDS
from px6 import Px6Client, Version
from services.money.prices import DailyPrices, daily_prices, sold_kinds, sold_periods
from services.orders import BuyWish

router = Router(name=__name__)

EXAMPLE = "/buy 5 30 de ipv6 socks shop"
QUOTED_EXAMPLE = '/buy 5 30 de ipv6 socks "2024"'
COUNTS = (1, 2, 5, 10, 25, 50, 100)
COUNTRIES_A_PAGE = 6


class TypeCountry(Buy, prefix="bt-c", needs=Right.ALL):
    """The person types a country. What is chosen so far is in the fields, as in TypePeriod and TypeCount."""

    version: SoldKind


class TypePeriod(Buy, prefix="bt-p", needs=Right.ALL):
    """The person types a number of days."""


class TypeCount(Buy, prefix="bt-n", needs=Right.ALL):
    """The person types a number of proxies."""


@router.message(Command("buy"))
async def buy_command(_: Message, turn: Turn) -> None:
    """/buy COUNT DAYS COUNTRY [VERSION] [http|socks] [COMMENT]"""
    if not turn.typed.words:
        return await start(turn)
    return await take_comment(turn, wish_from(turn.words, turn.typed), Buy(origin=FROM_COMMAND))


def wish_from(w: Words, typed: Typed) -> BuyWish:
    """What /buy orders. Raises BadInput."""
    return parsing.parse_unambiguous(w, typed, lambda given: wish_of_arguments(w, typed, given), EXAMPLE)


def wish_of_arguments(w: Words, typed: Typed, given: Sequence[Word]) -> BuyWish:
    """What these arguments order, one of the ways to read them. Raises BadInput."""
    if len(given) < 3:
        raise parsing.wrong(w, w.tr("Write how many proxies, how many days and the country."), EXAMPLE)
    count = parsing.count(w, given[0].text, EXAMPLE)
    period = parsing.period(w, given[1].text, EXAMPLE)
    country, rest = country_of(w, given[2:], EXAMPLE.replace("5 30", f"{count} {period}"))
    version, protocol, rest = parsing.kind_and_protocol(w, rest, QUOTED_EXAMPLE)
    comment = parsing.comment(w, typed.text_of(rest), EXAMPLE)
    return BuyWish(count, period, country, version, protocol, comment, False)


@router.callback_query(Open.filter(F.screen == "buy"))
async def buy(_: CallbackQuery, turn: Turn) -> None:
    await start(turn)


async def start(turn: Turn) -> None:
    """Show the kinds, and before them what was bought last."""
    await show_kinds(turn, Buy())


@router.callback_query(Buy.filter())
async def chosen_so_far(_: CallbackQuery, turn: Turn, callback_data: Buy) -> None:
    await next_step(turn, callback_data)


async def next_step(turn: Turn, so_far: Buy) -> None:
    """Ask for the first thing that is missing; when nothing is, show the quote."""
    turn.retry_with(so_far)
    if not so_far.version:
        await show_kinds(turn, so_far)
    elif not so_far.country:
        await choose_country(turn, so_far)
    elif not so_far.period:
        await choose_period(turn, so_far)
    elif not so_far.count:
        await choose_count(turn, so_far)
    else:
        await quote(turn, await wish_of(turn, so_far), so_far.origin)


async def show_kinds(turn: Turn, so_far: Buy) -> None:
    kinds = await sold_kinds(await turn.px6())
    await turn.show(kinds_screen(turn.words, so_far, last_buy(turn.person.choices), kinds))


def last_buy(choices: Mapping[str, object]) -> Buy | None:
    """What was bought last, if anything was."""
    last = choices.get("buy")
    return Buy(**last, origin=FROM_AGAIN) if isinstance(last, dict) else None


def kinds_screen(w: Words, so_far: Buy, last: Buy | None, kinds: Sequence[Version] = USUAL_KINDS) -> Screen:
    text = lines(
        w.title("Buy proxies"),
        w.tr("IPv4 – an address of your own, works everywhere"),
        w.tr("IPv4 Shared – up to three people share an address, cheaper"),
        w.tr("IPv6 – cheapest, for sites that have IPv6"),
        w.tr("MTProto – for Telegram only") if Version.MTPROTO in kinds else None,
    )
    rows: list[Row] = [[button(w.tr("Again: {what}", what=buy_line(w, last)), last)]] if last else []
    rows += [
        *pairs(*(button(w.kind(version), so_far.but(version=version, country="")) for version in kinds)),
        home_row(w),
    ]
    return Screen(text, rows)


def buy_line(w: Words, what: Buy) -> str:
    """`5 × IPv6, Germany, 30 days`"""
    return f"{what.count} × {w.kind(what.version)}, {w.country(what.country)}, {w.days(what.period)}"


async def choose_country(turn: Turn, so_far: Buy) -> None:
    """Show the countries, those of the last purchases first, with their stock where px6 tells that of all at once.

    Elsewhere the next screen tells it: the list comes once and does not move under a finger.
    """
    client, w = await turn.px6(), turn.words
    grid = await client.stock_grid()
    counts = {} if grid is None else grid.counts.get(so_far.version, {})
    if grid is None:
        found = (await client.countries(Version(so_far.version))).countries
    else:
        found = tuple(country for country, count in counts.items() if count)
    await turn.show(countries_screen(w, so_far, ordered_countries(turn, found), counts))


def ordered_countries(turn: Turn, found: Sequence[str]) -> list[str]:
    """Those of the last purchases first, the others by their names."""
    used = turn.person.choices.get("countries", [])
    return [c for c in used if c in found] + sorted((c for c in found if c not in used), key=turn.words.country)


def pages_of(ordered: Sequence[str]) -> int:
    return -(-len(ordered) // COUNTRIES_A_PAGE)


def page_of(ordered: Sequence[str], page: int) -> Sequence[str]:
    """The countries on a page; those on the last page when there are not so many pages any more."""
    page = min(page, pages_of(ordered))
    return ordered[(page - 1) * COUNTRIES_A_PAGE : page * COUNTRIES_A_PAGE]


def countries_screen(w: Words, so_far: Buy, ordered: Sequence[str], stock: Mapping[str, int]) -> Screen:
    text = lines(
        w.title("Buy {kind}: where?", kind=w.kind(so_far.version)),
        None if ordered else w.tr("px6 has none now."),
    )
    places = [
        button(w.place(c) + (f" · {w.number(stock[c])}" if c in stock else ""), so_far.but(country=c, page=1))
        for c in page_of(ordered, so_far.page)
    ]
    pages = pages_of(ordered)
    rows: list[Row] = [
        *pairs(*places),
        page_row(min(so_far.page, pages), pages, lambda number: so_far.but(page=number)),
        [button(w.tr("Search by name"), TypeCountry(**so_far.model_dump()))],
        home_row(w, back_from(so_far, "country")),
    ]
    return Screen(text, rows)


@router.callback_query(TypeCountry.filter())
async def ask_country(_: CallbackQuery, turn: Turn, callback_data: TypeCountry) -> None:
    await turn.ask(callback_data)
    await turn.show(country_question(turn.words, callback_data))


def country_question(w: Words, asked: TypeCountry) -> Screen:
    text = lines(w.title("Which country?"), w.tr("Write its name or two-letter code, like de."))
    return Screen(text, [home_row(w, asked.but())])


@router.message(Asked(TypeCountry), F.text)
async def typed_country(_: Message, turn: Turn, asked: TypeCountry) -> None:
    w = turn.words
    turn.retry_with(asked)
    available = (await (await turn.px6()).countries(Version(asked.version))).countries
    match find_countries(w, turn.text, available):
        case [one]:
            await next_step(turn, asked.but(country=one, page=1))
        case []:
            await turn.show(no_country_screen(w, asked, turn.text))
        case several:
            await turn.show(found_countries_screen(w, asked, several))


def no_country_screen(w: Words, asked: TypeCountry, given: str) -> Screen:
    text = lines(
        w.title("No such country here"),
        w.tr(
            "px6 has no {kind} in {given}. Try another name.",
            kind=w.kind(asked.version),
            given=parsing.quoted_input(w, given),
        ),
    )
    return Screen(text, [home_row(w, asked.but())])


def found_countries_screen(w: Words, asked: TypeCountry, found: Sequence[str]) -> Screen:
    """The countries that a typed name may mean, each on a button."""
    places = [button(w.place(c), asked.but(country=c, page=1)) for c in found[:COUNTRIES_A_PAGE]]
    return Screen(lines(w.title("Which of these?")), [*pairs(*places), home_row(w, asked.but())])


async def in_stock(client: Px6Client, so_far: Buy) -> int:
    """How many there are; that there is none is not said of what px6 told some seconds ago."""
    country, version = so_far.country, Version(so_far.version)
    return (await client.stock(country, version)).count or (await client.stock(country, version, fresh=True)).count


async def choose_period(turn: Turn, so_far: Buy) -> None:
    client, version = await turn.px6(), Version(so_far.version)
    stock, periods = await asyncio.gather(
        in_stock(client, so_far), sold_periods(client, [so_far.version], BUY_PERIODS)
    )
    daily = await daily_prices(client, version, periods)
    await turn.ask(None)
    if not stock:
        return await show_sold_out(turn, so_far, 0)
    await turn.show(periods_screen(turn.words, so_far, stock, periods, daily))
    return None


def periods_screen(
    w: Words,
    so_far: Buy,
    stock: int,
    periods: Sequence[int] = BUY_PERIODS,
    daily: DailyPrices | None = None,
) -> Screen:
    """The periods, each with its price a day where px6 tells that of all at once; a tap leads to a quote."""
    text = lines(
        w.title(
            "Buy {kind}, {country}: for how long?",
            kind=w.kind(so_far.version),
            country=w.country(so_far.country),
        ),
        stock_line(w, stock),
        daily_line(w, daily) if daily else None,
    )
    count = so_far.count or 1
    choices = [button(period_label(w, period, daily), so_far.but(period=period, count=count)) for period in periods]
    other = button(w.tr("Other days"), TypePeriod(**so_far.model_dump()))
    rows = pairs(*choices) if daily else grid(choices, 3)
    return Screen(text, [*rows, [other], home_row(w, back_from(so_far, "period"))])


def stock_line(w: Words, stock: int) -> str:
    if not stock:
        return w.tr("None in stock now. Try another country or kind.")
    return w.n("{count} proxy in stock", "{count} proxies in stock", stock)


@router.callback_query(TypePeriod.filter())
async def ask_period(_: CallbackQuery, turn: Turn, callback_data: TypePeriod) -> None:
    await turn.ask(callback_data)
    await turn.show(period_question(turn.words, callback_data.but()))


def period_question(w: Words, back: CallbackData) -> Screen:
    return Screen(lines(w.title("For how many days?"), w.tr("Write a number, 3 or more.")), [home_row(w, back)])


@router.message(Asked(TypePeriod), F.text)
async def typed_period(_: Message, turn: Turn, asked: TypePeriod) -> None:
    period = parsing.period(turn.words, turn.text, "30")
    await next_step(turn, asked.but(period=period, count=asked.count or 1))


async def choose_count(turn: Turn, so_far: Buy) -> None:
    stock = await in_stock(await turn.px6(), so_far)
    await turn.ask(None)
    if not stock:
        return await show_sold_out(turn, so_far, 0)
    await turn.show(counts_screen(turn.words, so_far, stock))
    return None


def counts_screen(w: Words, so_far: Buy, stock: int) -> Screen:
    text = lines(
        w.title(
            "Buy {kind}, {country}, {days}: how many?",
            kind=w.kind(so_far.version),
            country=w.country(so_far.country),
            days=w.days(so_far.period),
        ),
        stock_line(w, stock),
    )
    choices = [button(w.number(count), so_far.but(count=count)) for count in COUNTS if count <= stock]
    other = [button(w.tr("Other quantity"), TypeCount(**so_far.model_dump()))] if stock else []
    return Screen(text, [*grid(choices, 3), other, home_row(w, back_from(so_far, "count"))])


@router.callback_query(TypeCount.filter())
async def ask_count(_: CallbackQuery, turn: Turn, callback_data: TypeCount) -> None:
    await turn.ask(callback_data)
    await turn.show(count_question(turn.words, callback_data))


def count_question(w: Words, asked: TypeCount) -> Screen:
    return Screen(lines(w.title("How many proxies?"), w.tr("Write a number.")), [home_row(w, asked.but())])


@router.message(Asked(TypeCount), F.text)
async def typed_count(_: Message, turn: Turn, asked: TypeCount) -> None:
    count = parsing.count(turn.words, turn.text, "5")
    await next_step(turn, asked.but(count=count))
