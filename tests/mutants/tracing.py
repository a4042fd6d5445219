"""Which tests execute which line, by coverage's contexts; kept until a file of the project changes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import msgspec
from coverage import CoverageData

from tests.mutants.planting import ROOMS

# What runs in processes of its own reaches coverage as no test's; what plays by chance is as dear as all the rest.
UNTRACED = ("browser", "crash", "demo", "mutants", "peers", "people", "faults", "project", "sandbox")


@dataclass
class Trace:
    """`lines`: module → line → tests. `seconds`: test → how long it took."""

    lines: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def tests_of(self, path: str, line: int) -> list[str]:
        """The tests that execute a line, the nearest and quickest first.

        A line that is executed when its module is imported belongs to every test that executes the module.
        """
        lines = self.lines.get(path, {})
        found = lines.get(line) or [test for tests in lines.values() for test in tests]
        return sorted(set(found), key=lambda test: (not is_near(test, path), self.seconds.get(test, 1.0), test))


def is_near(test: str, path: str) -> bool:
    """Whether a test stands in the room that mirrors the module's."""
    return test.startswith(f"tests/{path.partition('/')[0]}/")


def traced(root: Path, folder: Path) -> Trace:
    """The trace of the project as it is, from `folder` or made anew."""
    kept, state = folder / "trace.json", fingerprint(root)
    if kept.exists():
        found_state, trace = msgspec.json.decode(kept.read_bytes(), type=tuple[str, Trace])
        if found_state == state:
            return trace
    trace = trace_anew(root, folder)
    kept.write_bytes(msgspec.json.encode((state, trace)))
    return trace


def fingerprint(root: Path) -> str:
    """Changes with every module and test."""
    digest = hashlib.sha256()
    for room in (*ROOMS, "tests", "sandbox"):
        for path in sorted((root / room).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def trace_anew(root: Path, folder: Path) -> Trace:
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
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--junit-xml={report}", *(f"--ignore=tests/{name}" for name in UNTRACED)]
    subprocess.run(command, cwd=root, env=os.environ | {"COVERAGE_FILE": str(data)}, check=True)
    found = Trace(seconds=durations(report))
    read = CoverageData(basename=str(data))
    read.read()
    for measured in sorted(read.measured_files()):
        path = str(Path(measured).relative_to(root))
        by_line = read.contexts_by_lineno(measured)
        found.lines[path] = {
            line: sorted({context.partition("|")[0] for context in contexts if context})
            for line, contexts in by_line.items()
        }
    return found


def durations(report: Path) -> dict[str, float]:
    """Test → seconds, from the report."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - written by pytest just now
        path = case.attrib["classname"].replace(".", "/") + ".py"
        found[f"{path}::{case.attrib['name']}"] = float(case.attrib["time"])
    return found
