"""Which Pythons continuous integration finds: those that work, of each minor version the first in PATH."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = "{}.{}".format(*sys.version_info)


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_oldest_python_stands_first_the_newest_last_and_what_does_not_work_is_left_out(tmp_path: Path) -> None:
    program(tmp_path / "path/python3", f'exec {sys.executable} "$@"')
    program(tmp_path / "path/python3.98", "echo 3.98 second")
    program(tmp_path / "path/python3.97", "exit 127")  # as pyenv's stand-ins of versions that are not chosen
    program(tmp_path / "path/pyenv", f"echo {tmp_path}/pyenv")
    program(tmp_path / "pyenv/versions/3.99.1/bin/python3", "echo 3.99 newest")
    program(tmp_path / "pyenv/versions/3.98.7/bin/python3", "echo 3.98 not-the-first")
    looked_in = f"{tmp_path}/path{os.pathsep}{os.defpath}"
    ran = subprocess.run([ROOT / ".ci/pythons"], env={"PATH": looked_in}, capture_output=True, text=True, check=True)
    found = [line.split() for line in ran.stdout.splitlines()]
    assert found[-2:] == [["3.98", "second"], ["3.99", "newest"]]
    assert [path for version, path in found if version == HERE] == [sys.executable]
    assert "3.97" not in dict(found)
    assert all(tuple(map(int, version.split("."))) >= (3, 11) for version in dict(found))
