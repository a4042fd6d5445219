"""Four bots on one PostgreSQL, of which any is killed, or all, or the server: the tables of docs/guarantees.md.

    python -m tests.crash.several [--runs N] [--seed N] [--points [one] [all] [database]] [--acts NAME]
        [--minutes N]

At every point: whoever does it, of four bots, is killed at each write and each step of a call of what
`ACTS` names, or of these acts alone (by their classes: `--acts TakenBack Twin`); all four, and the server
(with fsync, on a disk), at each commit, lone write and call. And at random moments.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from time import monotonic

import sandbox
from tests import postgresql
from tests.crash.acts import Act, Deletion, OtherAccount, Payment, Reminder, Renewal
from tests.crash.bots import Spawner, spawner
from tests.crash.buying_acts import StockAtOnce, Twin
from tests.crash.colleague_acts import TakenBack
from tests.crash.journeys import Journey
from tests.crash.kept_acts import AskedPurchase, KeptPurchase
from tests.crash.moments import Kill, Outcome, Sweeping, machine
from tests.crash.team import WHO, Cut, Run, Team, teams
from tests.crash.watching_acts import BoughtAtOnce, RuleBesideWatches, Watches

MOMENTS = ("the one that polls", "another", "all")
READS = tuple(f"disk: {verb}" for verb in ("BEGIN", "SELECT", "SET", "WITH"))
BETWEEN = ("send: after", "headers: after", "body: before", "connect: before", "connect: after")
SHORT = dict(zip(("one", "all", "database"), WHO, strict=True))
TEAMS = 4
ACTS: tuple[tuple[type[Act], str], ...] = (
    (Payment, "buy"),
    (Payment, "prolong"),
    (OtherAccount, "buy"),
    (Renewal, "prolong"),
    (KeptPurchase, "buy"),
    (AskedPurchase, "buy"),
    (Reminder, "prolong"),
    (Watches, "prolong"),
    (BoughtAtOnce, "buy"),
    (RuleBesideWatches, "prolong"),
    (Twin, "buy"),
    (StockAtOnce, "buy"),
    (TakenBack, "prolong"),
    (Deletion, "prolong"),
)
"""Each with the kind of its journey."""
Acts = Sequence[tuple[type[Act], str]]
Task = tuple[type[Act], str, Cut]
Plays = Callable[[Sequence[Task]], "asyncio.Future[list[Run]]"]


async def every_point(
    warm: Spawner, acts: Acts, whom: Sequence[str], minutes: float, dice: random.Random
) -> list[Run]:
    """What each of these acts passes is counted once, then somebody is killed at each point. See `is_point_for`.

    In no order, so that what is killed in so many minutes is a sample.
    """
    runs, until = list[Run](), monotonic() + 60 * minutes
    async with sandbox.running(profile="current") as stand_ins:
        async with teams(stand_ins, warm, TEAMS, durable=False) as found:
            counted = await played(found, [(*act, Cut(WHO[0], None)) for act in acts])
            for who in WHO[:2]:
                runs += await played(found, shuffled(tasks(acts, counted, who), dice) if who in whom else [], until)
        async with teams(stand_ins, warm, TEAMS // 2, durable=True) as found:
            runs += await played(found, shuffled(tasks(acts, counted, WHO[2]), dice) if WHO[2] in whom else [], until)
    return [*counted, *runs]


def tasks(acts: Acts, counted: Sequence[Run], who: str) -> list[Task]:
    """One for each point at which somebody is killed."""
    return [
        (kind, journey, Cut(who, point))
        for run, (kind, journey) in zip(counted, acts, strict=True)
        for point in dict.fromkeys(run.points)
        if is_point_for(who, point)
    ]


def is_point_for(who: str, point: str) -> bool:
    """A read changes nothing. All, and the server, are killed at fewer: a transaction writes with its commit."""
    if point.startswith(READS):
        return False
    label = point.rpartition(" (")[0]
    is_lone = label.startswith("disk: ") and label.endswith(("before", "after"))
    return who == WHO[0] or is_lone or (label.startswith("network: ") and not label.endswith(BETWEEN))


def shuffled(all_of_them: Sequence[Task], dice: random.Random) -> list[Task]:
    return dice.sample(all_of_them, len(all_of_them))


async def played(found: Sequence[Team], all_of_them: Sequence[Task], until: float = math.inf) -> list[Run]:
    """The teams take the tasks one after another, each as soon as it is free, until that time."""
    runs: dict[int, Run] = {}
    waiting, began = iter(enumerate(all_of_them)), monotonic()

    async def work(team: Team) -> None:
        for number, (kind, journey, cut) in waiting:
            if monotonic() > until:
                return
            runs[number] = await team.plays(kind, journey, cut)
            if runs[number].wrong:
                say(as_text(runs[number]))
            if len(runs) % 20 == 0:
                say(f"{len(runs)} of {len(all_of_them)}, {monotonic() - began:.0f} s")

    await asyncio.gather(*map(work, found))
    if len(runs) < len(all_of_them):
        write(f"{len(runs)} of {len(all_of_them)} points, then time was up")
    return [runs[number] for number in sorted(runs)]


async def at_moments(warm: Spawner, runs: int, seed: int) -> tuple[list[Outcome], list[Sweeping]]:
    """Kills at random moments: of the one that polls and pays, of another, of all."""
    dice = random.Random(seed)
    async with machine(warm) as all_of_it:
        kills = [Kill(dice.choice(MOMENTS), after=dice.uniform(0, 2.5)) for _ in range(runs)]
        journeys = [Journey(dice.choice(("buy", "prolong")), "current") for _ in kills]
        paid = await asyncio.gather(*(all_of_it.pays(*each) for each in zip(journeys, kills, strict=True)))
        swept = [(dice.choice(MOMENTS), dice.uniform(0, 3)) for _ in range(runs // 4)]
        return list(paid), list(await asyncio.gather(*(all_of_it.sweeps(*each) for each in swept)))


def point_table(runs: Iterable[Run]) -> list[tuple[str, ...]]:
    """One row for each act and kind of kill."""
    rows: list[tuple[str, ...]] = [
        (
            "what",
            "killed, of 4",
            "runs",
            "met",
            "spent 0",
            "spent 1",
            "spent 2+",
            "told",
            "told again",
            "later",
            "over within",
            "wrong",
        )
    ]
    groups: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        who = "nobody" if run.cut.point is None else run.cut.who
        groups.setdefault((run.act, who), []).append(run)
    for (act, who), group in sorted(groups.items(), key=lambda each: each[0][0]):
        at_once = [run.seconds for run in group if not run.waited]
        rows.append(
            (
                act,
                who,
                str(len(group)),
                str(sum(run.killed for run in group)),
                *(str(sum(run.spent == count for run in group)) for count in (0, 1)),
                str(sum(run.spent > 1 for run in group)),
                str(sum(run.told > 0 for run in group)),
                str(sum(run.told > 1 for run in group)),
                str(sum(run.waited for run in group)),
                f"{max(at_once, default=0.0):.1f} s",
                str(sum(bool(run.wrong) for run in group)),
            )
        )
    return rows


def as_text(run: Run) -> str:
    return f"{run.act}, {run.cut.who} at {run.cut.point}: {run.wrong}"


def table(paid: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """One row for each kind of kill."""
    head = ("killed, of 4", "runs", "spent 0", "spent 1", "spent 2+", "told", "taken over at most", "wrong")
    rows: list[tuple[str, ...]] = [head]
    for who in MOMENTS:
        mine = [each for each in paid if each.kill.who == who]
        verdicts = [each.verdict for each in mine]
        rows.append(
            (
                f"{who}, while one pays",
                str(len(mine)),
                *(str(sum(each.spends == count for each in verdicts)) for count in (0, 1)),
                str(sum(each.spends > 1 for each in verdicts)),
                str(sum(bool(each.told) for each in verdicts)),
                f"{max((each.taken_over for each in mine), default=0.0):.1f} s",
                str(sum(bool(each.wrong) for each in verdicts)),
            )
        )
    return rows


def sweep_table(swept: Sequence[Sweeping]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        ("killed, of 4", "runs", "people", "reminded 0", "reminded 1", "reminded 2+", "late", "wrong")
    ]
    for who in MOMENTS:
        mine = [each for each in swept if each.who == who]
        counts = [count for each in mine for count in each.reminded]
        rows.append(
            (
                f"{who}, while all sweep",
                str(len(mine)),
                str(len(counts)),
                *(str(sum(count == wanted for count in counts)) for wanted in (0, 1)),
                str(sum(count > 1 for count in counts)),
                str(sum(each.late for each in mine)),
                str(sum(bool(each.wrong) for each in mine)),
            )
        )
    return rows


async def main(runs: int, seed: int, acts: Acts, points: Sequence[str], minutes: float) -> int:
    """Print the tables; 1 when anything was wrong."""
    if postgresql.binaries() is None:
        write("Several processes were not killed: that needs a PostgreSQL (apt-get install postgresql)")
        return 0
    began = monotonic()
    async with spawner() as warm:
        at_points = (
            await every_point(warm, acts, [SHORT[each] for each in points], minutes, random.Random(seed))
            if points
            else []
        )
        paid, swept = await at_moments(warm, runs, seed) if runs else ([], [])
    write("\n".join(aligned(point_table(at_points))))
    write("\n".join(["", *aligned(table(paid)), "", *aligned(sweep_table(swept))]))
    wrong = [as_text(run) for run in at_points if run.wrong]
    wrong += [f"{each.kill} {each.verdict.journey}: {each.verdict.wrong}" for each in paid if each.verdict.wrong]
    wrong += [f"{each.who} after {each.after:.2f} s: {each.wrong}" for each in swept if each.wrong]
    write("\n".join([*wrong, f"{len(at_points) + len(paid) + len(swept)} runs, {monotonic() - began:.0f} s"]))
    return 1 if wrong else 0


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table of Markdown that also reads well as text."""
    widths = [max(len(line[column]) for line in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def write(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.crash.several", description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=60, help="payments at random moments; and a quarter as many sweeps"
    )
    parser.add_argument("--seed", type=int, default=6, help="of the random moments")
    parser.add_argument(
        "--points", nargs="*", choices=SHORT, default=tuple(SHORT), help="who is killed at every point"
    )
    names = sorted({kind.__name__ for kind, _ in ACTS})
    parser.add_argument("--acts", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--minutes", type=float, default=math.inf, help="that killing at points may take")
    given = parser.parse_args()
    chosen = [act for act in ACTS if act[0].__name__ in given.acts]
    sys.exit(asyncio.run(main(given.runs, given.seed, chosen, given.points, given.minutes)))
