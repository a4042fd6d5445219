"""How often the balance is looked at for a payment that waits for money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.watching.kept_steps import next_look
from tests.durations import DAY, HOUR, MINUTE, SECOND
from tests.sample_kept import a_payment
from tests.sample_proxies import NOW


@pytest.mark.parametrize(
    ("age", "pause"),
    [
        (5 * MINUTE, 10 * MINUTE),
        (3 * HOUR - SECOND, 10 * MINUTE),
        (3 * HOUR, 15 * MINUTE),
        (DAY - SECOND, 15 * MINUTE),
        (DAY, 30 * MINUTE),
        (3 * DAY - 7 * MINUTE, 7 * MINUTE),
        (3 * DAY, 0 * MINUTE),
        (4 * DAY, 0 * MINUTE),
    ],
)
def test_who_has_just_gone_to_top_up_is_looked_at_more_often_and_all_are_at_the_end(
    age: timedelta, pause: timedelta
) -> None:
    assert next_look(a_payment(), NOW + age) == NOW + age + pause
