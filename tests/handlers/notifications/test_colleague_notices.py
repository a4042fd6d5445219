"""News of colleagues: which buttons lead to what they are about."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.ground.words import Words
from handlers.notifications.colleague_notices import limits_dropped_screen, names_of
from model.notifications import LimitsDropped


@pytest.mark.parametrize(
    ("dropped", "labels"),
    [
        ({"colleagues": ("Bob",)}, ["Colleagues"]),
        ({"invites": 1}, ["Colleagues"]),
        ({"watches": 1}, ["Watched"]),
        ({"colleagues": ("Bob",), "invites": 1, "watches": 1}, ["Colleagues", "Watched"]),
    ],
)
def test_limits_that_were_dropped_lead_to_where_they_are_set_anew(dropped: dict[str, Any], labels: list[str]) -> None:
    screen = limits_dropped_screen(Words("en"), LimitsDropped(account=1, before="RUB", now="USD", **dropped))
    assert [button.text for row in screen.rows for button in row] == [*labels, "Home"]


@pytest.mark.parametrize(
    ("names", "said"),
    [("A", "A"), ("ABC", "A, B, C"), ("ABCD", "A, B, C and 1 more"), ("ABCDE", "A, B, C and 2 more")],
)
def test_three_colleagues_are_named_and_the_others_are_counted(names: str, said: str) -> None:
    assert names_of(Words("en"), names) == said
