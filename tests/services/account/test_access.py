"""Who may use the bot, and who operates it."""

from __future__ import annotations

from services.account.access import Access


def test_operators_are_let_in_named_or_not() -> None:
    access = Access([1001], [1002])
    assert [access.lets_in(person) for person in (1001, 1002, 1003)] == [True, True, False]
    assert [access.is_operator(person) for person in (1001, 1002, 1003)] == [False, True, False]


def test_where_nobody_is_named_everybody_is_let_in_and_nobody_operates() -> None:
    assert Access().lets_in(1001) and not Access().is_operator(1001)
    assert Access([], [1002]).lets_in(1001), "operators alone keep nobody out"
