"""Which texts are numbers."""

from __future__ import annotations

import pytest

from handlers.ground.parsing import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("1000", 1000),
        ("1 000", 1000),
        ("1.000", 1000),
        ("1,000,000", 1_000_000),
        ("１０００", 1000),
        ("9999999999", 9_999_999_999),
        ("9 999 999 999", 9_999_999_999),
        ("10000000000", None),
        ("10 000 000 000", None),
        ("1 00", None),
        ("1.5", None),
        ("-1", None),
        ("five", None),
        ("", None),
    ],
)
def test_a_number_has_at_most_ten_digits_perhaps_in_groups_of_three(text: str, number: int | None) -> None:
    assert whole_number(text) == number
