"""How what ends is listed in a digest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from handlers.ground.words import Words
from handlers.reminders.end_lines import end_lines
from tests.sample_proxies import NOW, a_proxy

HOURS = (-13, -1, 3, 11, 13, 35, 37, 60)  # from 12:00 on: yesterday until the day after tomorrow
DAYS = {
    "en": ["yesterday 23:00", "today 11:00", "today 15:00", "today 23:00", "tomorrow 01:00", "tomorrow 23:00"],
    "ru": ["вчера 23:00", "сегодня 11:00", "сегодня 15:00", "сегодня 23:00", "завтра 01:00", "завтра 23:00"],
}
LATER = {"en": ["25 Nov", "26 Nov"], "ru": ["25 нояб.", "26 нояб."]}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("alike", [False, True], ids=["each for itself", "in a fold"])
def test_times_of_one_list_have_one_form_which_says_the_day(language: str, *, alike: bool) -> None:
    """Whatever its length, and in the fold as well: 01:00 of tomorrow never looks like 01:00 of today."""
    comments = ("shop",) * 8 if alike else tuple("abcdefgh")
    ends = [
        a_proxy(15 + nth, ends_in=timedelta(hours=hours), comment=comments[nth]) for nth, hours in enumerate(HOURS)
    ]
    listed = end_lines(Words(language, "Etc/UTC"), ends, NOW)
    told = "\n".join(each.as_kwargs()["text"] for each in listed).replace("\N{NO-BREAK SPACE}", " ").split("\n")
    assert [line.rpartition(" · ")[2] for line in told] == [*DAYS[language], *LATER[language]]


def test_without_a_zone_the_phone_says_the_day() -> None:
    ends = [a_proxy(15 + nth, ends_in=timedelta(hours=hours)) for nth, hours in enumerate((3, 13, 60))]
    forms = [each.as_kwargs()["entities"][-1].date_time_format for each in end_lines(Words("en"), ends, NOW)]
    assert forms == ["dt", "dt", "dt"]
