"""The matrix of faults, printed as docs/guarantees.md shows it: `python -m tests.faults`."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sandbox.px6.model import FaultKind, Profile
from tests.crash.__main__ import aligned
from tests.faults.matrix import CALLS, Cell, every_cell

PROFILES: tuple[Profile, ...] = ("classic", "current")


async def main() -> int:
    """1 when a cell is wrong."""
    logging.disable(logging.WARNING)  # what goes wrong here is wanted
    wrong: list[Cell] = []
    for profile in PROFILES:
        with tempfile.TemporaryDirectory(prefix="px6-faults-") as folder:
            cells = await every_cell(Path(folder), profile)
        sys.stdout.write(f"\nprofile {profile}\n\n" + "\n".join(table(cells)) + "\n")
        wrong += [cell for cell in cells if cell.wrong]
    for cell in wrong:
        sys.stdout.write(f"{cell}\n")
    return 1 if wrong else 0


def table(cells: Sequence[Cell]) -> list[str]:
    """A row for each fault, a column for each call with and without a restart."""
    head = ("fault", *(f"{call}{', restart' if again else ''}" for call in CALLS for again in (False, True)))
    rows = [head]
    for fault in FaultKind:
        row = [cell for call in CALLS for cell in cells if cell.fault is fault and cell.call == call]
        rows.append((fault.value, *(in_words(cell) for cell in row)))
    return aligned(rows)


def in_words(cell: Cell) -> str:
    """`sent 1, spent 1, told done`"""
    said = " and ".join(sorted(cell.told)) or "nothing"
    return f"{'WRONG ' if cell.wrong else ''}sent {cell.sent}, spent {cell.spent}, told {said}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
