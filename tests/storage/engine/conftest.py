"""What is tested here may depend on which statement ends first."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def threads(threads: None) -> None:
    """As the program has them."""
