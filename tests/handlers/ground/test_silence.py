"""Screens of a px6 that does not answer: where “Try again” still fits, and when a time of day tells the moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.ground.screen import Open, button
from handlers.ground.silence import MOST_ABREAST, RECENT, SHORT, has_room, time_of
from handlers.ground.words import Words
from tests.durations import SECOND
from tests.sample_proxies import NOW

EN = Words("en", "Europe/Berlin")


@pytest.mark.parametrize(
    ("count", "longest", "fits"),
    [
        (MOST_ABREAST - 1, SHORT, True),
        (MOST_ABREAST, SHORT, False),
        (1, SHORT, True),
        (1, SHORT + 1, False),
    ],
)
def test_a_button_is_put_beside_others_where_all_of_them_can_be_read(count: int, longest: int, fits: bool) -> None:
    labels = ["x" * longest, *["x"] * (count - 1)]
    assert has_room([button(label, Open(screen="home")) for label in labels]) is fits


@pytest.mark.parametrize(
    ("ago", "form"), [(-SECOND, "dt"), (timedelta(0), "t"), (RECENT - SECOND, "t"), (RECENT, "dt")]
)
def test_a_time_of_day_stands_alone_only_where_it_is_plain_which_day_is_meant(ago: timedelta, form: str) -> None:
    """A moment to come is of before the clock was set back: it might be of any day."""
    [entity] = time_of(EN, NOW - ago, NOW).as_kwargs()["entities"]
    assert entity.date_time_format == form
