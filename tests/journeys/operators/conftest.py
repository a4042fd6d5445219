"""A world with an operator, 1001, and a customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, new_world

OPERATOR, CUSTOMER = 1001, 1002


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with new_world(tmp_path, admin_user_ids=frozenset({OPERATOR})) as made:
        yield made
