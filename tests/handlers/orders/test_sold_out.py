"""Where there is enough of what is sold out, as px6 tells all of its stock at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.orders.buy_buttons import Buy
from handlers.orders.sold_out import in_grid
from px6 import StockGrid

COUNTS = {
    "6": {"de": 500, "us": 10, "nl": 5, "fr": 4, "gb": 0},
    "4": {"de": 5, "us": 90},
    "3": {"de": 4},
    "5": {"de": 700, "nl": 9},
}
GRID = StockGrid(user_id="7", balance=Decimal(100), currency="RUB", counts=COUNTS)


@pytest.mark.parametrize(
    ("version", "country", "wanted", "there"),
    [
        ("6", "de", 5, [("us", "6", 10), ("nl", "6", 5), ("de", "4", 5)]),
        ("6", "de", 4, [("us", "6", 10), ("nl", "6", 5), ("fr", "6", 4), ("de", "4", 5), ("de", "3", 4)]),
        ("4", "us", 10, [("us", "6", 10)]),
        ("3", "nl", 5, [("nl", "6", 5)]),
        ("5", "de", 5, [("nl", "5", 9)]),
        ("6", "de", 11, []),
    ],
)
def test_other_countries_of_the_kind_and_other_kinds_of_the_country_that_have_enough(
    version: str, country: str, wanted: int, there: list[tuple[str, str, int]]
) -> None:
    """Never the place itself, whatever it is said to have there; and in place of MTProto no other kind."""
    found = in_grid(GRID, Buy(version=version, country=country, count=wanted), wanted)
    assert [(each.country, each.version.value, each.stock) for each in found] == there
