"""Too few in stock: what there is of it, the nearest places that have enough, and being told when it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from aiogram.types import InlineKeyboardButton

import px6
from handlers.ground.callback_data import CallbackData
from handlers.ground.screen import Row, Screen, button, home_row, pairs
from handlers.ground.turn import Turn
from handlers.ground.words import Words, lines
from handlers.orders.buy_buttons import Buy, WatchStock, back_from, back_from_quote
from model.proxies import USUAL_KINDS
from px6 import Px6Client, StockGrid, Version
from services.orders import Quote

log = logging.getLogger(__name__)

COUNTRIES_NAMED, KINDS_NAMED = 3, 2
COUNTRIES_TRIED = 2  # one by one, where px6 does not tell all stock at once


@dataclass(frozen=True)
class Elsewhere:
    """Another country or kind that has enough. `price`: of as many for as long; None: not known."""

    country: str
    version: Version
    stock: int
    price: Decimal | None = None
    currency: str = ""


async def show_sold_out(turn: Turn, so_far: Buy, stock: int, quoted: Quote | None = None) -> None:
    """Show what there is instead. `quoted`: the price of what was wanted, which is the same in every country."""
    try:
        found = await elsewhere(turn, so_far, quoted)
    except px6.Px6Error as error:
        log.debug("No other place is offered: %s", type(error).__name__)
        found = []
    await turn.show(sold_out_screen(turn.words, so_far, stock, found))


async def elsewhere(turn: Turn, so_far: Buy, quoted: Quote | None) -> list[Elsewhere]:
    """The countries with most of this kind, then the other kinds that this country has. Raises px6's errors."""
    client, version, wanted = await turn.px6(), Version(so_far.version), max(1, so_far.count)
    grid = await client.stock_grid()
    if grid is not None:
        found = in_grid(grid, so_far, wanted)
    else:
        found = await one_by_one(client, so_far, wanted, turn.person.choices.get("countries", []))
    others = [each for each in found if each.version != version]
    same = [each for each in found if each.version == version]
    same = sorted(same, key=lambda each: -each.stock)[:COUNTRIES_NAMED]
    price, currency = (quoted.options[0].price, quoted.currency) if quoted else (None, "")
    priced = [Elsewhere(each.country, each.version, each.stock, price, currency) for each in same]
    return [*priced, *await asyncio.gather(*(with_price(client, each, so_far) for each in others[:KINDS_NAMED]))]


def in_grid(grid: StockGrid, so_far: Buy, wanted: int) -> list[Elsewhere]:
    """Every other country that has this kind, and what else this country has."""
    here = ((so_far.country, kind) for kind in other_kinds(so_far))
    there = ((country, Version(so_far.version)) for country in grid.counts.get(so_far.version, {}))
    places = [place for place in (*there, *here) if place != (so_far.country, so_far.version)]
    counted = (Elsewhere(country, kind, grid.counts.get(kind, {}).get(country, 0)) for country, kind in places)
    return [each for each in counted if each.stock >= wanted]


def other_kinds(so_far: Buy) -> Sequence[Version]:
    """The kinds that may do as well: MTProto, which only Telegram speaks, stands for no other."""
    if so_far.version == Version.MTPROTO:
        return ()
    return [kind for kind in USUAL_KINDS if kind != so_far.version]


async def one_by_one(client: Px6Client, so_far: Buy, wanted: int, used: Iterable[str]) -> list[Elsewhere]:
    """The countries of the last purchases, and the other kinds here: a few calls."""
    countries = [country for country in used if country != so_far.country][:COUNTRIES_TRIED]
    places = [(country, Version(so_far.version)) for country in countries]
    places += [(so_far.country, kind) for kind in other_kinds(so_far)]
    counts = await asyncio.gather(*(client.stock(country, kind) for country, kind in places))
    counted = [Elsewhere(*place, found.count) for place, found in zip(places, counts, strict=True)]
    return [each for each in counted if each.stock >= wanted]


async def with_price(client: Px6Client, place: Elsewhere, so_far: Buy) -> Elsewhere:
    """With the price of another kind, where it is known for how many days, and px6 tells it."""
    if not so_far.period:
        return place
    try:
        price = await client.price(max(1, so_far.count), so_far.period, place.version)
    except px6.Px6Error as error:
        log.debug("Another kind is offered without its price: %s", type(error).__name__)
        return place
    return Elsewhere(place.country, place.version, place.stock, price.price, price.currency)


def sold_out_screen(w: Words, so_far: Buy, stock: int, found: Sequence[Elsewhere] = ()) -> Screen:
    """What is there, where there is enough, and a button that has the person told."""
    wanted = max(1, so_far.count)
    place, kind = w.place(so_far.country), w.kind(so_far.version)
    text = lines(
        w.title("Not enough in stock") if stock else w.title("Sold out"),
        w.tr(
            "{place}, {kind}: {stock} in stock, you want {count}.",
            place=place,
            kind=kind,
            stock=w.number(stock),
            count=w.number(wanted),
        )
        if stock
        else f"{place}, {kind}",
        w.tr("Nothing was bought.") if so_far.count else None,
        w.tr("Enough in stock here:") if found else None,
        *(place_line(w, each, so_far) for each in found),
    )
    tell = WatchStock(**so_far.model_dump())
    rows: list[Row] = [
        [button(w.tr("Take {count}", count=w.number(stock)), so_far.but(count=stock))] if stock else [],
        *pairs(*(place_button(w, each, so_far) for each in found)),
        [
            button(
                w.tr("Tell me when there are {count}", count=w.number(wanted))
                if wanted > 1
                else w.tr("Tell me when in stock"),
                tell,
            )
        ],
        *pairs(
            button(w.tr("Quantity"), so_far.but(count=0)) if stock and so_far.count else None,
            button(w.tr("Country"), so_far.but(country="")),
            None if stock else button(w.tr("Kind"), so_far.but(version="", country="")),
        ),
        home_row(w, way_back(so_far)),
    ]
    return Screen(text, rows)


def way_back(so_far: Buy) -> CallbackData | None:
    """To the last choice that was made."""
    if not so_far.period:
        return back_from(so_far, "period")
    return back_from_quote(so_far) if so_far.count else back_from(so_far, "count")


def place_line(w: Words, each: Elsewhere, so_far: Buy) -> str:
    """`🇫🇷 France: 240 · 41.40 RUB`, or the other kind in place of the country."""
    name = w.kind(each.version) if each.country == so_far.country else w.place(each.country)
    counted = f"{name}: {w.number(each.stock)}"
    return counted if each.price is None else f"{counted} · {w.money(each.price, each.currency)}"


def place_button(w: Words, each: Elsewhere, so_far: Buy) -> InlineKeyboardButton:
    if each.country == so_far.country:
        return button(w.kind(each.version), so_far.but(version=each.version))
    return button(w.place(each.country), so_far.but(country=each.country, page=1))
