"""Fixtures of the services' tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.services.desk import Desk, new_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """The money core, Anna connected with 1,000 RUB."""
    async with new_desk(tmp_path) as made:
        yield made
