"""The card of what is waited for: what its button would have bought at once."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.watching.stock import AtOnceTerms
from handlers.watching.stock_card import card_screen
from model.orders import BuyWish
from model.watching import StockWatch
from services.money.forecast import USUAL_PERIOD
from tests.durations import DAY
from tests.sample_proxies import NOW


def waiting(wish: BuyWish) -> StockWatch:
    return StockWatch(
        id=7,
        telegram_id=1001,
        px6_user_id="77",
        country=wish.country,
        version=wish.version,
        wanted=max(1, wish.count),
        wish=wish,
        since=NOW,
        until=NOW + DAY,
        look_at=NOW,
        told_at=None,
    )


@pytest.mark.parametrize(
    ("wanted", "offered"), [((0, 0), (1, USUAL_PERIOD)), ((1, 7), (1, 7)), ((5, 60), (5, 60)), ((0, 90), (1, 90))]
)
def test_as_many_for_as_long_as_are_waited_for_are_offered(wanted: tuple[int, int], offered: tuple[int, int]) -> None:
    """Where only a country was chosen it is one for a month: a button for none could not even be shown."""
    count, period = wanted
    screen = card_screen(Words("en"), waiting(BuyWish(count, period, "de")), NOW, may_spend=True)
    terms = AtOnceTerms.unpack(screen.rows[0][0].callback_data or "")
    assert (terms.number, terms.count, terms.period) == (7, *offered)
