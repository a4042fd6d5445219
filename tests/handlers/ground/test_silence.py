"""Screens of a px6 that does not answer: where “Try again” still fits, and when a time of day tells the moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from aiogram.utils.formatting import Text

from handlers.ground.screen import Open, Screen, button
from handlers.ground.silence import MOST_ABREAST, MOST_ROWS, RECENT, SHORT, has_room, last_known_screen, time_of
from handlers.ground.words import Words
from services.proxies.last_known import Silence
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


HELP, AGAIN, TELL = "Help", "Try again", "Tell me when it is back"


@pytest.mark.parametrize(
    ("count", "label", "waits", "below"),
    [
        (MOST_ROWS - 2, HELP, False, [[HELP], [AGAIN], [TELL], ["Home"]]),
        (MOST_ROWS - 1, HELP, False, [[HELP, AGAIN], [TELL], ["Home"]]),
        (MOST_ROWS - 1, "x" * (SHORT + 1), False, [["x" * (SHORT + 1)], [AGAIN], [TELL], ["Home"]]),
        (MOST_ROWS - 1, HELP, True, [[HELP], [AGAIN], ["Home"]]),
        (MOST_ROWS, HELP, True, [[HELP, AGAIN], ["Home"]]),
    ],
)
def test_try_again_has_a_row_of_its_own_where_the_rows_still_fit(
    count: int, label: str, waits: bool, below: list[list[str]]
) -> None:
    """Home stays the last, and who has asked to be told is not offered it again."""
    labels = [[label]] * (count - 1)
    rows = [
        *([button(each, Open(screen="help")) for each in row] for row in labels),
        [button("Home", Open(screen="home"))],
    ]
    silence = Silence(NOW, NOW, waits=waits)
    shown = last_known_screen(EN, Screen(Text("Proxies"), rows), silence, NOW, "again")
    assert [[each.text for each in row] for row in shown.rows if row] == [*labels[1:], *below]


@pytest.mark.parametrize(
    ("ago", "form"), [(-SECOND, "dt"), (timedelta(0), "t"), (RECENT - SECOND, "t"), (RECENT, "dt")]
)
def test_a_time_of_day_stands_alone_only_where_it_is_plain_which_day_is_meant(ago: timedelta, form: str) -> None:
    """A moment to come is of before the clock was set back: it might be of any day."""
    [entity] = time_of(EN, NOW - ago, NOW).as_kwargs()["entities"]
    assert entity.date_time_format == form
