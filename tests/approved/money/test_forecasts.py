from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from msgspec import structs

from handlers.ground.words import Words
from handlers.money.forecast import (
    breakdown_screen,
    chart_caption,
    chart_words,
    event_text,
    event_title,
    forecast_screen,
)
from handlers.money.outlook import outlook_line
from model.accounts import Outlook
from px6 import Proxy, Version
from services.money.forecast import Forecast, make_forecast
from services.money.prices import Prices
from tests.approved.approving import EN, IN_BERLIN, RU, SITE, State, approve
from tests.sample_proxies import NOW, a_proxy

PRICES = {Version.IPV6: Decimal("21.00"), Version.IPV4: Decimal("90.00"), Version.SHARED: Decimal("30.00")}


def some(count: int, **changes: Any) -> list[Proxy]:
    return [a_proxy(15 + nth, ends_in=timedelta(days=1, hours=nth), **changes) for nth in range(count)]


def forecast(balance: str, proxies: list[Proxy]) -> Forecast:
    return make_forecast(proxies, Prices(30, "RUB", Decimal(balance), PRICES, {}), Decimal(balance), NOW)


def screens() -> Iterator[State]:
    yield "nothing ends", forecast_screen(EN, forecast("5.00", [a_proxy(ends_in=timedelta(days=31))]), SITE)
    unsold = some(1, version="5")
    for count in (1, 2):
        yield f"only {count} that cannot be renewed", forecast_screen(EN, forecast("5.00", unsold * count), SITE)
    for balance in ("42.01", "42.00", "41.99", "20.99", "0.00"):
        yield f"2 for 42.00, balance {balance}", forecast_screen(EN, forecast(balance, some(2)), SITE)
    for days in (7, 8, 14, 15, 30):
        ends = [a_proxy(ends_in=timedelta(days=days))]
        yield f"one in {days} days", forecast_screen(EN, forecast("21.00", ends), SITE).text
    for count in (1, 3, 4, 5, 24):
        yield f"{count} fall", forecast_screen(EN, forecast("0.00", some(count)), SITE).text
    yield "one cannot be renewed", forecast_screen(EN, forecast("0.00", some(1) + unsold), SITE).text
    unsure = some(1, version=None, ip="185.1.1.1")
    yield "at most", forecast_screen(IN_BERLIN, forecast("10.00", unsure), SITE)
    yield "Russian", forecast_screen(RU, forecast("21.00", some(26)), SITE)


def parts() -> Iterator[State]:
    for by in ("comment", "country"):
        for count in (1, 8, 9, 10, 29):
            each = [
                a_proxy(15 + nth, comment="c" * nth, country=f"a{'defgilmoqrstuwxz'[nth % 16]}")
                for nth in range(count)
            ]
            yield f"by {by}: {count}", breakdown_screen(EN, forecast("0", each), by)
    yield (
        "Russian: by comment",
        breakdown_screen(RU, forecast("0", [a_proxy(n, comment=f"c{n}") for n in range(29)]), "comment"),
    )
    yield "by country, none told", breakdown_screen(EN, forecast("0", some(1, country=None)), "country")


def files() -> Iterator[State]:
    for count in (1, 2, 10, 11, 12):
        yield f"event of {count}", [event_title(EN, some(count)), event_text(EN, some(count))]
    yield "Russian: event", [event_title(RU, some(31)), event_text(RU, some(31))]
    for w in (EN, RU):
        yield f"chart in {w.language}", told(chart_words(w, forecast("21.00", some(2))))
        yield f"chart: its caption in {w.language}", chart_caption(w, forecast("21.00", some(2)))
    yield "chart in Berlin, late at night", told(late(IN_BERLIN))


def late(w: Words) -> object:
    return chart_words(w, replace(forecast("21.00", some(2)), now=NOW.replace(hour=23, minute=30)))


def told(words: object) -> list[str]:
    return [f"{name}: {value}" for name, value in vars(words).items()]


def outlooks() -> Iterator[State]:
    plain = Outlook(
        made_at=NOW, balance=Decimal(0), currency="RUB", cost=Decimal("42.00"), lasts_until=None, at_most=False
    )
    yield "outlook: none", outlook_line(EN, None, NOW)
    for hours in (-12, 0, 12):
        for seconds in (-1, 0, 1):
            made = structs.replace(plain, made_at=NOW - timedelta(hours=hours) + timedelta(seconds=seconds))
            yield f"outlook: of {hours} hours ago and {seconds} seconds", outlook_line(EN, made, NOW)
    yield "outlook: nothing to pay", outlook_line(EN, structs.replace(plain, cost=Decimal("0.00")), NOW)
    for at_most in (False, True):
        for hours_left in (None, 1, 5 * 24):
            until = None if hours_left is None else NOW + timedelta(hours=hours_left)
            outlook = structs.replace(plain, lasts_until=until, at_most=at_most)
            yield (
                f"outlook: until {None if until is None else until.timestamp()}, at most {at_most}",
                [outlook_line(EN, outlook, NOW), outlook_line(RU, outlook, NOW)],
            )


def states() -> Iterator[State]:
    for table in (screens, parts, files, outlooks):
        yield from table()


def test_every_forecast_reads_as_approved() -> None:
    approve(__file__, states())
