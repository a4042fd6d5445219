"""The updates of an answer, before any of them is read."""

from __future__ import annotations

import pytest

from bot.updates import numbered


def test_updates_come_in_the_order_of_their_numbers() -> None:
    assert list(numbered([{"update_id": 9}, {"update_id": 7}, {"update_id": 8}])) == [7, 8, 9]


@pytest.mark.parametrize(
    "number", [0, -7, True, None, "9", 9.0, 2**63 - 1, 10**400], ids=lambda number: str(number)[:20]
)
def test_what_no_offset_can_confirm_is_no_update(number: object) -> None:
    assert numbered([{"update_id": number}, {}, 5, None, {"update_id": 7}]) == {7: {"update_id": 7}}
