"""The pages that a long list offers to jump to: the first, the last, and round numbers between them."""

from __future__ import annotations

import pytest

from handlers.entry.page_choice import page_numbers


@pytest.mark.parametrize(
    ("pages", "numbers"),
    [
        (3, [1, 2, 3]),
        (18, [*range(1, 19)]),
        (19, [1, *range(2, 19, 2), 19]),
        (34, [1, *range(2, 35, 2)]),
        (35, [1, *range(5, 36, 5)]),
        (85, [1, *range(5, 86, 5)]),
        (86, [1, *range(10, 81, 10), 86]),
        (170, [1, *range(10, 171, 10)]),
        (171, [1, *range(20, 161, 20), 171]),
        (1_000, [1, *range(100, 1_001, 100)]),
    ],
)
def test_each_number_of_pages_has_its_steps(pages: int, numbers: list[int]) -> None:
    """Six rows of three hold no more: the last page would have no button."""
    assert page_numbers(pages) == numbers
