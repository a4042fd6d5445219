"""How times, sums and names are written in both languages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.ground.words import Words
from tests.sample_proxies import NOW

EN, RU = Words("en"), Words("ru")


@pytest.mark.parametrize(
    ("left", "english", "russian"),
    [
        (timedelta(minutes=59, seconds=40), "in 1 hour", "через 1 час"),
        (timedelta(minutes=59, seconds=20), "in 59 minutes", "через 59 минут"),
        (timedelta(hours=47, minutes=40), "in 2 days", "через 2 дня"),
        (timedelta(hours=47), "in 47 hours", "через 47 часов"),
        (timedelta(seconds=5), "in 1 minute", "через 1 минуту"),
    ],
)
def test_no_unit_is_counted_past_the_next(left: timedelta, english: str, russian: str) -> None:
    assert EN.relative(NOW + left, NOW) == english
    assert RU.relative(NOW + left, NOW) == russian


def test_a_rate_has_two_digits_that_count() -> None:
    for amount, shown in (
        ("0.00781", "0.0078"),
        ("0.0999", "0.10"),
        ("0.05", "0.05"),
        ("0.7", "0.70"),
        ("0", "0.00"),
    ):
        assert EN.rate(Decimal(amount), "USD") == f"{shown} USD"
    assert RU.rate(Decimal("0.00781"), "USD") == "0,0078 $"


def test_decimals_and_countries_are_as_people_write_them() -> None:
    assert (EN.decimal(0.413, least=2, most=2), RU.decimal(0.413, least=2, most=2)) == ("0.41", "0,41")
    assert (RU.decimal(-200.0, most=2), RU.decimal(0.5, most=2)) == ("−200", "0,5")
    assert (RU.country("us"), RU.country("kr"), EN.country("us")) == ("США", "Южная Корея", "United States")
