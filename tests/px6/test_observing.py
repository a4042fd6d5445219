"""What is no answer of px6's: for who is told that it cannot be reached."""

from __future__ import annotations

import pytest

import px6
from px6.observing import is_silence


@pytest.mark.parametrize(
    ("error", "silent"),
    [
        (None, False),
        (px6.Unreachable("no connection"), True),
        (px6.NoAnswer("HTTP 502"), True),
        (px6.OutcomeUnknown("no answer"), True),
        (px6.OutcomeUnknown("a no that does not tell", error_id=30), False),
        (px6.TooManyCalls("429"), False),
        (px6.WrongKey(100, "Error key"), False),
    ],
)
def test_a_no_is_an_answer_and_what_is_not_px6s_is_none(error: px6.Px6Error | None, silent: bool) -> None:
    assert is_silence(error) is silent
