"""A pytest plugin: keeps the tests that are named in the file of `MUTANT_TESTS`, in that order."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out whatever is not named."""
    wanted = msgspec.json.decode(Path(os.environ["MUTANT_TESTS"]).read_bytes(), type=list[str])
    places = {name: place for place, name in enumerate(wanted)}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in places])
    items[:] = sorted((item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid])
