"""Which proxies can be chosen to be checked again and again."""

from __future__ import annotations

import pytest

from handlers.watching.health import is_country


@pytest.mark.parametrize("code", ["", "d", "deu", "DE", "dE", "d1", "d-", "дe"])
def test_what_px6_names_as_a_country_and_is_none_has_no_button_of_its_own(code: str) -> None:
    """Telegram would not take back what such a button carries: the whole screen could not be made."""
    assert not is_country(code)
    assert is_country("de")
