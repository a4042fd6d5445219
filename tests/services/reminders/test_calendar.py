"""The calendar file: what ends in which minute, and lines that every calendar reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone

import pytest

from px6 import Proxy
from services.reminders.calendar import calendar_file
from tests.durations import DAY, MINUTE, SECOND
from tests.sample_proxies import NOW, a_proxy, ending


def numbers(together: Sequence[Proxy]) -> str:
    return "ends: " + " ".join(str(proxy.id) for proxy in together)


def lines_of(proxies: Sequence[Proxy], said: str = "two; three, \\four\nfive") -> list[str]:
    content = calendar_file(proxies, NOW, numbers, lambda together: said).decode()
    assert content.endswith("\r\n")
    return content.split("\r\n")[:-1]


def test_an_event_has_all_that_a_calendar_needs() -> None:
    assert lines_of([ending(DAY, 5)]) == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//px6 bot//reminders//EN",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        "UID:5-1795521600@px6-bot",
        "DTSTAMP:20261123T120000Z",
        "DTSTART:20261124T120000Z",
        "DURATION:PT15M",
        "SUMMARY:ends: 5",
        "DESCRIPTION:two\\; three\\, \\\\four\\nfive",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-P1D",
        "DESCRIPTION:ends: 5",
        "END:VALARM",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT3H",
        "DESCRIPTION:ends: 5",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]


def test_what_ends_in_one_minute_is_one_event_and_what_has_ended_is_none() -> None:
    ends = [3 * MINUTE + 59 * SECOND, 3 * MINUTE, 4 * MINUTE, timedelta(0), SECOND, 2 * MINUTE + 59 * SECOND]
    said = lines_of([ending(end, nth) for nth, end in enumerate(ends)])
    assert [line for line in said if line.startswith("SUMMARY")] == [
        "SUMMARY:ends: 4",
        "SUMMARY:ends: 5",
        "SUMMARY:ends: 1 0",
        "SUMMARY:ends: 2",
    ]
    assert [line for line in said if line.startswith("UID")][2].startswith("UID:1-")
    assert [line for line in said if line.startswith("DTSTART")][2] == "DTSTART:20261123T120300Z", "the first of them"


def test_times_are_utc_wherever_they_come_from() -> None:
    there = a_proxy(ends_at=(NOW + DAY).astimezone(timezone(timedelta(hours=5))))
    assert "DTSTART:20261124T120000Z" in lines_of([there])


@pytest.mark.parametrize(
    ("letters", "octets"),
    [(63, [75]), (64, [75, 2]), (63 + 74, [75, 75]), (63 + 75, [75, 75, 2])],
)  # fmt: skip
def test_a_line_is_at_most_75_octets_long(letters: int, octets: list[int]) -> None:
    said = lines_of([ending(DAY)], "x" * (letters))
    start = next(nth for nth, line in enumerate(said) if line.startswith("DESCRIPTION"))
    folded = said[start : said.index("TRANSP:TRANSPARENT")]
    assert [len(line) for line in folded] == octets
    assert all(line.startswith(" ") for line in folded[1:])
    assert folded[0] + "".join(line[1:] for line in folded[1:]) == "DESCRIPTION:" + "x" * (letters)


def test_no_character_is_cut_in_two_and_none_is_unprintable() -> None:
    said = lines_of([ending(DAY)], "ж" * 80 + "\x07\tend")
    start = next(nth for nth, line in enumerate(said) if line.startswith("DESCRIPTION"))
    folded = said[start : said.index("TRANSP:TRANSPARENT")]
    assert max(len(line.encode()) for line in folded) <= 75
    assert folded[0] + "".join(line[1:] for line in folded[1:]) == "DESCRIPTION:" + "ж" * 80 + " \tend"
