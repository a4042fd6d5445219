"""A balance on both sides of a price, wherever one is shown: enough to the cent is enough, and nothing is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from aiogram.types import InlineKeyboardButton

from handlers.ground.proxy_buttons import Prolong
from handlers.ground.screen import Screen
from handlers.ground.words import Words
from handlers.money.forecast import forecast_screen
from handlers.money.spent import day_begun
from handlers.orders import buy_quote as purchase
from handlers.orders import prolong_quote
from handlers.reminders.digest_screen import digest_screen
from px6 import Version
from services.money.forecast import make_forecast
from services.money.prices import Prices
from services.notifications.kinds import Digest
from services.orders import BuyWish
from tests.handlers.sample_orders import a_quote
from tests.sample_proxies import NOW, a_proxy

SITE = "https://px6.example"
EN = Words("en")


def shown(screen: Screen) -> str:
    return str(screen.text.as_kwargs()["text"])


def buttons(screen: Screen) -> Iterator[InlineKeyboardButton]:
    return (each for row in screen.rows for each in row)


def green(screen: Screen) -> list[str]:
    return [each.text for each in buttons(screen) if each.style == "success"]


def links(screen: Screen) -> list[str]:
    return [each.text for each in buttons(screen) if each.url]


def buying(balance: str) -> Screen:
    return purchase.quote_screen(EN, a_quote(balance, (30, "42.00"), wish=BuyWish(1, 30, "de")), SITE)


def prolonging(balance: str) -> Screen:
    return prolong_quote.quote_screen(EN, a_quote(balance, (30, "42.00")), None, [a_proxy()], NOW, SITE)


def reminding(balance: str) -> Screen:
    return digest_screen(EN, Digest(1, (a_proxy(),), (), a_quote(balance, (30, "42.00")), False, NOW), SITE)


def sums(balance: str) -> Screen:
    data = Prolong(proxy=15)
    return prolong_quote.sums_screen(EN, a_quote(balance, (30, "42.00")), data, [a_proxy()], NOW, SITE)


SCREENS: dict[str, tuple[Callable[[str], Screen], str]] = {
    "buy": (buying, "Buy · 42.00 RUB"),
    "prolong": (prolonging, "Prolong 30 days · 42.00 RUB"),
    "sums": (sums, "Prolong 30 days · 42.00 RUB"),
    "digest": (reminding, "Prolong 30 days · 42.00 RUB"),
}


@pytest.mark.parametrize(("screen", "label"), SCREENS.values(), ids=SCREENS)
@pytest.mark.parametrize("balance", ["42.01", "42.00"])
def test_a_balance_that_is_exactly_the_price_pays_it(
    screen: Callable[[str], Screen], label: str, balance: str
) -> None:
    made = screen(balance)
    assert green(made) == [label]
    assert "issing" not in shown(made) and "Top up" not in "".join(each.text for each in buttons(made))
    assert f"Balance {balance}" in shown(made)


@pytest.mark.parametrize("screen", [screen for screen, _ in SCREENS.values()], ids=SCREENS)
def test_a_cent_that_is_missing_is_named_with_the_way_to_more_money(screen: Callable[[str], Screen]) -> None:
    made = screen("41.99")
    assert green(made) == []
    assert "missing 0.01 RUB" in shown(made)
    assert links(made) == ["Top up at px6"]
    assert "I have topped up" in [each.text for each in buttons(made)]


@pytest.mark.parametrize(
    ("balance", "said", "offered"),
    [
        (
            "126.00",
            "Balance 126.00 RUB",
            ["Prolong 30 days · 42.00 RUB", "Prolong 7 days · 9.80 RUB", "Prolong 90 days · 126.00 RUB"],
        ),
        (
            "125.99",
            "The balance is not enough for 90 days · 126.00 RUB",
            ["Prolong 30 days · 42.00 RUB", "Prolong 7 days · 9.80 RUB"],
        ),
        ("42.00", "Balance 42.00 RUB", ["Prolong 30 days · 42.00 RUB", "Prolong 7 days · 9.80 RUB"]),
        ("41.99", "The balance is enough for 7 days.", ["Prolong 7 days · 9.80 RUB"]),
        ("9.80", "The balance is enough for 7 days.", ["Prolong 7 days · 9.80 RUB"]),
        ("9.79", "missing 32.21 RUB", []),
    ],
)
def test_a_digest_offers_every_period_that_the_balance_covers_to_the_cent(
    balance: str, said: str, offered: list[str]
) -> None:
    quote = a_quote(balance, (30, "42.00"), (7, "9.80"), (90, "126.00"))
    made = digest_screen(EN, Digest(1, (a_proxy(),), (), quote, False, NOW), SITE)
    assert said in shown(made)
    assert green(made) == offered
    assert ("The balance is not enough for" in shown(made)) is (balance != "126.00")
    assert bool(links(made)) is (Decimal(balance) < 42)


@pytest.mark.parametrize(
    ("balance", "lasts"), [("21.00", "The balance covers all of it."), ("20.99", "Missing for 30 days: 0.01 RUB")]
)
def test_a_forecast_that_is_covered_to_the_cent_misses_nothing(balance: str, lasts: str) -> None:
    prices = Prices(30, "RUB", Decimal(balance), {Version.IPV6: Decimal("21.00")}, {})
    made = forecast_screen(EN, make_forecast([a_proxy()], prices, Decimal(balance), NOW), SITE)
    assert lasts in shown(made)
    assert links(made) == ([] if balance == "21.00" else ["Top up at px6"])
    assert ("lasts until" in shown(made)) is (balance != "21.00")


@pytest.mark.parametrize(
    "zone, now, begun",
    [
        ("Europe/Berlin", "2026-11-28T22:59:59", "2026-11-27T23:00"),
        ("Europe/Berlin", "2026-11-28T23:00", "2026-11-28T23:00"),
        ("Europe/Berlin", "2026-10-25T12:00", "2026-10-24T22:00"),  # the clock was set back at 3 of that night
        ("Atlantic/Azores", "2026-10-25T00:30", "2026-10-25T00:00"),
        ("Atlantic/Azores", "2026-10-25T01:30", "2026-10-25T00:00"),  # half past midnight for the second time
        ("Pacific/Auckland", "2026-11-28T11:00", "2026-11-28T11:00"),
        (None, "2026-11-28T11:00", "2026-11-27T11:00"),
    ],
)
def test_a_day_begins_at_the_persons_midnight_or_a_day_ago(zone: str | None, now: str, begun: str) -> None:
    moment, expected = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (now, begun))
    assert day_begun(Words("en", zone), moment) == expected
