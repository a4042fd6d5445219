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

from tests.mutants.chosen import FAILED
from tests.mutants.forking import WRITTEN
from tests.mutants.planting import Mutant

FIRST = 12  # tests
NOTHING_FAILED, NOTHING_COLLECTED = "0", "5"
UNNOTICED = (NOTHING_FAILED, "2", "3", "4", NOTHING_COLLECTED, "cannot")  # also where pytest itself has failed
CHOSEN = "chosen.json"
# A test that hangs ends its process: an exception could end in one of the tasks while another turns for ever.
HANGS = ("--timeout", "60", "--timeout-method", "thread")
# Where everything is imported already, assertions say less of what they saw.
UNEXPLAINED = ("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
OPTIONS = ("-x", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "tests.mutants.chosen", *HANGS, *UNEXPLAINED)


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


def parts_of(tests: Sequence[str]) -> Iterator[Sequence[str]]:
    """The first few find most faults, and only their modules are imported or collected for it."""
    return (part for part in (tests[:FIRST], tests[FIRST:]) if part)


class Copy:
    """One copy of the project into which one fault after another is planted."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = folder
        copied(root, folder)
        self._runner, self._warm = Runner(folder), Runner(folder, "warm")
        self._on_server: Runner | None = None
        self._sound: dict[tuple[str, ...], bool] = {}

    def check(self, tests: Sequence[str]) -> None:
        """These tests pass without any fault, or they would notice everything."""
        if self._fails(tests):
            raise SystemExit("a test fails without any fault:\n" + (self._root / WRITTEN).read_text())

    def notices(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Whether any of the tests fails once the fault is planted.

        Most are noticed within a second in a process that has imported everything. What is not noticed there may be
        so only because it was kept before the fault was planted: it is tried again where nothing was imported.
        """
        if any(self._notices_warm(mutant, part) for part in parts_of(tests)):
            return True
        with self._planted(mutant):
            return self._fails(tests)

    def notices_on_server(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """The same by tests that run on PostgreSQL: they pass there once the fault is gone again."""
        self._on_server = self._on_server or Runner(self._root, DATABASE="postgresql")
        with self._planted(mutant):
            failed = self._run(self._on_server, tests) != NOTHING_FAILED
        return failed and self._run(self._on_server, tests) == NOTHING_FAILED

    def _notices_warm(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Whether a test fails there which passes there without the fault."""
        module = ".".join(Path(mutant.path).with_suffix("").parts).removesuffix(".__init__")
        failed = self._root / FAILED
        failed.unlink(missing_ok=True)
        with self._planted(mutant):
            ended = self._run(self._warm, tests, module, mutant.was, mutant.source)
        if ended in UNNOTICED:
            return False
        # A test that hangs ends the process before it is named.
        return self._are_sound((failed.read_text(),) if failed.exists() else tuple(tests))

    def _are_sound(self, tests: tuple[str, ...]) -> bool:
        """Whether these tests pass in the warm process without any fault."""
        if tests not in self._sound:
            self._sound[tests] = self._run(self._warm, tests) == NOTHING_FAILED
        return self._sound[tests]

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
        return any(self._fails_one_of(part) for part in parts_of(tests))

    def _fails_one_of(self, tests: Sequence[str]) -> bool:
        ended = self._run(self._runner, tests)
        if ended == NOTHING_COLLECTED:
            raise AssertionError(f"none of the tests was found: {tests[:3]}")
        return ended != NOTHING_FAILED

    def _run(self, runner: Runner, tests: Sequence[str], *fault: str) -> str:
        one_by_one = [test for test in tests if "::" in test]
        (self._root / CHOSEN).write_bytes(msgspec.json.encode(one_by_one))
        return runner.run([*OPTIONS, *sorted({test.partition("::")[0] for test in tests})], *fault)


class Runner:
    """The process of `forking.py` in one copy of the project."""

    def __init__(self, folder: Path, *how: str, **environment: str) -> None:
        # Nothing is compiled to disk: the next fault may be as long as this one and written in the same second.
        around = os.environ | {"MUTANT_TESTS": str(folder / CHOSEN), "PYTHONDONTWRITEBYTECODE": "1"} | environment
        command = [sys.executable, "-m", "tests.mutants.forking", *how]
        self._process = subprocess.Popen(
            command, cwd=folder, env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, arguments: Sequence[str], *fault: str) -> str:
        """What `forking.py` answers."""
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        asked.write(msgspec.json.encode([arguments, *fault]).decode() + "\n")
        asked.flush()
        if not (answer := answers.readline().strip()):
            raise RuntimeError("the process that runs the tests has ended")
        return answer
