"""A world with an operator, 1001, and a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, new_world

OPERATOR, CUSTOMER = 1001, 1002


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Telegram must not have called anything that the bot asked a mistake of the bot."""
    async with new_world(tmp_path, admin_user_ids=frozenset({OPERATOR})) as made:
        yield made
        calls = [r for r in made.telegram.refusals if r.method != "setmycommands"]  # who has not written has no menu
        mistakes = [r for r in calls if r.code == 400 and "is not modified" not in r.description]
    assert not mistakes, mistakes
