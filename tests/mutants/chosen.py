"""A pytest plugin: keeps the tests that are named in the file of `MUTANT_TESTS`, in that order, and writes beside it
which of them failed."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

FAILED = "failed.txt"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out whatever is not named, unless nothing is."""
    if not (wanted := msgspec.json.decode(Path(os.environ["MUTANT_TESTS"]).read_bytes(), type=list[str])):
        return
    places = {name: place for place, name in enumerate(wanted)}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in places])
    items[:] = sorted((item for item in items if item.nodeid in places), key=lambda item: places[item.nodeid])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The first that fails ends the run."""
    if report.failed:
        Path(os.environ["MUTANT_TESTS"]).with_name(FAILED).write_text(report.nodeid)
