"""The buttons under a receipt."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.orders.receipts import export_button
from services.orders import Order
from tests.handlers.sample_orders import a_confirmation, an_order


@pytest.mark.parametrize(
    ("orders", "leads"),
    [
        ([an_order("buy", (15, 16), id=6)], "+eo:6"),  # below: the receipt stays
        ([an_order("prolong", (15,), id=6)], "+eo:6"),
        ([an_order("buy", ())], "+open:export"),
        ([an_order("prolong", ())], None),
        ([an_order("prolong", (15,)), an_order("prolong", (16,), id=6)], None),
    ],
    ids=["bought", "prolonged", "bought what px6 does not name", "prolonged nothing that is named", "in parts"],
)
def test_what_one_order_brought_is_exported_or_all_where_px6_does_not_say_which_it_is(
    orders: list[Order], leads: str | None
) -> None:
    made = export_button(Words("en"), a_confirmation(*orders))
    assert (made and made.callback_data) == leads
