"""How times, sums and names are written in both languages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from handlers.ground.words import Words, flag, words_for
from model.people import Person
from tests.durations import DAY, HOUR, SECOND
from tests.sample_proxies import NOW

EN, RU = Words("en"), Words("ru")
IN_BERLIN = Words("en", "Europe/Berlin")  # where NOW is 13:00


@pytest.mark.parametrize(
    ("left", "english", "russian"),
    [
        (timedelta(minutes=59, seconds=40), "in 1 hour", "через 1 час"),
        (timedelta(minutes=59, seconds=20), "in 59 minutes", "через 59 минут"),
        (timedelta(hours=47, minutes=40), "in 2 days", "через 2 дня"),
        (timedelta(hours=47), "in 47 hours", "через 47 часов"),
        (timedelta(seconds=5), "in 1 minute", "через 1 минуту"),
    ],
)
def test_no_unit_is_counted_past_the_next(left: timedelta, english: str, russian: str) -> None:
    assert EN.relative(NOW + left, NOW) == english
    assert RU.relative(NOW + left, NOW) == russian


@pytest.mark.parametrize(
    ("away", "shown"),
    [
        (DAY - SECOND, "tomorrow 12:59 (in 24 hours)"),
        (DAY, "tomorrow 13:00"),
        (2 * DAY, "25 Nov 13:00"),
        (SECOND - DAY, "yesterday 13:00 (24 hours ago)"),
        (-DAY, "yesterday 13:00"),
        (-2 * DAY, "21 Nov 13:00"),
        (11 * HOUR, "tomorrow 00:00 (in 11 hours)"),
        (11 * HOUR - SECOND, "today 23:59 (in 11 hours)"),
    ],
)
def test_how_far_away_a_moment_is_is_said_when_it_is_less_than_a_day(away: timedelta, shown: str) -> None:
    """It stands in one piece: only between the moment and the distance a line may break."""
    text = str(IN_BERLIN.near(NOW + away, NOW).as_kwargs()["text"])
    assert text.replace("\xa0", " ") == shown
    assert text.count(" ") == shown.count("(")


@pytest.mark.parametrize(
    ("w", "away", "shown"),
    [
        (IN_BERLIN, DAY, "tomorrow 13:00"),
        (IN_BERLIN, 2 * DAY, "25 Nov"),
        (IN_BERLIN, 400 * DAY, "28 Dec 2027"),
        (EN, DAY - SECOND, "24 Nov 11:59 UTC"),
        (EN, DAY, "24 Nov"),
        (EN, SECOND - DAY, "22 Nov 12:00 UTC"),
        (EN, -DAY, "22 Nov"),
    ],
)
def test_a_list_names_the_hour_of_what_is_near_and_the_day_of_what_is_not(
    w: Words, away: timedelta, shown: str
) -> None:
    assert str(w.soon(NOW + away, NOW, hour=False).as_kwargs()["text"]).replace("\xa0", " ") == shown


@pytest.mark.parametrize(
    ("w", "ago", "shown"),
    [
        (IN_BERLIN, 13 * HOUR, "00:00"),
        (IN_BERLIN, 13 * HOUR + SECOND, "22 Nov 23:59"),
        (EN, HOUR, "23 Nov 11:00 UTC"),
    ],
)
def test_since_when_is_said_without_the_day_where_that_is_today(w: Words, ago: timedelta, shown: str) -> None:
    assert str(w.since(NOW - ago, NOW).as_kwargs()["text"]).replace("\xa0", " ") == shown


def test_a_rate_has_two_digits_that_count() -> None:
    for amount, shown in (
        ("0.00781", "0.0078"),
        ("0.0999", "0.10"),
        ("0.05", "0.05"),
        ("0.7", "0.70"),
        ("0", "0.00"),
    ):
        assert EN.rate(Decimal(amount), "USD") == f"{shown} USD"
    assert RU.rate(Decimal("0.00781"), "USD") == "0,0078 $"


def test_decimals_and_countries_are_as_people_write_them() -> None:
    assert (EN.decimal(0.413, least=2, most=2), RU.decimal(0.413, least=2, most=2)) == ("0.41", "0,41")
    assert (RU.decimal(-200.0, most=2), RU.decimal(0.5, most=2)) == ("−200", "0,5")
    assert (RU.country("us"), RU.country("kr"), EN.country("us")) == ("США", "Южная Корея", "United States")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("de", "🇩🇪"), ("DE", "🇩🇪"), ("uk", "🇬🇧"), ("UK", "🇬🇧"), ("az", "🇦🇿"),
        ("", "🏳"), (None, "🏳"), ("d", "🏳"), ("deu", "🏳"), ("d1", "🏳"), ("дé", "🏳"), ("éa", "🏳"), ("12", "🏳"),
    ],
)  # fmt: skip
def test_a_flag_is_that_of_two_latin_letters(code: str | None, shown: str) -> None:
    assert flag(code) == shown


@pytest.mark.parametrize(
    ("chosen", "phone", "spoken"),
    [(None, "ru", "ru"), ("en", "ru", "en"), ("ru", "en", "ru"), ("xx", "ru", "ru"), (None, None, "en")],
)
def test_the_chosen_language_counts_before_the_phones(chosen: str | None, phone: str | None, spoken: str) -> None:
    person = Person(telegram_id=1, language=chosen, phone_language=phone, choices={}, created_at=NOW)
    assert words_for(person).language == spoken
    assert words_for(person).zone is None


def test_a_person_reads_times_in_their_zone() -> None:
    person = Person(telegram_id=1, zone="Europe/Berlin", choices={}, created_at=NOW)
    assert words_for(person).clock(NOW) == Words("en", "Europe/Berlin").clock(NOW)
    assert words_for(person).clock(NOW) != EN.clock(NOW)


def test_what_a_value_says_is_never_a_slot() -> None:
    assert EN.tr("{a} and {b}", a="{b}", b="2") == "{b} and 2"
    assert EN.rich("{a} and {b}", a="{b}", b="2").as_kwargs()["text"] == "{b} and 2"
    assert EN.tr("") == ""
    assert EN.n("{count} day", "{count} days", 1) == "1 day"
    assert EN.n("{count} day", "{count} days", 1_204) == "1,204 days"
    assert EN.rich_n("{count} day of {x}", "{count} days of {x}", 2, x="y").as_kwargs()["text"] == "2 days of y"
