"""Runs the tests that may notice a fault, in a copy of the project, so that several can be tried at once."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from tests.mutants.planting import Mutant

LONGEST = 900.0  # seconds for all tests of one fault; a fault that makes the bot hang is noticed as well
NOTHING_FAILED, NOTHING_COLLECTED = 0, 5


class Copy:
    """One copy of the project into which one fault after another is planted."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = folder
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=root, capture_output=True, text=True, check=True
        )
        for name in listed.stdout.splitlines():
            if (root / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, folder / name)
        compileall.compile_dir(folder, quiet=1)

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
        names = self._root / "chosen.json"
        names.write_bytes(msgspec.json.encode(list(tests)))
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--timeout", "60"]
        command += ["-p", "tests.mutants.chosen", *sorted({test.partition("::")[0] for test in tests})]
        # Nothing is compiled to disk: the next fault may be as long as this one and written in the same second.
        around = os.environ | {"MUTANT_TESTS": str(names), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ended = subprocess.run(
                command, cwd=self._root, env=around, capture_output=True, timeout=LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return True
        if ended.returncode == NOTHING_COLLECTED:
            raise AssertionError(f"none of the tests was found: {tests[:3]}")
        return ended.returncode != NOTHING_FAILED
