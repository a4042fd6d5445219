"""Both ways by which updates come to the bot, for tests of what holds by either."""

from __future__ import annotations

import pytest

WAYS = ("polling", "webhook")

by_both_ways = pytest.mark.parametrize("world", WAYS, indirect=True)
"""Marks tests with the fixture `world`: they are played twice."""
