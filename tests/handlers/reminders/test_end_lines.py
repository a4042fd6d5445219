"""How what ends is listed in a digest."""

from __future__ import annotations

from datetime import timedelta

from handlers.ground.words import Words
from handlers.reminders.end_lines import folded_lines
from tests.sample_proxies import NOW, a_proxy


def test_what_is_left_is_said_of_what_has_not_ended() -> None:
    ends = (timedelta(minutes=1), timedelta(0), -timedelta(minutes=1))
    listed = folded_lines(Words("en"), [a_proxy(host="10.0.0.1", ends_in=end) for end in ends], NOW)
    address = "🇩🇪 10.0.0.1:7015"
    assert listed.split("\n") == [f"{address}\N{NO-BREAK SPACE}· 1 min", address, address]
