"""Cells of the matrix of faults, each with what must come of it. `make crash` runs all in both profiles."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.px6.model import FaultKind
from tests.faults.matrix import CALLS, FAULTS, Cell, run

AFTER_RESTART = tuple(
    FaultKind(kind)
    for kind in (
        "silent_before",
        "silent_after",
        "drop_after",
        "html_after",
        "no_after",
        "stranger_after",
        "late",
        "half",
    )
)
WITH_TOP_UP = tuple(FaultKind(kind) for kind in ("drop_before", "drop_after", "old_before", "late", "half", "429"))


def expected(fault: FaultKind) -> tuple[int, int, str]:
    """How often it is sent, how often it is spent, how the order ends."""
    if fault is FaultKind.TOO_MANY:
        return 2, 1, "done"  # nothing had happened: it is sent again
    if fault is FaultKind.DOWN:
        return 0, 0, "not_sent"
    if fault.endswith("_before"):
        return 1, 0, "not_done"
    return 1, 1, "done"


def check(cells: list[Cell]) -> None:
    for cell in cells:
        assert not cell.wrong, cell
        sent, spent, state = expected(cell.fault)
        assert (cell.sent, cell.spent) == (sent, spent), cell
        assert cell.state == ("unclear" if cell.left_open else state), cell
        assert cell.processed == cell.spent, cell


@pytest.mark.timeout(170)
async def test_every_fault_on_every_payment_ends_in_one_spend_or_none_and_the_truth(tmp_path: Path) -> None:
    """Each fault on one of the two calls; which it is changes between those that come before and after."""
    calls = [CALLS[number // 2 % 2] for number, _ in enumerate(FAULTS)]
    cells = [Cell(call, fault, restart=False) for call, fault in zip(calls, FAULTS, strict=True)]
    assert {call for call, fault in zip(calls, FAULTS, strict=True) if fault.endswith("_after")} == set(CALLS)
    await run(tmp_path, "current", cells)
    check(cells)


@pytest.mark.timeout(170)
async def test_a_restart_while_the_outcome_is_unknown_changes_nothing_of_that(tmp_path: Path) -> None:
    cells = [Cell(call, fault, restart=True) for fault in AFTER_RESTART for call in CALLS]
    await run(tmp_path, "classic", cells)
    check(cells)


@pytest.mark.timeout(170)
async def test_a_top_up_meanwhile_is_asked_for_and_leaves_open_only_what_no_mark_proves(tmp_path: Path) -> None:
    cells = [Cell(call, fault, restart=False, top_up=True) for fault in WITH_TOP_UP for call in CALLS]
    await run(tmp_path, "current", cells)
    check(cells)
    asked = {(cell.call, cell.fault.value) for cell in cells if cell.asked}
    assert asked == {(call, fault) for call in CALLS for fault in ("drop_before", "old_before")}


@pytest.mark.timeout(170)
async def test_a_mark_that_px6_has_cut_is_found(tmp_path: Path) -> None:
    cells = [Cell("buy", fault, restart=False) for fault in FAULTS if fault.endswith("_after")]
    await run(tmp_path, "classic", cells, "cut")
    check(cells)


@pytest.mark.parametrize("call", CALLS)
async def test_a_px6_that_cannot_be_reached_any_more_has_cost_nothing(tmp_path: Path, call: str) -> None:
    cell = Cell(call, FaultKind.DOWN, restart=False)
    await run(tmp_path, "current", [cell])
    check([cell])
