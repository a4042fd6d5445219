"""Which handlers are asked about a tap."""

from __future__ import annotations

from aiogram import Router

import handlers
from handlers.entry.by_prefix import ByPrefix, prefix_of


def test_each_handler_of_taps_is_asked_about_its_own_prefix_and_in_the_same_order() -> None:
    taps = handlers.filled(Router()).callback_query
    assert isinstance(taps, ByPrefix)
    found = taps.by_prefix
    assert set(found) == {None, *map(prefix_of, taps.handlers)}
    assert len(found) > 100
    for prefix, asked in found.items():
        assert asked == [each for each in taps.handlers if prefix_of(each) in (None, prefix)]
