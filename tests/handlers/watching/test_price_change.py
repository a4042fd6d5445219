"""By how much a price has changed, as it is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from handlers.ground.words import Words
from handlers.watching.health_notices import change_text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [("21.00", "23.10", "+10"), ("21.00", "10.50", "−50"), ("0.12", "0.11", "−8.3"), ("0.00", "5.00", "+100")],
)
def test_a_change_is_told_in_percent_with_its_sign(old: str, new: str, told: str) -> None:
    """What cost nothing before has no percent of its own: it is told like a price that has doubled."""
    assert change_text(Words("en"), Decimal(old), Decimal(new)) == told
