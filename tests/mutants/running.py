"""Runs the tests that may notice a fault, in a copy of the project, so that several can be tried at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.mutants.forking import WRITTEN
from tests.mutants.planting import Mutant

FIRST = 12  # tests
NOTHING_FAILED, NOTHING_COLLECTED = "0", "5"
CHOSEN = "chosen.json"
# A test that hangs ends its process: an exception could end in one of the tasks while another turns for ever.
HANGS = ("--timeout", "60", "--timeout-method", "thread")
OPTIONS = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", *HANGS)
BY_NAME = ("-p", "tests.mutants.chosen")


def copied(root: Path, folder: Path) -> None:
    """The project's files, with what Python and pytest have compiled of them where they were run."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True
    )
    names = [Path(name) for name in listed.stdout.splitlines() if (root / name).is_file()]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / name, folder / name)  # with its time, by which what is compiled is told to fit
    for place in {name.parent for name in names}:
        if (compiled := root / place / "__pycache__").is_dir():
            shutil.copytree(compiled, folder / place / "__pycache__")


class Copy:
    """One copy of the project into which one fault after another is planted."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = folder
        copied(root, folder)
        self._runner = Runner(folder)

    def check(self, tests: Sequence[str]) -> None:
        """These tests pass without any fault, or they would notice everything."""
        if self._fails(tests):
            raise SystemExit("a test fails without any fault:\n" + (self._root / WRITTEN).read_text())

    def notices(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Whether any of the tests fails once the fault is planted."""
        with self._planted(mutant):
            return self._fails(tests)

    @contextmanager
    def _planted(self, mutant: Mutant) -> Iterator[None]:
        """The module with the fault. Its compiled twin goes: it is told from others by seconds only."""
        module = self._root / mutant.path
        for compiled in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
            compiled.unlink()
        module.write_text(mutant.source)
        try:
            yield
        finally:
            module.write_text(mutant.was)

    def _fails(self, tests: Sequence[str]) -> bool:
        """The first few find most faults, and only their modules are imported for it."""
        return any(self._fails_one_of(part) for part in (tests[:FIRST], tests[FIRST:]) if part)

    def _fails_one_of(self, tests: Sequence[str]) -> bool:
        names = self._root / CHOSEN
        names.write_bytes(msgspec.json.encode(list(tests)))
        modules = sorted({test.partition("::")[0] for test in tests})
        one_by_one = any("::" in test for test in tests)
        ended = self._runner.run([*OPTIONS, *(BY_NAME if one_by_one else ()), *modules])
        if ended == NOTHING_COLLECTED:
            raise AssertionError(f"none of the tests was found: {tests[:3]}")
        return ended != NOTHING_FAILED


class Runner:
    """The process of `forking.py` in one copy of the project."""

    def __init__(self, folder: Path) -> None:
        # Nothing is compiled to disk: the next fault may be as long as this one and written in the same second.
        around = os.environ | {"MUTANT_TESTS": str(folder / CHOSEN), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "tests.mutants.forking"]
        self._process = subprocess.Popen(
            command, cwd=folder, env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, arguments: Sequence[str]) -> str:
        """What `forking.py` answers."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(msgspec.json.encode(arguments).decode() + "\n")
        asked.flush()
        if not (answer := answers.readline().strip()):
            raise RuntimeError("the process that runs the tests has ended")
        return answer
