"""Which tests execute which line, by coverage's contexts; kept until a file of the project changes.

Those about several processes, which run on PostgreSQL alone, have a trace of their own where a server is installed.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path, PurePath
from xml.etree import ElementTree

import msgspec
from coverage import CoverageData

from tests.mutants.forking import UNTRACED
from tests.mutants.planting import ROOMS
from tests.postgresql import binaries

ROOT = Path(__file__).parents[2]
NAME = r"[A-Z][A-Z_]{3,}|[A-Za-z][A-Za-z0-9]{3,}"  # or a part of one, such as `durable` of `is_durable`
FEW = 8  # files of tests: what more of them name tells nothing
# What is only declared is executed by no test, and what processes of their own execute by none that is traced: each
# is looked at as a whole by some tests.
DECLARED = {
    "bot/__main__.py": ("tests/bot/test_program.py",),
    "storage/schema/": ("tests/storage/engine/test_database.py",),
    "handlers/": (
        "tests/handlers/entry/test_durable_updates.py",
        "tests/approved/entry/test_handlers.py",
        "tests/approved/ground/test_buttons.py",
    ),
}
SHORT = 0.05  # seconds
ENOUGH = 75.0  # seconds of one fault's tests, as long as they took while they were traced: that is twice as long


@dataclass
class Trace:
    """`tests`: all of them, with the seconds that each took. `lines`: module → line → places in `tests`."""

    tests: list[tuple[str, float]] = field(default_factory=list)
    lines: dict[str, dict[int, list[int]]] = field(default_factory=dict)

    def tests_of(self, path: str, line: int) -> list[str]:
        """The tests that execute a line, the most telling first, as many as run in `ENOUGH` seconds.

        A line that is executed when its module is imported, or once by whoever is first, belongs to every test that
        executes the module, and to those that name what stands there, which come first. Of a test with many
        parameters one comes first, since the others are alike; those of the module's own file all do. What is cut off
        can only make a fault survive that would have been noticed.
        """
        lines, source = self.lines.get(path, {}), (ROOT / path).read_text("utf-8")
        if (places := lines.get(line)) and not is_kept(source, line):
            found, named = {self.tests[place] for place in places}, dict[str, float]()
        else:
            named = files_that_name(words_at(source, line))
            named |= {file: 1.0 for place, files in DECLARED.items() if path.startswith(place) for file in files}
            found = {self.tests[place] for places in lines.values() for place in places}
            found |= {test for test in self.tests if file_of(test[0]) in named}

        def order(test: tuple[str, float]) -> tuple[float, int, float, str]:
            return -named.get(file_of(test[0]), 0), -nearness(test[0], path), test[1], test[0]

        return list(within(ENOUGH, by_turns(sorted(found, key=order), path)))


def file_of(test: str) -> str:
    return test.partition("::")[0]


def statement_at(source: str, line: int) -> ast.stmt:
    """The statement of a module in which a line stands."""
    return next(each for each in ast.parse(source).body if line <= (each.end_lineno or line))


def is_kept(source: str, line: int) -> bool:
    """Whether the line belongs to a function whose answer is kept, so that only the first test of all executes it."""
    around = statement_at(source, line)
    return isinstance(around, ast.FunctionDef) and any("cache" in ast.unparse(each) for each in around.decorator_list)


def words_at(source: str, line: int) -> set[str]:
    """The names that a line holds, and the one that the statement of the module defines in which it stands."""
    around = statement_at(source, line)
    defined = source.splitlines()[around.lineno - 1]
    if isinstance(around, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        defined = around.name
    return set(re.findall(NAME, f"{source.splitlines()[line - 1]} {defined}"))


@cache
def names_in_tests() -> dict[str, set[str]]:
    """Name → the files of tests that hold it."""
    found = defaultdict[str, set[str]](set)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        path = str(file.relative_to(ROOT))
        for name in set(re.findall(NAME, file.read_text("utf-8"))):
            found[name].add(path)
    return found


def files_that_name(names: set[str]) -> dict[str, float]:
    """The files of tests that hold one of the names; the more, the fewer others hold it."""
    weights = defaultdict[str, float](float)
    for name in names:
        files = names_in_tests().get(name, set())
        for file in files if len(files) <= FEW else ():
            weights[file] += 1 / len(files)
    return weights


def by_turns(tests: Iterable[tuple[str, float]], path: str) -> list[tuple[str, float]]:
    """The first parameters of every test, then the second ones, and so on.

    All of a table come first that takes no time, or is of the module's own file.
    """
    seen = Counter[str]()
    placed: list[tuple[int, tuple[str, float]]] = []
    for test in tests:
        placed.append((seen[function := test[0].partition("[")[0]], test))
        seen[function] += test[1] > SHORT and not is_own(test[0], path)
    return [test for _, test in sorted(placed, key=lambda place: place[0])]


def within(seconds: float, tests: Iterable[tuple[str, float]]) -> Iterator[str]:
    """Those that begin before the time is over."""
    for name, takes in tests:
        if seconds <= 0:
            return
        seconds -= takes
        yield name


def nearness(test: str, path: str) -> int:
    """How many folders the place of a test shares with its module's, from the room on: tests mirror the rooms.

    One more for the module's own file.
    """
    folders = zip(PurePath(file_of(test)).parts[1:-1], PurePath(path).parts[:-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], folders)) + is_own(test, path)


def is_own(test: str, path: str) -> bool:
    """Whether a test stands in the file that is named after the module, in the folder that mirrors the module's."""
    module = PurePath(path)
    return file_of(test) == str("tests" / module.with_name(f"test_{module.name}"))


def traced(root: Path, folder: Path) -> Trace:
    """The trace of the project as it is, from `folder` or made anew."""
    return kept_or_new(root, folder, "trace")


def traced_on_server(root: Path, folder: Path) -> Trace | None:
    """The same for the tests of several processes; None where no server is installed for them."""
    if binaries() is None:
        return None
    return kept_or_new(root, folder, "trace-postgresql", "-m", "postgresql", DATABASE="postgresql")


def kept_or_new(root: Path, folder: Path, name: str, *options: str, **environment: str) -> Trace:
    """The trace that is kept under this name, unless something has changed since."""
    kept, state = folder / f"{name}.json", fingerprint(root)
    if kept.exists():
        found_state, trace = msgspec.json.decode(kept.read_bytes(), type=tuple[str, Trace])
        if found_state == state:
            return trace
    trace = trace_anew(root, folder, options, environment)
    kept.write_bytes(msgspec.json.encode((state, trace)))
    return trace


def fingerprint(root: Path) -> str:
    """Changes with every module and test; how faults are planted changes nothing of what tests execute."""
    digest = hashlib.sha256()
    for room in (*ROOMS, "tests", "sandbox"):
        for path in sorted((root / room).rglob("*.py")):
            if path.is_relative_to(root / "tests" / "mutants"):
                continue
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def trace_anew(root: Path, folder: Path, options: Iterable[str], environment: Mapping[str, str]) -> Trace:
    """Run the suite under coverage; it must be green, or a red test would count every fault as noticed."""
    data, report = folder / "coverage", folder / "report.xml"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-n",
        "2",
        "--cov",
        "--cov-context=test",
        "--cov-report=",
        "--cov-fail-under=0",
    ]
    command += [f"--junit-xml={report}", *options, *(f"--ignore=tests/{name}" for name in UNTRACED)]
    around = os.environ | environment | {"COVERAGE_FILE": str(data)}
    subprocess.run(command, cwd=root, env=around, check=True)
    return trace_from(root, data, durations(report))


def trace_from(root: Path, data: Path, seconds: dict[str, float]) -> Trace:
    """What coverage has written, for the modules into which faults are planted."""
    places = {name: place for place, name in enumerate(seconds)}
    found = Trace(tests=list(seconds.items()))
    read = CoverageData(basename=str(data))
    read.read()
    for measured in sorted(read.measured_files()):
        path = Path(measured).relative_to(root)
        if path.parts[0] in ROOMS:
            contexts = read.contexts_by_lineno(measured)
            found.lines[str(path)] = {line: known(places, names) for line, names in contexts.items()}
    return found


def known(places: dict[str, int], contexts: list[str]) -> list[int]:
    """The tests behind coverage's contexts, such as `tests/px6/test_wire.py::test_a_price|run`."""
    return sorted({places[name] for context in contexts if (name := context.partition("|")[0]) in places})


def durations(report: Path) -> dict[str, float]:
    """Test → seconds, from the report."""
    found: dict[str, float] = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by pytest just now
        path = case.attrib["classname"].replace(".", "/") + ".py"
        found[f"{path}::{case.attrib['name']}"] = float(case.attrib["time"])
    return found
