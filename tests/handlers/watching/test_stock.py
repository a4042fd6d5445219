"""What is said to whoever waits for stock."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.orders.buy_buttons import FROM_STEPS, wish_button
from handlers.watching.stock import watching_screen
from model.orders import BuyWish


@pytest.mark.parametrize(
    ("count", "period", "offered"), [(5, 30, True), (5, 0, False), (0, 30, False), (0, 0, False)]
)
def test_to_buy_at_once_is_offered_where_days_and_number_are_chosen(count: int, period: int, offered: bool) -> None:
    """Elsewhere it could not be said what is bought up to which sum: the button would lead nowhere."""
    wish = BuyWish(count, period, "de")
    sent = [each.callback_data for row in watching_screen(Words("en"), wish, wish_button(wish, FROM_STEPS), 7).rows
            for each in row]  # fmt: skip
    assert ("sw-o:7" in sent) is offered
