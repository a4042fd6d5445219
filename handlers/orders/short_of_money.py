"""A quote that the balance does not cover: topping up, finishing it later, and what the balance is enough for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import px6
from handlers.ground.callback_data import CallbackData
from handlers.ground.periods import BUY_PERIODS, PROLONG_PERIODS
from handlers.ground.proxy_words import soonest_first
from handlers.ground.screen import Open, Row, button, pairs, top_up_button
from handlers.ground.turn import Turn
from handlers.ground.words import Words
from handlers.orders.order_buttons import KeepQuote
from model.proxies import kind_of
from px6 import Proxy, Px6Client, Version
from services.money.prices import Prices, cents, read_prices, sold_periods
from services.orders import Option, Quote
from services.orders.quoting import price_in
from services.rules.plan import how_many

log = logging.getLogger(__name__)

ForPeriod = Callable[[int], CallbackData]
OfSome = Callable[[Sequence[int]], Awaitable[CallbackData]]


@dataclass(frozen=True)
class Fit:
    """What the balance covers in place of a quote: the `option`; `urgent`: of so many proxies only, those that end
    soonest. `data`: the button that leads to its quote."""

    option: Option
    data: CallbackData
    urgent: int = 0


@dataclass(frozen=True)
class Shortage:
    """What a person can do who is short of money. `waits`: the same waits for money already."""

    fits: Sequence[Fit] = ()
    waits: bool = False


NOTHING_FITS = Shortage()


def short_of_money_rows(
    w: Words, quote: Quote, option: Option, again: CallbackData, site_url: str, shortage: Shortage = NOTHING_FITS
) -> list[Row]:
    """In place of the green button: the way to money and the same quote once more, later by itself, or something else
    now."""
    keep = (
        button(w.tr("Waiting for the money"), Open(screen="watch"))
        if shortage.waits
        else button(w.tr("Finish when the money arrives"), KeepQuote(quote=quote.id, period=option.period))
    )
    return [
        *pairs(top_up_button(w, site_url), button(w.tr("I have topped up"), again)),
        [keep],
        *fit_rows(w, quote, shortage),
    ]


def fit_rows(w: Words, quote: Quote, shortage: Shortage) -> list[Row]:
    """What there is money for in place of the quote."""
    return [[button(fit_label(w, quote, fit), fit.data)] for fit in shortage.fits]


def fit_label(w: Words, quote: Quote, fit: Fit) -> str:
    sum_ = w.money(fit.option.price, quote.currency)
    if fit.option.at_most:
        sum_ = w.tr("at most {sum}", sum=sum_)
    if fit.urgent:
        return w.n("Only the most urgent · {sum}", "Only the {count} most urgent · {sum}", fit.urgent, sum=sum_)
    return w.tr("{days} · {sum}", days=w.days(fit.option.period), sum=sum_)


async def shortage_of_buy(turn: Turn, quote: Quote, data: ForPeriod) -> Shortage:
    """`data` gives the button of the same purchase for another period."""
    wish, fits = quote.wish, list[Fit]()
    assert wish is not None  # noqa: S101 - a quote of kind "buy" has a wish
    try:
        client = await turn.px6()
        shortest = await shortest_period(client, [wish.version], BUY_PERIODS, wish.period)
        if shortest:
            price = await price_in(client, quote.currency, wish.count, shortest, Version(wish.version), fresh=False)
            fits = [Fit(Option(period=shortest, price=price.price), data(shortest))]
    except px6.Px6Error as error:
        log.debug("Nothing is offered in place of a quote: %s", type(error).__name__)
    return await shortage(turn, quote, fits)


async def shortage_of_prolong(
    turn: Turn, quote: Quote, proxies: Sequence[Proxy], data: ForPeriod, of_some: OfSome, budget: Decimal
) -> Shortage:
    """`data` gives the button of the same proxies for another period, `of_some` that of some of them for this one.

    `budget`: the balance, or what is left of a colleague's limit.
    """
    fits, period = list[Fit](), quote.options[0].period
    try:
        client = await turn.px6()
        known = await turn.services.orders.known_versions(turn.person.telegram_id)
        kinds = [kind_of(proxy, known) for proxy in proxies]
        shortest = await shortest_period(client, kinds, PROLONG_PERIODS, period)
        if shortest:
            prices = await read_prices(client, proxies, known, shortest, quote.currency)
            fits.append(Fit(option_of(prices, proxies), data(shortest)))
        prices = await read_prices(client, proxies, known, period, quote.currency)
        urgent = most_urgent(proxies, prices, budget)
        if urgent:
            fits.append(Fit(option_of(prices, urgent), await of_some([proxy.id for proxy in urgent]), len(urgent)))
    except px6.Px6Error as error:
        log.debug("Nothing is offered in place of a quote: %s", type(error).__name__)
    return await shortage(turn, quote, fits, budget)


async def shortage(turn: Turn, quote: Quote, fits: Iterable[Fit], budget: Decimal | None = None) -> Shortage:
    """What the balance, or a `budget` that is less, covers of these; and whether the same waits already."""
    waits, most = await turn.services.kept.like(quote) is not None, quote.balance if budget is None else budget
    return Shortage([fit for fit in fits if fit.option.price <= most], waits)


async def shortest_period(client: Px6Client, kinds: Iterable[str], usual: Sequence[int], than: int) -> int | None:
    """The shortest period that px6 sells of these kinds, which is the cheapest; None where it is no shorter."""
    shortest = min(await sold_periods(client, kinds, usual))
    return shortest if shortest < than else None


def most_urgent(proxies: Sequence[Proxy], prices: Prices, budget: Decimal) -> Sequence[Proxy]:
    """Those that end soonest, as many as the budget covers; none where it covers none."""
    ordered = soonest_first(proxies)
    return ordered[: how_many((prices.price(proxy) for proxy in ordered), budget)]


def option_of(prices: Prices, proxies: Sequence[Proxy]) -> Option:
    """What prolonging these costs together."""
    price = cents(sum((prices.price(proxy) for proxy in proxies), Decimal()))
    return Option(period=prices.period, price=price, at_most=any(map(prices.is_unsure, proxies)))
