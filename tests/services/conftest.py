"""Fixtures of the services' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.rig import Rig, new_rig


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    """Orders, accounts and deletions on a database; Anna is connected with 1,000 RUB."""
    async with new_rig(tmp_path) as made:
        yield made
