"""What is said to whoever waits for stock."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.orders.buy_buttons import FROM_STEPS, wish_button
from handlers.watching.kept_words import stock_text
from handlers.watching.stock import watching_screen
from handlers.watching.watch_notices import back_screen
from model.orders import BuyWish
from services.notifications.watching_kinds import StockBack


@pytest.mark.parametrize(
    ("count", "period", "offered"), [(5, 30, True), (5, 0, False), (0, 30, False), (0, 0, False)]
)
def test_to_buy_at_once_is_offered_where_days_and_number_are_chosen(count: int, period: int, offered: bool) -> None:
    """Elsewhere it could not be said what is bought up to which sum: the button would lead nowhere."""
    wish = BuyWish(count, period, "de")
    sent = [each.callback_data for row in watching_screen(Words("en"), wish, wish_button(wish, FROM_STEPS), 7).rows
            for each in row]  # fmt: skip
    assert ("sw-o:7" in sent) is offered


@pytest.mark.parametrize(("count", "meant"), [(0, 1), (1, 1), (2, 2)])
def test_where_no_number_was_chosen_one_is_waited_for(count: int, meant: int) -> None:
    wish = BuyWish(count, 30, "de")
    assert stock_text(Words("en"), wish) == f"{meant} × IPv6, Germany"
    assert back_screen(Words("en"), StockBack(7, wish, 12)).rows[0][0].text == f"Buy {meant}: see the price"
