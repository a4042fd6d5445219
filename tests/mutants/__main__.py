"""`make mutants`: plants faults, prints how many the suite noticed, and fails under the goal.

`SAMPLE=N` faults are drawn with `SEED=N` from all rooms (300, with seed 1); `FILE=path` takes all of one module or
folder (with `SAMPLE`: some of them). `OWNERS=1` takes every condition that asks whose something is. With
`TESTS="path path"` these tests are run instead of those that execute the line, which is quick while tests are being
written. What is equivalent stands in `equivalent.toml` with its reason, and is not drawn.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import islice, takewhile
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.planting import REMOVES_CONDITION, Mutant, Place, modules, places_in, plant
from tests.mutants.running import Copy
from tests.mutants.tracing import Trace, traced, traced_on_server

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".mutants"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
GOAL = 0.95
WHOLE = ("services/orders/", "px6/throttle.py", "px6/calls.py", "storage/engine/crypto.py")
NEAREST = 1  # tests of each fault, which are tried without a fault first
AT_ONCE = int(os.environ.get("AT_ONCE") or os.cpu_count() or 1)


@dataclass(frozen=True)
class Verdict:
    """What became of one fault."""

    mutant: Mutant
    noticed: bool

    @property
    def must(self) -> bool:
        """Whether this fault may under no circumstances pass: it is about money, keys, or whose something is."""
        return self.mutant.path.startswith(WHOLE) or self.mutant.names_an_owner


def main() -> int:
    """Draw, plant, run, print. 0: the goal is met."""
    KEPT.mkdir(exist_ok=True)
    outdated = list(outdated_equivalents(ROOT, equivalents()))
    if outdated:
        say(f"{EQUIVALENT.name} names what can no longer be planted:\n" + "\n".join(outdated))
        return 1
    place, sample, seed = os.environ.get("FILE", ""), os.environ.get("SAMPLE", ""), int(os.environ.get("SEED") or 1)
    drawn = draw(place, sample, seed, bool(os.environ.get("OWNERS")))
    if not drawn:
        say(f"No fault can be planted in {place}")
        return 1
    given = os.environ.get("TESTS", "").split()
    trace = Given(given) if given else traced(ROOT, KEPT)
    on_server = None if given else traced_on_server(ROOT, KEPT)
    began = time.monotonic()
    verdicts = tried(drawn, trace, on_server)
    say("\n" + table(verdicts))
    say(f"{time.monotonic() - began:.0f} s")
    passed = [verdict for verdict in verdicts if not verdict.noticed]
    return int(len(passed) > (1 - GOAL) * len(verdicts) or any(verdict.must for verdict in passed))


def draw(place: str, sample: str, seed: int, owners: bool = False) -> list[Mutant]:
    """The faults of this run, without those that are known to be equivalent."""
    chosen = [path for path in modules(ROOT) if path.startswith(place)]
    known = equivalents()
    places = shuffled((each for path in chosen for each in places_in(ROOT, path)), seed)
    count = int(sample) if sample else len(places) if place or owners else 300
    possible = (plant(ROOT, each) for each in places if each.operator == REMOVES_CONDITION or not owners)
    drawn = (one for one in possible if (one.names_an_owner or not owners) and (one.path, one.changed) not in known)
    return sorted(islice(drawn, count), key=lambda one: (one.path, one.line, one.operator))


def shuffled(places: Iterable[Place], seed: int) -> list[Place]:
    """In an order that chance gives each by what its line says: a change elsewhere changes nothing of a sample."""
    source, seen = cache(lambda path: (ROOT / path).read_text("utf-8").splitlines()), Counter[str]()

    def lot(place: Place) -> bytes:
        name = f"{seed} {place.path} {place.operator} {source(place.path)[place.position[0] - 1].strip()}"
        seen[name] += 1
        return sha256(f"{name} {seen[name]}".encode()).digest()

    return sorted(places, key=lot)


def equivalents() -> dict[tuple[str, str], str]:
    """(module, what the line says with the fault) → why nobody could notice it."""
    listed = tomllib.loads(EQUIVALENT.read_text())["equivalent"]
    return {(each["path"], each["becomes"]): each["because"] for each in listed}


def outdated_equivalents(root: Path, known: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Those of (module, what the line says with the fault) that no fault makes any more. Takes 0.1 s for each."""
    places = {path: places_in(root, path) for path in {path for path, _ in known}}
    for path, becomes in known:
        lines = (root / path).read_text("utf-8").splitlines()
        likely = sorted(places[path], key=lambda place: -alike(lines[place.position[0] - 1].strip(), becomes))
        if not any(plant(root, place).changed == becomes for place in likely):
            yield f"{path}: {becomes}"


def alike(line: str, becomes: str) -> int:
    """How many characters two lines share at their ends: a fault changes one place of a line."""
    return sum(
        sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*pair, strict=False)))
        for pair in ((line, becomes), (reversed(line), reversed(becomes)))
    )


@dataclass(frozen=True)
class Given:
    """In place of a trace: the same tests for every line."""

    tests: Sequence[str]

    def tests_of(self, path: str, line: int) -> Sequence[str]:
        """Files and folders of tests."""
        return self.tests


def tried(drawn: Sequence[Mutant], trace: Trace | Given, on_server: Trace | None) -> list[Verdict]:
    """Every fault, several at a time; what no test on SQLite notices once more by those of several processes."""
    with tempfile.TemporaryDirectory(prefix="mutants") as folder, ThreadPoolExecutor(AT_ONCE) as pool:
        free: SimpleQueue[Copy] = SimpleQueue()
        for copy in pool.map(lambda number: Copy(ROOT, Path(folder) / str(number)), range(AT_ONCE)):
            free.put(copy)
        nearest = {test for mutant in drawn for test in trace.tests_of(mutant.path, mutant.line)[:NEAREST]}
        copy.check(sorted(nearest))

        def attempt(mutant: Mutant) -> Verdict:
            tests = trace.tests_of(mutant.path, mutant.line)
            shared = on_server.tests_of(mutant.path, mutant.line) if on_server else ()
            copy = free.get()
            try:
                noticed = bool(tests) and copy.notices(mutant, tests)
                noticed = noticed or (bool(shared) and copy.notices_on_server(mutant, shared))
            finally:
                free.put(copy)
            say("." if noticed else survived(mutant, len(tests) + len(shared)), end="")
            return Verdict(mutant, noticed)

        return list(pool.map(attempt, drawn))


def survived(mutant: Mutant, tests: int) -> str:
    """What is printed of a fault that no test noticed, as soon as that is known."""
    return f"\nSURVIVED {mutant.path}:{mutant.line} {mutant.operator}, {tests} tests\n{mutant.diff}\n"


def table(verdicts: Iterable[Verdict]) -> str:
    """Killed and survived, by room."""
    killed, survived = Counter[str](), Counter[str]()
    for verdict in verdicts:
        (killed if verdict.noticed else survived)[verdict.mutant.path.partition("/")[0]] += 1
    rows = ["| room | killed | survived | noticed |", "|---|---|---|---|"]
    for room in sorted(killed | survived):
        rows.append(row(room, killed[room], survived[room]))
    return "\n".join([*rows, row("all", killed.total(), survived.total())])


def row(name: str, killed: int, survived: int) -> str:
    return f"| {name} | {killed} | {survived} | {100 * killed / max(killed + survived, 1):.1f} % |"


def say(text: str, end: str = "\n") -> None:
    sys.stdout.write(text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
