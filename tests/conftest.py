"""Fixtures that every room may use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Both stand-ins and the bot. Telegram must not have refused anything that the bot asked."""
    from tests.world import new_world  # the tests of a single room need not import the whole program

    async with new_world(tmp_path) as everything:
        yield everything
        refusals = [r for r in everything.telegram.refusals if "is not modified" not in r.description]
    assert not refusals, refusals
