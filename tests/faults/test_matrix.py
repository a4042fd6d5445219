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
# A mark is looked for when no answer has come, none that can be read, a no, or the yes to something else.
WITHOUT_A_YES = tuple(FaultKind(kind) for kind in ("drop_after", "html_after", "no_after", "stranger_after"))
WITH_TOP_UP = tuple(FaultKind(kind) for kind in ("drop_before", "drop_after", "old_before", "late", "half", "429"))


FAULT_ON = {fault: CALLS[number // 2 % 2] for number, fault in enumerate(FAULTS)}
"""One of the two calls for each fault; which it is changes between those that come before and after."""


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
    assert {call for fault, call in FAULT_ON.items() if fault.endswith("_after")} == set(CALLS)
    cells = [Cell(call, fault, restart=False) for fault, call in FAULT_ON.items()]
    await run(tmp_path, "current", cells)
    check(cells)


@pytest.mark.timeout(170)
async def test_a_restart_while_the_outcome_is_unknown_changes_nothing_of_that(tmp_path: Path) -> None:
    """Each fault on the call that it is not on without a restart."""
    cells = [Cell(call, fault, restart=True) for fault in AFTER_RESTART for call in CALLS if call != FAULT_ON[fault]]
    assert {cell.call for cell in cells} == set(CALLS)
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
    cells = [Cell("buy", fault, restart=False) for fault in WITHOUT_A_YES]
    await run(tmp_path, "classic", cells, "cut")
    check(cells)


@pytest.mark.parametrize("call", CALLS)
async def test_a_px6_that_cannot_be_reached_any_more_has_cost_nothing(tmp_path: Path, call: str) -> None:
    cell = Cell(call, FaultKind.DOWN, restart=False)
    await run(tmp_path, "current", [cell])
    check([cell])
