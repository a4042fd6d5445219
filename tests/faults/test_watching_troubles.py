"""A few of the troubles that what is watched is met by; `make crash` plays all."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.px6.model import FaultKind
from tests.faults.watching import Cell, run

TOGETHER = [
    [
        Cell("getcount", FaultKind("html_after"), at_once=False),
        Cell("getprice", FaultKind("drop_before"), at_once=True),
        Cell("getproxy", FaultKind("500_before"), at_once=True),
        Cell("check", FaultKind("broken_json_before"), at_once=False),
        Cell("buy", FaultKind("500_before"), at_once=True),
    ],
    [Cell("disk", 2, at_once, after=False) for at_once in (False, True)],
]


@pytest.mark.timeout(170)
async def test_what_is_watched_is_told_once_and_paid_once_whatever_fails_meanwhile(tmp_path: Path) -> None:
    await run(tmp_path, "current", TOGETHER)
    for cell in (cell for cells in TOGETHER for cell in cells):
        assert cell.met and not cell.wrong, (cell, cell.counts, cell.wrong)
        assert max(cell.counts) == 1, (cell, cell.counts)
