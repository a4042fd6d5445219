"""What px6 asks and has: /balance, /price, /stock, /countries, and the same on buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from aiogram import F, Router
from aiogram.types import CallbackQuery, Message
from aiogram.utils.formatting import Bold, ExpandableBlockQuote

import px6
from handlers.ground import parsing
from handlers.ground.callback_data import CallbackData
from handlers.ground.countries import country, words_text
from handlers.ground.filters import Command
from handlers.ground.periods import BUY_PERIODS
from handlers.ground.screen import (
    Open,
    Page,
    Row,
    Screen,
    button,
    choice_button,
    home_button,
    home_row,
    page_row,
    pairs,
    top_up_button,
)
from handlers.ground.turn import Turn
from handlers.ground.typed import Word
from handlers.ground.words import Words, code, lines
from handlers.orders.buy import stock_line
from handlers.orders.buy_buttons import (
    FROM_PRICE,
    FROM_PRICES,
    FROM_STOCK,
    Buy,
    Price,
    Prices,
    Stock,
    WatchStock,
)
from model.colleagues import Right
from model.proxies import USUAL_KINDS
from px6 import Version
from services.money.prices import price_list, sold_kinds

router = Router(name=__name__)

COUNTS = (1, 5, 10, 50, 100)
COUNTRIES_A_PAGE = 5  # names that are too long for two a row still leave room for the kinds

PRICE_EXAMPLE = "/price 10 30 ipv6"
STOCK_EXAMPLE = "/stock de ipv6"
COUNTRIES_EXAMPLE = "/countries ipv4"


class Countries(CallbackData, prefix="where", needs=Right.LOOK):
    """Where they can be bought."""

    version: Version
    page: Page = 1


@router.message(Command("balance"))
async def balance(_: Message, turn: Turn) -> None:
    """/balance"""
    turn.retry_with(Open(screen="balance"))
    await show_balance(turn)


@router.callback_query(Open.filter(F.screen == "balance"))
async def balance_tap(_: CallbackQuery, turn: Turn) -> None:
    await show_balance(turn)


async def show_balance(turn: Turn) -> None:
    account = await (await turn.px6()).account()
    await turn.services.kept.money_seen(turn.person.telegram_id, account.balance)
    await turn.show(balance_screen(turn.words, account, turn.services.site_url))


def balance_screen(w: Words, account: px6.Customer, site_url: str) -> Screen:
    """What is left, of which account; email and referral balance where px6 tells them."""
    owed = account.balance_ref
    text = lines(
        w.title("Balance"),
        w.money(account.balance, account.currency),
        w.tr("px6 account {id}, currency {currency}", id=account.user_id, currency=account.currency),
        w.rich("Email: {email}", email=code(account.email)) if account.email else None,
        w.tr("Referral balance: {sum}", sum=w.money(owed, account.currency)) if owed else None,
    )
    return Screen(text, [[top_up_button(w, site_url)], [home_button(w)]])


@router.message(Command("price"))
async def price_command(_: Message, turn: Turn) -> None:
    """/price COUNT DAYS [VERSION]"""
    w = turn.words
    if not turn.typed.words:
        return await show_prices(turn, Prices(version=Version.IPV6, count=1))
    asked = parsing.parse_unambiguous(w, turn.typed, lambda given: price_from(w, given), PRICE_EXAMPLE)
    turn.retry_with(asked)
    return await show_price(turn, asked)


def price_from(w: Words, given: Sequence[Word]) -> Price:
    """What the arguments ask for. Raises BadInput."""
    if len(given) not in (2, 3):
        raise parsing.wrong(
            w, w.tr("Write how many proxies, how many days and, if you like, the kind."), PRICE_EXAMPLE
        )
    return Price(
        count=parsing.count(w, given[0].text, PRICE_EXAMPLE),
        period=parsing.period(w, given[1].text, PRICE_EXAMPLE),
        version=parsing.version(w, given[2].text, PRICE_EXAMPLE) if len(given) == 3 else Version.IPV6,
    )


@router.callback_query(Price.filter())
async def price_tap(_: CallbackQuery, turn: Turn, callback_data: Price) -> None:
    await show_price(turn, callback_data)


async def show_price(turn: Turn, asked: Price) -> None:
    price = await (await turn.px6()).price(asked.count, asked.period, asked.version)
    await turn.show(price_screen(turn.words, asked, price))


def price_screen(w: Words, asked: Price, price: px6.Price) -> Screen:
    text = lines(
        w.title(
            "{count} × {kind}, {days}",
            count=w.number(asked.count),
            kind=w.kind(asked.version),
            days=w.days(asked.period),
        ),
        price_line(w, price),
        w.tr("Balance {sum}", sum=w.money(price.balance, price.currency)),
    )
    buy = Buy(version=asked.version, period=asked.period, count=asked.count, origin=FROM_PRICE)
    back = Prices(version=asked.version, count=asked.count)
    return Screen(text, [[button(w.tr("Buy these"), buy)], home_row(w, back)])


def price_line(w: Words, price: px6.Price) -> str:
    """`1,800.00 RUB (0.60 RUB per proxy per day)`"""
    whole = w.money(price.price, price.currency)
    if price.price_single is None:
        return whole
    return w.tr("{sum} ({single} per proxy per day)", sum=whole, single=w.rate(price.price_single, price.currency))


@router.callback_query(Open.filter(F.screen == "prices"))
async def prices(_: CallbackQuery, turn: Turn) -> None:
    await show_prices(turn, Prices(version=Version(turn.person.choices.get("version", "6")), count=1))


@router.callback_query(Prices.filter())
async def prices_tap(_: CallbackQuery, turn: Turn, callback_data: Prices) -> None:
    await show_prices(turn, callback_data)


async def show_prices(turn: Turn, asked: Prices) -> None:
    turn.retry_with(asked)
    client = await turn.px6()
    table = await price_list(client, asked.count, asked.version, BUY_PERIODS)
    await turn.show(prices_screen(turn.words, asked, table, await sold_kinds(client)))


def prices_screen(
    w: Words, asked: Prices, table: Sequence[px6.Price], kinds: Sequence[Version] = USUAL_KINDS
) -> Screen:
    """The periods side by side, with the kinds and the usual numbers to switch to."""
    text = lines(
        w.title("Prices for {count} × {kind}", count=w.number(asked.count), kind=w.kind(asked.version)),
        *(table_line(w, price) for price in table),
        w.tr("“A day” is for one proxy. The price is the same in every country.")
        if table
        else w.tr("px6 does not sell this kind now."),
    )
    counts = [
        choice_button(w.number(count), count == asked.count, Prices(version=asked.version, count=count))
        for count in COUNTS
    ]
    rows: list[Row] = [
        *kind_rows(w, asked.version, lambda version: Prices(version=version, count=asked.count), kinds),
        counts[:3],
        counts[3:],
        [
            button(w.tr("Stock"), Countries(version=asked.version)),
            button(w.tr("Buy"), Buy(version=asked.version, count=asked.count, origin=FROM_PRICES)),
        ],
        [home_button(w)],
    ]
    return Screen(text, rows)


def table_line(w: Words, price: px6.Price) -> str:
    """`30 days: 1,800.00 RUB · 0.60 a day`, short enough for one line of a narrow phone."""
    days, whole = w.days(price.period), w.money(price.price, price.currency)
    if price.price_single is None:
        return w.tr("{days}: {price}", days=days, price=whole)
    single = w.bare_rate(price.price_single, price.currency)
    return w.tr("{days}: {sum} · {single} a day", days=days, sum=whole, single=single)


def kind_rows(
    w: Words, current: Version, data: Callable[[Version], CallbackData], kinds: Sequence[Version]
) -> Sequence[Row]:
    """One button for each kind; the current one is marked."""
    return pairs(*(choice_button(w.kind(version), version == current, data(version)) for version in kinds))


@router.message(Command("stock"))
async def stock_command(_: Message, turn: Turn) -> None:
    """/stock COUNTRY [VERSION]"""
    given, w = turn.typed.words, turn.words
    if not given:
        return await show_countries(turn, Countries(version=Version.IPV6))
    has_version = len(given) > 1 and parsing.is_like_a_kind(given[-1])
    asked = Stock(
        country=country(w, words_text(given[:-1] if has_version else given), STOCK_EXAMPLE),
        version=parsing.version(w, given[-1].text, STOCK_EXAMPLE) if has_version else Version.IPV6,
    )
    turn.retry_with(asked)
    return await show_stock(turn, asked)


@router.callback_query(Stock.filter())
async def stock_tap(_: CallbackQuery, turn: Turn, callback_data: Stock) -> None:
    await show_stock(turn, callback_data)


async def show_stock(turn: Turn, asked: Stock) -> None:
    client = await turn.px6()
    found, kinds = await asyncio.gather(client.stock(asked.country, asked.version), sold_kinds(client))
    await turn.show(stock_screen(turn.words, asked, found.count, kinds))


def stock_screen(w: Words, asked: Stock, stock: int, kinds: Sequence[Version] = USUAL_KINDS) -> Screen:
    buy = Buy(version=asked.version, country=asked.country, origin=FROM_STOCK)
    text = lines(
        w.title("{place}, {kind}", place=w.place(asked.country), kind=w.kind(asked.version)),
        stock_line(w, stock),
    )
    rows: list[Row] = [
        *kind_rows(w, asked.version, lambda version: Stock(country=asked.country, version=version), kinds),
        [button(w.tr("Buy here"), buy)]
        if stock
        else [button(w.tr("Tell me when in stock"), WatchStock(**buy.model_dump()))],
        home_row(w, Countries(version=asked.version)),
    ]
    return Screen(text, rows)


@router.message(Command("countries"))
async def countries_command(_: Message, turn: Turn) -> None:
    """/countries [VERSION]"""
    await show_countries(turn, Countries(version=kind_from(turn.words, turn.typed.words)))


def kind_from(w: Words, given: Sequence[Word]) -> Version:
    """The kind that /countries is asked for. Raises BadInput."""
    if len(given) > 1:
        raise parsing.wrong(w, w.tr("Write one kind, or only /countries."), COUNTRIES_EXAMPLE)
    return parsing.version(w, given[0].text, COUNTRIES_EXAMPLE) if given else Version.IPV6


@router.callback_query(Countries.filter())
async def countries_tap(_: CallbackQuery, turn: Turn, callback_data: Countries) -> None:
    await show_countries(turn, callback_data)


async def show_countries(turn: Turn, asked: Countries) -> None:
    turn.retry_with(asked)
    client = await turn.px6()
    grid, kinds = await asyncio.gather(client.stock_grid(), sold_kinds(client))
    if grid is None:
        codes, stock = (await client.countries(asked.version)).countries, dict[str, int]()
    else:
        stock = {country: count for country, count in grid.counts.get(asked.version, {}).items() if count}
        codes = tuple(stock)
    await turn.show(countries_screen(turn.words, asked, codes, kinds, stock))


def countries_screen(
    w: Words,
    asked: Countries,
    codes: Sequence[str],
    kinds: Sequence[Version] = USUAL_KINDS,
    stock: Mapping[str, int] = {},
) -> Screen:
    """Every country in a folded list, with its stock where that is known, and a page of buttons that open it."""
    ordered = sorted(codes, key=w.country)
    pages = -(-len(ordered) // COUNTRIES_A_PAGE)
    page = min(asked.page, pages)
    shown = ordered[(page - 1) * COUNTRIES_A_PAGE : page * COUNTRIES_A_PAGE]
    text = lines(
        Bold(
            w.n("{kind} in {count} country", "{kind} in {count} countries", len(ordered), kind=w.kind(asked.version))
        ),
        ExpandableBlockQuote("\n".join(country_line(w, code, stock or {}) for code in ordered)) if ordered else None,
    )
    rows: list[Row] = [
        *kind_rows(w, asked.version, lambda version: Countries(version=version), kinds),
        *pairs(*(button(w.place(code), Stock(country=code, version=asked.version)) for code in shown)),
        page_row(page, pages, lambda number: Countries(version=asked.version, page=number)),
        [home_button(w)],
    ]
    return Screen(text, rows)


def country_line(w: Words, code: str, stock: Mapping[str, int]) -> str:
    """`🇩🇪 Germany · de · 800`"""
    return f"{w.place(code)} · {code}" + (f" · {w.number(stock[code])}" if code in stock else "")
