"""Which handlers are asked about a tap."""

from __future__ import annotations

import handlers
from handlers.entry.by_prefix import found_by_prefix, prefix_of


def test_each_handler_of_taps_is_asked_about_its_own_prefix_and_in_the_same_order() -> None:
    all_ = handlers.router().callback_query.handlers
    found = found_by_prefix(all_)
    prefixes = {prefix_of(each) for each in all_} - {None}
    assert set(found) == prefixes
    assert len(prefixes) > 100
    for prefix, asked in found.items():
        assert asked == [each for each in all_ if prefix_of(each) in (None, prefix)]
