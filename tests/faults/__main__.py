"""The matrix of faults, printed as docs/guarantees.md shows it: `python -m tests.faults`."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.px6.model import FaultKind, Profile
from tests.crash.__main__ import aligned
from tests.faults.matrix import CALLS, FAULTS, OPEN_AFTER_A_TOP_UP, WAYS, Cell, Comments, every_cell, every_mark
from tests.faults.watching import Cell as WatchingCell
from tests.faults.watching import groups, watching_table
from tests.faults.watching import run as run_watching
from tests.faults.weather import WAYS as WHEN_TOLD
from tests.faults.weather import WEATHERS, every_weather
from tests.faults.weather import Cell as WeatherCell

PROFILES: tuple[Profile, ...] = ("classic", "current")
MARKS: tuple[Comments, ...] = ("escaped", "cut", "lower")


async def main() -> int:
    """1 when a cell is wrong."""
    logging.disable(logging.WARNING)  # what goes wrong here is wanted
    wrong: list[Cell | WeatherCell | WatchingCell] = []
    for profile in PROFILES:
        with tempfile.TemporaryDirectory(prefix="px6-faults-") as folder:
            cells = await every_cell(Path(folder), profile)
            sys.stdout.write(f"\nprofile {profile}\n\n" + "\n".join(table(cells)) + "\n")
            marks = {how: await every_mark(Path(folder), profile, how) for how in MARKS}
        sys.stdout.write(f"\nbuy, with marks that px6 changes, profile {profile}\n\n")
        sys.stdout.write("\n".join(marks_table(marks)) + "\n")
        wrong += [cell for cell in (*cells, *(one for row in marks.values() for one in row)) if cell.wrong]
    with tempfile.TemporaryDirectory(prefix="px6-faults-") as folder:
        weather = await every_weather(Path(folder), "current")
    sys.stdout.write("\nTelegram's weather on every payment\n\n" + "\n".join(weather_table(weather)) + "\n")
    wrong += [cell for cell in weather if cell.wrong]
    with tempfile.TemporaryDirectory(prefix="px6-faults-") as folder:
        await run_watching(Path(folder), "current", together := groups())
    watched = [cell for cells in together for cell in cells]
    sys.stdout.write("\nWhat is watched\n\n" + "\n".join(aligned(watching_table(watched))) + "\n")
    wrong += [cell for cell in watched if cell.wrong or not cell.met]
    sys.stdout.write("\nleft open:\n")
    for fault, why in OPEN_AFTER_A_TOP_UP.items():
        sys.stdout.write(f"prolong, topped up, {fault}: {why}\n")
    for cell in wrong:
        sys.stdout.write(f"{cell}\n")
    return 1 if wrong else 0


def table(cells: Sequence[Cell]) -> list[str]:
    """A row for each fault, a column for each call and what happens meanwhile."""
    head = ("fault", *(f"{call}{way}" for call in CALLS for way in WAYS))
    rows = [head]
    for fault in FaultKind:
        row = [cell for call in CALLS for cell in cells if cell.fault is fault and cell.call == call]
        rows.append((fault.value, *(in_words(cell) for cell in row)))
    return aligned(rows)


def marks_table(marks: Mapping[Comments, Sequence[Cell]]) -> list[str]:
    """A row for each fault, a column for each thing that px6 makes of a comment."""
    rows = [("fault", *marks)]
    rows += [(fault.value, *(in_words(cells[at]) for cells in marks.values())) for at, fault in enumerate(FAULTS)]
    return aligned(rows)


def weather_table(cells: Sequence[WeatherCell]) -> list[str]:
    """A row for each fault of Telegram's, a column for each call and when its outcome is told."""
    rows = [("fault", *(f"{call}{way}" for call in CALLS for way in WHEN_TOLD))]
    for weather in WEATHERS:
        row = [cell for cell in cells if cell.weather is weather]
        rows.append((weather.name, *(weather_in_words(cell) for cell in row)))
    return aligned(rows)


def weather_in_words(cell: WeatherCell) -> str:
    """`sent 1, spent 1, told done`; "twice" where the second receipt says that it is one."""
    said = " and ".join(sorted(cell.told)) or "nothing"
    said = f"{said} twice" if cell.again else said
    return f"{'WRONG ' if cell.wrong else ''}sent {cell.sent}, spent {cell.spent}, told {said}"


def in_words(cell: Cell) -> str:
    """`sent 1, spent 1, told done`"""
    said = " and ".join(sorted(cell.told)) or "nothing"
    said = f"{said} (asked)" if cell.asked else said
    return f"{'WRONG ' if cell.wrong else ''}sent {cell.sent}, spent {cell.spent}, told {said}"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
