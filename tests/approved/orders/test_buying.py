from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.orders import buy, buy_buttons, buy_quote, daily_words, prices
from handlers.orders.buy_buttons import FROM_AGAIN, Buy, Prices
from handlers.orders.prolong import nothing_soon_screen
from model.proxies import USUAL_KINDS
from px6 import Customer, Price, Protocol, Version
from services.money.prices import DailyPrices
from tests.approved.approving import EN, RU, SITE, State, approve

COUNTRIES = ("de", "ru", "us", "fr", "nl", "gb", "uk", "es", "it", "pl", "kz", "ua", "zz")

DAILY: tuple[tuple[str, str, dict[int, str]], ...] = (
    ("the last is the lowest", "RUB", {3: "1.10", 7: "0.90", 14: "0.80", 30: "0.70", 60: "0.68", 90: "0.66"}),
    ("two are the lowest", "USD", {3: "0.0123", 30: "0.0087", 90: "0.0087"}),
    ("all alike", "RUB", dict.fromkeys((3, 7, 14, 30, 60, 90), "0.70")),
)


def a_price(days: int, single: str | None = "0.28") -> Price:
    return Price(
        user_id="7",
        balance=Decimal("100.00"),
        currency="RUB",
        price=Decimal(days) * 5,
        price_single=Decimal(single) if single else None,
        period=days,
        count=5,
    )


def kinds() -> Iterator[State]:
    last = Buy(version="4", country="de", period=30, count=5, protocol=Protocol.SOCKS, origin=FROM_AGAIN)
    yield "kinds: nothing bought before", buy.kinds_screen(EN, Buy(), None)
    yield "kinds: bought before, and chosen so far", buy.kinds_screen(EN, Buy(period=7, count=2, country="us"), last)
    yield "Russian: kinds", buy.kinds_screen(RU, Buy(), last.but(period=21))
    bought = {"version": "6", "country": "de", "period": 30, "count": 5, "protocol": "http"}
    for choices in ({}, {"buy": None}, {"buy": bought}):
        found = buy.last_buy(choices)
        yield f"bought last: {choices}", found.pack() if found else None


def where() -> Iterator[State]:
    chosen = Buy(version="6", period=7, origin="p")
    for count in (0, 1, 6, 7, 12, 13):
        shown = buy.countries_screen(EN, chosen, COUNTRIES[:count], {})
        yield f"buy where: {count} countries", shown
    stock = {"de": 0, "ru": 1, "us": 1_204}
    yield "buy where: with stock", buy.countries_screen(EN, chosen, COUNTRIES[:6], stock)
    for page in (2, 3, 9):
        yield f"buy where: page {page}", buy.countries_screen(EN, chosen.but(page=page), COUNTRIES, {})
    for version in USUAL_KINDS:
        asked = prices.Countries(version=version)
        yield f"countries: {version.name}", prices.countries_screen(EN, asked, COUNTRIES[:5])
    for count in (0, 1, 6, 10, 11):
        yield (
            f"countries: {count}",
            prices.countries_screen(EN, prices.Countries(version=Version.IPV6), COUNTRIES[:count]),
        )
    for page in (2, 3, 9):
        asked = prices.Countries(version=Version.IPV6, page=page)
        yield f"countries: page {page}", prices.countries_screen(RU, asked, COUNTRIES[:11])


def tables() -> Iterator[State]:
    table = [a_price(days) for days in (3, 7)] + [a_price(30, None)]
    for version in USUAL_KINDS:
        yield f"prices: {version.name}", prices.prices_screen(EN, Prices(version=version, count=5), table)
    for count in (1, 2, 1_000):
        yield f"prices of {count}", prices.prices_screen(RU, Prices(version=Version.IPV6, count=count), table)
    for single in ("0.0087", "0.099", "0.1", "1.20"):
        yield f"one for a day: {single}", prices.price_line(EN, a_price(30, single))


def how_many() -> Iterator[State]:
    chosen = Buy(version="6", country="de", period=7, origin="p")
    for name, currency, rates in DAILY:
        daily = DailyPrices(currency, {period: Decimal(rate) for period, rate in rates.items()})
        asked_of = buy.periods_screen(RU, chosen.but(period=0, count=0), 800, (3, 7, 14, 30, 60, 90), daily)
        yield (
            f"prices a day: {name}",
            [asked_of, daily_words.period_label(EN, 30, daily), daily_words.daily_line(EN, daily)],
        )
    for stock in (0, 1, 2, 5, 10, 1_204):
        yield (
            f"for how long, {stock} in stock",
            [buy.periods_screen(w, chosen.but(period=0), stock) for w in (EN, RU)],
        )
        yield f"how many, {stock} in stock", [buy.counts_screen(w, chosen, stock) for w in (EN, RU)]
        for version in USUAL_KINDS:
            asked = buy_buttons.Stock(country="de", version=version)
            yield f"stock of {version.name}: {stock}", [prices.stock_screen(w, asked, stock) for w in (EN, RU)]


def questions() -> Iterator[State]:
    given: dict[str, Any] = {"version": "6", "country": "de", "period": 7, "count": 2, "origin": "p"}
    where, count = buy.TypeCountry(**given), buy.TypeCount(**given)
    for w in (EN, RU):
        yield f"asks for a country, {w.language}", buy.country_question(w, where)
        yield f"asks for days, {w.language}", buy.period_question(w, Buy(**given))
        yield f"asks for a count, {w.language}", buy.count_question(w, count)
        yield f"no such country, {w.language}", buy.no_country_screen(w, where, "<Narnia>")
        yield f"asks for a comment, {w.language}", buy_quote.comment_question(w, buy_quote.TypeComment(**given))
        yield f"auto-renewal, {w.language}", buy_quote.auto_renew_screen(w, buy_quote.ExplainAutoRenew(**given))
        yield f"nothing ends soon, {w.language}", nothing_soon_screen(w)
    for found in (2, 3, 6, 7):
        yield f"{found} such countries", buy.found_countries_screen(EN, where, COUNTRIES[:found])
    yield "Russian: two such countries", buy.found_countries_screen(RU, where, COUNTRIES[:2])


def sums() -> Iterator[State]:
    account = Customer(user_id="7", balance=Decimal("1204.50"), currency="RUB")
    yield "balance", [prices.balance_screen(w, account, SITE) for w in (EN, RU)]
    newer = structs.replace(account, email="anna@example.com", balance_ref=Decimal("3.5"))
    yield "balance, of a newer px6", [prices.balance_screen(w, newer, SITE) for w in (EN, RU)]
    for single in ("0.0087", None):
        asked = buy_buttons.Price(version=Version.SHARED, count=1_000, period=30)
        shown = [prices.price_screen(w, asked, a_price(30, single)) for w in (EN, RU)]
        yield f"price, of one {single}", shown


def states() -> Iterator[State]:
    for table in (kinds, where, tables, how_many, questions, sums):
        yield from table()


def test_every_choice_before_a_purchase_reads_as_approved() -> None:
    approve(__file__, states())
