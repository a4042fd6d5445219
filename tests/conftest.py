"""Fixtures that every room may use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World

# Rooms whose tests are about processes, browsers and chance: the others reach every line that these do, and tracing
# lines doubles what Python needs.
NOT_TRACED = ("bot", "browser", "crash", "demo", "faults", "fuzz", "locales", "people")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the rooms of NOT_TRACED out of the measuring of coverage."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and item.path.relative_to(here).parts[0] in NOT_TRACED:
            item.add_marker("no_cover")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Both stand-ins and the bot. Telegram must not have refused anything that the bot asked."""
    from tests.world import new_world  # the tests of a single room need not import the whole program

    async with new_world(tmp_path) as everything:
        yield everything
        refusals = [r for r in everything.telegram.refusals if "is not modified" not in r.description]
    assert not refusals, refusals
