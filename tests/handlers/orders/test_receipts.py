"""The buttons under a receipt, and which proxies it names."""

from __future__ import annotations

import pytest

from handlers.ground.words import Words
from handlers.orders.outcome_words import ids_fold
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


@pytest.mark.parametrize(
    ("states", "named"),
    [
        (["refused"], ["Not prolonged: 150 and 250"]),
        (["done", "refused"], ["Prolonged: 150 and 50", "Not prolonged: 150 and 50"]),
        (
            ["done", "refused", "unknown"],
            [f"{fate}: 100 and 33" for fate in ("Prolonged", "Not prolonged", "Not known yet")],
        ),
    ],
    ids=["one", "two", "three"],
)
def test_of_four_hundred_proxies_as_many_are_named_as_leave_room_for_the_rest(
    states: list[str], named: list[str]
) -> None:
    """The fewer ways they ended in, the more of each."""
    each = 400 // len(states)
    orders = [
        an_order("prolong", range(nth * each, (nth + 1) * each), longer=None if state == "done" else 0, state=state)
        for nth, state in enumerate(states)
    ]
    told = str(ids_fold(Words("en"), a_confirmation(*orders)).as_kwargs()["text"]).splitlines()
    assert [f"{fate}: {ids.count(',') + 1} and {ids.split(' and ')[1].split()[0]}" for fate, ids in
            (line.split(": ") for line in told)] == named  # fmt: skip
