"""`make crash`: every point of every journey, 500 random moments, and the table that docs/guarantees.md shows.

python -m tests.crash [--moments N] [--seed N]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from time import monotonic

from tests.crash.bots import spawner
from tests.crash.harness import Verdict, as_json, every_point, harness, random_moments
from tests.crash.journeys import JOURNEYS


async def main(moments: int, seed: int) -> int:
    """Print the table; 1 when anything was wrong."""
    began = monotonic()
    verdicts: list[Verdict] = []
    async with spawner() as warm, harness(warm) as machine:
        for journey in JOURNEYS:
            verdicts += await every_point(machine, journey)
            say(f"{journey}: {sum(each.journey == journey for each in verdicts)} runs, {monotonic() - began:.0f} s")
        scattered = await random_moments(machine, moments, seed)
    write("\n".join(table(verdicts)))
    write("\n".join([f"\nRandom moments (seed {seed})", *table(scattered, by_point=False)]))
    wrong = [each for each in [*verdicts, *scattered] if each.wrong]
    for each in wrong:
        write(as_json(each))
    write(f"\n{len(verdicts) + len(scattered)} runs, {len(wrong)} wrong, {monotonic() - began:.0f} s")
    return 1 if wrong else 0


def table(verdicts: Iterable[Verdict], *, by_point: bool = True) -> list[str]:
    """One row for each journey and place of the kill: how many runs, what was spent, what the person was told."""
    groups: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        groups[str(verdict.journey), stage(verdict.point) if by_point else "any moment"].append(verdict)
    head = (
        "journey",
        "killed at",
        "runs",
        "spent 0",
        "spent 1",
        "spent 2+",
        "told done",
        "told partly",
        "told nothing spent",
        "wrong",
    )
    rows = [head, *(row(journey, point, group) for (journey, point), group in groups.items())]
    total = row("all", "", [verdict for group in groups.values() for verdict in group])
    return aligned([*rows, total])


def stage(point: str) -> str:
    """The point without "before" and "after": they share a row."""
    return point.removesuffix(": before").removesuffix(": after").replace("–", "not killed")


def row(journey: str, point: str, group: Sequence[Verdict]) -> tuple[str, ...]:
    counts = (
        len(group),
        sum(each.spends == 0 for each in group),
        sum(each.spends == 1 for each in group),
        sum(each.spends > 1 for each in group),
        sum("done" in each.told for each in group),
        sum("partly" in each.told for each in group),
        sum("nothing spent" in each.told for each in group),
        sum(bool(each.wrong) for each in group),
    )
    return (journey, point, *map(str, counts))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of Markdown that also reads well as text."""
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in rows]
    lines = ["| " + " | ".join(line) + " |" for line in padded]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return [lines[0], rule, *lines[1:]]


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--moments", type=int, default=500, help="kills at random moments")
    parser.add_argument("--seed", type=int, default=6, help="of the random moments")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.moments, given.seed)))
